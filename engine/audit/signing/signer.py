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
from typing import ClassVar, Self

from engine import words
from engine.audit.signing.signatory import Signatory
from engine.errors import BadKey
from engine.proof.checkpoint import Checkpoint
from engine.proof.epoch import epoch_of, is_epoch
from engine.proof.note import LOG, Note


@dataclass(frozen=True, slots=True)
class Signer(Signatory):
    """Its key's name is the origin of the log, and begins that of its later epochs."""

    KIND: ClassVar[int] = LOG

    @classmethod
    def create(cls, file: Path, name: str) -> Self:
        """As every signatory's; a name that ends as an epoch does is none of a log."""
        if is_epoch(name):
            raise BadKey(what=words.both("proof.key_epoch", name=name))
        return super(Signer, cls).create(file, name)

    @property
    def origin(self) -> str:
        """The log of the last epoch that was signed."""
        name = self.key.name
        epochs = {epoch_of(origin, name): origin for origin in self.memory.kept().logs}
        known = [epoch for epoch in epochs if epoch is not None]
        return epochs[max(known)] if known else name

    def last(self) -> Checkpoint:
        """What was signed last; the empty log if nothing was."""
        return self.memory.known(self.origin)

    def sign(
        self,
        size: int,
        root: bytes,
        consistency: Callable[[int], Sequence[bytes]],
        *,
        origin: str | None = None,
    ) -> Note:
        """The signed checkpoint of a log that has grown from the last one.

        ``consistency`` gives the proof from the size it is asked for to ``size``; it is
        asked in the signer's turn, so that two who sign at once both can. ``origin``
        begins an epoch; None goes on with the last.
        Raises RolledBack, for who comes too late with a smaller size as well, KeyEnded.
        """
        given = Checkpoint(origin or self.origin, size, root)
        self.memory.advance(
            given,
            lambda known: consistency(known.size) if 0 < known.size < size else (),
        )
        return Note(str(given)).signed(self.key)
