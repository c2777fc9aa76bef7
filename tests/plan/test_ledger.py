"""The assumptions ledger: what is left unsaid is told once, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.plan.faults import Fault
from engine.plan.graph import Plan
from engine.plan.library import check_file, find
from engine.testing import HEAD, STAGES, told

LEDGER = frozenset({"open", "assumed", "undefined", "treatment", "question"})


@pytest.fixture(scope="module")
def seed() -> tuple[Plan, list[Fault]]:
    checked = check_file(find("units/maguan-gov-office"))
    assert checked.plan is not None
    lines = [one for one in checked.faults if one.code.partition(".")[2] in LEDGER]
    return checked.plan, lines


def test_every_line_is_noted_exactly_once(seed: tuple[Plan, list[Fault]]) -> None:
    plan, lines = seed
    assert sorted(one.path for one in lines) == sorted(one.id for one in plan.ledger)
    assert len({one.id for one in plan.ledger}) == len(plan.ledger)
    assert {one.severity for one in lines} == {"note"}


def test_every_line_stands_where_it_is_written(
    seed: tuple[Plan, list[Fault]],
) -> None:
    for one in seed[1]:
        line = Path(one.place.file).read_text("utf-8").splitlines()[one.place.line - 1]
        assert one.path.rpartition(".")[2] in line, one


SAID = """\
params:
  地点: {type: text, default: 大会议室, open: true, title: 开会地点}
  人数: {type: int, open: true, title: 参会人数}
  时长: {type: duration, default: 2 hours, assumed: true, title: 会议时长}
  主题: {type: text, default: 作风, title: 会议主题}
glossary: {三个服务: {undefined: true, candidates: [服务基层, 服务群众]}}
assumptions: [{id: I-01, about: 日期没有年份, treatment: 按印发年份}]
note: $地点 $人数 $时长 $主题
"""


def test_open_values_are_asked_and_assumed_ones_told() -> None:
    assert told(HEAD + SAID + STAGES) == [
        "check.open: params.地点: the document leaves open: 开会地点; taken as "
        "大会议室: "
        "please confirm",
        "check.question: params.人数: the document leaves open: 参会人数; there is no "
        "default: what is it?",
        "check.assumed: params.时长: supplied by the encoder: 会议时长 = 2 hours; "
        "please "
        "confirm",
        "check.undefined: glossary.三个服务: the word '三个服务' is not defined; it "
        "may be "
        "服务基层、服务群众: please confirm",
        "check.treatment: I-01: 日期没有年份: 按印发年份",
    ]


def test_it_is_told_in_chinese_too() -> None:
    first = told(HEAD + SAID + STAGES, language="zh")[0]
    assert first.endswith("原文没有写明“开会地点”，先按 大会议室；请确认")
