"""Clauses and rights as people read them: made of titles when shown, not recorded."""

from __future__ import annotations

import pytest

from engine.core.events import Refused
from engine.core.phrases import clause_of, in_words, role_of
from engine.testing import Play

PLAN = """
plan: test/phrases
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}}
  bodies: {小组: {title: {zh: 领导小组, en: leading group}, roles: {组长: [甲]}}}
deliverables: {材料: {title: {zh: 剖析材料, en: analysis}}}
measures: {学时: {}}
quotas:
  学时: {title: {zh: 集中学习, en: study hours}, for: 甲, measure: 学时, min: 8}
registers: {问题: {item: problem, by: 小组}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    window: {from: 2009-05-01, to: 2009-06-30}
    do:
    - {id: 学习, kind: study, attend: 甲, measure: 学时}
    - {id: 初稿, kind: writing, what: 材料, title: {zh: 形成初稿, en: first draft}}
    - {id: 审议, kind: review, of: 材料, by: 甲}
    - id: 报送
      kind: submission
      what: 材料
      to: 小组
      entry: [written(初稿)]
"""
NODE = "一.环节.报送"


@pytest.fixture(scope="module")
def office() -> Play:
    return Play.of(PLAN)


@pytest.mark.parametrize(
    ("clause", "zh", "en"),
    [
        ("done(初稿)", "“形成初稿”还没有完成", "'first draft' is not done yet"),
        ("settled(初稿)", "“形成初稿”还没有了结", "'first draft' is not settled yet"),
        ("started(初稿)", "“形成初稿”还没有开始", "'first draft' has not begun yet"),
        (
            "written(初稿)",
            "“形成初稿”还没有“已成稿”",
            "'first draft' is not 'written' yet",
        ),
        (
            "in_state(初稿, open)",
            "“形成初稿”现在不是“办理中”",
            "'first draft' is not 'open' now",
        ),
        (
            "quota(学时)",
            "指标“集中学习”还有人没有完成",
            "not everybody has met the quota 'study hours' yet",
        ),
        ("event(动员)", "还没有登记“动员”", "'动员' has not been recorded yet"),
        (
            "approved(材料)",
            "“剖析材料”的最新稿还没有通过审议",
            "the latest version of 'analysis' is not approved yet",
        ),
        ("exists(材料)", "“剖析材料”还没有形成", "there is no 'analysis' yet"),
        (
            "unchanged_since_approval(what)",
            "“剖析材料”通过审议以后又有改动",
            "'analysis' was changed after it was approved",
        ),
        ("now >= window.start", "要到 2009-05-01 才开始", "it opens on 2009-05-01"),
        ("today >= 2009-06-01", "要到 2009-06-01 才开始", "it opens on 2009-06-01"),
        (
            "any(done(初稿), done(学习))",
            "以下各项中还没有一项满足：“形成初稿”还没有完成、“学习”还没有完成",
            "none of these is met: "
            "'first draft' is not done yet, '学习' is not done yet",
        ),
    ],
)
def test_a_simple_clause_is_told_in_titles(
    office: Play, clause: str, zh: str, en: str
) -> None:
    found = clause_of(office.plan, office.plan.nodes[NODE], clause)
    assert found == {"zh": zh, "en": en}


@pytest.mark.parametrize(
    "clause",
    [
        "done(初稿) and done(审议)",
        "count(问题) > 3",
        "not done(初稿)",
        "done(没有)",
        "((",
    ],
)
def test_a_clause_that_says_more_stays_as_its_author_wrote_it(
    office: Play, clause: str
) -> None:
    assert clause_of(office.plan, office.plan.nodes[NODE], clause) is None


def test_the_authors_own_words_come_first(office: Play) -> None:
    reason = {"code": "core.unmet", "clause": "done(初稿)", "words": {"zh": "等初稿"}}
    assert in_words(office.plan, NODE, reason) == reason


@pytest.mark.parametrize(
    ("role", "zh", "en"),
    [
        ("owner", "责任人", "its owner"),
        ("owner、plan.leader", "责任人、负责人", "its owner, the plan's leader"),
        ("to", "报送对象", "recipients"),
        ("小组", "领导小组", "leading group"),
    ],
)
def test_a_right_is_told_by_its_title(
    office: Play, role: str, zh: str, en: str
) -> None:
    node = office.plan.nodes[NODE]
    assert role_of(office.plan, node, role) == {"zh": zh, "en": en}


def test_what_is_recorded_is_the_code_and_what_is_read_are_words() -> None:
    play = Play.of(PLAN)
    told = play.refusal("问题", "add", who="乙", text="慢")
    assert told == ("乙 may not do this; leading group may (甲)",)
    told = play.refusal(NODE, "send", who="甲")
    assert told[1] == "'first draft' is not 'written' yet"
    added, sent = [one for one in play.events() if isinstance(one, Refused)]
    assert added.reasons[0]["role"] == "小组"
    assert sent.reasons[1]["clause"] == "written(初稿)"
    assert not sent.reasons[1]["words"]
