"""The log's own signature under its size and root.

    signer = Signer.create(file, "office.example/log")
    note = signer.sign(tree.size, tree.root(), lambda old: tree.consistency(old))

It holds the key and its own memory, apart from the database: whoever puts an older
database in place, or another, finds that it is not signed over. Sign only what is
committed: what was signed and then lost cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audit.memory import Memory, create_key, memory_of, read_key
from engine.proof.checkpoint import Checkpoint
from engine.proof.note import LOG, Note, SigningKey, VerifierKey


@dataclass(frozen=True, slots=True)
class Signer:
    key: SigningKey
    memory: Memory

    @classmethod
    def create(cls, file: Path, origin: str) -> Signer:
        """A new log's key; the file is its owner's alone (mode 600)."""
        create_key(file, SigningKey.new(origin, LOG))
        return cls.open(file)

    @classmethod
    def open(cls, file: Path) -> Signer:
        return cls(read_key(file, kind=LOG), memory_of(file))

    @property
    def origin(self) -> str:
        return self.key.name

    @property
    def verifier(self) -> VerifierKey:
        """What goes into the policies of those who read."""
        return self.key.verifier

    def last(self) -> Checkpoint:
        """What was signed last; the empty log if nothing was."""
        return self.memory.known(self.origin)

    def sign(
        self, size: int, root: bytes, consistency: Callable[[int], Sequence[bytes]]
    ) -> Note:
        """The signed checkpoint of a log that has grown from the last one.

        ``consistency`` gives the proof from the size it is asked for to ``size``; it is
        asked in the signer's turn, so that two who sign at once both can.
        Raises RolledBack, for who comes too late with a smaller size as well.
        """
        given = Checkpoint(self.origin, size, root)
        self.memory.advance(
            given,
            lambda known: consistency(known.size) if 0 < known.size < size else (),
        )
        return Note(str(given)).signed(self.key)
