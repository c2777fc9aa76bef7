"""Scenarios: what one may say, when its acts happen, and what does not go as told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do, Signal
from engine.errors import InstanceExists, PlanRejected
from engine.plan.graph import Plan
from engine.plan.library import load
from engine.runtime.clock import let_time_pass
from engine.runtime.paper import BYTES_MAX, Unreadable, paper_at, paper_of
from engine.runtime.playing import Outcome, play
from engine.runtime.scenario import TIMES_MAX, Scenario, read_scenario
from engine.runtime.timetable import timetable
from engine.words import plain

PLAN = """\
plan: small
title: 小方案
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-06-30}
leader: 甲
parties:
  people: {甲: {}, 乙: {}}
  sets: {职工: {members: [甲, 乙]}, 群众: {members: [乙], open: true}}
stages:
- id: 阶段
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 甲事, kind: task}
    - {id: 乙事, kind: task, owner: 乙, entry: [event(通知)]}
"""
HEAD = "scenario: s\nplan: small\nstart: 2009-04-11 08:00\nacts:\n"
FINISH = "as: 甲, node: 甲事, do: finish, files: {evidence: 一}"

Writer = Callable[..., Scenario]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, bytes]:
    file = tmp_path_factory.mktemp("plan") / "small.yaml"
    file.write_text(PLAN, "utf-8")
    return load(file)


@pytest.fixture
def written(tmp_path: Path) -> Writer:
    """A scenario of these acts, one a line."""

    def write(*acts: str, head: str = HEAD) -> Scenario:
        file = tmp_path / "s.yaml"
        file.write_text(head + "".join(f"- {act}\n" for act in acts), "utf-8")
        return read_scenario(file)

    return write


def faults(wrong: pytest.ExceptionInfo[PlanRejected]) -> list[tuple[str, int]]:
    return [(one.code, one.place.line) for one in wrong.value.faults]


# -- what one may say


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("{at: 2009-04-11 09:00}", "scenario.no_act"),
        ("{do: finish, node: 甲事}", "scenario.needs"),
        ("{do: finish, as: 甲}", "scenario.needs"),
        ("{do: signal, as: 甲}", "scenario.needs"),
        ("{do: tick, as: 甲}", "scenario.needless"),
        ("{signal: 通知, as: 甲, with: {a: b}}", "scenario.needless"),
        ("{expect: [done(甲事)], refused: [x]}", "scenario.needless"),
        ("{at: 2009-04-10 09:00, do: tick}", "scenario.order"),
        ("{do: tick, times: 0}", "scenario.times"),
        (f"{{do: tick, times: {TIMES_MAX + 1}}}", "scenario.times"),
        ("{do: tick, every: 1 days}", "scenario.every"),
        (
            "{do: finish, node: 甲事, as: 甲, files: {evidence: {x: y}}}",
            "scenario.file",
        ),
        ("{at: 昨天, do: tick}", "value.datetime"),
        ("{do: tick, times: 2, every: 久}", "value.duration"),
    ],
)
def test_what_an_act_may_not_say_is_told_at_its_line(
    written: Writer, act: str, code: str
) -> None:
    with pytest.raises(PlanRejected) as wrong:
        written("{do: tick}", act)
    assert faults(wrong) == [(code, 6)]


def test_all_faults_are_told_at_once(written: Writer) -> None:
    with pytest.raises(PlanRejected) as wrong:
        written(
            "{do: signal, as: 甲}", "{at: 2009-04-12 08:00}", "{do: tick, times: 0}"
        )
    assert [line for _, line in faults(wrong)] == [5, 6, 7]


def test_a_time_alone_is_on_the_day_of_the_act_above(written: Writer) -> None:
    acts = written(
        "{at: 2009-04-12 08:00, do: tick}", "{at: 09:30, do: tick}", "{do: tick}"
    ).acts
    assert [act.at for act in acts] == [
        "2009-04-12 08:00:00",
        "2009-04-12 09:30:00",
        "2009-04-12 09:30:00",
    ]


def test_an_instance_is_named_by_the_scenario_unless_it_says_otherwise(
    written: Writer,
) -> None:
    assert written("{do: tick}").instance == "s"
    assert written("{do: tick}", head=f"id: x\n{HEAD}").instance == "x"


# -- when its acts happen


def test_moments_are_of_the_plans_zone(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    (step,) = timetable(small[0], written("{at: 2009-04-12 08:00, do: tick}"))
    assert step.at == datetime(2009, 4, 12, tzinfo=UTC)


def test_for_each_repeats_an_act_for_every_named_member(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    scenario = written(
        "{for_each: 职工, as: $each, node: 甲事, do: finish}",
        "{for_each: 群众, as: $each, node: 甲事, do: finish}",
        "{for_each: [丙, 丁], as: $each, signal: $each到了}",
    )
    commands = [step.command for step in timetable(small[0], scenario)]
    assert [one.actor for one in commands if isinstance(one, Do)] == ["甲", "乙", "乙"]
    assert [one.name for one in commands if isinstance(one, Signal)] == [
        "丙到了",
        "丁到了",
    ]


def test_repetitions_lie_in_order_among_the_other_acts(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    scenario = written(
        "{at: 2009-04-13 08:00, do: tick, times: 3, every: 7 days}",
        "{at: 2009-04-15 08:00, as: 甲, signal: 通知}",
    )
    steps = timetable(small[0], scenario)
    days = [step.at.day for step in steps]
    assert days == [13, 15, 20, 27]


@pytest.mark.parametrize(
    ("act", "line"),
    [
        ("{expect: [done(丙事)]}", 5),
        ("{expect: [done(]}", 5),
        ("{do: finish, node: 甲事, as: 甲, files: {evidence: {path: 没有}}}", 5),
    ],
)
def test_what_the_plan_does_not_have_is_told_before_the_first_act(
    written: Writer, small: tuple[Plan, bytes], act: str, line: int
) -> None:
    with pytest.raises(PlanRejected) as wrong:
        timetable(small[0], written(act))
    assert [at for _, at in faults(wrong)] == [line]


def test_a_file_that_cannot_be_read_is_told_by_its_name(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    act = "{do: finish, node: 甲事, as: 甲, files: {evidence: {path: 没有}}}"
    with pytest.raises(PlanRejected) as wrong:
        timetable(small[0], written(act))
    assert "the file 没有 cannot be read: No such file" in wrong.value.say("en")


def test_a_file_is_given_as_text_or_by_its_path(
    written: Writer, small: tuple[Plan, bytes], tmp_path: Path
) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff\x00")
    scenario = written(
        "{do: finish, node: 甲事, as: 甲, files: {evidence: {path: a.bin}}}",
        "{do: finish, node: 甲事, as: 甲, files: {evidence: {text: 一 二}}}",
    )
    first, second = timetable(small[0], scenario)
    assert list(first.blobs.values()) == [b"\xff\x00"]
    assert list(second.blobs.values()) == ["一 二".encode()]


@pytest.mark.parametrize("name", ["没有", ".", "长" * 300, "/dev/zero", "a\0b"])
def test_what_is_no_plain_file_is_not_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable):
        paper_at(tmp_path / name)


def test_a_file_beyond_the_limit_is_not_taken(tmp_path: Path) -> None:
    with (tmp_path / "档案.zip").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    with pytest.raises(Unreadable) as wrong:
        paper_at(tmp_path / "档案.zip")
    assert str(BYTES_MAX) in plain(wrong.value.why, "en")


def test_a_paper_counts_the_characters_of_text_only() -> None:
    text, _ = paper_of("a.txt", " 一 二\n三 ".encode())
    other, _ = paper_of("a.bin", b"\xff")
    assert (text.characters, other.characters) == (3, None)


# -- playing


def played(small: tuple[Plan, bytes], scenario: Scenario) -> Outcome:
    return play(open_service("memory://"), *small, scenario)


def codes(outcome: Outcome) -> list[tuple[str, int]]:
    return [(one.code, one.place.line) for one in outcome.failures]


def test_a_scenario_that_goes_as_it_says_has_no_failure(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    outcome = played(
        small,
        written(
            "{as: 乙, node: 乙事, do: finish, refused: ['event(通知)']}",
            "{as: 甲, signal: 通知}",
            "{as: 乙, node: 乙事, do: finish, files: {evidence: 一}}",
            "{expect: [done(乙事), not done(甲事)]}",
        ),
    )
    assert codes(outcome) == []
    assert (outcome.acts, outcome.refusals) == (3, 1)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (f"{{{FINISH}, refused: [不行]}}", "scenario.not_refused"),
        ("{as: 乙, node: 甲事, do: finish}", "scenario.was_refused"),
        ("{as: 乙, node: 甲事, do: finish, refused: [别的]}", "scenario.other_reason"),
        ("{as: 甲, node: 丙事, do: finish}", "scenario.wrong_use"),
        ("{as: 甲, node: 丙事, do: finish, refused: [丙事]}", "scenario.wrong_use"),
        ("{expect: [done(甲事)]}", "scenario.not_true"),
        ("{expect: ['at(甲事, done) < now']}", "scenario.not_known"),
    ],
)
def test_what_goes_otherwise_is_a_failure_with_its_place(
    written: Writer, small: tuple[Plan, bytes], act: str, code: str
) -> None:
    outcome = played(small, written("{do: tick}", act))
    assert codes(outcome) == [(code, 6)]
    for language in ("zh", "en"):
        said = outcome.failures[0].say(language)
        assert said.partition(": ")[0].endswith("s.yaml:6:3")
        assert "scenario." not in said


def test_a_reason_may_be_given_by_its_code(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    act = "{as: 乙, node: 甲事, do: finish, refused: [core.no_right]}"
    assert codes(played(small, written(act))) == []


def test_a_failure_does_not_stop_what_follows(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    outcome = played(
        small,
        written(
            "{as: 乙, node: 甲事, do: finish}",
            f"{{{FINISH}}}",
            "{expect: [done(甲事)]}",
            "{expect: [done(乙事)]}",
        ),
    )
    assert [line for _, line in codes(outcome)] == [5, 8]


def test_an_instance_that_is_there_is_not_played_over(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    service = open_service("memory://")
    scenario = written("{do: tick}")
    play(service, *small, scenario)
    with pytest.raises(InstanceExists):
        play(service, *small, scenario)


def test_progress_hears_of_every_act_in_order(
    written: Writer, small: tuple[Plan, bytes]
) -> None:
    heard: list[tuple[int, int]] = []
    play(
        open_service("memory://"),
        *small,
        written("{do: tick}", "{do: tick, times: 2}"),
        progress=lambda one: heard.append((one.number, one.of)),
    )
    assert heard == [(1, 3), (2, 3), (3, 3)]


# -- a simulated clock


def test_while_time_passes_every_timer_fires_at_its_own_moment(
    small: tuple[Plan, bytes],
) -> None:
    plan, bundle = small
    service = open_service("memory://")
    began = datetime(2009, 4, 11, tzinfo=UTC)
    service.start(plan, bundle, instance="x", now=began, simulated=True)
    first = service.next_due("x")
    assert first is not None
    happened = let_time_pass(service, "x", began + timedelta(days=120))
    times = [result.at for result in happened]
    assert times[0] == first
    assert times == sorted(times)
    assert all(result.events for result in happened)
    due = service.next_due("x")
    assert due is None or due > began + timedelta(days=120)


def test_before_the_first_timer_nothing_happens(small: tuple[Plan, bytes]) -> None:
    plan, bundle = small
    service = open_service("memory://")
    began = datetime(2009, 4, 11, tzinfo=UTC)
    service.start(plan, bundle, instance="x", now=began, simulated=True)
    assert let_time_pass(service, "x", began) == []
