"""docs/cli.md is a contract: each example's command prints what the page shows."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import open_office, open_service
from engine.cli.main import COMMANDS
from engine.runtime.worker import work_off

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
EXAMPLE = re.compile(r"<!-- run: (.*?) -->\n```json\n(.*?)\n```", re.S)
EXAMPLES = EXAMPLE.findall(PAGE.read_text("utf-8"))
BROKEN = """\
plan: broken
title: 坏的
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-06-30}
leader: 甲
parties: {people: {甲: {}}}
stages:
- {id: 学习, links: [{id: 环节, owner: 甲, do: [{id: 事项, kind: taks}]}]}
"""


def shape(value: Any) -> Any:
    """Keys and types; what may be null or empty agrees with anything."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(item) for item in value]
    return None if value is None else type(value).__name__


def agrees(documented: Any, found: Any) -> bool:
    """Whether what was printed has what the page shows, where both have something."""
    match documented, found:
        case (None, _) | (_, None):
            return True
        case dict(), dict() if documented and found:
            return documented.keys() == found.keys() and all(
                agrees(inner, found[key]) for key, inner in documented.items()
            )
        case list(), list():
            return all(agrees(documented[0], item) for item in found if documented)
    return type(documented) is type(found) and (
        isinstance(documented, (dict, list)) or documented == found
    )


@pytest.fixture
def prepared(plangate: Any) -> Any:
    """The folder of the examples: a broken plan, another one, a running instance."""
    folder = plangate.folder
    text = (folder / "office.yaml").read_text("utf-8")
    other = text.replace("into: 2", "into: 3").replace("plan: office", "plan: other")
    (folder / "other.yaml").write_text(other, "utf-8")
    (folder / "broken.yaml").write_text(BROKEN, "utf-8")
    scenario = (folder / "scenario.yaml").read_text("utf-8")
    wrong = scenario.replace("held(会议)", "minuted(会议)")
    (folder / "wrong.yaml").write_text(wrong, "utf-8")
    assert (
        plangate("start", "office", "--id", "o", "--clock", "2009-04-11 08:00").code
        == 0
    )
    notice = ("signal", "o", "通知到了", "--as", "乙", "--clock", "2009-04-13 09:00")
    assert plangate(*notice).code == 0
    _notified(plangate)
    return plangate


def _notified(plangate: Any) -> None:
    """Two more instances: of one somebody was told of a meeting, of one not yet."""
    began = ("--clock", "2009-04-13 09:00")
    for name in ("p", "q"):
        assert plangate("start", "office", "--id", name, *began).code == 0
        assert plangate("signal", name, "通知到了", "--as", "乙").code == 0
        convene = ("do", name, "会议", "convene", "--as", "甲")
        assert plangate(*convene, "--with", "starts=2009-04-14 09:00").code == 0
        if name == "p":
            _worked_off("p")
            held = ("do", "p", "会议", "hold", "--as", "甲", "--with", "present=甲,乙")
            assert plangate(*held, "--file", "minutes=scenario.yaml").code == 0


def _worked_off(name: str) -> None:
    service = open_service("sqlite:///plangate.db")
    with service.journal:
        at = service.look(name).instance.at
        assert at is not None
        office = open_office(service, is_dry=True)
        assert len(list(work_off(office, at, simulated=True))) == 3


@pytest.mark.parametrize(
    ("line", "written"), EXAMPLES, ids=[line for line, _ in EXAMPLES]
)
def test_a_documented_example_has_the_shape_that_is_printed(
    prepared: Any, line: str, written: str
) -> None:
    told = prepared(*shlex.split(line))
    documented, found = shape(json.loads(written)), shape(told.json)
    assert agrees(documented, found), json.dumps(told.json, ensure_ascii=False)[:2000]


def test_a_missing_key_would_be_seen() -> None:
    assert agrees(shape({"a": 1, "b": [{"c": "x"}]}), shape({"a": 2, "b": []}))
    assert not agrees(shape({"a": 1}), shape({"a": 1, "b": 2}))
    assert not agrees(shape({"a": 1}), shape({"a": "1"}))
    assert not agrees(shape([{"c": "x"}]), shape([{"d": "x"}]))


def test_every_command_has_a_section_of_its_own() -> None:
    page = PAGE.read_text("utf-8")
    sections = set(re.findall(r"^#+ `?(?:plangate )?([\w-]+)`?$", page, re.M))
    assert set(COMMANDS) <= sections
