"""A plan may tighten what its base demands; loosening it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.testing import HEAD, told

BASE = (
    HEAD.replace("test/plan", "base/plan")
    + """\
params:
  least: {type: int, default: 40, title: 最低学时}
  hours: {type: int, default: 40, open: true, title: 学时}
measures: {学时: {}}
quotas:
  学时: {for: 全体, measure: 学时, min: $least}
  再学: {for: 全体, measure: 学时, min: $hours}
stages:
- id: 阶段
  links:
  - id: 一
    owner: 甲
    src: [R-001]
    do:
    - {id: 办, kind: task}
    - {id: 学, kind: study, attend: 全体, measure: 学时}
    - {id: 选, kind: panel, strata: [甲方], minimum: 3, src: [R-003]}
  - id: 二
    owner: 甲
    entry:
    - done(办)
    - {that: done(一) and event(批准), else: {zh: 先办一, en: 一 first}}
    src: [R-002]
    do: [{id: 完, kind: task}]
"""
)


def warned(folder: Path, more: str) -> list[str]:
    """What is told of a child that says this."""
    (folder / "base").mkdir()
    (folder / "base" / "plan.yaml").write_text(BASE, "utf-8")
    file = folder / "child.yaml"
    text = f"plan: test/child\nextends: base/plan\ntitle: 子方案\n{more}\n"
    file.write_text(text, "utf-8")
    assert told(file, severity="fault") == []
    return told(file, severity="warning")


@pytest.mark.parametrize(
    "more",
    [
        "",
        "set: {二: {entry: [done(办), done(一) and event(批准) and event(到期)]}}",
        "set: {二: {entry: [event( 批准 ), done(一), done(办)]}}",
        "set: {选: {minimum: 5}}",
        "set: {quotas.学时: {min: 50}}",
        "set: {选: {title: 选举}}",
        "params: {least: 41}",
        "params: {hours: 20}",  # the document left it open
        "add: [{under: 二, item: {id: 再, kind: task}}]",
    ],
)
def test_keeping_or_tightening_is_silent(more: str, tmp_path: Path) -> None:
    assert warned(tmp_path, more) == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            "set: {二: {entry: [done(办), done(一)]}}",
            "check.loosened: 阶段.二: the entry of '阶段.二' is looser than the "
            "base's: "
            "event(批准) is no longer asked; write it back unless that is meant",
        ),
        (
            "set: {选: {minimum: 2}}",
            "check.lowered: 阶段.一.选: minimum of '阶段.一.选' falls from 3 to 2, "
            "below "
            "the base's; change it back unless that is meant",
        ),
        (
            "params: {least: 20}",
            "check.parameter_lowered: least: the parameter 'least' falls from 40 to "
            "20, "
            "below the least that the base asks for; change it back unless that is "
            "meant",
        ),
        (
            "set: {选: {required: false}}",
            "check.no_longer_required: 阶段.一.选: '阶段.一.选' is required by the "
            "base "
            "and not here; take required: false away unless that is meant",
        ),
        (
            "remove: [选]",
            "check.removed_carrier: 阶段.一.选: without '阶段.一.选' nothing carries "
            "R-003; name them in the src of another element, or take it out of remove",
        ),
        (
            "remove: [选]\nadd: [{under: 二, item: {id: 再, kind: task, src: "
            "[R-003]}}]",
            "check.removed_node: 阶段.一.选: '阶段.一.选', which the base asks for, is "
            "removed; take it out of remove unless that is meant",
        ),
        (
            "set: {选: {src: [R-009]}}",
            "check.no_longer_carried: 阶段.一.选: since '阶段.一.选' was changed "
            "nothing "
            "carries R-003; name them in its src",
        ),
    ],
)
def test_loosening_is_told(more: str, sentence: str, tmp_path: Path) -> None:
    assert warned(tmp_path, more) == [sentence]


def test_a_gate_taken_away_is_told_clause_by_clause(tmp_path: Path) -> None:
    found = warned(tmp_path, "set: {二: {entry: }}")
    assert [one.partition("base's: ")[2].partition(" is no")[0] for one in found] == [
        "done(办)",
        "done(一), event(批准)",
    ]
