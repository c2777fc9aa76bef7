"""Playing a scenario through the engine, on a simulated clock.

Before each act every timer up to that moment fires at its own time. What does not
go as the scenario says is a failure that names the act's place in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine import words
from engine.core import evidence
from engine.core.commands import Do, Signal, Tick
from engine.core.reasons import sentence
from engine.errors import ActRefused, BadInput, PlangateError, WrongUse
from engine.plan import readers
from engine.plan.faults import Place
from engine.plan.gates import Gate, unmet
from engine.plan.gates import Outcome as Verdict
from engine.plan.graph import Plan
from engine.plan.terms import Env
from engine.runtime.clock import Meanwhile, let_time_pass, nothing
from engine.runtime.scenario import Scenario
from engine.runtime.service import Result, Service
from engine.runtime.timetable import Step, timetable


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
    progress: Progress | None = None,
    meanwhile: Meanwhile = nothing,
) -> Outcome:
    """Start an instance and let every act happen at its time.

    A failure does not stop it: all are told at once. ``meanwhile`` is called after
    all that happened at a moment. Raises PlanRejected before anything is played, and
    what the journal raises.
    """
    steps = timetable(plan, scenario)
    name = scenario.instance
    now = readers.read_datetime(scenario.start, plan.zone)
    service.start(plan, bundle, instance=name, now=now, by=scenario.by, simulated=True)
    player = _Player(service, name, len(steps), meanwhile)
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
    meanwhile: Meanwhile

    def one(self, step: Step, number: int) -> Played:
        let_time_pass(self.service, self.instance, step.at, meanwhile=self.meanwhile)
        result: Result | None = None
        wrong: PlangateError | None = None
        try:
            result = self.act(step)
        except (ActRefused, WrongUse) as said_no:
            wrong = said_no
        self.meanwhile(step.at)
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
    said = {language: wrong.say(language) for language in words.LANGUAGES}
    why = wrong.values.get("why", said)
    if expected is None or not isinstance(wrong, (ActRefused, BadInput)):
        is_refusal = isinstance(wrong, ActRefused)
        code = "scenario.was_refused" if is_refusal else "scenario.wrong_use"
        yield _failure(code, step, why=why)
        return
    reasons = wrong.values.get("reasons", ())
    told = [sentence(one, language) for one in reasons for language in words.LANGUAGES]
    told += [str(one["code"]) for one in reasons] or list(why.values())
    # what is told in words may be asked for by the author's own expression
    told += [str(one["clause"]) for one in reasons if one.get("clause")]
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
