"""The seed is the whole document: every requirement is answered, nothing is invented.

The document itself is not here; it is named by its title, date and SHA-256. What is
here is its skeleton: which sentences each requirement stands for, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.plan.graph import Node, Plan
from engine.plan.library import check_file, find, load, shipped
from engine.plan.source import parse
from engine.plan.terms import Env
from engine.testing import Play, paper

SEED = "units/maguan-gov-office"
SENTENCES = """
1 2 3+153 4-5 6 6 6 7-8 9 9 10-12 12 13 13 13 13 13 14-15 16-17 18-19 20-21 22-23 24
25-27 28-29 29 30 31-32 32-33 33 34-37 35-36 37 38-39 39 40 41-42 42 42 43 44 45
46-47 46 47 47 47 47 48-49 49 49 49 49 49 50 51 51 51 51 52-53 53 53 53 54 54 54 54
54 54 54 54 54 55-56 56 56 56 57 57 57 58 59-60 61 62 63 64 65-66 67 68 69-70 70 70
71 72 72 73-74 74 74 74 74 75 76 77 78 79 80 80 80 80 81 82-83 83 83 83 84 84 84 84
85 85 85 85 86 86 87-88 88 88 88 89 89 89 90 90 91 92 93 93 93-97 98-99 99 99 99 99
100 100 100 100 100 101 101 101 101 102-103 103 103 103 104 105 105 106 106 106 107
108 108 109 109 109 110-111 111 111 111 111 111 112 113 114-115 115 115 116 117 118
119 119 119 120 121 122 123-124 124 125 125 126 126 127 127 128-129 130-131 131 131
132 133 133 134 135 136 137 137 138-140 140 140 140 140 140 140 139 141-142 143 144
145 145 146-147 147 147 147 148-149 149 150 151 151 152 154
"""
"""R-001, R-002 … in order: the sentences of the document that each stands for."""

NORMS = {
    f"R-{number:03}"
    for number in (
        7, 17, 22, 23, 24, 25, 31, 33, 55, 74, 76, 82, 113, 167, 196, 224, 228
    )
}  # fmt: skip
"""Aspirations without a testable content: attested, never blocking."""

LABELS = {
    "params", "goals", "glossary", "basis", "keywords", "assumptions", "norms"
}  # fmt: skip
"""Tables that say something and make nothing happen."""


def sentences(written: str) -> list[int]:
    """``3+153`` is 3 and 153; ``10-12`` is 10, 11 and 12."""
    found: list[int] = []
    for part in written.split("+"):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(SEED)[0]


@pytest.fixture(scope="module")
def trace() -> dict[str, dict[str, Any]]:
    text = (shipped() / "units" / "maguan-gov-office.trace.yaml").read_text("utf-8")
    rows = parse(f"rows:\n{text}", "trace").tree.get("rows")
    found: list[dict[str, Any]] = rows.plain() if rows is not None else []
    assert len({row["id"] for row in found}) == len(found)
    return {row["id"]: row for row in found}


@pytest.fixture
def play() -> Play:
    """The campaign on its first morning: the county has met, the group is set up."""
    made = Play.load(SEED, now=datetime(2009, 4, 11, 1, tzinfo=UTC))
    made.signal("县委动员大会结束", who="石绍岚")
    made.do("领导小组", "decide", who="夏寅江", text="成立")
    made.do("领导小组办公室", "decide", who="夏寅江", text="设立")
    return made


# -- the trace, in both directions


def test_every_requirement_is_traced_with_its_sentences(
    trace: Mapping[str, Any],
) -> None:
    wanted = {
        f"R-{number:03}": sentences(written)
        for number, written in enumerate(SENTENCES.split(), start=1)
    }
    assert len(wanted) == 231
    traced = {
        name: [int(one) for one in row["sentence"]] for name, row in trace.items()
    }
    assert traced == wanted


def test_no_sentence_of_the_document_is_left_out(trace: Mapping[str, Any]) -> None:
    answered = {int(one) for row in trace.values() for one in row["sentence"]}
    assert answered == set(range(1, 155))


def test_every_row_says_how_it_is_done(trace: Mapping[str, Any]) -> None:
    assert {row["done"] for row in trace.values()} == {
        "enforced", "fired", "recorded", "norm"
    }  # fmt: skip
    assert all(row["says"] for row in trace.values())


def test_trace_and_plan_name_each_other(plan: Plan, trace: Mapping[str, Any]) -> None:
    told = {name: set(row["by"]) for name, row in trace.items()}
    carried = {name: set(elements) for name, elements in plan.requirements.items()}
    assert told == carried


def test_what_is_enforced_or_fired_is_never_a_label_alone(
    trace: Mapping[str, Any],
) -> None:
    labels = [
        name
        for name, row in trace.items()
        if row["done"] in {"enforced", "fired"}
        and all(element.partition(".")[0] in LABELS for element in row["by"])
    ]
    assert labels == []


def test_norms_are_norms_and_nothing_else(plan: Plan, trace: Mapping[str, Any]) -> None:
    assert {name for name, row in trace.items() if row["done"] == "norm"} == NORMS
    assert {
        name for name, elements in plan.requirements.items() if elements == ("norms",)
    } == NORMS


def test_the_document_is_named_by_title_date_and_digest(plan: Plan) -> None:
    assert plan.document == {
        "title": "马关县人民政府办公室开展深入学习实践科学发展观活动实施方案",
        "date": "2009-04-15",
        "sha256": "86f74a8b1ec786957e27c6c2f4eb9919547dda24bb538a247fe2254acd4ca8e8",
    }


# -- what the text leaves open


def test_every_ambiguity_of_the_text_is_in_the_ledger(plan: Plan) -> None:
    lines = {line.id: line for line in plan.ledger if line.sort == "treatment"}
    assert [f"I-{number:02}" for number in range(1, 41)] == sorted(lines)[:40]
    assert all(line.about and line.value for line in lines.values())


@pytest.mark.parametrize("name", ["four_talks", "three_checks", "townships"])
def test_what_the_text_names_without_listing_stays_empty_and_open(
    plan: Plan, name: str
) -> None:
    line = next(line for line in plan.ledger if line.id == f"params.{name}")
    assert (line.sort, line.value) == ("open", "")


def test_a_word_that_the_text_does_not_define_keeps_both_readings(plan: Plan) -> None:
    line = next(line for line in plan.ledger if line.id == "glossary.三个服务")
    assert line.sort == "undefined"
    assert "服务基层" in line.value
    assert "为机关" in line.value


def test_what_the_document_states_is_no_assumption(plan: Plan) -> None:
    stated = {"window", "stage_1", "stage_2", "stage_3", "mobilise_on", "theme"}
    stated |= {"groups", "topics", "readings", "five_checks", "media"}
    told = {line.id for line in plan.ledger}
    assert not {f"params.{name}" for name in stated} & told


def test_whatever_the_encoder_supplied_about_people_is_marked(plan: Plan) -> None:
    assumed = {line.id for line in plan.ledger if line.sort == "assumed"}
    assert {f"parties.people.{who}.rank" for who in plan.parties.people} <= assumed
    assert {f"parties.sets.{name}" for name in plan.parties.sets} <= assumed


# -- who


def test_the_leading_group_is_as_the_text_names_it(plan: Plan) -> None:
    group, office = (plan.parties.bodies[one] for one in ("领导小组", "领导小组办公室"))
    assert group.roles == {
        "组长": ("夏寅江",),
        "副组长": ("杨颛", "王磊", "颜能昌"),
        "成员": ("刘兴星", "郭元冲", "邓代洪", "何建道", "石绍岚"),
    }
    assert office.roles == {
        "主任": ("石绍岚",),
        "工作人员": ("佟常丽", "曹娟", "李云坤"),
    }
    assert group.deputies == ("副组长",)


@pytest.mark.parametrize(
    "spelling",
    [
        "县委学习实践活动领导小组办公室",
        "县委学习实践活动办公室",
        "县学习实践办",
        "县委深入学习实践科学发展观活动领导小组办公室",
    ],
)
def test_four_spellings_are_one_office(plan: Plan, spelling: str) -> None:
    assert plan.aliases[spelling] == "县委领导小组办公室"


def test_the_county_leading_group_is_not_its_office(plan: Plan) -> None:
    group = "县委学习实践活动领导小组"
    assert group in plan.parties.outside
    assert group not in plan.aliases


def valued(play: Play, path: str, name: str) -> tuple[str, ...]:
    """The members of a node's parties field."""
    env = Env(play.known, path, play.now)
    return tuple(play.known.field(path, name, env))


SENT = {
    "印发": ("实施方案", "各股室 各处 各局 各办 各中心"),
    "学习调研.专题调研.报送优秀报告": ("调研报告", "县委领导小组办公室"),
    "学习调研.专题调研.报送领导干部材料": ("领导干部材料", "县委领导小组办公室"),
    "学习调研.解放思想大讨论.开展情况报告": ("开展情况", "县委领导小组办公室"),
    "学习调研.主题实践活动.报送调研报告": ("调研报告", "县政府"),
    "分析检查.民主生活会.报送专题报告": (
        "民主生活会专题报告",
        "县纪委 县委组织部 县委领导小组办公室",
    ),
    "分析检查.剖析材料.报送": ("剖析材料", "县委学习实践活动领导小组"),
    "分析检查.群众评议.上报": ("剖析材料", "县委领导小组办公室"),
    "整改落实.活动总结.报送总结": ("总结报告", "县委领导小组办公室"),
}


def of_kind(plan: Plan, *kinds: str) -> Iterator[Node]:
    return (node for node in plan.nodes.values() if node.kind.name in kinds)


def test_each_document_goes_to_whom_the_text_says(play: Play) -> None:
    sent = {
        node.path: (node.fields["what"], " ".join(valued(play, node.path, "to")))
        for node in of_kind(play.plan, "submission")
    }
    assert sent == SENT


SHOWN = {
    "分析检查.找准突出问题.公布问题": ["全体党员", "群众"],
    "分析检查.群众评议.单位内公开": ["全体党员", "群众"],
    "分析检查.群众评议.社会公开": ["社会"],
    "整改落实.整改方案.公布方案": ["全体党员", "群众"],
    "整改落实.活动总结.通报情况": ["全体党员", "群众"],
    "整改落实.活动总结.公布测评结果": ["群众"],
}


def test_each_publication_has_the_audience_of_the_text(play: Play) -> None:
    meant = {
        path: tuple(
            dict.fromkeys(
                who for name in names for who in play.plan.parties.members(name) or ()
            )
        )
        for path, names in SHOWN.items()
    }
    shown = {
        node.path: valued(play, node.path, "audience")
        for node in of_kind(play.plan, "publication")
    }
    assert shown == meant


def test_observers_are_the_three_invited_and_hold_no_vote(play: Play) -> None:
    invited = valued(play, "分析检查.民主生活会.会议", "invite")
    assert invited == ("县纪委", "县委组织部", "指导一组")
    for node in of_kind(play.plan, "review"):
        assert not set(invited) & set(valued(play, node.path, "by"))


def test_a_meeting_asks_for_no_verdict_on_a_person(plan: Plan) -> None:
    given = {
        taken.type
        for move in plan.kinds["meeting"].moves.values()
        for taken in move.takes.values()
    }
    assert not given & {"choice", "bool", "scores", "number", "int"}


# -- when


def test_stages_follow_each_other_without_a_gap(plan: Plan) -> None:
    windows = [plan.nodes[one].window for one in ("学习调研", "分析检查", "整改落实")]
    assert windows[0][0] == date(2009, 4, 11)
    assert windows[-1][1] == date(2009, 8, 31)
    for (_, before), (after, _) in pairwise(windows):
        assert after - before == timedelta(days=1)


def test_fourteen_links_stand_in_three_stages(plan: Plan) -> None:
    links = [node.path.partition(".")[0] for node in of_kind(plan, "link")]
    assert {stage: links.count(stage) for stage in links} == {
        "学习调研": 6,
        "分析检查": 4,
        "整改落实": 4,
    }


def test_two_links_of_the_third_stage_run_from_the_first_day(play: Play) -> None:
    early = ("整改落实.解决突出问题", "整改落实.体制机制")
    assert [play.state(one) for one in early] == ["open", "open"]
    assert play.state("整改落实") == "waiting"
    for one in early:
        assert play.plan.nodes[one].window == (date(2009, 4, 11), date(2009, 8, 31))


def test_the_end_is_near_ten_days_before_it(plan: Plan) -> None:
    gap = date(2009, 8, 31) - date.fromisoformat(plan.parameters["complete_by"])
    assert gap >= timedelta(days=10)


def test_a_stage_that_is_late_is_told_once(play: Play) -> None:
    play.wait(days=20)
    before = len(warnings(play, "学习调研"))
    play.wait(days=40)
    assert (before, len(warnings(play, "学习调研"))) == (1, 1)
    assert play.state("学习调研") == "open"


def warnings(play: Play, path: str) -> list[Any]:
    return [
        event
        for event in play.events()
        if (getattr(event, "node", ""), getattr(event, "move", "")) == (path, "miss")
    ]


def test_the_mobilisation_is_flagged_when_the_county_meets_late() -> None:
    play = Play.load(SEED, now=datetime(2009, 4, 11, 1, tzinfo=UTC))
    play.wait(days=1)
    assert warnings(play, "学习调研.动员大会")
    assert play.state("学习调研.动员大会") == "waiting"
    assert play.plan.nodes["分析检查"].window[0] == date(2009, 5, 1)


# -- how much

OWED = {
    "学时": ("党员干部", 40, "plan.end"),
    "笔记": ("党员干部", 10_000, "plan.end"),
    "心得": ("党员干部", 1, "plan.end"),
    "领导干部材料": ("副科级以上", 1, "学习调研.end"),
}


def test_quotas_are_those_of_the_text(plan: Plan) -> None:
    owed = {
        name: (one.owed_by.text, int(one.least), one.due.text if one.due else "")
        for name, one in plan.quotas.items()
    }
    assert owed == OWED


def test_a_stage_with_an_unmet_quota_does_not_close(play: Play) -> None:
    refused = play.refusal("学习调研", "finish", who="石绍岚")
    assert "a leading cadre still owes an essay or a report" in refused


def test_two_people_may_close_a_stage_all_the_same_and_it_stays_visible(
    play: Play,
) -> None:
    play.do("学习调研", "ask_override", who="石绍岚", move="finish", reason="汛期")
    own = play.refusal(
        "学习调研", "override", who="石绍岚", move="finish", reason="汛期"
    )
    assert "may not do this" in own[0]
    play.do("学习调研", "override", who="夏寅江", move="finish", reason="防汛优先")
    play.do("学习调研", "finish", who="石绍岚")
    assert play.state("学习调研") == "closed"
    closed = next(
        one
        for one in play.events()
        if getattr(one, "move", "") == "finish" and one.target == "closed"
    )
    assert closed.why["permit"]


# -- what happens by itself


def happened(play: Play, node: str, move: str) -> int:
    """How often a move of a node has happened."""
    return sum(
        (getattr(event, "node", ""), getattr(event, "move", "")) == (node, move)
        for event in play.events()
    )


def mobilise(play: Play) -> None:
    play.do(
        "动员大会.会议",
        "hold",
        who="石绍岚",
        present=["党员干部"],
        topics=["重大意义", "目标任务", "基本原则", "方法步骤"],
        speakers=["夏寅江"],
    )


SORTED = {
    "yardstick": "群众新期待",
    "subject": "班子",
    "area": "群众反映强烈",
    "dimension": "工作作风",
    "method": "职工提",
    "solve": "活动中能够解决",
    "scope": "一般",
    "urgency": "一般",
    "cause": "程序多",
    "priority": 2,
}


def test_study_evenings_are_announced_every_monday(play: Play) -> None:
    mobilise(play)
    play.wait(days=2)
    assert happened(play, "学习调研.学习培训.集中学习", "announce") == 0
    play.wait(days=14)
    assert happened(play, "学习调研.学习培训.集中学习", "announce") == 2


def test_supervision_and_information_come_round(play: Play) -> None:
    mobilise(play)
    play.wait(days=60)
    assert happened(play, "学习调研.主题实践活动.跟踪督查", "announce") >= 4
    assert happened(play, "信息报送", "announce") >= 4


def test_a_problem_that_nobody_sorts_is_chased(play: Play) -> None:
    play.do("问题", "add", who="佟常丽", text="办文周期长")
    play.wait(days=5)
    assert happened(play, "问题#1", "hurry") == 0
    play.wait(days=5)
    assert happened(play, "问题#1", "hurry") == 1


def test_who_raised_a_problem_hears_of_it(play: Play) -> None:
    play.do("问题", "add", who="佟常丽", text="办文周期长")
    play.do("问题#1", "classify", who="石绍岚", **SORTED)
    sorted_ = next(
        event for event in play.events() if getattr(event, "move", "") == "classify"
    )
    told = [line for line in sorted_.did if line[0] == "request"]
    assert [(line[2], line[4]["to"]) for line in told] == [("notify", ["佟常丽"])]


def test_a_wide_and_urgent_problem_calls_for_a_task_force(play: Play) -> None:
    play.do("问题", "add", who="佟常丽", text="看病难")
    wide = SORTED | {"scope": "涉及面广", "urgency": "群众迫切要求"}
    play.do("问题#1", "classify", who="石绍岚", **wide)
    assert happened(play, "问题#1", "call_taskforce") == 1


def test_a_measure_that_is_late_goes_up(play: Play) -> None:
    play.do("问题", "add", who="佟常丽", text="办文周期长")
    play.do("问题#1", "classify", who="石绍岚", **SORTED)
    play.do(
        "问题#1",
        "arrange",
        who="石绍岚",
        target="当日办结",
        focus="程序",
        due_on="2009-04-20",
        responsible=["郭元冲"],
        affected=["佟常丽"],
    )
    play.wait(days=9)
    assert happened(play, "问题#1", "red_slip") == 0
    play.wait(days=8)
    assert happened(play, "问题#1", "red_slip") == 1


def test_too_many_meetings_are_told_and_not_forbidden(play: Play) -> None:
    play.do("精简会议文件", "report", who="曹娟", amount=60, text="四月")
    assert happened(play, "精简会议文件", "exceed") == 0
    play.do("精简会议文件", "report", who="曹娟", amount=1, text="五月")
    play.do("精简会议文件", "report", who="曹娟", amount=1, text="六月")
    assert happened(play, "精简会议文件", "exceed") == 1


def test_a_campaign_that_is_not_nearly_complete_in_time_is_told(play: Play) -> None:
    play.wait(days=132)
    assert happened(play, "基本完成", "miss") == 0
    play.wait(days=2)
    assert happened(play, "基本完成", "miss") == 1


def test_a_standing_duty_ends_with_the_plan_and_nobody_is_warned(play: Play) -> None:
    play.wait(days=145)
    assert play.state("宣传") == "done"
    assert happened(play, "宣传", "blue_slip") == 0


# -- what the text leaves to the unit is enforced as soon as the unit says it

LISTED = """
plan: test/listed
extends: units/maguan-gov-office
params:
  townships: [八寨镇, 仁和镇]
  four_talks: [思想, 工作]
"""


@pytest.fixture
def listed() -> Play:
    made = Play.of(LISTED, now=datetime(2009, 4, 11, 1, tzinfo=UTC))
    made.signal("县委动员大会结束", who="石绍岚")
    made.do("领导小组", "decide", who="夏寅江", text="成立")
    made.do("领导小组办公室", "decide", who="夏寅江", text="设立")
    mobilise(made)
    return made


def test_each_township_is_lectured_in_by_one_of_the_leadership(listed: Play) -> None:
    listed.do("总结工作体系", "write", who="李云坤", file=paper())
    path = "授课交流[八寨镇]"
    refused = listed.refusal(path, "finish", who="李云坤", evidence=paper())
    assert "may not do this" in refused[0]
    listed.do(path, "finish", who="杨颛", evidence=paper())
    assert listed.state("学习调研.解放思想大讨论.授课交流") == "open"
    listed.do("授课交流[仁和镇]", "finish", who="王磊", evidence=paper())
    assert listed.state("学习调研.解放思想大讨论.授课交流") == "done"


def test_nobody_lectures_before_the_work_is_summed_up(listed: Play) -> None:
    assert listed.state("学习调研.解放思想大讨论.授课交流") == "waiting"
    refused = listed.refusal("开展情况报告", "send", who="石绍岚")
    assert "'lectures in the townships' is not done yet" in refused


# -- what becomes of what is written


def test_every_document_is_written_by_somebody_and_wanted_by_somebody(
    plan: Plan,
) -> None:
    written = {node.fields["what"] for node in of_kind(plan, "writing", "handing_in")}
    written |= {
        node.fields["report"]
        for node in of_kind(plan, "survey")
        if "report" in node.fields
    }
    wanted = {name for one in plan.deliverables.values() for name in one.inputs}
    wanted |= {name for one in plan.quotas.values() for name in counted(plan, one.id)}
    for node in of_kind(plan, "submission"):
        wanted |= {node.fields["what"], *node.fields.get("enclosing", ())}
    for node in of_kind(plan, "review", "selection", "signoff"):
        wanted |= {node.fields["of"]} if "of" in node.fields else set()
    assert written == set(plan.deliverables)
    assert written - wanted == set()


def counted(plan: Plan, quota: str) -> Iterator[str]:
    return (
        node.fields["what"]
        for node in of_kind(plan, "handing_in")
        if node.fields["quota"] == quota
    )


def test_the_gates_of_the_analysis_stand_in_the_order_of_the_text(plan: Plan) -> None:
    order = ["重点问题", "初稿", "讨论", "征求意见", "修改", "审定", "报送"]
    link = "分析检查.剖析材料"
    for before, after in pairwise(order):
        node = plan.nodes[f"{link}.{after}"]
        gate = {leaf.text for part in (node.entry, node.exit) for leaf in part.leaves()}
        assert any(f"({before})" in clause for clause in gate), (before, after, gate)


# -- what people read


def test_whatever_people_see_of_the_seed_has_a_title_in_both_languages(
    plan: Plan,
) -> None:
    shown = {node.path: node.title for node in plan.nodes.values() if node.title}
    shown |= {name: one.title for name, one in plan.registers.items()}
    shown |= {name: one.title for name, one in plan.deliverables.items()}
    shown |= {name: one.title for name, one in plan.quotas.items()}
    shown |= {name: one["title"] for name, one in plan.measures.items()}
    shown |= {
        name: plan.parties.titles[name]
        for name in (*plan.parties.sets, *plan.parties.bodies)
    }
    lacking = [
        name
        for name, title in shown.items()
        if not isinstance(title, Mapping) or set(title) != {"zh", "en"}
    ]
    assert lacking == []


@pytest.mark.parametrize("name", ["base/study-practice", SEED])
def test_the_seed_has_no_fault(name: str) -> None:
    checked = check_file(find(f"{name}.yaml"))
    assert [one.say("en") for one in checked.faults if one.severity == "fault"] == []
    assert checked.plan is not None


def test_the_page_about_the_seed_counts_what_is_there(
    plan: Plan, trace: Mapping[str, Any]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "seed.md").read_text("utf-8")
    told = dict(
        re.findall(r"^\| (enforced|fired|recorded|norm) \| (\d+) \|", page, re.M)
    )
    ways = [row["done"] for row in trace.values()]
    assert told == {way: str(ways.count(way)) for way in set(ways)}
    treated = sum(line.sort == "treatment" for line in plan.ledger)
    assert f"{treated} places where it contradicts itself" in page
