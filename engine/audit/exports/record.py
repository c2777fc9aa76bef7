"""What a form is told of a history: its instance, and its entries one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from msgspec import Struct

from engine.audit.past.explain import cause_of, why
from engine.core import events
from engine.core.events import Added, Event, Moved, Refused, Reported
from engine.core.facts import template_of
from engine.core.phrases import role_of
from engine.journal.codec import decode
from engine.plan.graph import Node, Plan
from engine.ports import Entry, Head, Json
from engine.words import bilingual, say

FORMER: Final = {"rec": "recorded", "cause": "led_by", "cmd": "command"}
"""How older entries call what newer ones say in a word."""


def _as_it_is(value: Json) -> Json:
    return value


class History(Struct, frozen=True, kw_only=True):
    """An instance up to its head: what is written later belongs to a later export."""

    head: Head
    plan: Plan
    language: str
    read: Callable[[], Iterator[Entry]]
    told: Callable[[Event], str]
    """An event as a sentence."""
    opened: Callable[[Json], Json] = _as_it_is
    """Puts personal values in the place of their tokens."""

    @property
    def instance(self) -> str:
        return self.head.instance

    @property
    def zone(self) -> tzinfo:
        return self.plan.zone

    @property
    def title(self) -> str:
        return bilingual(self.plan.title, self.language)

    def records(self) -> Iterator[Record]:
        """In order. Of actions that were asked for only the open ones are kept."""
        asked: dict[str, str] = {}
        for entry in self.read():
            body = decode(entry.body)
            body["data"] = self.opened(body["data"])
            event = events.read(entry.type, entry.node, entry.actor, body["data"])
            action = None
            if isinstance(event, Moved):
                asked.update(_requests(event))
            elif isinstance(event, Reported):
                action = asked.pop(event.key, None)
            yield Record(
                history=self, entry=entry, body=body, event=event, action=action
            )


def _requests(event: Moved) -> Iterator[tuple[str, str]]:
    for line in event.did:
        if line[0] == "request":
            yield str(line[1]), str(line[2])


class Export(Struct, frozen=True, kw_only=True):
    """What was asked for."""

    histories: tuple[History, ...]
    language: str
    case: str = "instance"
    """Of forms that know cases: ``instance`` or ``node``."""


class Record(Struct, frozen=True, kw_only=True):
    """An entry, read."""

    history: History
    entry: Entry
    body: Mapping[str, Any]
    event: Event
    action: str | None = None
    """Of an outcome: what had been asked."""

    @property
    def id(self) -> str:
        """The same wherever the entry is exported to."""
        return f"{self.entry.instance}/{self.entry.seq}"

    @property
    def data(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body["data"]
        return found

    @property
    def plan(self) -> Plan:
        return self.history.plan

    @property
    def at(self) -> datetime:
        """In the plan's zone."""
        return self.entry.at.astimezone(self.history.zone)

    def said(self, word: str) -> Json:
        """What the body says beside its event: ``rec``, ``plan``, ``cause``, ``cmd``.

        None if it does not: not every entry was recorded with all of them.
        """
        found = self.body.get(word)
        return self.body.get(FORMER.get(word, word)) if found is None else found

    def moment(self, recorded: str | None) -> datetime | None:
        if not recorded:
            return None
        return datetime.fromisoformat(recorded).astimezone(self.history.zone)

    # -- the act

    @property
    def node(self) -> Node | None:
        path = self.entry.node
        if path is None:
            return None
        nodes = self.plan.nodes
        return nodes.get(path) or nodes.get(template_of(path))

    @property
    def move(self) -> str | None:
        if isinstance(self.event, Added):
            return "add"
        found = getattr(self.event, "move", None)
        return None if found is None else str(found)

    @property
    def source(self) -> str | None:
        return self.event.source if isinstance(self.event, Moved) else None

    @property
    def target(self) -> str | None:
        if isinstance(self.event, Moved):
            return self.event.target
        return self.event.state if isinstance(self.event, Added) else None

    @property
    def round(self) -> int | None:
        return getattr(self.event, "round", None)

    @property
    def cause(self) -> str:
        """Why it happened: person · condition · clock · outcome · outside."""
        return cause_of(self.event)

    @property
    def right(self) -> Mapping[str, Any]:
        return getattr(self.event, "right", None) or {}

    @property
    def role(self) -> str:
        """What the right to it was given for, as people call it."""
        role = self.right.get("role")
        if role is None:
            return ""
        told = role_of(self.plan, self.node, str(role))
        return bilingual(told, self.history.language)

    def title_of_move(self) -> str:
        """The move as its plan calls it."""
        language, move, node = self.history.language, self.move or "", self.node
        if isinstance(self.event, Added) or self.entry.node in self.plan.registers:
            return say("export.add", language)
        found = node.kind.moves.get(move) if node is not None else None
        return bilingual(found.title if found else move, language)

    def activity(self) -> str:
        """What was done, the same for every member of a container or register."""
        language = self.history.language
        path = template_of(self.entry.node or "")
        match self.event:
            case Moved() | Added():
                return f"{path} {self.title_of_move()}"
            case Reported():
                code = f"export.act_{self.event.outcome}"
                return say(code, language, node=path, action=self.action or "–")
            case events.Started():
                return say("export.act_started", language)
            case events.Signalled():
                return say("export.act_signalled", language, name=self.event.name)
        code = f"export.act_{self.entry.type}"
        return say(code, language, node=path, move=self.title_of_move())

    # -- why

    def explained(self) -> Mapping[str, Any]:
        """What the entry itself says of what allowed it, or of what did not."""
        return why(self.entry, _unread, self.plan, depth=0)

    def reasons(self) -> tuple[str, ...]:
        """Of a refusal: each reason as a sentence."""
        if not isinstance(self.event, Refused):
            return ()
        language = self.history.language
        found = self.explained()["reasons"]
        return tuple(bilingual(one["text"], language) for one in found)

    # -- papers

    def papers(self) -> tuple[Mapping[str, Any], ...]:
        """Files that it tells of, each once: ``name``, ``size``, ``sha256``."""
        found = {str(one["sha256"]): one for one in _papers(self.data)}
        return tuple(found.values())


def _unread(seq: int) -> Entry:
    raise AssertionError(f"entry {seq} is read though no cause was asked for")


def _papers(value: Any) -> Iterator[Mapping[str, Any]]:
    """What is only asked of an action repeats others."""
    if isinstance(value, Mapping):
        if {"sha256", "name", "size"} <= value.keys():
            yield value
        for one in value.values():
            yield from _papers(one)
    elif isinstance(value, list):
        if value[:1] == ["request"]:
            return
        for one in value:
            yield from _papers(one)
