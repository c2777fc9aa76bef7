"""The Merkle tree of RFC 6962 over the leaf hashes of a log, and its two proofs.

    tiles |= grown(size, hashes, read)  # what appending writes
    tree = Tree(size, read)             # ``read`` gives stored tiles
    tree.root(size)                     # of any earlier size too
    tree.inclusion(position, size)      # that a leaf is in the tree of that size
    tree.consistency(older, newer)      # that the newer tree only adds to the older

Stored are tiles, after C2SP tlog-tiles: tile ``(level, index)`` holds up to 256 hashes
of whole subtrees of 256 ** level leaves. So a proof reads a few tiles, and appending
writes the last tile of each level that has changed.

Who verifies needs neither: :func:`includes`, :func:`extends` take what they are given
and say yes or no, whatever it is.

Source: RFC 6962 §2.1, RFC 9162 §2.1.3.2 and §2.1.4.2, c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from engine.errors import DamagedData

HASH_SIZE: Final = 32
TILE: Final = 256
"""Hashes in a whole tile."""
TILE_HEIGHT: Final = 8
SIZE_MAX: Final = 2**63 - 1
PATH_MAX: Final = 64
"""Hashes in the longest proof of any tree up to SIZE_MAX."""
EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

TileKey: TypeAlias = tuple[int, int]
"""(level, index)."""
ReadTile: TypeAlias = Callable[[int, int], bytes]
"""The bytes of tile (level, index); of a tile that grows, as many as there are."""


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(size: int, hashes: Iterable[bytes], read: ReadTile) -> dict[TileKey, bytes]:
    """The tiles to write when leaf hashes come to a log of ``size`` leaves.

    Reads of each level the last tile only, and that only if it is not whole.
    """
    tiles: dict[TileKey, bytes] = {}
    level, added = 0, b"".join(_hashes(hashes))
    if size + len(added) // HASH_SIZE > SIZE_MAX:
        raise ValueError(f"no log has more than {SIZE_MAX} leaves")
    while added:
        index, held = divmod(size, TILE)
        if held:
            added = _tile(read, level, index, held)[: held * HASH_SIZE] + added
        upward = []
        for start in range(0, len(added), TILE * HASH_SIZE):
            tile = added[start : start + TILE * HASH_SIZE]
            tiles[level, index] = tile
            index += 1
            if len(tile) == TILE * HASH_SIZE:
                upward.append(subtree(tile))
        level, size, added = level + 1, size // TILE, b"".join(upward)
    return tiles


@dataclass(frozen=True, slots=True)
class Tree:
    """A log's tree at a size; a tile is read once."""

    size: int
    read: ReadTile
    _tiles: dict[TileKey, bytes] = field(default_factory=dict, init=False, repr=False)

    def root(self, size: int | None = None) -> bytes:
        """The root of the first ``size`` leaves; of all of them if None."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"no tree of {size} in one of {self.size}")
        return EMPTY if size == 0 else self._span(0, size)

    def leaf(self, position: int) -> bytes:
        """The leaf hash that stands at a position."""
        if not 0 <= position < self.size:
            raise ValueError(f"no leaf {position} in a tree of {self.size}")
        return self._span(position, position + 1)

    def inclusion(self, position: int, size: int | None = None) -> tuple[bytes, ...]:
        """The audit path of a leaf, from the leaf upward (RFC 6962 §2.1.1)."""
        size = self.size if size is None else size
        if not 0 <= position < size <= self.size:
            raise ValueError(f"no leaf {position} in {size} of {self.size}")
        return tuple(self._path(position, 0, size))

    def consistency(self, older: int, newer: int | None = None) -> tuple[bytes, ...]:
        """That the tree of ``newer`` begins with that of ``older`` (§2.1.2).

        Nothing needs to be shown of the empty tree, nor of equal sizes.
        """
        newer = self.size if newer is None else newer
        if not 0 <= older <= newer <= self.size:
            raise ValueError(f"no trees of {older} and {newer} in {self.size}")
        if older in {0, newer}:
            return ()
        return tuple(self._subproof(older, 0, newer, is_whole=True))

    def _path(self, position: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        split = start + _largest_power_below(end - start)
        if position < split:
            return [*self._path(position, start, split), self._span(split, end)]
        return [*self._path(position, split, end), self._span(start, split)]

    def _subproof(
        self, older: int, start: int, end: int, *, is_whole: bool
    ) -> list[bytes]:
        """``is_whole``: the older tree's root, which the verifier has, is reached."""
        if older == end:
            return [] if is_whole else [self._span(start, end)]
        split = start + _largest_power_below(end - start)
        if older <= split:
            left = self._subproof(older, start, split, is_whole=is_whole)
            return [*left, self._span(split, end)]
        right = self._subproof(older, split, end, is_whole=False)
        return [*right, self._span(start, split)]

    def _span(self, start: int, end: int) -> bytes:
        """The hash over leaves ``start`` to ``end``, as a tree splits them."""
        count = end - start
        if count & (count - 1) == 0:
            return self._whole(count.bit_length() - 1, start // count)
        split = start + _largest_power_below(count)
        return node_hash(self._span(start, split), self._span(split, end))

    def _whole(self, height: int, index: int) -> bytes:
        """The hash of the whole subtree of ``2 ** height`` leaves at ``index``."""
        level, inside = divmod(height, TILE_HEIGHT)
        tile, first = divmod(index << inside, TILE)
        end = first + (1 << inside)
        held = self._tiles.get((level, tile))
        if held is None:
            width = min(TILE, (self.size >> TILE_HEIGHT * level) - tile * TILE)
            held = self._tiles[level, tile] = _tile(self.read, level, tile, width)
        return subtree(held[first * HASH_SIZE : end * HASH_SIZE])


def includes(
    leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf stands at the position in the tree of that size and root.

    RFC 9162 §2.1.3.2. False for whatever is no proof, never an exception.
    """
    if not 0 <= position < size <= SIZE_MAX or not _well_formed(path, leaf, root):
        return False
    at, last, made = position, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            made = node_hash(one, made)
            at, last = _past_lone(at, last)
        else:
            made = node_hash(made, one)
        at, last = at >> 1, last >> 1
    return last == 0 and made == root


def extends(
    older: int, newer: int, path: Sequence[bytes], older_root: bytes, newer_root: bytes
) -> bool:
    """Whether the tree of ``newer`` leaves begins with the whole of the older one.

    RFC 9162 §2.1.4.2. False for whatever is no proof, never an exception. Of the
    empty tree, and of equal sizes, nothing is to be shown: the path must be empty.
    """
    if not 0 <= older <= newer <= SIZE_MAX or not _well_formed(
        path, older_root, newer_root
    ):
        return False
    if (older == 0 and older_root != EMPTY) or (newer == 0 and newer_root != EMPTY):
        return False
    if older == newer:
        return not path and older_root == newer_root
    if older == 0:
        return not path
    return _joins(older, newer, path, (older_root, newer_root))


def _joins(
    older: int, newer: int, path: Sequence[bytes], roots: tuple[bytes, bytes]
) -> bool:
    if older & (older - 1) == 0:  # whole, so that its root is the first hash
        path = [roots[0], *path]
    if not path:
        return False
    at, last = older - 1, newer - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    made_older = made_newer = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            made_older = node_hash(one, made_older)
            made_newer = node_hash(one, made_newer)
            at, last = _past_lone(at, last)
        else:
            made_newer = node_hash(made_newer, one)
        at, last = at >> 1, last >> 1
    return last == 0 and (made_older, made_newer) == roots


def _past_lone(at: int, last: int) -> tuple[int, int]:
    """The last node of a level may have no sibling: it rises until it has one."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _well_formed(path: Sequence[bytes], *others: bytes) -> bool:
    return len(path) <= PATH_MAX and all(
        isinstance(one, bytes) and len(one) == HASH_SIZE for one in (*path, *others)
    )


def _hashes(hashes: Iterable[bytes]) -> Iterator[bytes]:
    for one in hashes:
        if len(one) != HASH_SIZE:
            raise ValueError(f"a leaf hash has {HASH_SIZE} bytes, not {len(one)}")
        yield one


def _tile(read: ReadTile, level: int, index: int, width: int) -> bytes:
    """A tile with at least ``width`` hashes."""
    tile = read(level, index)
    if len(tile) < width * HASH_SIZE:
        raise DamagedData(detail=f"tile {level}/{index}")
    return tile


def subtree(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    sha256, pair = hashlib.sha256, 2 * HASH_SIZE
    while len(hashes) > HASH_SIZE:
        starts = range(0, len(hashes), pair)
        row = [sha256(b"\x01" + hashes[at : at + pair]).digest() for at in starts]
        hashes = b"".join(row)
    return hashes


def _largest_power_below(count: int) -> int:
    """The largest power of two that is less than ``count``, for two and more."""
    return 1 << (count - 1).bit_length() - 1
