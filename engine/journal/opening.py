"""Opening a journal by its address; heavy libraries are loaded only when needed."""

from __future__ import annotations

from pathlib import Path

from engine import words
from engine.errors import Unavailable
from engine.ports import Journal


def open_journal(url: str) -> Journal:
    """The journal at an address: ``memory:``, ``sqlite:///file``, ``postgresql://``.

    Raises Unavailable with what to do if it cannot be opened.
    """
    if url in {"memory:", "memory://"}:
        from engine.journal.memory import MemoryJournal

        return MemoryJournal()
    if url.startswith("sqlite:///"):
        from engine.journal.sqlite import SqliteJournal

        return SqliteJournal(Path(url.removeprefix("sqlite:///")))
    if url.startswith("postgresql://"):
        try:
            from engine.journal.postgres import PostgresJournal
        except ImportError:
            raise Unavailable(detail=words.both("journal.postgres_missing")) from None
        return PostgresJournal(url)
    raise Unavailable(detail=words.both("journal.url", url=url))
