"""What can be asked. Imperative mood; a command may be refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from msgspec import Struct, field

from engine.ports import Json


class Start(Struct, frozen=True, kw_only=True):
    """Begin an instance of the plan."""

    by: str | None = None


class Do(Struct, frozen=True, kw_only=True):
    """Let ``actor`` make ``move`` of ``node`` (a name, as people write it).

    ``inputs`` are as given: text, lists, mappings, files. ``occurred`` is when it
    happened, if that was before now.
    """

    node: str
    move: str
    actor: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    occurred: datetime | None = None


class Signal(Struct, frozen=True, kw_only=True):
    """Record that something happened outside the plan."""

    name: str
    actor: str
    occurred: datetime | None = None
    note: str | None = None


class Tick(Struct, frozen=True, kw_only=True):
    """Let the clock's due moves happen."""


class Report(Struct, frozen=True, kw_only=True):
    """Record the outcome of a requested action: ``succeeded`` or ``failed``."""

    key: str
    node: str
    outcome: str
    cause: str | None = None
    """Of a failure: ``timed_out`` or ``crashed``; None: the action said so."""
    detail: str | None = None
    files: tuple[Json, ...] = ()
    """What it made: ``{"name", "sha256", "size"}`` each."""
    says: tuple[tuple[str, str | None], ...] = ()
    """Events that it found to have happened: (name, note)."""
    letters: str | None = None
    """The digest of what it told people (:mod:`engine.journal.letters`)."""


class AskErasure(Struct, frozen=True, kw_only=True):
    """Ask that what entry ``entry`` has of a person be erased, and on which basis.

    Two others must approve. ``commitments`` are of personal values, ``files`` digests.
    """

    actor: str
    entry: int
    basis: str
    commitments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class ApproveErasure(Struct, frozen=True, kw_only=True):
    """Approve what entry ``asked`` asks for; the second approval erases.

    ``shared`` are files of it that other instances hold too: these stay.
    """

    actor: str
    asked: int
    shared: tuple[str, ...] = ()


Command: TypeAlias = Start | Do | Signal | Tick | Report | AskErasure | ApproveErasure
