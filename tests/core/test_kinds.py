"""What the shipped kinds promise: ballots, reviews, groups, quotas, registers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from engine.core.events import Moved
from engine.core.instance import added
from engine.errors import BadInput
from engine.journal.codec import decode, encode
from engine.testing import Play, paper

HEAD = """
plan: test/kinds
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}, 丁: {}, 戊: {}, 己: {}}
  sets: {职工: {members: [甲, 乙, 丙, 丁, 戊, 己]}, 班子: {members: [甲, 乙, 丙, 丁]}}
  outside: {县委办: {}}
deliverables: {材料: {title: 剖析材料, sections: [问题, 原因]}}
measures: {学时: {unit: 小时}}
%s
registers: {意见: {item: suggestion, by: 职工}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
"""


def play(*activities: str, more: str = "") -> Play:
    lines = "".join(f"    - {line}\n" for line in activities)
    return Play.of(HEAD % more + lines)


# -- ballots

BALLOT = "{id: 表决, kind: ballot, question: 通过吗, electorate: 班子, secret: true}"


def votes(play: Play, **choices: str) -> None:
    for who, choice in choices.items():
        play.do("表决", "cast", who=who, choice=choice)


def test_a_majority_passes_and_abstentions_do_not_count() -> None:
    ballot = play(BALLOT)
    votes(ballot, 甲="yes", 乙="yes", 丙="no", 丁="abstain")
    assert ballot.state("一.环节.表决") == "passed"


def test_a_tie_is_not_a_majority() -> None:
    ballot = play(BALLOT)
    votes(ballot, 甲="yes", 乙="no", 丙="abstain", 丁="abstain")
    assert ballot.state("一.环节.表决") == "failed"


def test_without_quorum_a_ballot_is_void() -> None:
    ballot = play(BALLOT.replace("secret", "quorum: 3/4, secret"))
    votes(ballot, 甲="yes", 乙="yes")
    ballot.do("表决", "close", who="甲")
    assert ballot.state("一.环节.表决") == "void"


def test_all_abstaining_passes_nothing() -> None:
    ballot = play(BALLOT)
    votes(ballot, 甲="abstain", 乙="abstain", 丙="abstain", 丁="abstain")
    assert ballot.state("一.环节.表决") == "failed"


def test_nobody_votes_twice_not_even_by_a_delegate() -> None:
    ballot = play(BALLOT)
    votes(ballot, 甲="yes")
    assert "already" in ballot.refusal("表决", "cast", who="甲", choice="no")[0]


def test_who_is_not_of_the_electorate_has_no_vote() -> None:
    ballot = play(BALLOT)
    assert "may not" in ballot.refusal("表决", "cast", who="戊", choice="yes")[0]
    assert "may not" in ballot.refusal("表决", "cast", who="县委办", choice="yes")[0]


# -- reviews

DRAFT = (
    "{id: 初稿, kind: writing, what: 材料, label: 初稿, "
    "sections: [问题, 原因], owner: 乙}"
)
REVIEW = (
    "{id: 讨论, kind: review, of: 材料, by: 班子, quorum: 2/3, "
    "not_by: 'done_by(初稿, write)', send_back_to: 初稿, max_rounds: 2, "
    "then_escalate_to: 甲, entry: [written(初稿)]}"
)
SEND = (
    "{id: 报送, kind: submission, what: 材料, to: 县委办, must_be_approved: true, "
    "entry: [written(初稿)]}"
)


def written(review: Play, text: str = "one") -> Play:
    review.do("初稿", "write", who="乙", file=paper(text), contains=["问题", "原因"])
    return review


def test_a_draft_without_its_sections_is_refused() -> None:
    review = play(DRAFT)
    told = review.refusal("初稿", "write", who="乙", file=paper(), contains=["问题"])
    assert told == ("the document lacks a required section",)


def test_the_author_does_not_review_and_enough_agreement_accepts() -> None:
    review = written(play(DRAFT, REVIEW, SEND))
    assert "stand aside" in review.refusal("讨论", "agree", who="乙")[0]
    review.do("讨论", "agree", who="甲")
    assert review.state("一.环节.讨论") == "open"
    review.do("讨论", "agree", who="丁")
    assert review.state("一.环节.讨论") == "accepted"
    assert review.holds("approved(材料)") is True


def test_nothing_is_sent_before_its_review_nor_after_a_change() -> None:
    review = written(play(DRAFT, REVIEW, SEND))
    told = review.refusal("报送", "send", who="甲")
    assert "the document has not passed review" in told
    for who in "甲丙":
        review.do("讨论", "agree", who=who)
    review.do("报送", "send", who="甲")
    assert review.state("一.环节.报送") == "sent"


def test_an_approval_is_of_the_bytes_and_dies_with_them() -> None:
    review = written(play(DRAFT, REVIEW))
    for who in "甲丙":
        review.do("讨论", "agree", who=who)
    review.do("讨论", "send_back", who="甲", reason="数据有误")
    assert review.state("一.环节.初稿") == "open"
    assert review.known.round("一.环节.初稿") == 2
    written(review, "two")
    assert review.holds("approved(材料)") is False
    assert review.state("一.环节.讨论") == "open"


def test_hopeless_reviews_go_back_and_after_the_last_round_up() -> None:
    review = written(play(DRAFT, REVIEW))
    for who in "甲丙":
        review.do("讨论", "object", who=who, note="不行")
    assert (review.state("一.环节.讨论"), review.known.round("一.环节.讨论")) == (
        "waiting",
        2,
    )
    written(review, "two")
    for who in "甲丙":
        review.do("讨论", "object", who=who, note="还不行")
    assert review.state("一.环节.讨论") == "stuck"


# -- many at once


def test_each_makes_one_for_every_member_and_waits_for_all() -> None:
    each = play("{id: 发言, kind: task, each: 班子}")
    for who in "甲乙丙":
        each.do(f"发言[{who}]", "finish", who=who, evidence=paper())
    assert each.holds("done(发言)") is False
    assert (
        "may not" in each.refusal("发言[丁]", "finish", who="甲", evidence=paper())[0]
    )
    each.do("发言[丁]", "finish", who="丁", evidence=paper())
    assert each.holds("done(发言)") is True


def test_enough_of_many_is_enough() -> None:
    each = play("{id: 发言, kind: task, each: 班子, enough: 2}")
    for who in "甲乙":
        each.do(f"发言[{who}]", "finish", who=who, evidence=paper())
    assert each.holds("done(发言)") is True


GROUPS = "{id: 分组, kind: division, of: 职工, into: 2, leaders_from: 班子}"


def group(leader: str, *members: str) -> dict[str, object]:
    return {"leader": leader, "members": list(members)}


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        (
            {"一": group("甲", *"甲乙丙丁戊己")},
            "that is not the number of groups wanted",
        ),
        (
            {"一": group("甲", *"甲乙丙"), "二": group("丁", *"丙丁戊己")},
            "somebody is in two groups",
        ),
        (
            {"一": group("甲", *"甲乙"), "二": group("丁", *"丁戊己")},
            "somebody is in no group",
        ),
        (
            {"一": group("甲", *"甲乙丙"), "二": group("戊", *"丁戊己")},
            "a group is led by somebody who may not lead",
        ),
    ],
)
def test_groups_are_disjoint_covering_and_led(
    groups: dict[str, object], told: str
) -> None:
    division = play(GROUPS)
    assert told in division.refusal("分组", "divide", who="甲", groups=groups)


# -- quotas and registers

QUOTA = "quotas: {学时: {for: 班子, measure: 学时, min: 5 workdays, due: plan.end}}"
STUDY = (
    "{id: 学习, kind: study, attend: 班子, measure: 学时, "
    "recurs: {weekly: monday, at: 19:30}}"
)


def test_a_quota_is_met_when_nobody_owes() -> None:
    study = play(STUDY, more=QUOTA)
    for _ in range(5):
        study.do(
            "学习", "session", who="甲", present="甲、乙、丙", hours=8, mode="集中学习"
        )
    assert study.holds("quota(学时)") is False
    for _ in range(5):
        study.do("学习", "session", who="甲", present="丁", hours=8, mode="集中学习")
    assert study.holds("quota(学时)") is True
    assert study.known.measure("学时", "丁") == Fraction(40)


def test_sums_are_exact_however_large() -> None:
    large: Any = 0
    for amount in (10**15 - 1, "1/3") * 12:
        large = added(large, amount)
        assert decode(encode(large)) == large
    assert Fraction(large) == 12 * (10**15 - 1) + 4


def test_sessions_are_announced_every_monday_evening() -> None:
    study = play(STUDY)
    study.wait(days=19)
    told = [
        e.due for e in study.events() if isinstance(e, Moved) and e.move == "announce"
    ]
    assert told == [
        "2009-04-13T11:30:00Z",
        "2009-04-20T11:30:00Z",
        "2009-04-27T11:30:00Z",
    ]


def test_occurrences_missed_are_fired_late_in_order_each_once() -> None:
    from datetime import timedelta

    study = play(STUDY)
    study.now += timedelta(days=19)
    study.service.tick("play", now=study.now)
    fired = [e for e in study.events() if isinstance(e, Moved) and e.move == "announce"]
    assert [e.due for e in fired] == [
        "2009-04-13T11:30:00Z",
        "2009-04-20T11:30:00Z",
        "2009-04-27T11:30:00Z",
    ]


def test_items_of_a_register_run_their_own_kind() -> None:
    register = play("{id: 征求, kind: opinion_round, via: [座谈会], into: 意见}")
    register.do("意见", "add", who="乙", text="多下基层")
    register.do(
        "征求", "collect", who="甲", text="少开会", channel="座谈会", raised_by="丙"
    )
    assert register.holds("count(意见) == 2") is True
    assert register.known.node("意见#1").kind.name == "suggestion"
    assert "may not" in register.refusal("意见", "add", who="县委办", text="x")[0]


def test_an_item_needs_what_its_kind_requires() -> None:
    register = play("{id: 办理, kind: task}")
    with pytest.raises(BadInput) as told:
        register.do("意见", "add", who="乙")
    assert "text" in told.value.say("en")
    assert register.do("意见", "add", who="乙", text="一").events
