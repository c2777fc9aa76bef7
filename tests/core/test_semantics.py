"""What a user would expect, sentence by sentence: docs/plans.md as it behaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.core.events import Moved, Refused
from engine.errors import ActRefused, BadInput, NeverAtRest, UnknownInstance
from engine.testing import Play, paper

HEAD = """
plan: test/semantics
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-01, to: 2009-08-31}
leader: 长
parties:
  people: {长: {}, 副: {}, 甲: {}, 乙: {}, 丙: {}, 丁: {}, 戊: {}}
  sets: {班子: {members: [甲, 乙, 丙, 丁]}, 无人: {members: []}}
  outside: {县委办: {}}
deliverables: {材料: {}}
registers: {问题: {item: suggestion, by: 班子}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
"""
SECOND = """
- id: 二
  entry: [done(一)]
  links:
  - {id: 后, owner: 乙, do: [{id: 工作, kind: task}]}
"""
A = "一.环节"


def play(*activities: str, more: str = "") -> Play:
    lines = "".join(f"    - {line}\n" for line in activities)
    return Play.of(HEAD + lines + more)


def moves(play: Play, node: str) -> list[str]:
    return [e.move for e in play.events() if isinstance(e, Moved) and e.node == node]


# -- reviews

WRITING = "{id: 初稿, kind: writing, what: 材料, owner: 乙}"
REVIEW = (
    "{id: 审议, kind: review, of: 材料, by: 班子, quorum: 2/3, "
    "not_by: 'done_by(初稿, write)', send_back_to: 初稿, max_rounds: 2, "
    "then_escalate_to: 长, entry: [written(初稿)]}"
)

DELEGABLE = REVIEW.replace("kind: review,", "kind: review, owner: 乙,")


def reviewing(text: str = "一稿", *, author: str = "乙") -> Play:
    review = play(WRITING, REVIEW)
    review.do("初稿", "write", who=author, file=paper(text))
    return review


def test_the_author_stands_aside_and_is_not_counted() -> None:
    """Of four reviewers one wrote it: two of the other three are two thirds."""
    review = reviewing()
    assert "stand aside" in review.refusal("审议", "agree", who="乙")[0]
    review.do("审议", "agree", who="甲")
    assert review.state(f"{A}.审议") == "open"
    review.do("审议", "agree", who="丙")
    assert review.state(f"{A}.审议") == "accepted"


def test_who_had_it_written_by_a_delegate_stands_aside_too() -> None:
    review = play(WRITING, REVIEW)
    review.do("初稿", "delegate", who="乙", to="戊", until="2009-05-01")
    review.do("初稿", "write", who="戊", file=paper())
    assert "stand aside" in review.refusal("审议", "agree", who="乙")[0]


def test_a_delegate_of_the_author_stands_aside() -> None:
    review = play(WRITING, DELEGABLE)
    review.do("初稿", "write", who="乙", file=paper())
    review.do("审议", "delegate", who="乙", to="戊", until="2009-05-01")
    assert "stand aside" in review.refusal("审议", "agree", who="戊")[0]


def test_who_wrote_it_for_a_reviewer_stands_aside_as_they_do() -> None:
    review = play(WRITING.replace("owner: 乙", "owner: 甲"), REVIEW)
    review.do("初稿", "delegate", who="甲", to="丙", until="2009-05-01")
    review.do("初稿", "write", who="丙", file=paper())
    for who in "甲丙":
        assert "stand aside" in review.refusal("审议", "agree", who=who)[0]


def test_nobody_both_agrees_and_objects() -> None:
    review = reviewing()
    review.do("审议", "agree", who="甲")
    told = review.refusal("审议", "object", who="甲", note="改主意了")
    assert "stand aside" in told[0]


def test_an_approval_dies_when_the_content_changes() -> None:
    review = reviewing()
    for who in "甲丙":
        review.do("审议", "agree", who=who)
    assert review.holds("approved(材料)") is True
    told = review.refusal("初稿", "write", who="乙", file=paper("二稿"))
    assert told == ("an approved version stays; send it back to change it",)
    review.do("审议", "send_back", who="甲", reason="数据有误")
    review.do("初稿", "write", who="乙", file=paper("二稿"))
    assert review.holds("approved(材料)") is False


def test_rework_rounds_are_numbered_and_the_last_one_goes_up() -> None:
    review = reviewing()
    for who in "甲丙":
        review.do("审议", "object", who=who, note="不行")
    assert (review.known.round(f"{A}.审议"), review.state(f"{A}.初稿")) == (2, "open")
    review.do("初稿", "write", who="乙", file=paper("二稿"))
    for who in "甲丙":
        review.do("审议", "object", who=who, note="还不行")
    assert review.state(f"{A}.审议") == "stuck"
    stuck = review.events()[-1]
    assert stuck.did[0] == (
        "escalate",
        ["长"],
        {"zh": "多轮审议仍未通过", "en": "not accepted after all rounds"},
    )
    review.do("审议", "again", who="长", reason="再给一次机会")
    assert review.known.round(f"{A}.审议") == 3


# -- ballots

BALLOT = "{id: 表决, kind: ballot, question: 问, electorate: 班子, quorum: 1/2}"


def test_a_quorum_that_is_exactly_met_is_met() -> None:
    ballot = play(BALLOT)
    for who in "甲乙":
        ballot.do("表决", "cast", who=who, choice="yes")
    ballot.do("表决", "close", who="甲")
    assert ballot.state(f"{A}.表决") == "passed"


@pytest.mark.parametrize("answer", ["abstain", "弃权"])
def test_a_ballot_in_which_all_abstain_passes_nothing(answer: str) -> None:
    ballot = play(BALLOT.replace("quorum", "choices: [yes, abstain, 弃权], quorum"))
    for who in "甲乙丙丁":
        ballot.do("表决", "cast", who=who, choice=answer)
    assert ballot.state(f"{A}.表决") == "failed"


def test_a_ballot_without_electors_is_void() -> None:
    ballot = play(BALLOT.replace("班子", "无人"))
    assert ballot.state(f"{A}.表决") == "void"


def test_the_electorate_is_who_it_was_when_the_ballot_opened() -> None:
    line = BALLOT.replace("班子", "'values(问题, raised_by)'")
    ballot = play(line.replace("quorum", "entry: [event(开始)], quorum"))
    ballot.do("问题", "add", who="甲", text="一")
    ballot.signal("开始")
    ballot.do("问题", "add", who="乙", text="二")
    assert "may not" in ballot.refusal("表决", "cast", who="乙", choice="yes")[0]
    ballot.do("表决", "cast", who="甲", choice="yes")
    assert ballot.state(f"{A}.表决") == "passed"


# -- delegation


def test_a_right_is_used_up_whoever_used_it() -> None:
    ballot = play(SIGNOFF)
    ballot.do("签认", "delegate", who="甲", to="戊", until="2009-05-01")
    ballot.do("签认", "sign", who="戊")
    assert "already" in ballot.refusal("签认", "sign", who="甲")[0]
    assert "already" in ballot.refusal("签认", "sign", who="戊")[0]


def test_who_has_a_voice_uses_it_and_not_somebody_elses() -> None:
    signing = play(SIGNOFF)
    signing.do("签认", "delegate", who="甲", to="乙", until="2009-05-01")
    signing.do("签认", "sign", who="乙")
    (signed,) = [e for e in signing.events() if getattr(e, "move", "") == "sign"]
    assert "behalf_of" not in signed.right
    assert "already" in signing.refusal("签认", "sign", who="乙")[0]
    signing.do("签认", "sign", who="甲")


SIGNOFF = "{id: 签认, kind: signoff, what: 数, by: 班子}"
TASK = "{id: 工作, kind: task}"


def test_a_delegation_holds_at_its_node_only() -> None:
    task = play(TASK, "{id: 另一件, kind: task}")
    task.do("工作", "delegate", who="甲", to="戊", until="2009-05-01")
    told = task.refusal("另一件", "finish", who="戊", evidence=paper())
    assert "戊 may not" in told[0]
    task.do("工作", "finish", who="戊", evidence=paper())


def test_a_delegation_ends_with_its_last_day() -> None:
    task = play(TASK)
    task.do("工作", "delegate", who="甲", to="戊", until="2009-04-13")
    task.wait(days=2, hours=15)
    task.do("工作", "suspend", who="戊", reason="13日23时")
    task.wait(hours=2)
    assert "戊 may not" in task.refusal("工作", "resume", who="戊")[0]


def test_a_later_delegation_takes_the_place_of_the_former() -> None:
    task = play(TASK)
    task.do("工作", "delegate", who="甲", to="戊", until="2009-05-01")
    task.do("工作", "delegate", who="甲", to="丁", until="2009-05-01")
    assert "戊 may not" in task.refusal("工作", "suspend", who="戊", reason="x")[0]
    task.do("工作", "suspend", who="丁", reason="x")


def test_a_delegate_hands_nothing_on() -> None:
    task = play(TASK)
    task.do("工作", "delegate", who="甲", to="戊", until="2009-05-01")
    told = task.refusal("工作", "delegate", who="戊", to="丁", until="2009-05-01")
    assert told == ("戊 acts for 甲 and cannot hand this on; 甲 may delegate anew",)


@pytest.mark.parametrize(
    ("to", "until", "told"),
    [
        ("甲", "2009-05-01", "nobody delegates to themselves"),
        ("戊", "2009-04-10", "the last day of the delegation has passed"),
    ],
)
def test_a_delegation_that_makes_no_sense_is_refused(
    to: str, until: str, told: str
) -> None:
    task = play(TASK)
    assert told in task.refusal("工作", "delegate", who="甲", to=to, until=until)


# -- extensions and overrides

ASKED = {"reason": "抗旱", "progress": "过半"}


def test_an_extension_is_asked_before_it_is_due_and_granted_by_another() -> None:
    task = play("{id: 工作, kind: task, owner: 长, due: 2009-04-20}")
    assert "nobody has asked" in task.refusal("工作", "extend", who="长")[0]
    task.do("工作", "ask_extension", who="长", until="2009-04-30", **ASKED)
    assert "stand aside" in task.refusal("工作", "extend", who="长")[0]
    other = play("{id: 工作, kind: task, due: 2009-04-20}")
    other.do("工作", "ask_extension", who="甲", until="2009-04-30", **ASKED)
    other.do("工作", "extend", who="长")
    assert "nobody has asked" in other.refusal("工作", "extend", who="长")[0]
    other.wait(days=15)
    assert other.holds("overdue(工作)") is False
    other.wait(days=10)
    assert other.holds("overdue(工作)") is True
    late = other.refusal("工作", "ask_extension", who="甲", until="2009-06-01", **ASKED)
    assert "it is overdue" in late[0]


def test_an_extension_lies_after_the_date_that_holds() -> None:
    task = play("{id: 工作, kind: task, due: 2009-04-20}")
    for until in ("2009-04-20", "2009-04-12"):
        told = task.refusal("工作", "ask_extension", who="甲", until=until, **ASKED)
        assert told == ("the new date lies after the one that holds now",)


def test_who_asked_through_a_delegate_does_not_grant_it() -> None:
    task = play("{id: 工作, kind: task, owner: 长, due: 2009-04-20}")
    task.do("工作", "delegate", who="长", to="副", until="2009-05-01")
    task.do("工作", "ask_extension", who="副", until="2009-04-30", **ASKED)
    for who in ("长", "副"):
        assert "stand aside" in task.refusal("工作", "extend", who=who)[0]


GATED = "{id: 工作, kind: task, exit: [{that: event(齐备), else: 材料没有齐}]}"


def test_an_override_is_used_once() -> None:
    signing = play(
        "{id: 签认, kind: signoff, what: 数, by: [乙, 丙], exit: [event(齐备)]}"
    )
    signing.do("签认", "ask_override", who="甲", move="sign", reason="急")
    signing.do("签认", "override", who="长", move="sign", reason="同意")
    signing.do("签认", "sign", who="乙")
    assert "齐备" in signing.refusal("签认", "sign", who="丙")[0]
    again = signing.refusal("签认", "override", who="长", move="sign", reason="x")
    assert "nobody has asked for an override" in again


def test_what_is_to_be_overridden_is_a_move_by_name_or_title() -> None:
    task = play(GATED)
    with pytest.raises(BadInput, match="finish"):
        task.do("工作", "ask_override", who="甲", move="finsh", reason="急")
    task.do("工作", "ask_override", who="甲", move="办结", reason="急")
    task.do("工作", "override", who="长", move="finish", reason="同意")
    task.do("工作", "finish", who="甲", evidence=paper())
    assert task.state(f"{A}.工作") == "done"


def test_an_override_dies_with_its_round() -> None:
    task = play(GATED)
    task.do("工作", "ask_override", who="甲", move="finish", reason="急")
    task.do("工作", "override", who="长", move="finish", reason="同意")
    task.do("工作", "skip", who="长", reason="免办")
    task.now += timedelta(minutes=1)
    task.do("环节", "reopen", who="长", reason="重来")
    told = task.refusal("工作", "finish", who="甲", evidence=paper())
    assert told == ("材料没有齐",)


def test_a_request_of_a_former_round_is_granted_no_more() -> None:
    task = play(GATED)
    task.do("工作", "ask_override", who="甲", move="finish", reason="急")
    task.do("工作", "skip", who="长", reason="免办")
    task.now += timedelta(minutes=1)
    task.do("环节", "reopen", who="长", reason="重来")
    told = task.refusal("工作", "override", who="长", move="finish", reason="x")
    assert "nobody has asked for an override" in told


def test_a_move_that_happens_by_itself_can_be_overridden() -> None:
    task = play("{id: 工作, kind: task, entry: [event(开始)]}")
    assert task.state(f"{A}.工作") == "waiting"
    task.do("工作", "ask_override", who="甲", move="open", reason="先办")
    task.do("工作", "override", who="长", move="open", reason="同意")
    assert task.state(f"{A}.工作") == "open"
    opened = task.events()[-1]
    assert (opened.cause, opened.why["permit"] > 0) == ("condition", True)


# -- skip, hold, reopen


def test_the_last_required_child_that_is_skipped_closes_its_parent() -> None:
    task = play(TASK, "{id: 可有可无, kind: task, required: false}")
    task.do("工作", "skip", who="长", reason="不适用")
    assert (task.state(A), task.state("一")) == ("closed", "closed")


def test_a_member_may_be_skipped_and_counts_as_settled() -> None:
    each = play("{id: 发言, kind: task, each: 班子}")
    for who in "甲乙丙":
        each.do(f"发言[{who}]", "finish", who=who, evidence=paper())
    each.do("发言[丁]", "skip", who="长", reason="请假")
    assert each.holds("done(发言)") is True


def test_what_has_enough_leaves_the_rest_in_peace() -> None:
    each = play("{id: 发言, kind: task, each: 班子, enough: 2, due: 2009-04-20}")
    for who in "甲乙":
        each.do(f"发言[{who}]", "finish", who=who, evidence=paper())
    each.wait(days=30)
    for who in "丙丁":
        assert moves(each, f"{A}.发言[{who}]") == ["open"]


def test_each_over_a_register_grows_with_it_until_it_is_done() -> None:
    each = play(
        "{id: 回复, kind: task, each: 'values(问题, raised_by)', owner: 甲, "
        "entry: [event(开始)]}"
    )
    each.do("问题", "add", who="乙", text="一")
    each.signal("开始")
    assert each.known.children(f"{A}.回复") == (f"{A}.回复[乙]",)
    each.do("问题", "add", who="丙", text="二")
    each.do("问题", "add", who="丙", text="三")
    assert each.known.children(f"{A}.回复") == (f"{A}.回复[乙]", f"{A}.回复[丙]")
    assert each.state(f"{A}.回复[丙]") == "open"
    for who in "乙丙":
        each.do(f"回复[{who}]", "finish", who="甲", evidence=paper())
    assert each.state(f"{A}.回复") == "done"
    each.do("问题", "add", who="丁", text="四")
    assert len(each.known.children(f"{A}.回复")) == 2


def test_all_of_it_may_be_skipped_at_once_and_its_members_rest() -> None:
    each = play("{id: 发言, kind: task, each: 班子, due: 2009-04-20}")
    each.do("发言", "skip", who="长", reason="会议取消")
    assert each.state(A) == "closed"
    each.wait(days=30)
    assert moves(each, f"{A}.发言[甲]") == ["open"]


def test_what_is_on_hold_is_neither_reminded_nor_told_off() -> None:
    task = play("{id: 工作, kind: task, due: 2009-04-20}")
    task.do("工作", "suspend", who="甲", reason="等文件")
    task.wait(days=30)
    assert moves(task, f"{A}.工作") == ["open", "suspend"]
    task.do("工作", "ask_extension", who="甲", until="2009-06-30", **ASKED)
    task.do("工作", "extend", who="长")
    task.do("工作", "resume", who="甲")
    assert moves(task, f"{A}.工作")[-1] == "resume"
    task.wait(days=60)
    slips = ["blue_slip", "yellow_slip", "red_slip"]
    assert moves(task, f"{A}.工作")[-4:] == ["remind", *slips]


def test_a_skipped_node_has_no_timers() -> None:
    task = play("{id: 工作, kind: task, due: 2009-04-20}")
    task.do("工作", "skip", who="长", reason="x")
    timers = task.journal.timers(task.id)
    assert not any(timer.node == f"{A}.工作" for timer in timers)


def test_a_link_begun_again_opens_its_stage_and_plan_and_later_ones_go_on() -> None:
    task = play(TASK, more=SECOND)
    task.do("一.环节.工作", "finish", who="甲", evidence=paper())
    assert (task.state("一"), task.state("二.后.工作")) == ("closed", "open")
    task.now += timedelta(minutes=1)
    task.do("一.环节", "reopen", who="长", reason="漏了一项")
    assert (task.state("一"), task.known.round("一")) == ("open", 2)
    assert task.state("二.后.工作") == "open"
    assert task.holds("done(一)") is False
    task.do("一.环节.工作", "finish", who="甲", evidence=paper("补"))
    assert task.state("一") == "closed"


def test_a_later_stage_that_has_not_begun_waits_again() -> None:
    later = SECOND.replace("entry: [done(一)]", "entry: [done(一), event(可以)]")
    task = play(TASK, more=later)
    task.do("一.环节.工作", "finish", who="甲", evidence=paper())
    task.now += timedelta(minutes=1)
    task.do("一.环节", "reopen", who="长", reason="漏了一项")
    task.signal("可以")
    assert task.state("二") == "waiting"
    task.do("一.环节.工作", "finish", who="甲", evidence=paper("补"))
    assert task.state("二") == "open"


def test_a_closed_plan_opens_again_with_what_was_begun_again() -> None:
    task = play(TASK)
    task.do("工作", "finish", who="甲", evidence=paper())
    assert task.state("plan") == "closed"
    task.now += timedelta(minutes=1)
    task.do("环节", "reopen", who="长", reason="x")
    assert [task.state(node) for node in ("plan", "一", A)] == ["open"] * 3


@pytest.mark.parametrize("node", ["一", "plan"])
def test_who_reopens_a_stage_or_the_plan_begins_all_of_it_again(node: str) -> None:
    task = play(TASK)
    task.do("工作", "finish", who="甲", evidence=paper())
    task.do(node, "reopen", who="长", reason="推倒重来")
    assert (task.state(f"{A}.工作"), task.known.round(f"{A}.工作")) == ("open", 2)
    assert task.state(node) == "open"


# -- facts that are dated, absent, unknown


def test_an_act_is_dated_in_the_past_and_never_in_the_future() -> None:
    task = play(TASK)
    with pytest.raises(BadInput, match="future"):
        task.do(
            "工作",
            "finish",
            who="甲",
            evidence=paper(),
            occurred=task.now + timedelta(seconds=1),
        )
    task.do(
        "工作",
        "finish",
        who="甲",
        evidence=paper(),
        occurred=task.now - timedelta(days=400),
    )
    done = next(e for e in task.events() if getattr(e, "move", "") == "finish")
    assert done.occurred == "2008-03-07T00:00:00Z"
    assert task.journal.head(task.id).at == task.now  # type: ignore[union-attr]


def test_before_the_plan_was_issued_only_what_it_says_may_be_dated() -> None:
    text = HEAD + f"    - {TASK}\n    - {{id: 早, kind: task}}\n"
    text += "issued: 2009-04-11\nbackdated: [早]\n"
    task = Play.of(text)
    early = task.now - timedelta(days=30)
    told = task.refusal("工作", "finish", who="甲", evidence=paper(), occurred=early)
    assert told[0].startswith("it is dated before the plan was issued")
    task.do("早", "finish", who="甲", evidence=paper(), occurred=early)


@pytest.mark.parametrize(
    "gate",
    [
        "outcome(测) == closed",
        "mean(测, scores) > 0",
        "not mean(测, scores) > 0",
        "1 / count(问题) > 0",
        "not 1 / count(问题) > 0",
        "at(测, closed) < now",
        "share(决, yes) > 0 or share(决, no) > 0",
    ],
)
def test_unknown_opens_nothing_and_neither_does_its_opposite(gate: str) -> None:
    survey = "{id: 测, kind: survey, question: 问, criteria: [一], panel: 班子}"
    ballot = "{id: 决, kind: ballot, question: 问, electorate: 班子}"
    task = play(survey, ballot, f"{{id: 工作, kind: task, entry: ['{gate}']}}")
    assert task.state(f"{A}.工作") == "waiting"
    told = task.refusal("工作", "finish", who="甲", evidence=paper())
    assert told[1] == f"not known yet: {gate}"


def test_shares_are_exact() -> None:
    """A third of three is a third: no float comes near it."""
    line = BALLOT.replace("quorum", "passes: share(yes) >= 1/3, quorum")
    ballot = play(line)
    for who, choice in zip("甲乙丙丁", ("yes", "no", "no", "abstain"), strict=True):
        ballot.do("表决", "cast", who=who, choice=choice)
    assert ballot.state(f"{A}.表决") == "passed"


# -- time


def test_ten_years_in_one_tick_fire_every_timer_once_in_order() -> None:
    task = play(
        "{id: 工作, kind: task, due: 2009-04-20}",
        "{id: 学, kind: tracking, to: 长, recurs: {weekly: monday, at: 09:00}}",
    )
    task.now += timedelta(days=3653)
    task.service.tick(task.id, now=task.now)
    fired = [
        (e.due or "", e.node, e.move)
        for e in task.events()
        if isinstance(e, Moved) and e.cause == "clock"
    ]
    assert [one[0] for one in fired] == sorted(one[0] for one in fired)
    assert len(fired) == len(set(fired))
    mondays = [one for one in fired if one[2] == "announce"]
    assert len(mondays) == 21  # from 13 April to the window's end on 31 August
    before = len(task.events())
    task.service.tick(task.id, now=task.now)
    assert len(task.events()) == before


def test_a_clock_that_steps_back_takes_no_time_back() -> None:
    task = play("{id: 工作, kind: task, within: 5 days}")
    task.wait(days=3)
    task.do("工作", "suspend", who="甲", reason="x")
    task.now -= timedelta(days=2)
    task.do("工作", "resume", who="甲")
    times = [entry.at for entry in task.journal.entries(task.id)]
    assert times == sorted(times)


KINDS = """
kind: seesaw
title: 跷跷板
extends: activity
states: {left: {}, right: {}, done: {done: true}}
moves:
- {name: begin, from: open, to: left, by: owner}
- {name: over, from: left, to: right, when: [round() >= 1]}
- {name: back, from: right, to: left, when: [round() >= 1]}
- {name: finish, from: [left, right], to: done, by: owner}
"""


def test_moves_that_lead_to_each_other_for_ever_are_named(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "seesaw.yaml").write_text(KINDS, "utf-8")
    text = HEAD + "    - {id: 板, kind: seesaw}\n"
    (tmp_path / "plan.yaml").write_text(text, "utf-8")
    seesaw = Play.load(tmp_path / "plan.yaml")
    before = seesaw.service.look(seesaw.id).instance
    with pytest.raises(NeverAtRest) as told:
        seesaw.do("板", "begin", who="甲")
    assert set(told.value.values["circle"]) == {f"{A}.板 over", f"{A}.板 back"}
    assert seesaw.service.look(seesaw.id).instance == before


# -- commands


def test_nothing_is_done_in_an_instance_that_was_never_started() -> None:
    task = play(TASK)
    task.id = "never"
    with pytest.raises(UnknownInstance, match="never"):
        task.do("工作", "finish", who="甲", evidence=paper())


def test_the_same_command_key_is_the_same_act() -> None:
    from engine.core.commands import Do

    task = play(TASK)
    command = Do(node="工作", move="finish", actor="甲", inputs={"evidence": paper()})
    first = task.service.do(task.id, command, now=task.now, key="k1")
    again = task.service.do(task.id, command, now=task.now, key="k1")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.events == first.events
    with pytest.raises(ActRefused):
        task.service.do(task.id, command, now=task.now, key="k2")


def test_an_outcome_that_is_reported_twice_is_recorded_once() -> None:
    from engine.core.commands import Report

    meeting = play("{id: 会, kind: meeting, attend: 班子}")
    meeting.do("会", "convene", who="甲", starts="2009-04-12 09:00")
    asked, *rest = meeting.journal.open_requests(instance=meeting.id)
    report = Report(key=asked.key, node=asked.node, outcome="succeeded")
    meeting.service.report(meeting.id, report, now=meeting.now)
    before = len(meeting.events())
    meeting.service.report(meeting.id, report, now=meeting.now)
    assert len(meeting.events()) == before
    assert list(meeting.journal.open_requests(instance=meeting.id)) == rest


def test_who_has_no_right_adds_nothing_to_a_register() -> None:
    register = play(TASK)
    told = register.refusal("问题", "add", who="县委办", text="x")
    assert "县委办 may not" in told[0]
    assert register.holds("count(问题) == 0") is True


# -- reasons and evidence


def test_reasons_are_the_unmet_clauses_and_no_others() -> None:
    gate = (
        "[event(一事), {any: [event(二事), event(三事)]}, "
        "{all: [event(四事), event(五事)]}, {that: event(六事), else: 没有六事}]"
    )
    task = play(f"{{id: 工作, kind: task, exit: {gate}}}")
    task.signal("一事")
    task.signal("四事")
    told = task.refusal("工作", "finish", who="甲", evidence=paper())
    assert told == (
        "none of these is met: '二事' has not been recorded yet, "
        "'三事' has not been recorded yet",
        "'五事' has not been recorded yet",
        "没有六事",
    )
    refused = task.events()[-1]
    assert isinstance(refused, Refused)
    assert [one["code"] for one in refused.reasons] == ["core.unmet"] * 3


def test_evidence_names_each_value_and_the_entry_it_came_from() -> None:
    """A chain of three: a signal opens a task, whose end opens the next one."""
    task = play(
        "{id: 一件, kind: task, entry: [event(开始)]}",
        "{id: 两件, kind: task, entry: [done(一件)]}",
    )
    task.signal("开始")
    task.do("一件", "finish", who="甲", evidence=paper())
    entries: dict[tuple[str, str], tuple[int, Any]] = {}
    for entry, event in zip(task.journal.entries(task.id), task.events(), strict=True):
        name = getattr(event, "move", getattr(event, "name", ""))
        entries[event.node or "", name] = (entry.seq, event)
    signal, _ = entries["", "开始"]
    opened, first = entries[f"{A}.一件", "open"]
    finished, _ = entries[f"{A}.一件", "finish"]
    _, second = entries[f"{A}.两件", "open"]
    link, _ = entries[A, "open"]
    assert first.why == {
        "gate": [
            ["entry", True, [["event(开始)", True]]],
            ["open(parent) or early", True, [], [True, False]],
        ],
        "facts": [
            ["e/开始", {"at": "2009-04-11T00:00:00Z"}, signal],
            [f"n/{A}", ["open", 1], link],
        ],
    }
    assert second.why["facts"] == [
        [f"n/{A}", ["open", 1], link],
        [f"n/{A}.一件", ["done", 1], finished],
    ]
    assert signal < opened < finished
