"""Scenarios at the command line: what one can say, the other can say too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do, Signal
from engine.core.inputs import File
from engine.plan.library import load, shipped
from engine.runtime.scenario import read_scenario
from engine.runtime.timetable import Step, timetable


def typed(value: Any) -> str:
    """A value as it is typed after ``--with name=``."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"\\{value}" if value[:1] in {"[", "{", "\\"} else value


def command_line(step: Step, instance: str, folder: Path) -> list[str]:
    """One act of a scenario as a person would type it."""
    clock = ["--clock", step.at.isoformat()]
    match step.command:
        case Do() as do:
            words = ["do", instance, do.node, do.move, "--as", do.actor]
            for name, value in do.inputs.items():
                words += list(handed_in(name, value, step, folder))
            when = do.occurred
        case Signal() as told:
            words = ["signal", instance, told.name, "--as", told.actor]
            words += ["--note", told.note] if told.note else []
            when = told.occurred
        case _:
            return ["tick", instance, *clock]
    return words + (["--occurred", when.isoformat()] if when else []) + clock


def handed_in(name: str, value: Any, step: Step, folder: Path) -> Iterator[str]:
    if not isinstance(value, File):
        yield from ("--with", f"{name}={typed(value)}")
        return
    path = folder / value.sha256[:8] / value.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(step.blobs[value.sha256])
    yield from ("--file", f"{name}={path}")


def replayed(plangate: Any, plan: str, file: Path, *, acts: int | None = None) -> None:
    """Plays a scenario, types the same acts, and compares the histories' hashes."""
    scenario = read_scenario(file)
    found, _ = load(plan)
    assert (
        plangate("run-scenario", plan, str(file), "--db", "sqlite:///played.db").code
        == 0
    )
    began = ("start", plan, "--id", scenario.instance, "--clock", scenario.start)
    assert plangate(*began, "--by", scenario.by or "").code == 0
    steps = timetable(found, scenario)[:acts]
    for step in steps:
        told = plangate(*command_line(step, scenario.instance, plangate.folder))
        expected = {0} if step.act.refused is None else {1, 2}
        assert told.code in expected, (step.act.place, told.err)
    hashes = [hash_of(name, scenario.instance, acts) for name in ("played", "plangate")]
    assert hashes[0] == hashes[1]


def hash_of(name: str, instance: str, acts: int | None) -> dict[int, bytes]:
    service = open_service(f"sqlite:///{name}.db")
    found = {entry.seq: entry.hash for entry in service.journal.entries(instance)}
    service.journal.close()
    return found


@pytest.fixture
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands still: when something was recorded is the same however it came."""
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    monkeypatch.setattr("engine.bootstrap.system_time", lambda: noon)
    # and what is personal is hashed along with the same, however it came
    monkeypatch.setattr("engine.bootstrap.fresh_salt", lambda: bytes(32))


@pytest.mark.usefixtures("wall_clock")
def test_what_a_scenario_says_can_be_typed_and_makes_the_same_history(
    plangate: Any,
) -> None:
    replayed(plangate, "office.yaml", plangate.folder / "scenario.yaml")


@pytest.mark.slow
@pytest.mark.usefixtures("wall_clock")
def test_the_whole_campaign_can_be_typed(plangate: Any) -> None:
    file = shipped() / "scenarios" / "maguan-2009.yaml"
    replayed(plangate, "units/maguan-gov-office", file)


def test_a_scenario_that_goes_as_it_says_is_counted(plangate: Any) -> None:
    told = plangate("run-scenario", "office", "scenario")
    assert told.code == 0
    assert told.out.startswith("13 次办理，2 次没有放行")
    assert "plangate status office" in told.out


def test_what_does_not_go_as_it_says_is_told_with_its_place(plangate: Any) -> None:
    text = (plangate.folder / "scenario.yaml").read_text("utf-8")
    wrong = text.replace("到会人数不足", "没有这个理由").replace(
        "held(会议)", "minuted(会议)"
    )
    (plangate.folder / "wrong.yaml").write_text(wrong, "utf-8")
    told = plangate("run-scenario", "office", "wrong.yaml")
    assert told.code == 1
    first, second = told.out.splitlines()[:2]
    assert first.startswith("wrong.yaml:8:3: ")
    assert "没有这个理由" in first
    assert "到会人数不足" in first
    assert second.startswith("wrong.yaml:10:3: ")
    assert "minuted(会议)" in second
    assert "2 处与预期不符" in told.err
    quiet = plangate(
        "run-scenario", "office", "wrong.yaml", "--id", "again", "--quiet", "--json"
    )
    assert quiet.code == 1
    assert [one["line"] for one in quiet.json["failures"]] == [8, 10]


def test_a_broken_scenario_plays_nothing(plangate: Any) -> None:
    text = (plangate.folder / "scenario.yaml").read_text("utf-8")
    (plangate.folder / "bad.yaml").write_text(
        text.replace("held(会议)", "held(没有)"), "utf-8"
    )
    told = plangate("run-scenario", "office", "bad.yaml")
    assert told.code == 2
    assert "bad.yaml:10:" in told.err
    assert not (plangate.folder / "plangate.db").exists()


def test_an_instance_that_is_there_is_not_played_over(plangate: Any) -> None:
    assert plangate("run-scenario", "office", "scenario").code == 0
    again = plangate("run-scenario", "office", "scenario")
    assert again.code == 2
    assert "'office' 已经存在" in again.err
    other = plangate("run-scenario", "office", "scenario", "--id", "second")
    assert other.code == 0


def test_another_plan_than_the_scenario_names_is_told(plangate: Any) -> None:
    text = (plangate.folder / "office.yaml").read_text("utf-8")
    (plangate.folder / "twin.yaml").write_text(
        text.replace("plan: office", "plan: twin"), "utf-8"
    )
    told = plangate("run-scenario", "twin", "scenario")
    assert told.code == 0
    assert "twin" in told.err
