"""What was signed last, of each log: a file that only goes forward.

Whoever signs a log, or watches it, must never sign two histories of it. So what is to
be signed is on the disk before its signature leaves, in the turn of one at a time, and
what does not go on from there is refused. The file is made with the key: one that is
gone is no beginning, it is :class:`MemoryLost`.

The key lies beside it, for nobody's eyes but its owner's.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from engine import words
from engine.errors import BadKey, BadNote, MemoryLost, RolledBack
from engine.proof.checkpoint import Checkpoint
from engine.proof.note import SigningKey, plain_text
from engine.proof.tree import EMPTY, extends

HEADER: Final = "plangate signed 1"
KEY_FILE_MAX: Final = 2_000
"""Bytes: a name and forty-four characters."""

_OTHERS: Final = 0o077

Growth: TypeAlias = Callable[[Checkpoint], Sequence[bytes]]
"""The proof that a log has grown from this checkpoint to the one now given."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The last checkpoint of each log that was signed with one key."""

    file: Path

    def known(self, origin: str) -> Checkpoint:
        """The last one of this log; of the empty log if there is none."""
        return self._read().get(origin, Checkpoint(origin, 0, EMPTY))

    def begin(self) -> None:
        """A memory of nothing, where none has been."""
        if self.file.exists():
            raise BadKey(what=words.both("proof.key_exists", file=self.file))
        self._write({})

    def advance(self, given: Checkpoint, growth: Growth) -> None:
        """Remember this checkpoint: when it returns, it may be signed.

        Raises RolledBack, and remembers nothing, if it does not go on from the last.
        """
        with self._turn():
            kept = self._read()
            known = kept.get(given.origin, Checkpoint(given.origin, 0, EMPTY))
            path = growth(known) if known.size <= given.size else ()
            if not extends(known.size, given.size, path, known.root, given.root):
                raise RolledBack(
                    origin=given.origin, known=known.size, given=given.size
                )
            if kept.get(given.origin) != given:
                self._write({**kept, given.origin: given})
            else:  # of somebody who was killed before it was on the disk for sure
                _sync(self.file.parent)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time, of threads and of processes."""
        lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> Mapping[str, Checkpoint]:
        try:
            text = plain_text(self.file.read_bytes())
            body, _, digest = text.removesuffix("\n").rpartition("\n")
            header, *blocks = body.split("\n\n")
            if header != HEADER or digest != _digest(body):
                raise MemoryLost(file=self.file)
            found = [Checkpoint.parse(f"{block}\n") for block in blocks]
        except (FileNotFoundError, BadNote) as error:
            raise MemoryLost(file=self.file) from error
        return {checkpoint.origin: checkpoint for checkpoint in found}

    def _write(self, kept: Mapping[str, Checkpoint]) -> None:
        blocks = [str(checkpoint).removesuffix("\n") for checkpoint in kept.values()]
        body = "\n\n".join([HEADER, *blocks])
        new = self._beside(".new")
        new.unlink(missing_ok=True)  # of somebody who was interrupted
        write_new(new, f"{body}\n{_digest(body)}\n")
        new.replace(self.file)
        _sync(self.file.parent)

    def _beside(self, ending: str) -> Path:
        return self.file.with_name(self.file.name + ending)


def memory_of(key_file: Path) -> Memory:
    return Memory(key_file.with_name(key_file.name + ".signed"))


def create_key(file: Path, key: SigningKey) -> None:
    """A key file with its memory; nothing that is there is written over."""
    if file.exists():
        raise BadKey(what=words.both("proof.key_exists", file=file))
    memory_of(file).begin()
    write_new(file, f"{key.secret()}\n")
    _sync(file.parent)


def read_key(file: Path, *, kind: int) -> SigningKey:
    """Raises BadKey for a key that others may read, or of another kind."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(KEY_FILE_MAX)
    except OSError as error:
        raise BadKey(what=words.both("proof.key_missing", file=file)) from error
    if mode & _OTHERS:
        raise BadKey(what=words.both("proof.key_open", file=file))
    key = SigningKey.parse(content.decode(errors="replace").removesuffix("\n"))
    if key.kind != kind:
        raise BadKey(what=words.both("proof.key_kind"))
    return key


def write_new(file: Path, text: str) -> None:
    """A file of its owner's, on the disk when this returns."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(text.encode())
        opened.flush()
        os.fsync(opened.fileno())


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _sync(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
