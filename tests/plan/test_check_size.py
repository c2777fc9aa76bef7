"""A plan of 200 links and 1,000 nodes is checked whole; how long that takes is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.plan.faults import Fault
from engine.plan.library import check_file

LINKS = 200
HEAD = """\
plan: test/large
title: 例子
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}}
  sets: {全体: {members: [甲, 乙, 丙]}}
deliverables: {材料: {}}
stages:
- id: 阶段
  links:
"""
LINK = """\
  - id: 环节%s
    owner: 甲
    entry: [%s]
    do:
    - {id: 写, kind: writing, what: 材料}
    - {id: 审, kind: review, of: 材料, by: 全体, entry: [done(写)]}
    - {id: 办, kind: task, each: 全体, entry: [accepted(审)]}
"""


@pytest.fixture
def faults(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> Callable[[Callable[[int], str]], list[Fault]]:
    def found(gate: Callable[[int], str]) -> list[Fault]:
        file = tmp_path / "plan.yaml"
        links = "".join(LINK % (number, gate(number)) for number in range(LINKS))
        file.write_text(HEAD + links, "utf-8")
        began = time.perf_counter()
        checked = check_file(file)
        record_property("seconds", round(time.perf_counter() - began, 3))
        return [one for one in checked.faults if one.severity == "fault"]

    return found


def before(number: int) -> str:
    return f"done(环节{number - 1})" if number else "event(开始)"


def after(number: int) -> str:
    return f"done(环节{number + 1})" if number < LINKS - 1 else "event(开始)"


def around(number: int) -> str:
    return f"done(环节{(number + 1) % LINKS})"


@pytest.mark.parametrize("gate", [before, after])
def test_a_long_chain_can_finish(
    gate: Callable[[int], str],
    faults: Callable[[Callable[[int], str]], list[Fault]],
) -> None:
    assert faults(gate) == []


def test_a_long_circle_is_told_once_and_whole(
    faults: Callable[[Callable[[int], str]], list[Fault]],
) -> None:
    (one,) = faults(around)
    assert one.code == "check.circle"
    assert one.say("en").count(" waits for ") == LINKS
