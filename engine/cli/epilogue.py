"""How an instance stands once its story is told: quotas, what is open, figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from engine.cli.story import Happened, Line, Story
from engine.core import events
from engine.core.facts import Known
from engine.plan.graph import Node
from engine.plan.terms import UNKNOWN, Env
from engine.plan.values import canonical
from engine.runtime.service import Live

OPEN_MAX: Final = 12
"""Nodes told as not over yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An instance as it is now."""

    story: Story
    live: Live

    @property
    def known(self) -> Known:
        return self.live.known

    @property
    def now(self) -> datetime:
        """A simulated instance stands at the time of its last entry."""
        return self.live.instance.at or datetime.now(UTC)

    def quotas(self) -> Iterator[Line]:
        """Each quota: everybody has met it, or how many still owe."""
        known, plan = self.known, self.live.plan
        env = Env(known, plan.root, self.now)
        for quota in plan.quotas.values():
            people = quota.owed_by.run(env)
            if people is UNKNOWN or not people:
                continue
            owing = known.owing(quota.id, env)
            least = min(
                sum(known.measure(one, who) for one in quota.measures) for who in people
            )
            values = {
                "title": self.story.title_of(quota.title),
                "people": len(people),
                "owing": len(owing),
                "least": canonical(least),
                "wanted": canonical(quota.least),
            }
            yield Line(self.story.say("quota_owed" if owing else "quota_met", **values))

    def open(self) -> Iterator[Line]:
        """Items and duties that are not done: they outlive the plan."""
        known = self.known
        paths = [
            path
            for template in self.live.plan.nodes.values()
            for path in known.live(template)
            if self.is_open(path, template)
        ]
        # what somebody has raised comes first: it is waited for
        paths.sort(key=lambda path: "#" not in path)
        for path in paths[:OPEN_MAX]:
            yield Line(self.open_line(path))
        if len(paths) > OPEN_MAX:
            yield Line(self.story.say("more_open", count=len(paths) - OPEN_MAX))

    def is_open(self, path: str, node: Node) -> bool:
        state = node.kind.states[self.known.state(path)]
        if node.path.endswith("#"):
            return not (state.done or state.final)
        if node.dynamic and self.known.flag(str(node.parent), "settled"):
            # a member of a container that has enough is left in peace
            return False
        return self.known.started(path) and not (state.settled or state.done)

    def open_line(self, path: str) -> str:
        state = self.story.telling.state(path, self.known.state(path))
        text = self.known.fact(f"f/{path}/text")
        code = "open_item" if text else "open_node"
        return self.story.say(code, node=self.story.title(path), state=state, text=text)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a history."""

    entries: int
    acts: int
    refusals: int
    automatic: int
    last_refusal: tuple[str, str] | None
    """Node and move."""
    permitted: int | None
    """The last entry that passed a gate by permission."""


def figures(history: Sequence[Happened]) -> Figures:
    """What there is in a history, counted."""
    told = [event for _, _, event in history]
    refused = [one for one in told if isinstance(one, events.Refused)]
    moved = [(seq, one) for seq, _, one in history if isinstance(one, events.Moved)]
    by_people = sum(one.cause == "person" for _, one in moved)
    others = sum(isinstance(one, (events.Added, events.Signalled)) for one in told)
    permitted = [
        seq for seq, one in moved if isinstance(one.why, dict) and "permit" in one.why
    ]
    return Figures(
        entries=len(told),
        acts=by_people + others + len(refused),
        refusals=len(refused),
        automatic=len(moved) - by_people,
        last_refusal=(refused[-1].node, refused[-1].move) if refused else None,
        permitted=permitted[-1] if permitted else None,
    )
