"""Every element has an owner, a use, a source; what has none is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.plan.library import check_file
from engine.plan.source import BYTES_MAX
from engine.testing import HEAD, STAGES, told


def plan(top: str, act: str = "{id: 办, kind: task}") -> str:
    return HEAD + top + STAGES.replace("{id: 办, kind: task}", act)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            plan("deliverables: {材料: {}}\n"),
            "check.never_written: deliverables.材料: nothing writes the document "
            "'材料'; "
            "add an activity of kind writing, or take it away",
        ),
        (
            plan("deliverables: {材料: {}}\n", "{id: 写, kind: writing, what: 材料}"),
            "check.never_used: deliverables.材料: nothing uses the document '材料' "
            "once "
            "it is written; add its review, submission or publication if there is one",
        ),
        (
            plan("registers: {台账: {item: suggestion, by: 无人}}\n"),
            "check.nobody_adds: registers.台账.by: nobody may add to the register "
            "'台账'; "
            "say under by who may",
        ),
        (
            plan("measures: {学时: {}}\n"),
            "check.never_credited: measures.学时: nothing credits the measure '学时'; "
            "add "
            "an activity that does, or take it away",
        ),
        (
            plan("params: {面积: {type: int, default: 3}}\n"),
            "check.unused_parameter: params.面积: the parameter '面积' is used "
            "nowhere, so "
            "it changes nothing; use $面积, or take it away",
        ),
        (
            plan("goals: {目标: {items: [见实效]}}\n"),
            "check.goal_unreported: goals.目标: no document and no activity speaks of "
            "the "
            "goal '目标'; it could be a section of the final report",
        ),
        (
            plan("", "{id: 谈, kind: talks, among: 全体, exit: [event(完)]}"),
            "check.gate_unasked: 阶段.环节.谈.exit: '阶段.环节.谈' has an exit gate, "
            "but its "
            "kind 'talks' never asks it; take it away, or take another kind",
        ),
    ],
)
def test_an_element_that_does_nothing_is_told(text: str, sentence: str) -> None:
    assert told(text) == [sentence]


@pytest.mark.parametrize(
    "text",
    [
        plan(
            "deliverables: {材料: {}}\n",
            "{id: 写, kind: writing, what: 材料}, {id: 审, kind: review, of: 材料, by: "
            "乙}",
        ),
        plan("registers: {台账: {item: suggestion, by: 全体}}\n"),
        plan(
            "registers: {台账: {item: suggestion, by: 无人}}\n",
            "{id: 征, kind: opinion_round, via: [信箱], into: 台账}",
        ),
        plan(
            "params: {项: {type: 'list[text]', default: [a]}}\n",
            "{id: 查, kind: checklist, items: $项}",
        ),
        plan("params: {名: {type: text, default: 办公室, src: [R-001]}}\n"),
        plan(
            "goals: {目标: {items: [见实效]}}\n",
            "{id: 查, kind: checklist, items: [见实效]}",
        ),
    ],
)
def test_an_element_that_does_something_is_not(text: str) -> None:
    assert told(text) == []


# -- from the plan to its document and back

TRACED = plan("requirements: trace.yaml\nsrc: [R-001]\n").replace(
    "owner: 甲", "owner: 甲, src: [R-002]"
)
ROW = "- {{id: {}, sentence: [1], says: 话, done: enforced, by: [plan]}}\n"


def traced(folder: Path, *requirements: str) -> list[str]:
    rows = "".join(ROW.format(one) for one in requirements)
    (folder / "trace.yaml").write_text(rows, "utf-8")
    (folder / "plan.yaml").write_text(TRACED, "utf-8")
    return told(folder / "plan.yaml", severity="fault")


def test_a_plan_and_its_trace_table_agree(tmp_path: Path) -> None:
    assert traced(tmp_path, "R-001", "R-002") == []


def test_a_source_that_the_table_does_not_know_is_a_fault(tmp_path: Path) -> None:
    assert traced(tmp_path, "R-001") == [
        "check.unknown_requirement: 阶段.环节.src: the trace table has no requirement "
        "R-002; change src, or add a line to the table"
    ]


def test_a_line_that_no_element_carries_is_a_fault(tmp_path: Path) -> None:
    assert traced(tmp_path, "R-001", "R-002", "R-003") == [
        "check.not_carried: requirements: nothing carries the requirement R-003; name "
        "it "
        "in the src of an element, or under norms"
    ]


def test_a_requirement_has_one_line(tmp_path: Path) -> None:
    assert traced(tmp_path, "R-001", "R-002", "R-002") == [
        "check.traced_twice: requirements: the trace table has two lines for R-002; "
        "make "
        "them one"
    ]


def test_a_table_is_read_within_the_limits_of_a_plan(tmp_path: Path) -> None:
    (tmp_path / "trace.yaml").write_text(
        "- {id: R-001}\n- {id: R-002, id: R-003}\n", "utf-8"
    )
    (tmp_path / "plan.yaml").write_text(TRACED, "utf-8")
    (fault,) = check_file(tmp_path / "plan.yaml").faults
    assert (Path(fault.place.file).name, fault.place.line) == ("trace.yaml", 2)
    (tmp_path / "trace.yaml").write_bytes(b" " * (BYTES_MAX + 1))
    assert [one.partition(":")[0] for one in told(tmp_path / "plan.yaml")] == [
        "plan.file_large"
    ]


@pytest.mark.parametrize("content", [b"id: R-001\n", b"R-001\n"])
def test_a_table_is_a_list(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trace.yaml").write_bytes(content)
    (tmp_path / "plan.yaml").write_text(TRACED, "utf-8")
    assert [one.partition(":")[0] for one in told(tmp_path / "plan.yaml")] == [
        "plan.file_no_list"
    ]


@pytest.mark.parametrize("named", ["/dev/zero", "/", "不在", "长" * 300])
def test_a_table_is_a_plain_file(named: str) -> None:
    text = TRACED.replace("trace.yaml", named)
    (sentence,) = told(text, severity="fault")
    assert sentence.startswith("check.no_trace: requirements: there is no trace table")


def test_a_table_that_is_not_there_is_a_fault() -> None:
    assert told(TRACED, severity="fault") == [
        "check.no_trace: requirements: there is no trace table trace.yaml; put it "
        "beside "
        "the plan, or take requirements away"
    ]


def test_a_document_that_is_published_is_used() -> None:
    writes = "{id: 写, kind: writing, what: 材料}"
    shows = "{id: 公开, kind: publication, what: 材料, audience: 甲, entry: [done(写)]}"
    assert told(plan("deliverables: {材料: {}}\n", f"{writes}, {shows}")) == []
