"""A plan is laid over its base: parameters, then patches, each change remembered."""

from __future__ import annotations

import pytest

from engine.errors import PlanRejected
from engine.plan.overlay import Resolved, removed_names, resolve
from engine.plan.source import Mapping, Source, Value, parse

BASE = """\
plan: base/office
abstract: true
title: 底本
leader: 甲
params:
  unit: {type: text}
  hours: {type: int, default: 40}
deliverables: {报告: {by: 甲, sections: [情况]}}
assumptions:
- {id: I-01, about: 起止, treatment: 取上限}
stages:
- id: 学习
  links:
  - id: 动员
    do:
    - {id: 会议, kind: meeting}
  - {id: 报送, title: 报送材料, owner: 甲}
"""


def laid(child: str) -> Resolved:
    known = {"base/office": parse(BASE, "base.yaml")}
    source = parse(f"plan: child\nextends: base/office\n{child}", "child.yaml")
    return resolve(source, known.get)


def at(value: Value | None, *steps: str | int) -> object:
    for step in steps:
        if isinstance(step, int):
            value = value.items[step]  # type: ignore[union-attr]
        else:
            assert isinstance(value, Mapping)
            value = value.get(step)
    return None if value is None else value.plain()


def links(found: Resolved) -> list[str]:
    listed = at(found.tree, "stages", 0, "links")
    assert isinstance(listed, list)
    return [link["id"] for link in listed]


def told(found: Resolved) -> list[tuple[str, str, str]]:
    return [(one.sort, one.target, str(one.place)) for one in found.patches]


def test_a_child_takes_over_everything_and_is_no_longer_abstract() -> None:
    found = laid("params: {unit: 本单位}\n")
    assert found.chain == ("base/office", "child")
    assert at(found.tree, "title") == "底本"
    assert at(found.tree, "plan") == "child"
    assert found.tree.get("abstract") is None
    assert found.params["unit"].binding is not None
    assert found.params["hours"].binding is None


def test_set_replaces_keys_of_a_node_and_an_empty_value_takes_one_away() -> None:
    found = laid("set:\n  报送: {owner: 乙, title: }\n  deliverables.报告: {by: }\n")
    assert at(found.tree, "stages", 0, "links", 1) == {"id": "报送", "owner": "乙"}
    assert at(found.tree, "deliverables", "报告") == {"sections": ["情况"]}
    assert told(found) == [
        ("set", "学习.报送", "child.yaml:4:3"),
        ("set", "deliverables.报告", "child.yaml:5:3"),
    ]


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ("", ["动员", "报送", "座谈"]),
        (", before: 动员", ["座谈", "动员", "报送"]),
        (", after: 动员", ["动员", "座谈", "报送"]),
    ],
)
def test_add_puts_a_node_where_it_is_said(where: str, order: list[str]) -> None:
    found = laid(f"add:\n- {{under: 学习{where}, item: {{id: 座谈}}}}\n")
    assert links(found) == order
    assert told(found) == [("add", "学习.座谈", "child.yaml:4:3")]


def test_remove_takes_a_node_out_with_every_name_below_it() -> None:
    found = laid("remove: [动员]\n")
    assert links(found) == ["报送"]
    assert set(removed_names(found.patches)) == {
        *("学习.动员", "动员", "学习.动员.会议", "动员.会议", "会议"),
    }


def test_remove_goes_before_set_and_add() -> None:
    found = laid(
        "add:\n- {under: 学习, item: {id: 动员, owner: 乙}}\n"
        "remove: [动员]\nset:\n  报送: {owner: 丙}\n"
    )
    assert links(found) == ["报送", "动员"]


def test_tables_join_and_lines_with_the_same_id_are_replaced() -> None:
    found = laid(
        "deliverables: {方案: {by: 乙}}\n"
        "assumptions:\n- {id: I-01, about: 起止, treatment: 取下限}\n"
    )
    assert at(found.tree, "deliverables") == {
        "报告": {"by": "甲", "sections": ["情况"]},
        "方案": {"by": "乙"},
    }
    assert at(found.tree, "assumptions") == [
        {"id": "I-01", "about": "起止", "treatment": "取下限"}
    ]


def test_a_marked_binding_is_its_value_and_its_mark() -> None:
    found = laid("params: {unit: {value: 本单位, assumed: true}}\n")
    bound = found.params["unit"]
    assert bound.binding is not None
    assert bound.binding.plain() == "本单位"
    assert bound.assumed
    assert str(bound.place) == "child.yaml:3:10"


def test_all_wrong_patches_are_told_at_once() -> None:
    with pytest.raises(PlanRejected) as caught:
        laid(
            "remove: [动圆]\nset:\n  动员: {id: x}\n"
            "add:\n- {under: 无, item: {id: y}}\n"
        )
    assert [fault.code for fault in caught.value.faults] == [
        "plan.unknown_name",
        "plan.id_fixed",
        "plan.unknown_name",
    ]


def test_a_base_that_is_nowhere_is_told_with_those_there_are() -> None:
    source: Source = parse("plan: x\nextends: base/ofice\n", "x.yaml")
    with pytest.raises(PlanRejected) as caught:
        resolve(source, {}.get, ("base/office",))
    (fault,) = caught.value.faults
    assert fault.code == "plan.unknown_base"
    assert fault.values["near"] == ("base/office",)
