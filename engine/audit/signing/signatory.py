"""Who signs and never forgets what: a key file, and beside it the memory of the key.

The signer of a log and its witnesses are signatories. A key is its owner's alone, and
is made together with its memory: one without the other signs nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

from engine import words
from engine.audit.signing.memory import Memory, sync, write_new
from engine.errors import BadKey
from engine.proof.note import SigningKey, VerifierKey

KEY_FILE_MAX: Final = 2_000
"""Bytes: a name and forty-four characters."""

_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class Signatory:
    """``KIND`` is that of the keys of those who sign like this."""

    KIND: ClassVar[int]

    key: SigningKey
    memory: Memory

    @classmethod
    def create(cls, file: Path, name: str) -> Self:
        """A new key (mode 600) with an empty memory; nothing is written over.

        Raises BadKey.
        """
        key = SigningKey.new(name, cls.KIND)
        if file.exists():
            raise BadKey(what=words.both("proof.key_exists", file=file))
        memory_of(file).begin()
        write_new(file, f"{key.secret()}\n")
        sync(file.parent)
        return cls.open(file)

    @classmethod
    def open(cls, file: Path) -> Self:
        """Raises BadKey for a key that others may read, or of another kind."""
        if not file.is_file():  # a pipe without a writer would be waited for
            raise BadKey(what=words.both("proof.key_missing", file=file))
        try:
            with file.open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                content = opened.read(KEY_FILE_MAX)
        except OSError as error:
            raise BadKey(what=words.both("proof.key_missing", file=file)) from error
        if mode & _OTHERS:
            raise BadKey(what=words.both("proof.key_open", file=file))
        key = SigningKey.parse(content.decode(errors="replace").removesuffix("\n"))
        if key.kind != cls.KIND:
            raise BadKey(what=words.both("proof.key_kind"))
        return cls(key, memory_of(file))

    @property
    def verifier(self) -> VerifierKey:
        """What goes into the policies of those who read."""
        return self.key.verifier


def memory_of(key_file: Path) -> Memory:
    return Memory(key_file.with_name(key_file.name + ".signed"))
