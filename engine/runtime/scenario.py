"""Scenarios: dated acts by named people, played through the engine.

A scenario is the executable specification of a plan (docs/plans.md §15). Its clock
is simulated: before each act every timer up to that moment fires at its own time.
What is wrong with the file is told at once, before anything is played; what does
not go as the scenario says is a failure that names the act's place in the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from engine import words
from engine.core import evidence
from engine.core.commands import Do, Signal, Tick
from engine.core.inputs import File
from engine.core.reasons import sentence
from engine.errors import ActRefused, BadInput, PlangateError, WrongUse
from engine.plan import definition as shapes
from engine.plan import values
from engine.plan.clauses import Reading, gate_at
from engine.plan.faults import Faults, Place
from engine.plan.gates import OPEN, Gate, unmet
from engine.plan.gates import Outcome as Verdict
from engine.plan.graph import Plan, Words
from engine.plan.names import PlanScope
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value, read
from engine.plan.terms import Env
from engine.plan.values import Duration
from engine.runtime.service import Result, Service

TIMES_MAX: Final = 1_000
ACTS_MAX: Final = 20_000
"""Acts of one scenario once every repetition is written out."""
EACH: Final = "$each"
_TIME: Final = re.compile(r"[0-9]{1,2}:[0-9:]+")


# -- what a scenario says


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One entry of a scenario. Moments are a clock's in the plan's zone."""

    place: Place
    at: str
    do: str | None = None
    who: str | None = None
    node: str | None = None
    name: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Value] = field(default_factory=dict)
    occurred: str | None = None
    refused: tuple[str, ...] | None = None
    """None: the act must be done. Texts that the reasons of a refusal must have."""
    expect: Value | None = None
    for_each: tuple[str, ...] = ()
    times: int = 1
    every: Duration | None = None
    note: str | None = None
    say: Words | None = None

    def __str__(self) -> str:
        """As one would type it."""
        shown = (self.do, self.node, self.name, self.who and f"--as {self.who}")
        return " ".join(part for part in shown if part) or "expect"

    def for_one(self, each: str) -> Act:
        """The act of one member: ``$each`` is its name, wherever it is written."""
        return replace(
            self,
            who=_filled(self.who, each),
            node=_filled(self.node, each),
            name=_filled(self.name, each),
            inputs=_filled(self.inputs, each),
            files=_filled(self.files, each),
            refused=_filled(self.refused, each),
            expect=_filled(self.expect, each),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as its file says it. ``folder`` is where its files are looked for."""

    id: str
    plan: str
    instance: str
    title: Words
    start: str
    by: str | None
    acts: tuple[Act, ...]
    place: Place
    folder: Path


def _filled(written: Any, each: str) -> Any:
    """The same with ``$each`` replaced in every text; a value keeps its place."""
    match written:
        case str():
            return written.replace(EACH, each)
        case Scalar():
            return replace(written, text=written.text.replace(EACH, each))
        case Sequence():
            return replace(written, items=_filled(written.items, each))
        case Written():
            return replace(written, entries=_filled(written.entries, each))
        case tuple() | list():
            return type(written)(_filled(part, each) for part in written)
        case Mapping():
            return {_filled(k, each): _filled(v, each) for k, v in written.items()}
    return written


# -- reading


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file; raises PlanRejected with every fault in it."""
    source = read(path)
    faults = Faults()
    shape = shapes.read(shapes.ScenarioDefinition, source.tree, faults, "")
    if shape is None:
        faults.raise_if_any()
        raise AssertionError("a scenario without a shape has faults")
    start = _moment(shape.start, "start", "", faults) or ""
    acts = tuple(_Acts(faults, start).read(shape.acts))
    faults.raise_if_any()
    return Scenario(
        id=shape.scenario,
        plan=shape.plan,
        instance=shape.id or shape.scenario,
        title=shape.title or shape.scenario,
        start=start,
        by=shape.by,
        acts=acts,
        place=source.tree.place,
        folder=path.parent,
    )


def _moment(value: Value | None, path: str, before: str, faults: Faults) -> str | None:
    """``2009-04-11 09:00``, or ``09:00`` on the day of the act before."""
    text = value.text if isinstance(value, Scalar) else ""
    day = before.partition(" ")[0]
    try:
        found = values.read_datetime(
            f"{day} {text}" if day and _TIME.fullmatch(text) else text, UTC
        )
    except values.ValueReadError as wrong:
        faults.add(wrong.code, value, path, **wrong.values)
        return None
    # as a clock shows it; the plan's zone makes a moment of it when it is played
    return f"{found:%Y-%m-%d %H:%M:%S}"


_USES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "tick": (frozenset(), frozenset()),
    "signal": (frozenset({"as", "name"}), frozenset({"occurred"})),
    "expect": (frozenset(), frozenset()),
}
_MOVE: Final = (
    frozenset({"as", "node"}),
    frozenset({"with", "files", "occurred", "refused"}),
)
"""Keys that an act must have, and those that it may have."""
_ACTING: Final = ("as", "node", "name", "with", "files", "occurred", "refused")


@dataclass(slots=True)
class _Acts:
    """Reads the acts of a scenario, one after the other in time."""

    faults: Faults
    now: str
    path: str = ""

    def read(self, written: Sequence) -> Iterator[Act]:
        for number, item in enumerate(written.items):
            self.path = f"acts[{number}]"
            act = self.one(item)
            if act is not None:
                yield act

    def one(self, item: Value) -> Act | None:
        shape = shapes.read(shapes.ActDefinition, item, self.faults, self.path)
        if shape is None or not isinstance(item, Written):
            return None
        do = "signal" if shape.signal else shape.do
        self.check_keys(item, do or "expect", shape)
        return Act(
            place=item.place,
            at=self.moment(item, shape.at),
            do=do,
            who=shape.as_,
            node=shape.node,
            name=shape.signal or shape.name,
            inputs=shape.with_.plain() if shape.with_ else {},
            files=self.files(shape.files),
            occurred=self.occurred(shape.occurred),
            refused=shape.refused,
            expect=shape.expect,
            for_each=shape.for_each,
            times=self.times(item, shape.times),
            every=self.every(item, shape),
            note=shape.note,
            say=shape.say,
        )

    def moment(self, item: Written, at: Value | None) -> str:
        """When it is done; without a time, at the same moment as the act before."""
        found = self.now
        if at is not None:
            found = _moment(at, f"{self.path}.at", self.now, self.faults) or self.now
        if found < self.now:
            self.faults.add(
                "scenario.order", at or item, self.path, moment=found, before=self.now
            )
        self.now = found
        return found

    def occurred(self, value: Value | None) -> str | None:
        if value is None:
            return None
        return _moment(value, f"{self.path}.occurred", self.now, self.faults)

    def check_keys(self, item: Written, do: str, shape: shapes.ActDefinition) -> None:
        if do == "expect" and shape.expect is None and shape.say is None:
            self.faults.add("scenario.no_act", item, self.path)
        # a kind may have a move called tick or signal; then a node is named
        needed, useful = _MOVE if shape.node else _USES.get(do, _MOVE)
        given = {key for key in _ACTING if item.get(key) is not None}
        if shape.signal:
            given.add("name")
        for key in sorted(needed - given):
            self.faults.add("scenario.needs", item, self.path, act=do, key=key)
        for key in sorted(given - needed - useful):
            at = item.key(key) or item
            self.faults.add("scenario.needless", at, self.path, act=do, key=key)

    def files(self, table: Written | None) -> dict[str, Value]:
        if table is None:
            return {}
        for key, value in table.entries:
            if isinstance(value, Scalar) and value.text:
                continue
            keys = set(value.keys()) if isinstance(value, Written) else set()
            if keys - {"name"} not in ({"text"}, {"path"}):
                path = f"{self.path}.files.{key.text}"
                self.faults.add("scenario.file", value, path)
        return {key.text: value for key, value in table.entries}

    def times(self, item: Written, times: int) -> int:
        if not 1 <= times <= TIMES_MAX:
            self.faults.add("scenario.times", item, self.path, most=TIMES_MAX)
        return times

    def every(self, item: Written, shape: shapes.ActDefinition) -> Duration | None:
        value = shape.every
        if value is None:
            return None
        if shape.times == 1:
            self.faults.add("scenario.every", item.key("every"), self.path)
        try:
            return values.read_duration(value.plain())
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, value, f"{self.path}.every", **wrong.values)
            return None


# -- the timetable: everything that can be wrong is found before the first act


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
            return self.plan.parties.members(act.for_each[0]) or act.for_each
        return act.for_each or (None,)

    def moments(self, act: Act) -> Iterator[datetime]:
        at = self.moment(act.at)
        for number in range(act.times):
            if act.every is not None and number > 0:
                at = act.every.add_to(at, self.plan.calendar, self.plan.zone)
            yield at

    def moment(self, text: str) -> datetime:
        return values.read_datetime(text, self.plan.zone)

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
            return paper_of(given.get("name", path.name), path.read_bytes())
        except OSError as wrong:
            why = wrong.strerror or str(wrong)
            self.faults.add(
                "scenario.file_unreadable", value, path=given["path"], why=why
            )
            return None


def paper_of(name: str, content: bytes) -> tuple[File, bytes]:
    """A file as an act hands it in: known by its bytes; characters if it is text."""
    try:
        characters = len("".join(content.decode().split()))
    except UnicodeDecodeError:
        characters = None
    digest = hashlib.sha256(content).hexdigest()
    size = len(content)
    return File(name=name, size=size, sha256=digest, characters=characters), content


# -- playing


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that did not go as the scenario says."""

    code: str
    place: Place
    values: Mapping[str, Any]

    def say(self, language: str = "zh") -> str:
        """``file:line:column: what``."""
        return f"{self.place}: {words.say(self.code, language, **self.values)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An act that was played: what followed from it."""

    step: Step
    number: int
    of: int
    result: Result | None = None
    refused: ActRefused | BadInput | None = None
    """BadInput: the act was incomplete, and nothing is recorded of it."""
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a scenario went. Without failures it went as it says."""

    instance: str
    steps: tuple[Played, ...]
    failures: tuple[Failure, ...]
    acts: int
    refusals: int


Progress: TypeAlias = Callable[[Played], None]


def play(
    service: Service,
    plan: Plan,
    bundle: bytes,
    scenario: Scenario,
    *,
    instance: str | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Start an instance and let every act happen at its time.

    A failure does not stop it: all are told at once. Raises PlanRejected before
    anything is played, and what the journal raises.
    """
    steps = timetable(plan, scenario)
    name = instance or scenario.instance
    now = values.read_datetime(scenario.start, plan.zone)
    service.start(plan, bundle, instance=name, now=now, by=scenario.by, simulated=True)
    player = _Player(service, name, len(steps))
    played: list[Played] = []
    for number, step in enumerate(steps, start=1):
        one = player.one(step, number)
        played.append(one)
        if progress is not None:
            progress(one)
    return Outcome(
        instance=name,
        steps=tuple(played),
        failures=tuple(failure for one in played for failure in one.failures),
        acts=sum(one.step.command is not None for one in played),
        refusals=sum(isinstance(one.refused, ActRefused) for one in played),
    )


@dataclass(slots=True)
class _Player:
    service: Service
    instance: str
    of: int

    def one(self, step: Step, number: int) -> Played:
        self.let_time_pass(step.at)
        result: Result | None = None
        wrong: PlangateError | None = None
        try:
            result = self.act(step)
        except (ActRefused, WrongUse) as said_no:
            wrong = said_no
        failures = (*_unlike(step, wrong), *self.unmet(step))
        refused = wrong if isinstance(wrong, (ActRefused, BadInput)) else None
        return Played(
            step=step,
            number=number,
            of=self.of,
            result=result,
            refused=refused,
            failures=failures,
        )

    def let_time_pass(self, until: datetime) -> None:
        """Every timer up to a moment fires at its own time."""
        while True:
            due = self.service.next_due(self.instance)
            if due is None or due > until:
                return
            self.service.tick(self.instance, now=due)

    def act(self, step: Step) -> Result | None:
        match step.command:
            case Do() as command:
                return self.service.do(
                    self.instance, command, now=step.at, blobs=step.blobs
                )
            case Signal() as command:
                return self.service.signal(self.instance, command, now=step.at)
            case Tick():
                return self.service.tick(self.instance, now=step.at)
        return None

    def unmet(self, step: Step) -> Iterator[Failure]:
        """The clauses of ``expect`` that are not true now, with what they saw."""
        if not step.expect.clauses:
            return
        live = self.service.look(self.instance)
        env = Env(live.known, live.plan.root, step.at)
        for clause in step.expect.clauses:
            outcomes, why = evidence.examined(Gate((clause,)), env)
            for one in unmet(outcomes):
                yield _untrue(step, one, why["facts"])


def _failure(code: str, step: Step, **facts: Any) -> Failure:
    return Failure(
        code=code, place=step.act.place, values={"act": str(step.act), **facts}
    )


def _unlike(step: Step, wrong: PlangateError | None) -> Iterator[Failure]:
    """Where an act did not end as the scenario says: done, or refused because of."""
    expected = step.act.refused
    if wrong is None:
        if expected is not None:
            yield _failure("scenario.not_refused", step)
        return
    why = {language: wrong.say(language) for language in words.LANGUAGES}
    if expected is None or not isinstance(wrong, (ActRefused, BadInput)):
        is_refusal = isinstance(wrong, ActRefused)
        code = "scenario.was_refused" if is_refusal else "scenario.wrong_use"
        yield _failure(code, step, why=why)
        return
    reasons = wrong.values.get("reasons", ())
    told = [sentence(one, language) for one in reasons for language in words.LANGUAGES]
    told += [str(one["code"]) for one in reasons] or list(why.values())
    for text in expected:
        if not any(text in one for one in told):
            yield _failure("scenario.other_reason", step, text=text, why=why)


def _untrue(step: Step, outcome: Verdict, facts: Any) -> Failure:
    code = "scenario.not_known" if outcome.verdict is None else "scenario.not_true"
    shown = {
        language: _shown(facts, language) if facts else ""
        for language in words.LANGUAGES
    }
    return _failure(
        code,
        step,
        at=f"{step.act.at}",
        clause=outcome.clause.text,
        values=shown,
    )


def _shown(facts: Any, language: str) -> str:
    """The facts that a clause has looked at."""
    lines = [
        words.say("scenario.seen", language, key=key, value=value)
        if seq
        else words.say("scenario.absent", language, key=key)
        for key, value, seq in facts
    ]
    return words.say("scenario.values", language, shown=lines)
