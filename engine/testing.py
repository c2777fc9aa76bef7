"""A plan under test, moved by hand: real core, real journal, a clock one can turn.

play = Play.of(text)
play.do("动员.会议", "hold", who="甲", present=["甲", "乙"])
assert play.refusal("报送.办理", "finish", who="乙") == ("…",)
play.wait(days=3)
assert play.holds("done(动员)")
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from engine.bootstrap import open_service
from engine.core.commands import Command, Do, Signal
from engine.core.facts import Known
from engine.core.inputs import File
from engine.core.instance import Instance, replay
from engine.core.reasons import sentence
from engine.errors import ActRefused, BadInput
from engine.journal.codec import decode
from engine.journal.memory import MemoryJournal
from engine.plan.clauses import Reading, gate_at
from engine.plan.faults import Faults
from engine.plan.graph import Plan
from engine.plan.library import check_file, from_bundle, load, shipped
from engine.plan.names import PlanScope
from engine.plan.readers import read_datetime
from engine.plan.source import parse
from engine.plan.terms import Env
from engine.ports import Journal
from engine.proof.private import SALT_SIZE
from engine.runtime.clock import let_time_pass
from engine.runtime.privacy import Salts, kept_apart
from engine.runtime.scenario import read_scenario
from engine.runtime.service import Live, Result, Service, payload_of
from engine.runtime.timetable import Step, timetable

CAMPAIGN = "maguan-2009"
"""The shipped scenario, and the instance that it plays."""
HEAD = """\
plan: test/plan
title: 例子
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}}
  sets: {全体: {members: [甲, 乙, 丙]}, 无人: {members: []}}
"""
"""The head of a small plan: three people, a set of all, a set of nobody."""
STAGES = """\
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [{id: 办, kind: task}]}
"""
"""Its stages, where a test does not care for them."""
DAILY = """\
plan: test/daily
title: Daily
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-01-01, to: 2019-12-31}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: s
  links:
  - id: l
    owner: 甲
    do:
    - {id: work, kind: span, recurs: {every: 1 days, at: 09:00}}
"""
"""A plan that does nothing but let something happen at nine, every day."""
START = datetime(2009, 4, 11, 0, tzinfo=UTC)


def paper(text: str = "evidence") -> File:
    """A file to hand in."""
    content = text.encode()
    return File(
        name="paper.txt",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        characters=len("".join(text.split())),
    )


def told(plan: str | Path, *, severity: str = "", language: str = "en") -> list[str]:
    """``code: path: sentence`` of what `check` finds in a plan, a text or a file."""
    if isinstance(plan, str):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plan.yaml"
            file.write_text(plan, encoding="utf-8")
            return told(file, severity=severity, language=language)
    return [
        f"{one.code}: {one.say(language).partition(': ')[2]}"
        for one in check_file(plan).faults
        if severity in {"", one.severity}
    ]


def counted_salts() -> Salts:
    """The same ones each time, so that the same acts leave the same bytes."""
    numbers = count(1)
    return lambda: next(numbers).to_bytes(SALT_SIZE)


def plain_salt() -> bytes:
    """Always the same one: a decision can be made twice and compared."""
    return bytes(SALT_SIZE)


def apart(live: Live, command: Command) -> Command:
    """A command as a decision gets it: tokens stand for what is personal."""
    if not isinstance(command, Do):
        return command
    return kept_apart(live.known, command, plain_salt)[0]


@dataclass(slots=True)
class Play:
    """One instance of one plan."""

    plan: Plan
    bundle: bytes
    journal: Journal = field(default_factory=MemoryJournal)
    now: datetime = START
    id: str = "play"
    service: Service = field(init=False)

    @classmethod
    def of(cls, text: str, **given: Any) -> Play:
        """A plan given as text, started."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plan.yaml"
            file.write_text(text, encoding="utf-8")
            return cls.load(file, **given)

    @classmethod
    def load(cls, name: str | Path, **given: Any) -> Play:
        """A plan of the library or a file, started."""
        plan, bundle = load(name)
        play = cls(plan, bundle, **given)
        play.service.start(plan, bundle, instance=play.id, now=play.now)
        return play

    def __post_init__(self) -> None:
        self.service = Service(
            self.journal,
            from_bundle,
            lambda one: payload_of(one, decode(one.body)),
            salts=counted_salts(),
        )
        self.service.plans[self.plan.digest] = self.plan

    # -- acting

    def do(self, node: str, move: str, /, *, who: str, **inputs: Any) -> Result:
        """A move that is expected to be allowed."""
        occurred = inputs.pop("occurred", None)
        command = Do(node=node, move=move, actor=who, inputs=inputs, occurred=occurred)
        return self.service.do(self.id, command, now=self.now)

    def refusal(
        self, node: str, move: str, /, *, who: str, **inputs: Any
    ) -> tuple[str, ...]:
        """The sentences with which a move is refused; it must be."""
        try:
            self.do(node, move, who=who, **inputs)
        except ActRefused as refused:
            return tuple(sentence(one, "en") for one in refused.values["reasons"])
        raise AssertionError(f"{node} {move} was not refused")

    def signal(self, name: str, *, who: str | None = None) -> Result:
        """Somebody, the first of the plan's people unless said, records it."""
        actor = who or next(iter(self.plan.parties.people))
        told = Signal(name=name, actor=actor)
        return self.service.signal(self.id, told, now=self.now)

    def wait(self, **length: float) -> None:
        """Time passes; every timer fires at its own moment."""
        until = self.now + timedelta(**length)
        while True:
            due = self.service.next_due(self.id)
            if due is None or due > until:
                break
            self.now = max(due, self.now)
            self.service.tick(self.id, now=self.now)
        self.now = until

    # -- looking

    @property
    def known(self) -> Known:
        return self.service.look(self.id).known

    def state(self, node: str) -> str:
        return self.known.state(node)

    def holds(self, clause: str) -> Any:
        """The verdict of a clause in the plan's names."""
        faults = Faults()
        scope = PlanScope(self.plan.elements, "plan", self.plan.kinds["plan"])
        written = parse(f"that: [{clause!r}]", "clause").tree.get("that")
        gate = gate_at(Reading(scope, faults), written, "clause")
        faults.raise_if_any()
        return gate.verdict(Env(self.known, "plan", self.now))

    def events(self) -> list[Any]:
        return [
            payload_of(entry, decode(entry.body))[0]
            for entry in self.journal.entries(self.id)
        ]

    def replayed(self) -> Instance:
        """The instance made anew from its entries alone."""
        fresh = Instance(id=self.id, plan=self.plan.digest)
        return replay(
            fresh,
            (
                payload_of(entry, decode(entry.body))
                for entry in self.journal.entries(self.id)
            ),
        )


def campaign(url: str, *, until: str | None = None) -> Service:
    """The shipped scenario, played into a journal up to a time of its plan's zone.

    The instance is called as the scenario says. Refused acts are part of it.
    """
    service = open_service(url)
    for _ in played(service, until=until):
        pass
    return service


def played(service: Service, *, until: str | None = None) -> Iterator[Step]:
    """The same, stopping after each act."""
    scenario = read_scenario(shipped() / "scenarios" / f"{CAMPAIGN}.yaml")
    plan, bundle = load(scenario.plan)
    begins = read_datetime(scenario.start, plan.zone)
    ends = None if until is None else read_datetime(until, plan.zone)
    service.start(plan, bundle, instance=CAMPAIGN, now=begins, simulated=True)
    for step in timetable(plan, scenario):
        if ends is not None and step.at > ends:
            break
        let_time_pass(service, CAMPAIGN, step.at)
        # an act that is refused, or incomplete, is as the scenario has it
        with suppress(ActRefused, BadInput):
            _act(service, step)
        yield step
    if ends is not None:
        let_time_pass(service, CAMPAIGN, ends)


def _act(service: Service, step: Step) -> None:
    match step.command:
        case Do() as command:
            service.do(CAMPAIGN, command, now=step.at, blobs=step.blobs)
        case Signal() as command:
            service.signal(CAMPAIGN, command, now=step.at)
