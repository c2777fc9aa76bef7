"""The timetable of a scenario: every act at its moment, with all that it needs.

Everything that can be wrong with a scenario of a plan (clauses, parties, files) is
found here, before the first act.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from engine.core.commands import Do, Signal, Tick
from engine.core.inputs import File
from engine.plan import readers
from engine.plan.clauses import Reading, gate_at
from engine.plan.faults import Faults
from engine.plan.gates import OPEN, Gate
from engine.plan.graph import Plan
from engine.plan.names import PlanScope
from engine.plan.source import Value
from engine.plan.terms import ANYONE
from engine.runtime.paper import Unreadable, paper_at, paper_of
from engine.runtime.scenario import Act, Scenario

ACTS_MAX: Final = 20_000
"""Acts of one scenario once every repetition is written out."""

Command: TypeAlias = Do | Signal | Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act at its moment, with everything that it needs at hand."""

    act: Act
    at: datetime
    command: Command | None
    blobs: Mapping[str, bytes]
    expect: Gate


def timetable(plan: Plan, scenario: Scenario) -> tuple[Step, ...]:
    """Every act with its repetitions written out, in order of time.

    Raises PlanRejected for clauses, parties and files that are not there.
    """
    faults = Faults()
    made = _Timetable(plan, scenario, faults)
    # acts of one moment stay in the order in which they are written
    steps = sorted(made.all(), key=lambda step: step.at)
    faults.raise_if_any()
    if len(steps) > ACTS_MAX:
        faults.add(
            "scenario.long", scenario.place, "acts", count=len(steps), most=ACTS_MAX
        )
        faults.raise_if_any()
    return tuple(steps)


@dataclass(slots=True)
class _Timetable:
    plan: Plan
    scenario: Scenario
    faults: Faults

    def all(self) -> Iterator[Step]:
        for act in self.scenario.acts:
            members = self.members(act)
            for at in self.moments(act):
                for each in members:
                    yield self.step(act if each is None else act.for_one(each), at)

    def members(self, act: Act) -> tuple[str | None, ...]:
        """Those that ``for_each`` names: members of one party, or the texts given."""
        if len(act.for_each) == 1:
            named = self.plan.parties.members(act.for_each[0]) or act.for_each
            # an open set has members that the plan does not name
            return tuple(who for who in named if who != ANYONE)
        return act.for_each or (None,)

    def moments(self, act: Act) -> Iterator[datetime]:
        at = self.moment(act.at)
        for number in range(act.times):
            if act.every is not None and number > 0:
                at = act.every.add_to(at, self.plan.calendar, self.plan.zone)
            yield at

    def moment(self, text: str) -> datetime:
        return readers.read_datetime(text, self.plan.zone)

    def step(self, act: Act, at: datetime) -> Step:
        papers = {
            name: paper
            for name, value in act.files.items()
            if (paper := self.paper(name, value)) is not None
        }
        return Step(
            act=act,
            at=at,
            command=self.command(act, {n: file for n, (file, _) in papers.items()}),
            blobs={file.sha256: content for file, content in papers.values()},
            expect=self.clauses(act),
        )

    def command(self, act: Act, files: Mapping[str, File]) -> Command | None:
        occurred = None if act.occurred is None else self.moment(act.occurred)
        who = act.who or ""
        match act.node, act.do:
            case _, None:
                return None
            case None, "tick":
                return Tick()
            case None, "signal":
                return Signal(
                    name=act.name or "", actor=who, occurred=occurred, note=act.note
                )
        return Do(
            node=act.node or "",
            move=act.do or "",
            actor=who,
            inputs={**act.inputs, **files},
            occurred=occurred,
        )

    def clauses(self, act: Act) -> Gate:
        if act.expect is None:
            return OPEN
        scope = PlanScope(self.plan.elements, "plan", self.plan.kinds["plan"])
        return gate_at(Reading(scope, self.faults), act.expect, "expect")

    def paper(self, name: str, value: Value) -> tuple[File, bytes] | None:
        """A file that is handed in: its text as written, or read from its path."""
        given = value.plain()
        if isinstance(given, str):
            given = {"text": given}
        if "text" in given:
            called = given.get("name", f"{name}.txt")
            return paper_of(called, str(given["text"]).encode())
        path = self.scenario.folder / given["path"]
        try:
            return paper_at(path, given.get("name"))
        except Unreadable as wrong:
            self.faults.add(
                "scenario.file_unreadable", value, file=given["path"], why=wrong.why
            )
            return None
