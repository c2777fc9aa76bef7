"""Another unit takes over the campaign by parameters and patches, on one page."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.plan.graph import Plan
from engine.plan.library import check_file, load, shipped
from engine.plan.source import Mapping, read
from engine.testing import Play

SCHOOL = "units/county-no1-middle-school"
FILE = shipped() / f"{SCHOOL}.yaml"
LINES_MAX = 60


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(SCHOOL)[0]


@pytest.fixture(scope="module")
def seed() -> Plan:
    return load("units/maguan-gov-office")[0]


@pytest.fixture
def play() -> Play:
    """The school on its first morning."""
    made = Play.load(SCHOOL, now=datetime(2009, 9, 14, 1, tzinfo=UTC))
    made.signal("县委动员大会结束", who="丙")
    made.do("领导小组", "decide", who="甲", text="成立")
    made.do("领导小组办公室", "decide", who="甲", text="设立")
    return made


def test_a_unit_is_said_on_one_page() -> None:
    assert len(FILE.read_text("utf-8").splitlines()) <= LINES_MAX


def test_it_says_who_when_and_how_much_and_patches_the_rest() -> None:
    tree = read(FILE).tree
    assert isinstance(tree, Mapping)
    assert set(tree.keys()) == {
        "plan", "extends", "title", "version", "issued", "backdated",
        "params", "parties", "set", "remove", "add",
    }  # fmt: skip


def test_it_is_told_what_it_loosens_and_of_nothing_else() -> None:
    faults = [one for one in check_file(FILE).faults if one.severity != "note"]
    assert [(one.code, one.path.rpartition(".")[2]) for one in faults] == [
        ("check.parameter_lowered", "study_min"),
        ("check.parameter_lowered", "notes_min"),
        ("check.loosened", "开展情况报告"),
        ("check.loosened", "开展情况报告"),
        ("check.removed_node", "授课交流"),
        ("check.removed_node", "扶贫点"),
    ]


def test_it_is_the_same_campaign_but_for_what_it_patches(
    plan: Plan, seed: Plan
) -> None:
    gone = {path for path in seed.nodes if path not in plan.nodes}
    new = {path for path in plan.nodes if path not in seed.nodes}
    assert {path.partition("[")[0] for path in gone} == {
        "学习调研.解放思想大讨论.授课交流",
        "学习调研.解放思想大讨论.扶贫点",
    }
    assert new == {"分析检查.找准突出问题.家长座谈"}


def test_who_belongs_to_what_follows_from_people_and_bodies(plan: Plan) -> None:
    sets = plan.parties.sets
    assert sets["全体党员"] == plan.parties.bodies["党支部"].members
    assert sets["党员领导干部"] == ("甲", "乙")
    assert sets["领导班子成员"] == ("甲", "乙")
    assert sets["办公室负责人"] == ("甲",)


def test_its_numbers_and_dates_are_its_own(plan: Plan, seed: Plan) -> None:
    least = {name: int(one.least) for name, one in plan.quotas.items()}
    assert least == {"学时": 20, "笔记": 5_000, "心得": 1, "领导干部材料": 1}
    assert plan.nodes["学习调研"].window == (date(2009, 9, 14), date(2009, 10, 31))
    assert seed.nodes["学习调研"].window == (date(2009, 4, 11), date(2009, 4, 30))


def test_what_a_unit_says_plainly_is_no_assumption(plan: Plan) -> None:
    told = {line.id: line.sort for line in plan.ledger}
    assert told["params.complain_share"] == "assumed"
    assert told["params.quorum"] == "open"
    assert not {"params.window", "params.unit", "params.groups"} & set(told)


def test_parents_are_heard_before_the_problems_count_as_found(play: Play) -> None:
    refused = play.refusal("分析检查.找准突出问题", "finish", who="丙")
    assert any("it is 'waiting' now" in reason for reason in refused)
    gate = [
        leaf.text for leaf in play.plan.nodes["分析检查.找准突出问题"].exit.leaves()
    ]
    assert gate == ["done(公布问题)", "done(家长座谈)"]


def test_parents_sit_on_the_panel(play: Play) -> None:
    panel = play.plan.nodes["分析检查.群众评议.推选代表"]
    assert panel.fields["strata"] == ("教职工", "家长")
    assert play.plan.parties.members("家长委员会") == ("家长委员会",)
