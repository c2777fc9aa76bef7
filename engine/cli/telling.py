"""What an act led to, as sentences: who did what, and what followed by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.cli.command import Session
from engine.core import events
from engine.core.facts import template_of
from engine.core.reasons import sentence
from engine.errors import ActRefused
from engine.plan.graph import Node, Plan
from engine.ports import Json
from engine.runtime.service import Result
from engine.words import LANGUAGES, bilingual, say


@dataclass(frozen=True, slots=True)
class Telling:
    """Events of one plan's instances in one language."""

    plan: Plan
    language: str

    def say(self, code: str, /, **values: Any) -> str:
        return say(code, self.language, **values)

    def node(self, path: str) -> Node | None:
        return self.plan.nodes.get(path) or self.plan.nodes.get(template_of(path))

    def state(self, path: str, state: str) -> str:
        node = self.node(path)
        found = node.kind.states.get(state) if node is not None else None
        return bilingual(found.title if found else state, self.language)

    def move(self, path: str, move: str) -> str:
        if path in self.plan.registers:
            return self.say("cli.add")
        node = self.node(path)
        found = node.kind.moves.get(move) if node is not None else None
        return bilingual(found.title if found else move, self.language)

    def event(self, event: events.Event) -> str:
        """One event; the sentence is chosen by what it is."""
        match event:
            case events.Moved():
                return self.moved(event)
            case events.Refused():
                return self.say(
                    "cli.told_refused",
                    node=event.node,
                    move=self.move(event.node, event.move),
                    who=event.actor,
                )
            case events.Added():
                return self.say(
                    "cli.told_added",
                    node=event.node,
                    who=event.actor,
                    state=self.state(event.node, event.state),
                )
            case events.Counted():
                return self.say("cli.told_counted", node=event.node, casts=event.casts)
        return self.outside(event)

    def outside(self, event: events.Event) -> str:
        match event:
            case events.Started():
                title = bilingual(event.title, self.language)
                return self.say("cli.told_started", title=title)
            case events.Signalled():
                who = event.actor or "–"
                return self.say("cli.told_signalled", name=event.name, who=who)
            case events.Missed():
                because = "gate" if event.because == "gate" else "late"
                return self.say(
                    f"cli.missed_{because}",
                    node=event.node,
                    move=self.move(event.node, event.move),
                    count=event.count,
                    first=self.shown(event.first),
                    last=self.shown(event.last),
                )
            case events.Reported():
                code = f"cli.told_{event.outcome}"
                return self.say(code, node=event.node)
            case events.Erasure(step="asked"):
                return self.say(
                    "privacy.told_asked",
                    who=event.actor,
                    entry=event.entry,
                    basis=event.basis,
                )
            case events.Erasure():
                return self.say(
                    "privacy.told_approved", who=event.actor, asked=event.asked
                )
            case events.Erased():
                return self.say(
                    "privacy.told_erased",
                    values=len(event.commitments),
                    files=len(event.files),
                    who=[who for who, _ in event.approved_by],
                )
        return self.say("cli.told_other", type=events.NAMES[type(event)])

    def shown(self, moment: str) -> str:
        """A recorded moment as a clock in the plan's zone shows it."""
        return (
            f"{datetime.fromisoformat(moment).astimezone(self.plan.zone):%m-%d %H:%M}"
        )

    def moved(self, event: events.Moved) -> str:
        stays = "stays" if event.source == event.target else "moved"
        by = event.cause if event.cause in {"person", "clock"} else "itself"
        told = self.say(
            f"cli.told_{stays}_{by}",
            node=event.node,
            move=self.move(event.node, event.move),
            who=event.actor,
            state=self.state(event.node, event.target),
        )
        if event.round > 1:
            told += self.say("cli.told_round", round=event.round)
        return told


@dataclass(frozen=True, slots=True)
class Told:
    """How results are printed: what was ``asked`` first, what followed below it."""

    session: Session
    plan: Plan
    asked: type | None = None

    def print(self, before: Iterable[Result], result: Result) -> None:
        """``before``: what became due while a simulated clock was turned."""
        for past in before:
            self.lines(past)
        if result.repeated:
            self.session.print(self.session.say("cli.repeated"))
        self.lines(result)

    def seq(self, result: Result) -> int:
        """The entry of the act itself."""
        mine = (
            seq
            for seq, event in result.events
            if self.asked is not None and _is_asked(event, self.asked)
        )
        return next(mine, result.first)

    def lines(self, result: Result) -> None:
        telling = Telling(self.plan, self.session.language)
        for seq, event in result.events:
            told = telling.say("cli.entry", seq=seq, told=telling.event(event))
            is_asked = self.asked is not None and _is_asked(event, self.asked)
            self.session.print(told if is_asked else f"  {told}")

    def json(self, before: Iterable[Result], result: Result) -> dict[str, Json]:
        """What was recorded, as docs/cli.md documents it."""
        earlier = [self.entry(*one) for past in before for one in past.events]
        return {
            "instance": result.instance,
            "at": result.at.isoformat(),
            "repeated": result.repeated,
            "before": earlier,
            "entries": [self.entry(*one) for one in result.events],
        }

    def entry(self, seq: int, event: events.Event) -> dict[str, Json]:
        moved = event if isinstance(event, events.Moved) else None
        return {
            "seq": seq,
            "type": events.NAMES[type(event)],
            "node": event.node,
            "actor": event.actor,
            "move": getattr(event, "move", None),
            "from": moved.source if moved else None,
            "to": moved.target if moved else getattr(event, "state", None),
            "round": getattr(event, "round", None),
            "cause": moved.cause if moved else None,
            "text": {one: Telling(self.plan, one).event(event) for one in LANGUAGES},
        }


def _is_asked(event: events.Event, asked: type) -> bool:
    """The entry of the act itself among those that it led to."""
    if isinstance(event, events.Moved):
        return asked is events.Moved and event.cause == "person"
    return isinstance(event, (asked, events.Added))


def refusal_json(wrong: ActRefused) -> dict[str, Json]:
    """A refusal: its entry, and each reason in both languages."""
    return {
        "seq": wrong.values["seq"],
        "node": wrong.values["node"],
        "move": wrong.values["move"],
        "actor": wrong.values["actor"],
        "reasons": [
            {
                "code": one["code"],
                "text": {language: sentence(one, language) for language in LANGUAGES},
            }
            for one in wrong.values["reasons"]
        ],
    }
