"""The log is numbered, sealed and signed all along, beside whoever works.

    with Sealer(journal, system_time, key=file, note=file, tell=print):
        ...

Nobody who acts waits for it: places are given in small batches, and what goes wrong is
told and tried again while work goes on. Without a key it seals and does not sign.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final, Self

from msgspec import Struct

from engine import words
from engine.audit.placing import NotWritten, placed
from engine.audit.signing.signer import Signer
from engine.errors import PlangateError, RolledBack, Unavailable
from engine.journal.codec import decode
from engine.ports import Journal, Leaf, Signing
from engine.proof.tree import Tree

LOOK_EVERY: Final = 1.0
"""Seconds."""
SEAL_EVERY: Final = timedelta(seconds=60)
"""If anything has come."""
ENTRIES_MAX: Final = 1_000
"""So many that have come are sealed at once."""
TELL_EVERY: Final = timedelta(minutes=10)
"""While the same trouble lasts."""


class Unsigned(Struct, frozen=True, kw_only=True):
    """The log could not be signed; ``trouble`` says why, in every language."""

    trouble: Mapping[str, str]
    since: datetime | None


class SignedAgain(Struct, frozen=True, kw_only=True):
    """After a trouble the log is signed at this size."""

    size: int


def unsigned_since(journal: Journal, size: int) -> datetime | None:
    """When the first entry beyond a signed size was recorded; None: there is none."""
    found = journal.log.leaves(after=size - 1, limit=1)
    return _recorded(found[0]) if found else None


def _recorded(leaf: Leaf) -> datetime:
    """By the clock of the machine: the time of a rehearsal is not the office's."""
    said = decode(leaf.entry.body).get("recorded")
    return leaf.entry.at if said is None else datetime.fromisoformat(said)


@dataclass(slots=True)
class Sealer:
    """``note`` is a file that always has the last signed checkpoint."""

    journal: Journal
    clock: Callable[[], datetime]
    key: Path | None = None
    note: Path | None = None
    tell: Callable[[Any], None] = lambda _: None
    _stopped: Event = field(default_factory=Event, init=False)
    _thread: Thread | None = field(default=None, init=False)
    _sealed: int = field(default=-1, init=False)
    _due: datetime | None = field(default=None, init=False)
    _signed: int = field(default=-1, init=False)
    _trouble: Mapping[str, str] | None = field(default=None, init=False)
    _told: datetime | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """What has come is sealed and signed once more, if the database is there."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._looked(is_last=True)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._looked(is_last=False)
            self._stopped.wait(LOOK_EVERY)

    def _looked(self, *, is_last: bool) -> None:
        """A look that ends no thread, whatever becomes of it."""
        try:
            self.look(is_last=is_last)
        except Unavailable:
            pass  # a database that is away is told by who needs it more
        except Exception:
            logging.getLogger(__name__).exception("a look at the log has failed")

    def look(self, *, is_last: bool = False) -> None:
        """Numbers what has come; seals and signs if it is time. Raises Unavailable."""
        now = self.clock()
        state = self.journal.log.number()
        if state.sealed != self._sealed:  # by whomever
            if self._sealed >= 0:
                self._due = now + SEAL_EVERY
            self._sealed = state.sealed
        is_due = is_last or self._due is None or now >= self._due
        if not state.is_sealed and (is_due or state.size - state.sealed >= ENTRIES_MAX):
            self._sealed = self.journal.log.seal(now).sealed
            self._due = now + SEAL_EVERY
        if self.key is not None and self._sealed > 0 and self._signed != self._sealed:
            self._sign(self.key, now)

    def _sign(self, key: Path, now: datetime) -> None:
        tree = Tree(self._sealed, self.journal.log.tile)
        try:
            note = Signer.open(key).sign(tree.size, tree.root(), tree.consistency)
            if self.note is not None:
                with placed(self.note, force=True) as out:
                    out.write(str(note).encode())
        except Unavailable:
            raise
        except RolledBack as wrong:
            # somebody else may have sealed and signed more: that is looked at next
            if self.journal.log.state().sealed == tree.size:
                self._failed(_said(wrong), now)
        except (PlangateError, NotWritten, OSError) as wrong:
            self._failed(_said(wrong), now)
        else:
            self._succeeded(tree.size, now)

    def _succeeded(self, size: int, now: datetime) -> None:
        self._signed = size
        self.journal.log.keep_signing(Signing(size=size, at=now))
        if self._trouble is not None:
            self._trouble = self._told = None
            self.tell(SignedAgain(size=size))

    def _failed(self, trouble: Mapping[str, str], now: datetime) -> None:
        """Tried again at every look, told now and then."""
        is_new = trouble != self._trouble
        self._trouble = trouble
        known = self.journal.log.signing()
        if is_new:
            told = Signing(size=known.size, at=known.at, trouble=trouble)
            self.journal.log.keep_signing(told)
        if is_new or self._told is None or now >= self._told + TELL_EVERY:
            self._told = now
            since = unsigned_since(self.journal, known.size)
            with suppress(Exception):
                self.tell(Unsigned(trouble=trouble, since=since))


def _said(wrong: Exception) -> dict[str, str]:
    if isinstance(wrong, (PlangateError, NotWritten)):
        return {language: wrong.say(language) for language in words.LANGUAGES}
    return dict.fromkeys(words.LANGUAGES, str(wrong))
