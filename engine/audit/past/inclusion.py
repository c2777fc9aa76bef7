"""That the log has an entry: who has its checkpoint and no more can check it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ports import Entry, Json, Log
from engine.proof.tree import Tree


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Proofs in the log as it was sealed last, which is what a checkpoint signs."""

    log: Log
    tree: Tree
    size: int
    root: bytes

    @classmethod
    def of(cls, log: Log) -> Inclusion:
        state = log.state()
        tree = Tree(state.size, log.tile)
        return cls(log, tree, state.sealed, tree.root(state.sealed))

    def proof(self, entry: Entry) -> dict[str, Json] | None:
        """``position``, ``size``, ``root``, ``path`` (RFC 9162 2.1.3); hashes in hex.

        None: the entry had no place when the log was sealed last.
        """
        position = self.log.position(entry.instance, entry.seq)
        if position is None or position >= self.size:
            return None
        path = self.tree.inclusion(position, self.size)
        return {
            "position": position,
            "size": self.size,
            "root": self.root.hex(),
            "path": [one.hex() for one in path],
        }
