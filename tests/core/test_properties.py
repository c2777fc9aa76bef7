"""What holds whatever people do: random acts, ticks and jumps of time, real core.

A walk is a list of small numbers; each step turns them into an act that may be
allowed, refused or nonsense. After every step the same things must be true.
"""

from __future__ import annotations

import dataclasses
import heapq
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core import events, obeying
from engine.core.agenda import timers_of
from engine.core.ballot_box import is_sealed
from engine.core.commands import Command, Do, Report, Signal, Tick
from engine.core.course import Course
from engine.core.decision import decide
from engine.core.events import Added, Moved, Refused
from engine.core.facts import Known, choices
from engine.core.instance import Fact, Instance, evolve
from engine.core.machine import rulebook
from engine.core.naming import live_paths
from engine.core.rights import right_of
from engine.core.work import Decision
from engine.errors import ActRefused, WrongUse
from engine.plan.graph import Field, Move, Plan
from engine.plan.library import load
from engine.plan.terms import Env
from engine.runtime.playing import play
from engine.runtime.scenario import Scenario, read_scenario
from engine.runtime.service import _Given
from engine.testing import Play, apart, paper, plain_salt

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "plans" / "scenarios" / "maguan-2009.yaml"

STEPS = st.lists(st.integers(0, 2**32 - 1), min_size=20, max_size=60)
"""Each number is spread into what a step needs: any part of it is as likely."""


def walks(number: int) -> settings:
    """The same walks every time; one that fails is found again."""
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


DUTY = {"skip", "suspend", "delegate", "ask_extension", "ask_override"}
"""Moves of every node: what an office does all day would drown in them."""


# -- a walk


@dataclass
class Walk:
    """An instance that random steps are taken in."""

    play: Play
    trail: list[str] = field(default_factory=list)

    def step(self, number: int) -> None:
        spread = random.Random(number)
        sort, node, move, who = (spread.randrange(n) for n in (20, 9973, 97, 97))
        rest = spread.randrange(10**6)
        if sort <= 1:
            self.play.now += timedelta(hours=(rest % 2000) - 40)
        elif sort == 2:
            self.play.wait(days=rest % 15)
        command = self.command(sort, node, move, who, rest)
        self.trail.append(f"{self.play.now} {command}")
        self.take(command)

    def command(self, sort: int, node: int, move: int, who: int, rest: int) -> Command:
        if sort <= 3:
            return Tick()
        if sort == 4:
            return Signal(name=f"事{rest % 3}", actor="甲")
        if sort == 5:
            for one in self.play.journal.open_requests(instance=self.play.id, limit=1):
                outcome = ("succeeded", "failed")[rest % 2]
                return Report(key=one.key, node=one.node, outcome=outcome)
        return self.act(sort, node, move, who, rest)

    def act(self, sort: int, node: int, move: int, who: int, rest: int) -> Do:
        """Mostly what somebody with the right may try; sometimes nonsense."""
        known, plan = self.play.known, self.play.plan
        people = [*plan.parties.people, *plan.parties.outside, "无名氏"]
        if plan.registers and sort == 6:
            register = pick(list(plan.registers), node)
            taken = plan.registers[register].takes
            given = dict(self.inputs(known, register, taken, rest))
            return Do(node=register, move="add", actor=pick(people, who), inputs=given)
        busy: list[tuple[str, Move]] = [("plan", plan.kinds["plan"].moves["reopen"])]
        busy += [
            (path, one)
            for path in live_paths(known)
            for one in known.node(path).kind.moves.values()
            if one.trigger == "by" and known.state(path) in one.sources
        ]
        path, made = pick(
            [*busy, *(one for one in busy if one[1].name not in DUTY)], node
        )
        name = made.name
        if sort == 7:
            path = pick(list(live_paths(known)), node)
            name = pick(list(known.node(path).kind.moves), move)
            made = known.node(path).kind.moves[name]
        holders = holders_of(known, path, made, self.play)
        actor = pick(holders if holders and sort > 8 else people, who)
        occurred = self.play.now - timedelta(days=rest % 400) if sort == 9 else None
        return Do(
            node=path,
            move=name,
            actor=actor,
            inputs=dict(self.inputs(known, path, made.takes, rest)),
            occurred=occurred,
        )

    def inputs(
        self, known: Known, path: str, takes: Mapping[str, Field], rest: int
    ) -> Iterator[tuple[str, Any]]:
        for number, (name, taken) in enumerate(takes.items()):
            salt = rest // (number + 1)
            if not taken.required and salt % 3 == 0:
                continue
            if salt % 41 == 40:
                yield name, ["\0", {"x": []}, -1][salt % 3]
            elif name == "move":
                yield name, pick(list(known.node(path).kind.moves), salt)
            else:
                yield name, self.value(known, path, taken, salt)

    def value(self, known: Known, path: str, taken: Field, salt: int) -> Any:
        day = (self.play.now + timedelta(days=salt % 30 - 5)).date()
        if taken.type in {"date", "datetime"}:
            return str(day) + (" 09:00" if taken.type == "datetime" else "")
        made = VALUES.get(taken.type)
        texts = ["文", "一、二", "学习"]
        return made(known, path, taken, salt) if made else pick(texts, salt)

    # -- what must be true after every step

    def take(self, command: Command) -> None:
        play = self.play
        self.let_the_clock_catch_up()
        before = play.service.look(play.id)
        decided = decided_anew(play, command)
        try:
            if isinstance(command, Do):
                play.service.do(play.id, command, now=play.now)
            else:
                play.service._run(play.id, _Given(command=command, now=play.now))
        except WrongUse:
            assert play.service.look(play.id) is before
            assert decided is None
        except ActRefused:
            after = play.service.look(play.id)
            assert decided is not None
            assert [type(one.event) for one in decided.recorded] == [Refused]
            assert after.instance.facts == before.instance.facts
            assert after.timers.due == before.timers.due
        self.check(before.instance, decided)

    def let_the_clock_catch_up(self) -> None:
        """What is due happens first: a refusal then changes nothing else."""
        before = self.play.service.look(self.play.id).instance
        decided = decided_anew(self.play, Tick())
        self.play.service.tick(self.play.id, now=self.play.now)
        self.check(before, decided)

    def check(self, before: Instance, decided: Decision | None) -> None:
        play = self.play
        live = play.service.look(play.id)
        if decided is not None:
            assert decided.instance == live.instance
            assert decided.timers.due == live.timers.due
            check_changes(play.plan, before, decided)
        at = max(live.instance.at or play.now, play.now)
        scratch = timers_of(play.plan, replace(live.instance, at=at))
        assert dict(scratch.due) == dict(live.timers.due)
        check_at_rest(live.known, play.now)

    def check_history(self) -> None:
        """The history alone gives the same instance; it has no gap; time goes on."""
        play = self.play
        live = play.service.look(play.id).instance
        again = play.replayed()
        told = {key: one for key, one in live.facts.items() if not is_sealed(key)}
        assert dict(again.facts) == told
        assert (again.revision, again.at) == (live.revision, live.at)
        entries = list(play.journal.entries(play.id))
        assert [one.seq for one in entries] == list(range(1, len(entries) + 1))
        assert [one.at for one in entries] == sorted(one.at for one in entries)
        for one in play.events():
            name = events.NAMES[type(one)]
            assert events.read(name, one.node, one.actor, one.payload()) == one


VALUES: dict[str, Callable[[Known, str, Field, int], Any]] = {
    "int": lambda _, __, ___, salt: salt % 12,
    "number": lambda _, __, ___, salt: salt % 12,
    "bool": lambda _, __, ___, salt: bool(salt % 2),
    "duration": lambda _, __, ___, salt: f"{salt % 5 + 1} days",
    "file": lambda _, __, ___, salt: paper(str(salt % 3)),
    "choice": lambda known, path, taken, salt: pick(
        choices(taken, known, path) or ("x",), salt
    ),
    "scores": lambda known, path, taken, salt: dict.fromkeys(
        choices(taken, known, path), salt % 5 + 1
    ),
    "party": lambda known, _, __, salt: pick(list(known.plan.parties.people), salt),
    "parties": lambda known, _, __, salt: list(known.plan.parties.people)[
        : salt % 7 + 1
    ],
    "groups": lambda known, _, __, ___: {
        "一组": {"leader": "甲", "members": list(known.plan.parties.people)}
    },
    "deliverable": lambda known, _, __, salt: pick(
        list(known.plan.deliverables) or ["x"], salt
    ),
}
"""A value of each type, mostly one that is accepted."""


def pick(among: Sequence[Any], number: int) -> Any:
    return among[number % len(among)]


def holders_of(known: Known, path: str, move: Move, play: Play) -> list[str]:
    """Who may make a move, of those who are there; no secret of the plan's."""
    env = Env(known, path, play.now, {})
    parties = play.plan.parties
    everybody = [*parties.people, *parties.outside]
    return [
        who
        for who in everybody
        if not isinstance(right_of(known, move, who, replace(env, actor=who)), dict)
    ]


def decided_anew(play: Play, command: Command) -> Decision | None:
    """The same decision on the instance as the journal has it, looked at naively."""
    state = play.journal.state(play.id)
    assert state is not None
    head = state.head
    live = play.service.look(play.id)
    facts = {row.key: Fact(row.value, row.seq) for row in state.facts}
    assert facts == dict(live.instance.facts)
    stored = {(t.node, t.move): t.due for t in play.journal.timers(play.id)}
    assert stored == dict(live.timers.due)
    cold = Instance(
        id=play.id,
        plan=head.plan,
        simulated=head.simulated,
        revision=head.revision,
        at=head.at,
        facts=live.instance.facts.update(facts),
    )
    play.service.salts = plain_salt
    asked = command
    try:
        command = apart(live, asked)
        warm = decide(
            play.plan, live.instance, command, now=play.now, timers=live.timers
        )
    except WrongUse as wrong:
        given: Any = {"now": play.now, "timers": live.timers}
        with pytest.raises(type(wrong)):
            decide(play.plan, cold, apart(live, asked), **given)
        return None
    naive = _Naive(play.plan, cold, play.now, live.timers)
    naive.catch_up()
    obeying.obey(naive, command)
    naive.settle()
    assert naive.decision() == warm
    return warm


@dataclass(slots=True)
class _Naive(Course):
    """Looks at every automatic move of every node after every move."""

    def settle(self) -> None:
        while any(self.by_itself(path, name) for path, name in self.all_moves()):
            self.pending.clear()
            self.queued.clear()
        self.pending.clear()
        self.queued.clear()

    def all_moves(self) -> Iterator[tuple[str, str]]:
        found: list[tuple[int, str, int, str]] = []
        for path in live_paths(self.known):
            node = self.known.node(path)
            for rank, move in enumerate(node.kind.moves.values()):
                if move.trigger in {"when", "at", "every"}:
                    heapq.heappush(found, (node.order, path, rank, move.name))
        while found:
            _, path, _, name = heapq.heappop(found)
            yield path, name


def check_changes(plan: Plan, before: Instance, decided: Decision) -> None:
    """A state changes by recorded moves only, along the arrows of the kind."""
    instance = before
    for one in decided.recorded:
        known = Known(plan, before.id, instance.facts)
        event = one.event
        if isinstance(event, Moved):
            kind = known.node(event.node).kind
            assert known.state(event.node) == event.source
            assert rulebook(kind).after(event.source, event.move) == event.target
        assert event_at(decided) >= (before.at or event_at(decided))
        instance, changes = evolve(instance, event, at=event_at(decided))
        changed = {key[2:] for key, _ in changes if key.startswith("n/")}
        assert changed <= named(event), (event, changed)
    assert instance.revision == decided.instance.revision


def event_at(decided: Decision) -> Any:
    return decided.instance.at


def named(event: Any) -> set[str]:
    """The nodes whose state an event says that it changes."""
    if isinstance(event, Added):
        return {event.node}
    if not isinstance(event, Moved):
        return set()
    words = {"begin", "item", "add"}
    return {event.node, *(line[1] for line in event.did if line[0] in words)}


def check_at_rest(known: Known, now: Any) -> None:
    """Nothing that would happen by itself is left undone."""
    for path in live_paths(known):
        node = known.node(path)
        for name in node.kind.automatic[known.state(path)]:
            move = node.kind.moves[name]
            if move.trigger != "every":
                assert move.when.verdict(Env(known, path, now)) is not True, (
                    path,
                    name,
                )


def walked(play: Play, steps: Sequence[int]) -> Walk:
    walk = Walk(play)
    for number in steps:
        walk.step(number)
    walk.check_history()
    return walk


# -- the seed's plan


@cache
def seed() -> tuple[Plan, bytes]:
    return load("units/maguan-gov-office")


@cache
def story() -> Scenario:
    return read_scenario(SCENARIO)


def seed_play(acts: int) -> Play:
    """The seed's campaign after so many acts of its scenario."""
    plan, bundle = seed()
    made = Play(plan, bundle)
    told = dataclasses.replace(story(), instance=made.id, acts=story().acts[:acts])
    play(made.service, plan, bundle, told)
    made.now = made.service.look(made.id).instance.at or made.now
    return made


@walks(5)
@given(st.integers(0, 400), STEPS)
def test_the_seeds_plan_keeps_its_promises_whatever_is_done(
    acts: int, steps: list[int]
) -> None:
    walked(seed_play(acts), steps)


# -- small plans

HEAD = """
plan: test/walk
title: 随意
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-01, to: 2009-12-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}, 丁: {}}
  sets: {职工: {members: [甲, 乙, 丙, 丁]}, 班子: {members: [甲, 乙]}}
  outside: {县委办: {}}
deliverables: {材料: {}}
measures: {学时: {}}
quotas: {学时: {for: 班子, measure: 学时, min: 2, due: plan.end}}
registers: {问题: {item: problem, by: 职工}, 意见: {item: suggestion, by: 职工}}
stages:
"""
ALWAYS = (
    "{id: 学, kind: study, attend: 班子, measure: 学时, required: false, "
    "recurs: {weekly: monday, at: 19:30}}, "
    "{id: 稿, kind: writing, what: 材料, owner: 乙, required: false}"
)
ACTIVITIES = (
    "kind: task",
    "kind: task, within: 5 workdays",
    "kind: task, each: 职工, enough: 1/2",
    "kind: task, each: 'values(问题, raised_by)'",
    "kind: task, required: false, early: true",
    "kind: meeting, attend: 职工, quorum: 2/3, invite: 县委办",
    "kind: ballot, question: 问, electorate: 班子, secret: true",
    "kind: ballot, question: 问, electorate: 职工",
    "kind: survey, question: 问, criteria: [甲项, 乙项], panel: 职工, secret: true",
    "kind: review, of: 材料, by: 职工, max_rounds: 2, then_escalate_to: 甲",
    "kind: signoff, what: 签字, by: 班子",
    "kind: submission, what: 材料, to: 县委办",
    "kind: drive, register: 问题",
    "kind: opinion_round, via: [信箱], into: 意见",
    "kind: task, entry: [count(问题) >= 2]",
    "kind: task, entry: ['any_of(问题: started(it))']",
    "kind: task, entry: [quota(学时)]",
    "kind: task, entry: [{any: [exists(材料), event(事1)]}]",
)


@st.composite
def plans(draw: st.DrawFn) -> str:
    """A plan of a few links; each activity may wait for one before it."""
    lines: list[str] = []
    before: list[str] = []
    number = 0
    lines += ["- id: s", "  links:", f"  - {{id: l, owner: 甲, do: [{ALWAYS}]}}"]
    for stage in range(draw(st.integers(1, 2))):
        lines.append(f"- id: s{stage}")
        if draw(st.booleans()):
            lines.append(f"  window: {{from: 2009-0{4 + stage}-15, to: 2009-08-31}}")
        lines.append("  links:")
        for link in range(draw(st.integers(1, 2))):
            lines.append(f"  - {{id: l{stage}{link}, owner: 甲, do: [")
            for _ in range(draw(st.integers(1, 3))):
                number += 1
                said = draw(st.sampled_from(ACTIVITIES))
                gate, waits = "", draw(st.booleans())
                if before and waits and "entry" not in said:
                    function = draw(st.sampled_from(("done", "settled", "started")))
                    gate = f", entry: [{function}({draw(st.sampled_from(before))})]"
                lines.append(f"      {{id: a{number}, {said}{gate}}},")
                before.append(f"a{number}")
            lines.append("    ]}")
    return HEAD + "\n".join(lines) + "\n"


@walks(20)
@given(plans(), STEPS)
def test_small_plans_keep_their_promises_whatever_is_done(
    text: str, steps: list[int]
) -> None:
    walked(Play.of(text), steps)


@walks(4)
@given(plans(), STEPS)
def test_the_same_acts_leave_the_same_bytes(text: str, steps: list[int]) -> None:
    hashes = [
        [entry.hash for entry in play.journal.entries(play.id)]
        for play in (walked(Play.of(text), steps).play for _ in range(2))
    ]
    assert hashes[0] == hashes[1]


ELSEWHERE = """
from pathlib import Path
from engine.plan.library import load
from engine.runtime.playing import play
from engine.runtime.scenario import read_scenario
from engine.testing import Play

plan, bundle = load("units/maguan-gov-office")
mine = Play(plan, bundle)
scenario = read_scenario(Path("plans/scenarios/maguan-2009.yaml"))
outcome = play(mine.service, plan, bundle, scenario)
print(mine.journal.head(outcome.instance).hash.hex(), len(outcome.failures))
"""


def test_no_hash_seed_zone_or_locale_changes_a_byte() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            env={"PYTHONHASHSEED": seed_, "TZ": zone, "LC_ALL": locale},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed_, zone, locale in (
            ("1", "America/New_York", "C"),
            ("2", "Asia/Shanghai", "C.UTF-8"),
        )
    }
    assert len(told) == 1
    assert told.pop().split()[1] == "0"
