"""docs/plans.md is the language: its examples load, its lists are the real ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest

from engine.plan import calendars
from engine.plan import kinds as kinds_of
from engine.plan.calendar import chinese
from engine.plan.clauses import ARGUMENTS
from engine.plan.countries import FIRST_YEAR, LAST_YEAR
from engine.plan.expressions import CHARACTERS_MAX, DEPTH_MAX
from engine.plan.faults import Faults
from engine.plan.functions import FUNCTIONS
from engine.plan.kinds import MOVES_MAX, TRIGGERS, TYPES
from engine.plan.library import check_file, load, shipped
from engine.plan.recurrence import KEYS, read_recurrence
from engine.plan.rules import RULES
from engine.plan.source import BYTES_MAX, VALUES_MAX, parse, read
from engine.plan.source import DEPTH_MAX as NESTING_MAX
from engine.plan.tree import NODES_MAX
from engine.runtime.scenario import read_scenario
from engine.runtime.timetable import timetable

PAGE = Path(__file__).parents[2] / "docs" / "plans.md"
TEXT = PAGE.read_text("utf-8")

# A fragment is read in a plan that has what its names need.
FRAME = """\
plan: example/frame
title: 例子
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
"""
PEOPLE = "parties: {people: {甲: {}, 乙: {}}, sets: {职工: {members: [甲, 乙]}}}\n"
YEARS: Any = {
    "zone": UTC,
    "calendar": chinese(),
    "start": date(2009, 1, 1),
    "end": date(2010, 12, 31),
}
OTHERS = {
    "registers": """
parties:
  people: {甲: {}, 乙: {}}
  sets: {职工: {members: [甲, 乙]}, 群众: {members: [], open: true}}
""",
    "deliverables": """
parties: {people: {甲: {}}, bodies: {领导小组: {roles: {组长: [甲]}}}}
""",
    "measures": "parties: {people: {甲: {}}, sets: {党员干部: {members: [甲]}}}\n",
}
STAGES = """
stages:
- id: 阶段
  links:
  - {id: 环节, do: [{id: 事项, kind: task}]}
"""
STUDY = STAGES.replace("kind: task", "kind: study, attend: 党员干部, measure: 学时")
GATED = """
parties: {people: {甲: {}}, sets: {党员干部: {members: [甲]}}}
deliverables: {剖析材料: {}}
measures: {学时: {}, 笔记: {}}
quotas:
  学时: {for: 党员干部, measure: 学时, min: 40}
  笔记: {for: 党员干部, measure: 笔记, min: 10000}
stages:
- id: 阶段
  links:
  - id: 民主生活会
    do: [{id: 会议, kind: meeting, attend: 甲}]
  - id: 形式
    do:
    - {id: 座谈会, kind: task}
    - {id: 书面评议, kind: task}
    - {id: 经验交流会, kind: task}
    - {id: 案例剖析会, kind: task}
    - {id: 讲授党课, kind: task}
    - {id: 测评, kind: task}
    - {id: 学习, kind: study, attend: 甲, measure: 学时}
    - {id: 记笔记, kind: study, attend: 甲, measure: 笔记}
    - {id: 起草, kind: writing, what: 剖析材料}
    - {id: 审议, kind: review, of: 剖析材料, by: 甲}
  - id: 环节
    %s
    do: [{id: 事项, kind: task}]
"""


def examples() -> Iterator[tuple[str, str]]:
    for number, found in enumerate(re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)):
        yield f"{number}-{found.partition(':')[0]}", found


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}")[2].partition("\n## ")[0]


@pytest.fixture(params=examples(), ids=lambda example: example[0])
def example(request: pytest.FixtureRequest) -> str:
    found: str = request.param[1]
    return found


def test_every_example_loads_without_a_fault(example: str, tmp_path: Path) -> None:
    word = example.partition(":")[0]
    file = tmp_path / "example.yaml"
    if word == "kind":
        file.write_text(example, "utf-8")
        assert not faults_of_kind(file)
        return
    if word == "scenario":
        file.write_text(example, "utf-8")
        plan, _ = load("units/maguan-gov-office")
        assert timetable(plan, read_scenario(file))
        return
    if word == "calendar":
        (tmp_path / "calendars").mkdir()
        (tmp_path / "calendars" / "our-office.yaml").write_text(example, "utf-8")
        example = f"calendar: calendars/our-office\n{FRAME}{PEOPLE}{STAGES}"
    text = example if word == "calendar" else whole(word, example)
    file.write_text(text, "utf-8")
    told = [one.say() for one in check_file(file).faults if one.severity == "fault"]
    assert told == []


def whole(word: str, example: str) -> str:
    """A plan of a fragment: what it needs stands around it."""
    if word == "plan":
        return example
    if word == "entry":
        inner = example.replace("\n", "\n    ").rstrip()
        return FRAME + GATED % inner
    if word == "parties":
        return FRAME + example + STAGES
    stages = STUDY if word == "measures" else STAGES
    return FRAME + OTHERS[word] + example + stages


def faults_of_kind(file: Path) -> list[str]:
    """A kind of the page takes the place of the shipped one of its name."""
    own = read(file)
    others = [read(one) for one in sorted((shipped() / "kinds").glob("*.yaml"))]
    faults = Faults()
    kinds_of.read_kinds([*(one for one in others if one.id != own.id), own], faults)
    return [one.say() for one in faults.all()]


def test_the_page_names_every_function_and_no_other() -> None:
    named = set(re.findall(r"`([a-z_]+)\(", section("5. Facts")))
    words = {"held"}  # stands for the name of any state
    assert named - words == set(FUNCTIONS)


def test_the_page_names_every_effect_and_no_other() -> None:
    named = set(re.findall(r"^\| `([a-z_]+):", section("8. Effects"), re.MULTILINE))
    assert named == set(ARGUMENTS)


def test_the_page_names_every_type() -> None:
    first = re.findall(r"^\| ((?:`[a-z]+`(?:, )?)+)", section("2. Values"), re.M)
    named = {word for cell in first for word in re.findall(r"`([a-z]+)`", cell)}
    assert named == set(TYPES)


def test_the_page_names_every_reason_for_a_move() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \|", section("7. Kinds"), re.MULTILINE)
    assert set(TRIGGERS) <= set(rows)


def test_every_recurrence_of_the_page_is_read_and_comes() -> None:
    rules = re.findall(r"`(\{(?:weekly|every|monthly|yearly):[^`]*\})`", TEXT)
    assert len(rules) > 12
    for rule in rules:
        written = parse(f"rule: {rule}", "page").tree.get("rule")
        assert written is not None
        found = read_recurrence(written.plain())
        assert next(found.days(**YEARS), None) is not None, rule


def test_the_page_names_every_key_of_a_calendar_and_of_a_recurrence() -> None:
    first = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", section("12. Time"), re.M)
    named = {word for cell in first for word in re.findall(r"`([a-z_]+)`", cell)}
    assert {*calendars.KEYS} - {"calendar"} | {*KEYS} - {*RULES} <= named


def test_the_years_of_other_countries_are_those_of_the_page() -> None:
    assert f"from {FIRST_YEAR} to {LAST_YEAR}" in section("12. Time")


def test_the_limits_of_the_page_are_the_limits() -> None:
    said = section("16. Limits").replace(",", "")
    assert f"{BYTES_MAX // 2**20} MB" in said
    for most in (NESTING_MAX, VALUES_MAX, CHARACTERS_MAX, DEPTH_MAX, MOVES_MAX):
        assert re.search(rf"\b{most}\b", said), most
    assert str(NODES_MAX) in said
