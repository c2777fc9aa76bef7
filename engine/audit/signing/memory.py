"""What was signed last, of each log: a file that only goes forward.

Whoever signs a log, or watches it, must never sign two histories of it. So what is to
be signed is on the disk before its signature leaves, in the turn of one at a time, and
what does not go on from there is refused. The file is made with the key: one that is
gone is no beginning, it is :class:`MemoryLost`.

Some of those before the last are remembered, too: with them it can be told how much
of a log that was lost is there again. A memory may also say that its key has ended.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from engine import words
from engine.errors import BadKey, BadNote, KeyEnded, MemoryLost, RolledBack
from engine.proof.checkpoint import Checkpoint, parsed_size
from engine.proof.note import plain_text
from engine.proof.tree import EMPTY, extends

HEADER: Final = "plangate signed 1"

_ENDED: Final = "ended "

Growth: TypeAlias = Callable[[Checkpoint], Sequence[bytes]]
"""The proof that a log has grown from this checkpoint to the one now given."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A key that signs no larger sizes; ``to`` is the key that does, if it is known."""

    size: int
    to: str | None

    def __str__(self) -> str:
        return f"{_ENDED}{self.size} {self.to or '-'}"

    @classmethod
    def parse(cls, text: str) -> Ended | None:
        size, _, to = text.removeprefix(_ENDED).partition(" ")
        known = parsed_size(size)
        if not text.startswith(_ENDED) or known is None or not to:
            return None
        return cls(known, None if to == "-" else to)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a memory holds: of each log the checkpoints it knows, the last one last."""

    logs: Mapping[str, tuple[Checkpoint, ...]]
    ended: Ended | None = None

    def known(self, origin: str) -> Checkpoint:
        """The last one of this log; of the empty log if there is none."""
        return self.logs.get(origin, (Checkpoint(origin, 0, EMPTY),))[-1]

    def with_(self, given: Checkpoint) -> Kept:
        """One more, the last; of those before it fewer the longer ago they are."""
        before = self.logs.get(given.origin, ())
        some = {(given.size - one.size).bit_length(): one for one in before[::-1]}
        some.pop(0, None)
        kept = (*sorted(some.values(), key=lambda one: one.size), given)
        return replace(self, logs={**self.logs, given.origin: kept})


@dataclass(frozen=True, slots=True)
class Memory:
    """The last checkpoint of each log that was signed with one key, and some before."""

    file: Path

    def known(self, origin: str) -> Checkpoint:
        """The last one of this log; of the empty log if there is none."""
        return self.kept().known(origin)

    def kept(self) -> Kept:
        """All of it. Raises MemoryLost."""
        return self._read()

    def begin(self) -> None:
        """A memory of nothing, where none has been."""
        if self.file.exists():
            raise BadKey(what=words.both("proof.key_exists", file=self.file))
        self._write(Kept({}))

    def advance(self, given: Checkpoint, growth: Growth) -> None:
        """Remember this checkpoint: when it returns, it may be signed.

        Raises RolledBack, and remembers nothing, if it does not go on from the last;
        KeyEnded if another key signs it.
        """
        with self._turn():
            kept = self._read()
            known = kept.known(given.origin)
            path = growth(known) if known.size <= given.size else ()
            if not extends(known.size, given.size, path, known.root, given.root):
                raise RolledBack(
                    origin=given.origin, known=known.size, given=given.size
                )
            if kept.ended is not None and given.size > kept.ended.size:
                raise KeyEnded(size=kept.ended.size, to=kept.ended.to or "-")
            if given.origin not in kept.logs or known != given:
                self._write(kept.with_(given))
            else:  # of somebody who was killed before it was on the disk for sure
                sync(self.file.parent)

    def end(self, ended: Ended) -> None:
        """From now on no larger sizes are signed; again only to the same key.

        Raises KeyEnded.
        """
        with self._turn():
            kept = self._read()
            if kept.ended is not None and kept.ended.to != ended.to:
                raise KeyEnded(size=kept.ended.size, to=kept.ended.to or "-")
            self._write(replace(kept, ended=ended))

    def adopt(self, other: Kept) -> None:
        """Goes on from what another key has signed.

        Raises BadKey if this one has signed anything of its own.
        """
        with self._turn():
            kept = self._read()
            if kept.ended is not None or (kept.logs and kept.logs != other.logs):
                raise BadKey(what=words.both("proof.key_used", file=self.file))
            self._write(Kept(other.logs))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time, of threads and of processes."""
        lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _read(self) -> Kept:
        try:
            text = plain_text(self.file.read_bytes())
            body, _, digest = text.removesuffix("\n").rpartition("\n")
            header, *blocks = body.split("\n\n")
            if header != HEADER or digest != _digest(body):
                raise MemoryLost(file=self.file)
            return _kept(blocks)
        except (FileNotFoundError, BadNote) as error:
            raise MemoryLost(file=self.file) from error

    def _write(self, kept: Kept) -> None:
        every = [str(one) for logs in kept.logs.values() for one in logs]
        if kept.ended is not None:
            every.append(str(kept.ended))
        body = "\n\n".join([HEADER, *(one.removesuffix("\n") for one in every)])
        new = self._beside(".new")
        new.unlink(missing_ok=True)  # of somebody who was interrupted
        write_new(new, f"{body}\n{_digest(body)}\n")
        new.replace(self.file)
        sync(self.file.parent)

    def _beside(self, ending: str) -> Path:
        return self.file.with_name(self.file.name + ending)


def _kept(blocks: Sequence[str]) -> Kept:
    logs: dict[str, tuple[Checkpoint, ...]] = {}
    ended: Ended | None = None
    for block in blocks:
        found = Ended.parse(block)
        if found is not None:
            ended = found
            continue
        one = Checkpoint.parse(f"{block}\n")
        logs[one.origin] = (*logs.get(one.origin, ()), one)
    return Kept(logs, ended)


def write_new(file: Path, text: str) -> None:
    """A file of its owner's, on the disk when this returns."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(text.encode())
        opened.flush()
        os.fsync(opened.fileno())


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def sync(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
