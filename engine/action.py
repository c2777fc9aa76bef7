"""What an action is: work in the outside world that a plan asks for.

A move only requests; a worker runs the request later, perhaps more than once (its
process may die after the work and before the word of it), and reports one outcome.
So every attempt of a request carries the same ``key``: what an action sends must
bear it, and its page in ``docs/actions/`` says what a second run does.

An action is a function of its own parameters (a pydantic model, which the action's
file imports) and of the attempt. It reads no database and no clock, and knows of no
plan but what the attempt tells. Actions of this project stand in ``actions/``; others
are found through the entry point group ``plangate.actions``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from engine.ports import Json

GROUP: Final = "plangate.actions"
"""Entry points: name -> an :class:`Action`."""
TIMEOUT: Final = timedelta(seconds=60)


NAME_MAX: Final = 100
NAME_BYTES: Final = 240
"""With an ending and a number before it, still within the 255 of a folder."""
_NO_NAME: Final = re.compile(
    r'[\x00-\x1f\x7f/\\:*?"<>|'
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""In no name of a file: what parts paths, and what shows a name as another."""
_RESERVED: Final = re.compile(
    r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE | re.DOTALL
)
"""What Windows keeps for itself, whatever stands after the point."""


def file_name(name: str, *, instead: str) -> str:
    """A name from outside, made one that every system takes; its end is kept."""
    cut = _NO_NAME.sub("_", name.replace("\r\n", "\n")).strip(" .")
    tail = cut[-NAME_MAX:].encode()[-NAME_BYTES:].decode(errors="ignore")
    found = tail.lstrip(" .") or instead
    return f"_{found}" if _RESERVED.fullmatch(found) else found


def _unheard(done: int, of: int) -> None:
    """Progress that nobody asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a request, and all that an action may know."""

    key: str
    """The request's own key; the same in every attempt."""
    number: int
    """1 for the first."""
    is_last: bool = False
    """If this does not work, the request has failed."""
    instance: str
    node: str
    titles: Mapping[str, Json]
    """``plan`` and ``node``, as the plan says: text, or text by language."""
    requested: datetime
    """Engine time of the move that asked, UTC."""
    now: datetime
    """UTC."""
    people: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Of the parties that the parameters name: ``title`` and the attributes of the
    plan, then ``mail`` and ``channels`` from the office's address book, if it has
    them. An address is nobody's business but the action's: it is never recorded."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Content by SHA-256 (hex) of every file that the parameters name."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the settings that the action declares, those that are set."""
    usual: Mapping[str, Json] = field(default_factory=dict)
    """What ``lang`` and ``zone`` are where the parameters do not say: the plan's."""
    progress: Callable[[int, int], None] = _unheard
    """``(done, of)``, as often as an action likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A line in somebody's inbox, written in the transaction of the outcome."""

    to: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that an action made; kept beside the history by its digest."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An event to be recorded, with the outcome, in the instance that asked.

    In no other: a plan does not open the gates of somebody else's.
    """

    event: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An instance to be started. One of that name that runs that plan will do.

    ``waits``: the request stays open until its plan is done, and fails if that is
    settled otherwise.
    """

    plan: str
    instance: str
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The work is done. ``detail`` stands in the history: no secrets, no addresses.

    What is to happen in instances is only said here: the worker does it, once.
    """

    detail: str = ""
    messages: tuple[Message, ...] = ()
    files: tuple[Made, ...] = ()
    says: tuple[Said, ...] = ()
    begins: Begun | None = None


class TryAgain(Exception):
    """It did not work this time. ``after``: sooner than that makes no sense."""

    def __init__(self, why: str, *, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class Failed(Exception):
    """It will not work, however often it is tried: the plan is told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something that the office must say once, outside plans: an address, a secret.

    ``name`` is that of an environment variable. A secret is never shown or recorded.
    """

    name: str
    what: Mapping[str, str]
    """By language: zh, en."""
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A sort of work, under the name that plans use in ``action:``."""

    name: str
    title: Mapping[str, str]
    """By language: zh, en."""
    parameters: Any
    """A pydantic model that refuses what it does not know."""
    run: Callable[[Any, Attempt], Done]
    """Given the checked parameters. Raises TryAgain or Failed; any other error is a
    bug of the action and counts as Failed."""
    again: Mapping[str, str]
    """What a second run of the same request does, by language."""
    settings: tuple[Setting, ...] = ()
    timeout: timedelta = TIMEOUT
    """An attempt that takes longer is ended, and may be tried again."""
