"""The tree of a log made anew beside the one that is stored, in little memory.

Leaves come in their order. Of each level the last tile is in hand, twice: as the
leaves give it, and as the stored tiles below it give it. A stored tile that agrees
with either of them is right: so what is wrong is told once, where it stands, and not
again in every tile above. The root is that of the leaves, whatever is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.proof.tree import EMPTY, HASH_SIZE, TILE, Tree, subtree

WHOLE = TILE * HASH_SIZE
"""Bytes of a whole tile."""

Look: TypeAlias = Callable[[int, int, bytes, bytes], bytes]
"""Of tile (level, index), whose hashes should be these or those, what is stored."""


@dataclass(slots=True)
class _Level:
    index: int = 0
    """Of the tile in hand."""
    made: bytes = b""
    kept: bytes = b""


@dataclass(slots=True)
class Growth:
    """``levels[0]`` is the level above the leaves' tiles."""

    look: Look
    levels: list[_Level] = field(default_factory=list)

    def take(self, made: bytes, kept: bytes) -> None:
        """The hashes over whole tiles of leaves: of the leaves, of the stored tiles."""
        level = 0
        while made:
            made, kept = self._add(level, made, kept)
            level += 1

    def _add(self, level: int, made: bytes, kept: bytes) -> tuple[bytes, bytes]:
        """What whole tiles of this level give to the one above."""
        if level == len(self.levels):
            self.levels.append(_Level())
        held, up_made, up_kept = self.levels[level], [], []
        held.made, held.kept = held.made + made, held.kept + kept
        while len(held.made) >= WHOLE:
            tile, told = held.made[:WHOLE], held.kept[:WHOLE]
            stored = self.look(level + 1, held.index, tile, told)
            up_made.append(subtree(tile))
            up_kept.append(up_made[-1] if stored == tile else subtree(stored))
            held.made, held.kept = held.made[WHOLE:], held.kept[WHOLE:]
            held.index += 1
        return b"".join(up_made), b"".join(up_kept)

    def end(self) -> None:
        """Looks at the last tile of each level, which still grows."""
        for level, held in enumerate(self.levels, start=1):
            if held.kept:
                self.look(level, held.index, held.made, held.kept)

    def root(self, size: int, made: bytes, leaves: bytes) -> bytes:
        """The root if whole tiles (``made``) and then ``leaves`` came, and no more."""
        if size == 0:
            return EMPTY
        other = Growth(lambda _level, _index, made, _told: made)
        other.levels = [_Level(0, one.made, one.made) for one in self.levels]
        other.take(made, made)
        tiles = [leaves, *(one.made for one in other.levels)]
        return Tree(size, lambda level, _: tiles[level]).root()
