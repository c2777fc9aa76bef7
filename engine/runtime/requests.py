"""A request on its way through a worker: what each step hands to the next.

prepared = task_of(office, waiting, now=now)      # preparing.py
ended = run(task.reference, ...)                  # trying.py, in a child process
recorded = conclude(office, task, ended, now=now) # concluding.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from engine import words
from engine.action import Attempt
from engine.plan.graph import Policy
from engine.ports import Json, Request, Waiting
from engine.runtime.addresses import AddressBook
from engine.runtime.service import Result, Service
from engine.runtime.trying import Ended

LOOK_AGAIN: Final = timedelta(minutes=5)
"""Until what lacks an action or a setting, or waits for an instance, is looked at."""

Loaded: TypeAlias = Callable[[str], tuple[Any, bytes]]
"""A plan by its name, with the bundle that is kept of it."""


@dataclass(slots=True)
class Office:
    """What a worker works with; it keeps nothing of any request.

    ``is_dry``: an action that needs a setting and has none is taken as done.
    ``rate``: seconds that pass on the clock in each second.
    """

    service: Service
    references: Mapping[str, str]
    """``module:name`` of each action, by its name."""
    load_plan: Loaded
    settings: Mapping[str, str] = field(default_factory=dict)
    addresses: Callable[[], AddressBook] = dict
    is_dry: bool = False
    rate: int = 1
    random: Random = field(default_factory=Random)

    # -- a request that cannot be tried, or not again at once

    def wait(
        self, waiting: Waiting, now: datetime, code: str, **values: Json
    ) -> Unable:
        """Looked at again soon; that is no try."""
        until = now + LOOK_AGAIN * self.rate
        held = Held(waiting=waiting, code=code, values=values, until=until)
        return self.put_off(held, tries=waiting.tries)

    def park(self, waiting: Waiting, code: str, **values: Json) -> Unable:
        """Not tried again before somebody has said so."""
        held = Held(waiting=waiting, code=code, values=values)
        return self.put_off(held, tries=waiting.tries)

    def put_off(self, held: Held, *, tries: int) -> Unable:
        """Raises Unavailable."""
        is_ours = self.service.journal.put_off(
            held.request.key,
            held.waiting.attempts,
            until=held.until,
            trouble=held.trouble,
            tries=tries,
        )
        return held if is_ours else Lost(request=held.request)


class Task(Struct, frozen=True, kw_only=True):
    """A request that is to be tried, and what the action is told."""

    waiting: Waiting
    reference: str
    parameters: Mapping[str, Json]
    """As asked, with personal values in the place of their tokens."""
    hidden: Mapping[str, str]
    """These values, each with its commitment."""
    attempt: Attempt
    policy: Policy
    timeout: timedelta

    @property
    def request(self) -> Request:
        return self.waiting.request


class Recorded(Struct, frozen=True, kw_only=True):
    """A request has come to its end: the entries say how."""

    task: Task
    ended: Ended
    result: Result


class Held(Struct, frozen=True, kw_only=True):
    """A request waits: to be taken again at ``until``, or (None) for somebody."""

    waiting: Waiting
    code: str
    values: Mapping[str, Json] = {}
    until: datetime | None = None

    @property
    def request(self) -> Request:
        return self.waiting.request

    @property
    def trouble(self) -> str:
        """As it is kept: a code and its values, to be read in any language."""
        kept = {"code": self.code, "values": self.values}
        return msgspec.json.encode(kept).decode()


class Lost(Struct, frozen=True, kw_only=True):
    """Somebody else took the request meanwhile: what they say counts."""

    request: Request


Unable: TypeAlias = Held | Lost


def trouble_told(trouble: str | None, language: str) -> str:
    """What is kept of a trouble, as a sentence."""
    if trouble is None:
        return ""
    try:
        kept = msgspec.json.decode(trouble)
        return words.say(str(kept["code"]), language, **kept["values"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return trouble
