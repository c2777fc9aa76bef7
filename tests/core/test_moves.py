"""What the core promises about moves: gates, rights, rounds, time, replay."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.core.agenda import timers_of
from engine.core.events import Moved, Refused
from engine.errors import BadInput, UnknownMove, UnknownNode
from engine.testing import Play, paper

HEAD = """
plan: test/plan
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 组长
parties:
  people: {甲: {}, 乙: {}, 丙: {}, 丁: {}, 戊: {}}
  sets: {职工: {members: [甲, 乙, 丙, 丁, 戊]}}
  bodies: {小组: {roles: {组长: [甲], 成员: [乙, 丙]}}}
  roles: {组长: 甲}
  outside: {县委办: {}}
"""
TREE = """
stages:
- id: 一
  links:
  - id: 动员
    owner: 甲
    do:
    - {id: 会议, kind: meeting, attend: 职工, quorum: 2/3, invite: 县委办}
  - id: 办理
    owner: 乙
    entry: [{that: done(动员), else: {zh: 先开会, en: the meeting comes first}}]
    do:
    - {id: 工作, kind: task}
"""


@pytest.fixture
def play() -> Play:
    return Play.of(HEAD + TREE)


def test_a_stage_opens_by_itself_when_its_window_begins(play: Play) -> None:
    assert play.state("一") == "open"
    assert play.state("一.动员.会议") == "open"
    assert play.state("一.办理") == "waiting"


def test_a_later_window_is_waited_for_and_opened_at_its_first_moment() -> None:
    play = Play.of(
        HEAD + TREE.replace("- id: 一", "- id: 一\n  window: {from: 2009-05-01}")
    )
    assert play.state("一") == "waiting"
    play.wait(days=30)
    opened = next(e for e in play.events() if getattr(e, "node", "") == "一")
    assert (opened.move, opened.cause, opened.due) == (
        "open",
        "clock",
        "2009-04-30T16:00:00Z",
    )


def test_a_refusal_tells_every_unmet_clause_and_only_those(play: Play) -> None:
    play.do("会议", "convene", who="甲", starts="2009-04-11 09:00")
    told = play.refusal("会议", "hold", who="甲", present=["甲", "乙"])
    assert told == ("too few are present",)
    assert isinstance(play.events()[-1], Refused)


def test_a_node_that_waits_says_what_would_open_it(play: Play) -> None:
    told = play.refusal("工作", "finish", who="乙", evidence=paper())
    assert told[1:] == ("the meeting comes first",)


def test_who_has_no_right_is_told_who_has(play: Play) -> None:
    told = play.refusal("会议", "hold", who="戊", present="职工")
    assert told == ("戊 may not do this; its owner may (甲)",)


def test_an_observer_has_no_right_to_hold_the_meeting(play: Play) -> None:
    assert (
        "县委办 may not"
        in play.refusal("会议", "hold", who="县委办", present="职工")[0]
    )


def test_wrong_input_changes_nothing(play: Play) -> None:
    before = play.service.look("play").instance
    with pytest.raises(BadInput, match="present"):
        play.do("会议", "hold", who="甲")
    with pytest.raises(BadInput, match="nobody is called '己'"):
        play.do("会议", "hold", who="甲", present=["己"])
    assert play.service.look("play").instance is before


def test_unknown_names_are_told_with_the_nearest(play: Play) -> None:
    with pytest.raises(UnknownNode, match="会议"):
        play.do("会义", "hold", who="甲")
    with pytest.raises(UnknownMove, match="convene"):
        play.do("会议", "covene", who="甲")


def test_a_move_may_be_called_by_its_title(play: Play) -> None:
    play.do("会议", "通知开会", who="甲", starts="2009-04-11 09:00")
    assert play.state("一.动员.会议") == "noticed"


def finished(play: Play) -> Play:
    play.do("会议", "convene", who="甲", starts="2009-04-11 09:00")
    play.do("会议", "hold", who="甲", present="职工")
    play.do("会议", "minute", who="甲", minutes=paper())
    play.do("工作", "finish", who="乙", evidence=paper())
    return play


def test_links_stages_and_the_plan_close_by_themselves(play: Play) -> None:
    finished(play)
    assert play.state("plan") == "closed"
    moves = [(e.node, e.move) for e in play.events() if isinstance(e, Moved)]
    assert moves[-3:] == [("一.办理", "close"), ("一", "close"), ("plan", "close")]


def test_an_instance_is_the_replay_of_its_history(play: Play) -> None:
    finished(play)
    live = play.service.look("play")
    again = play.replayed()
    assert dict(again.facts) == dict(live.instance.facts)
    assert again.revision == live.instance.revision


def test_timers_follow_from_plan_and_facts_alone(play: Play) -> None:
    play.do("会议", "convene", who="甲", starts="2009-04-11 09:00")
    live = play.service.look("play")
    assert dict(timers_of(live.plan, live.instance).due) == dict(live.timers.due)


def test_a_cold_start_knows_what_the_warm_one_knew(play: Play) -> None:
    finished(play)
    warm = play.service.look("play")
    play.service.live.clear()
    cold = play.service.look("play")
    assert dict(cold.instance.facts) == dict(warm.instance.facts)
    assert dict(cold.timers.due) == dict(warm.timers.due)


def test_reopening_begins_a_new_round_and_erases_nothing(play: Play) -> None:
    finished(play)
    play.do("办理", "reopen", who="甲", reason="补办")
    assert play.state("一.办理.工作") == "open"
    assert play.known.round("一.办理.工作") == 2
    assert any(
        isinstance(e, Moved) and e.move == "finish" and e.round == 1
        for e in play.events()
    )


def test_an_override_is_asked_by_one_and_granted_by_another(play: Play) -> None:
    play.do("会议", "convene", who="甲", starts="2009-04-11 09:00")
    play.do("会议", "ask_override", who="甲", move="hold", reason="人手不够")
    told = play.refusal("会议", "override", who="甲", move="hold", reason="同意")
    assert "stand aside" in told[0]


def test_a_granted_override_opens_the_gate_once_and_stays_visible() -> None:
    play = Play.of((HEAD + TREE).replace("owner: 甲", "owner: 乙"))
    play.do("会议", "convene", who="乙", starts="2009-04-11 09:00")
    play.refusal("会议", "hold", who="乙", present=["乙"])
    play.do("会议", "ask_override", who="乙", move="hold", reason="人手不够")
    play.do("会议", "override", who="甲", move="hold", reason="同意")
    play.do("会议", "hold", who="乙", present=["乙"])
    held = next(e for e in play.events() if isinstance(e, Moved) and e.move == "hold")
    assert held.why["permit"] > 0
    assert held.did[0][0] == "used"


def test_a_delegate_acts_on_behalf_and_only_until_the_date(play: Play) -> None:
    play.do("会议", "delegate", who="甲", to="丁", until="2009-04-20")
    play.do("会议", "convene", who="丁", starts="2009-04-12 09:00")
    moved = next(e for e in play.events() if getattr(e, "move", "") == "convene")
    assert moved.right["behalf_of"] == "甲"
    play.wait(days=30)
    assert "丁 may not" in play.refusal("会议", "hold", who="丁", present="职工")[0]


def test_what_is_on_hold_refuses_until_it_is_resumed(play: Play) -> None:
    play.do("会议", "suspend", who="甲", reason="等文件")
    told = play.refusal("会议", "convene", who="甲", starts="2009-04-11 09:00")
    assert told == ("this is on hold; resume it first",)
    play.do("会议", "resume", who="甲")
    play.do("会议", "convene", who="甲", starts="2009-04-11 09:00")


def test_time_never_goes_back_in_a_history(play: Play) -> None:
    play.do("会议", "convene", who="甲", starts="2009-04-11 09:00")
    play.now = datetime(2009, 4, 1, tzinfo=UTC)
    play.do("会议", "hold", who="甲", present="职工")
    times = [entry.at for entry in play.journal.entries("play")]
    assert times == sorted(times)


OUTLIVES = """\
plan: example/outlives
title: 例子
window: {from: 2009-04-11, to: 2009-04-20}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: 阶段
  links:
  - {id: 环节, do: [{id: 事项, kind: task}]}
after:
- {id: 后续, kind: obligation, recurs: {every: 30 days, at: 09:00}}
"""


def test_a_duty_that_outlives_the_plan_comes_again_after_the_plan_has_ended() -> None:
    play = Play.of(OUTLIVES)
    play.wait(hours=1)
    play.do("事项", "finish", who="甲", evidence=paper())
    assert (play.state("plan"), play.state("后续")) == ("closed", "open")
    play.wait(days=95)
    announced = [one for one in play.events() if getattr(one, "move", "") == "announce"]
    assert len(announced) == 3


OPEN_SET = """\
plan: example/open-set
title: 例子
window: {from: 2009-04-11, to: 2009-04-20}
leader: 甲
parties:
  people: {甲: {}}
  sets: {职工: {members: [甲], open: true}}
measures: {学时: {}}
quotas: {学时: {for: 职工, measure: 学时, min: 2}}
stages:
- id: 阶段
  links:
  - id: 环节
    do:
    - {id: 会议, kind: meeting, attend: 职工, quorum: 1/1}
    - {id: 学习, kind: study, attend: 职工, measure: 学时}
"""


def test_an_open_set_counts_whom_it_lists_and_takes_in_whoever_comes() -> None:
    play = Play.of(OPEN_SET)
    play.wait(hours=1)
    play.do("会议", "hold", who="甲", present=["甲", "路人"])
    assert not play.holds("quota(学时)")
    play.do("学习", "session", who="甲", present=["甲"], hours="2", mode="集中学习")
    assert play.holds("quota(学时) and size(职工) == 1 and count(职工) == 1")
    assert play.holds("covers(职工, 甲)")
