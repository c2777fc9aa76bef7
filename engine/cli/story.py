"""The story of an instance, told from its history: never from a script.

A chapter begins when a stage begins, and when the plan has closed. Each line is an
entry, or a count of entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from engine.cli.telling import Telling
from engine.core import events
from engine.core.phrases import in_words
from engine.core.reasons import sentence
from engine.plan.graph import Node, Words
from engine.words import bilingual

SHOWN_MAX: Final = 4
"""Lines of one sort in one chapter; the rest is counted."""

Happened: TypeAlias = tuple[int, datetime, events.Event]
"""Entry number, time, event."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and what stands below it."""

    text: str
    below: tuple[str, ...] = ()
    about: str = ""
    """The node, where several lines about one would crowd out the others."""


def varied(lines: list[Line]) -> list[Line]:
    """The first lines, each about something else."""
    apart: dict[str, Line] = {}
    for line in lines:
        apart.setdefault(line.about or line.text, line)
    return list(apart.values())[:SHOWN_MAX]


@dataclass(slots=True)
class Chapter:
    """What happened while a stage was the latest to have begun."""

    title: str
    since: datetime
    until: datetime
    closed: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)
    permitted: list[Line] = field(default_factory=list)
    reworked: list[Line] = field(default_factory=list)
    agreed: list[Line] = field(default_factory=list)
    counted: list[Line] = field(default_factory=list)
    slips: dict[str, list[str]] = field(default_factory=dict)
    """Reminders and alarms: title -> what each was about."""

    SORTS = ("closed", "refused", "permitted", "reworked", "agreed", "counted")

    def parts(self) -> Iterator[tuple[str, list[Line]]]:
        """What there is, in the order in which it is told."""
        for sort in self.SORTS:
            lines: list[Line] = getattr(self, sort)
            if lines:
                yield sort, lines


@dataclass(slots=True)
class Story:
    """Reads a history entry by entry."""

    telling: Telling
    chapters: list[Chapter] = field(default_factory=list)
    granted: dict[int, events.Moved] = field(default_factory=dict)
    """Entries that permit something -> the move that did."""

    def read(self, history: Iterable[Happened]) -> list[Chapter]:
        for seq, at, event in history:
            self.chapter(at, event)
            match event:
                case events.Refused():
                    self.refused(seq, at, event)
                case events.Moved():
                    self.moved(seq, at, event)
                case events.Counted():
                    node = self.title(event.node)
                    told = self.say("counted", node=node, casts=event.casts)
                    self.now.counted.append(Line(self.entry(seq, at, told)))
        return self.chapters

    @property
    def now(self) -> Chapter:
        return self.chapters[-1]

    def say(self, code: str, /, **values: Any) -> str:
        return self.telling.say(f"story.{code}", **values)

    def day(self, at: datetime) -> str:
        return f"{at.astimezone(self.telling.plan.zone):%m-%d}"

    def entry(self, seq: int, at: datetime, told: str) -> str:
        return self.say("entry", day=self.day(at), told=told, seq=seq)

    def title_of(self, title: Words) -> str:
        return bilingual(title, self.telling.language)

    def title(self, path: str) -> str:
        """A node as people call it; of a made node with what it was made for."""
        node = self.telling.node(path)
        if node is None:
            return path
        title = self.title_of(node.title)
        for mark in "[#":
            if mark in path:
                return f"{title}{mark}{path.partition(mark)[2]}"
        return title

    # -- chapters

    def chapter(self, at: datetime, event: events.Event) -> None:
        title = self.begun(event)
        if title is not None:
            self.chapters.append(Chapter(title, at, at))
        self.now.until = at

    def begun(self, event: events.Event) -> str | None:
        """The title of the chapter that an event begins."""
        if not self.chapters:
            return self.say("begin")
        if not isinstance(event, events.Moved) or event.source == event.target:
            return None
        node = self.telling.node(event.node)
        if node is None:
            return None
        if _is(node, "stage") and event.source == node.kind.initial:
            return self.title_of(node.title)
        return None

    def ended(self, event: events.Moved, node: Node, at: datetime) -> None:
        """When the plan has closed, what comes is another chapter."""
        if event.node == self.telling.plan.root and _done(node, event.target):
            self.chapters.append(Chapter(self.say("after"), at, at))

    # -- events

    def refused(self, seq: int, at: datetime, event: events.Refused) -> None:
        told = self.say(
            "refused",
            who=event.actor,
            node=self.title(event.node),
            move=self.telling.move(event.node, event.move),
        )
        why = tuple(
            sentence(
                in_words(self.telling.plan, event.node, one), self.telling.language
            )
            for one in event.reasons
        )
        line = Line(self.entry(seq, at, told), why, about=event.node)
        self.now.refused.append(line)

    def moved(self, seq: int, at: datetime, event: events.Moved) -> None:
        node = self.telling.node(event.node)
        if node is None:
            return
        self.permits(seq, at, event)
        self.rework(seq, at, event, node)
        self.slips(at, event)
        self.agreements(seq, at, event)
        reached = event.source != event.target and _done(node, event.target)
        if reached and (_is(node, "link") or _is(node, "stage") or _is(node, "plan")):
            told = self.say("closed", node=self.title(event.node))
            self.now.closed.append(Line(self.entry(seq, at, told)))
        self.ended(event, node, at)

    def permits(self, seq: int, at: datetime, event: events.Moved) -> None:
        """A gate that was passed because somebody with the right said so."""
        if any(line[0] == "permit" for line in event.did):
            self.granted[seq] = event
        permit = event.why.get("permit") if isinstance(event.why, dict) else None
        if permit is None:
            return
        grant = self.granted.get(permit)
        told = self.say(
            "permitted",
            node=self.title(event.node),
            move=self.telling.move(event.node, event.move),
            who=grant.actor if grant else "–",
        )
        reason = str(grant.inputs.get("reason", "")) if grant else ""
        below = (self.say("reason", reason=reason),) if reason else ()
        self.now.permitted.append(Line(self.entry(seq, at, told), below))

    def rework(self, seq: int, at: datetime, event: events.Moved, node: Node) -> None:
        move = node.kind.moves.get(event.move)
        if move is None or not move.next_round:
            return
        told = self.say(
            "reworked",
            node=self.title(event.node),
            move=self.telling.move(event.node, event.move),
            round=event.round,
        )
        again = [self.title(str(line[1])) for line in event.did if line[0] == "begin"]
        below = (self.say("again", nodes=again),) if again else ()
        self.now.reworked.append(Line(self.entry(seq, at, told), below))

    def slips(self, at: datetime, event: events.Moved) -> None:
        """What the clock fired: reminders, alarms, escalations."""
        if event.actor is not None:
            return
        if any(
            line[0] == "escalate" or line[:1] + line[2:3] == ("request", "notify")
            for line in event.did
        ):
            title = self.telling.move(event.node, event.move)
            told = self.say("fired", day=self.day(at), node=self.title(event.node))
            self.now.slips.setdefault(title, []).append(told)

    def agreements(self, seq: int, at: datetime, event: events.Moved) -> None:
        """Rights handed on and due dates put off, by people."""
        stays = event.source == event.target
        for line in event.did if event.actor is not None and stays else ():
            if line[0] == "delegate":
                until = self.last_day(str(line[3]))
                told = self.say("delegated", who=line[1], to=line[2], until=until)
            elif line[0] == "set" and line[2] == "due":
                values = {"node": self.title(str(line[1])), "until": line[3]}
                told = self.say("extended", who=event.actor, **values)
            else:
                continue
            self.now.agreed.append(Line(self.entry(seq, at, told)))

    def last_day(self, until: str) -> str:
        """The day at whose end a moment lies."""
        at = datetime.fromisoformat(until).astimezone(self.telling.plan.zone)
        return f"{at - timedelta(microseconds=1):%Y-%m-%d}"


def _is(node: Node, kind: str) -> bool:
    return kind in {node.kind.name, *node.kind.ancestors}


def _done(node: Node, state: str) -> bool:
    return node.kind.states[state].done
