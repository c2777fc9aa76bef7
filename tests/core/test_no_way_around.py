"""What the shipped kinds hold people to when the order of things is unusual.

Who must sign may change while others sign; whoever answers for a problem may change
after a pledge; what is owed on the last day is owed on the next one too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.core import means, prospects
from engine.testing import Play, paper

HEAD = """
plan: test/around
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-04-30}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}, 丁: {}, 戊: {}}
  sets: {职工: {members: [甲, 乙, 丙, 丁, 戊]}}
deliverables: {方案: {title: 整改方案}}
measures: {学时: {unit: 小时}}
quotas: {学时: {for: [甲, 乙], measure: 学时, min: 10, due: plan.end}}
registers: {问题: {item: problem, by: 职工}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 起草, kind: writing, what: 方案}
    - id: 签认
      kind: signoff
      what: 承诺
      of: 方案
      by: [甲, 'values(问题, responsible)']
      send_back_to: 起草
      entry: [written(起草)]
    - {id: 补充, kind: writing, what: 方案}
    - id: 学习
      kind: study
      attend: [甲, 乙]
      measure: 学时
      exit: [{that: quota(学时), else: {zh: 还有人学时不够, en: hours are owed}}]
"""
UNPLEDGED = "the responsible have not pledged yet"
SORTED = {
    "yardstick": "群众新期待",
    "subject": "班子",
    "area": "群众反映强烈",
    "dimension": "工作作风",
    "method": "职工提",
    "solve": "群众反映强烈",
    "scope": "一般",
    "urgency": "一般",
    "cause": "程序多",
    "priority": 1,
}


def sorted_problems(count: int) -> Play:
    """A register of problems that are classified and wait to be arranged."""
    made = Play.of(HEAD)
    for number in range(1, count + 1):
        made.do("问题", "add", who="丁", text=f"问题{number}")
        made.do(f"问题#{number}", "classify", who="甲", **SORTED)
    return made


def arrange(play: Play, problem: str, **changed: object) -> None:
    play.do(problem, "arrange", who="甲", **arranged(**changed))


def arranged(**changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "target": "当日办结",
        "focus": "程序",
        "due_on": "2009-04-20",
        "responsible": "乙",
        "affected": ["丁", "戊"],
    }
    return plain | changed


# -- signing


def test_a_signature_of_one_who_need_not_sign_stands_for_nobody_else() -> None:
    play = sorted_problems(2)
    arrange(play, "问题#1", responsible="乙")
    arrange(play, "问题#2", responsible="丁", affected="戊")
    play.do("起草", "write", who="甲", file=paper())
    for who in ("甲", "乙"):
        play.do("签认", "sign", who=who)
    arrange(play, "问题#1", responsible="丙")
    play.do("签认", "sign", who="丁")
    assert play.state("一.环节.签认") == "open"
    play.do("签认", "sign", who="丙")
    assert play.state("一.环节.签认") == "signed"


def test_a_delegate_signs_for_the_one_who_must() -> None:
    play = sorted_problems(1)
    arrange(play, "问题#1")
    play.do("起草", "write", who="甲", file=paper())
    play.do("签认", "delegate", who="甲", to="戊", until="2009-04-20")
    play.do("签认", "sign", who="乙")
    play.do("签认", "sign", who="戊")
    assert play.state("一.环节.签认") == "signed"
    assert play.holds("done_for(签认, sign) == [乙, 戊, 甲]") is True
    assert play.holds("done_by(签认, sign) == [乙, 戊]") is True


def test_a_signature_is_of_a_version_and_lapses_with_the_next() -> None:
    play = sorted_problems(1)
    play.do("起草", "write", who="甲", file=paper("第一稿"))
    play.do("签认", "sign", who="甲")
    assert play.state("一.环节.签认") == "signed"
    play.do("补充", "write", who="甲", file=paper("第二稿"))
    assert play.state("一.环节.签认") == "open"
    assert play.holds("approved(方案)") is False
    play.do("签认", "sign", who="甲")
    assert play.state("一.环节.签认") == "signed"


# -- pledging and judging


def test_the_pledge_of_one_binds_nobody_else() -> None:
    play = sorted_problems(1)
    arrange(play, "问题#1", responsible="乙")
    play.do("问题#1", "pledge", who="乙", text="二十日前办结")
    arrange(play, "问题#1", responsible="丙")
    assert play.refusal("问题#1", "begin", who="丙") == (UNPLEDGED,)
    play.do("问题#1", "pledge", who="丙", text="二十日前办结")
    play.do("问题#1", "begin", who="丙")
    assert play.state("问题#1") == "solving"


def test_all_who_answer_for_a_problem_pledge_before_it_begins() -> None:
    play = sorted_problems(1)
    arrange(play, "问题#1", responsible=["乙", "丙"])
    play.do("问题#1", "pledge", who="乙", text="二十日前办结")
    assert play.refusal("问题#1", "begin", who="乙") == (UNPLEDGED,)


def test_somebody_other_than_the_responsible_judges() -> None:
    play = sorted_problems(1)
    only = arranged(responsible="乙", affected="乙")
    assert play.refusal("问题#1", "arrange", who="甲", **only) == (
        "the responsible do not judge themselves; name somebody else to judge",
    )


def test_a_problem_is_not_due_in_the_past() -> None:
    play = sorted_problems(1)
    past = arranged(due_on="2009-04-01")
    assert play.refusal("问题#1", "arrange", who="甲", **past) == (
        "the due date has passed",
    )


def test_who_reports_for_another_does_not_judge() -> None:
    play = sorted_problems(1)
    arrange(play, "问题#1", responsible="甲")
    play.do("问题#1", "pledge", who="甲", text="二十日前办结")
    play.do("问题#1", "begin", who="甲")
    play.do("问题#1", "delegate", who="甲", to="丁", until="2009-04-20")
    play.do("问题#1", "report", who="丁", measures="简化", evidence=paper())
    told = play.refusal("问题#1", "judge", who="丁", choice="满意")
    assert told[0].startswith("丁 must stand aside")
    play.do("问题#1", "judge", who="戊", choice="满意")


# -- what is owed stays owed


def session(play: Play, hours: int) -> None:
    play.do(
        "学习", "session", who="甲", present=["甲", "乙"], hours=hours, mode="集中学习"
    )


def test_hours_still_owed_on_the_last_day_are_made_up_after_it() -> None:
    play = Play.of(HEAD)
    session(play, 8)
    play.wait(days=25)
    assert play.state("一.环节.学习") == "running"
    assert play.refusal("学习", "finish", who="甲") == ("hours are owed",)
    session(play, 2)
    assert play.state("一.环节.学习") == "done"


def test_study_of_which_nothing_is_owed_ends_with_its_window() -> None:
    play = Play.of(HEAD)
    session(play, 8)
    session(play, 8)
    assert play.state("一.环节.学习") == "running"
    play.wait(days=25)
    assert play.state("一.环节.学习") == "done"


# -- before the day of issue


def test_a_register_takes_no_item_from_before_the_issue_unless_declared() -> None:
    declared = "issued: 2009-04-15\nbackdated: [一]\nstages:"
    play = Play.of(
        HEAD.replace("stages:", declared), now=datetime(2009, 4, 16, 1, tzinfo=UTC)
    )
    early = datetime(2009, 4, 12, 1, tzinfo=UTC)
    assert play.refusal("问题", "add", who="丁", text="慢", occurred=early) == (
        "it is dated before the plan was issued, which the plan allows only for 一",
    )
    play.do("问题", "add", who="丁", text="慢", occurred=early + timedelta(days=3))


# -- whoever asks is told who can help


def advised(play: Play, node: str, move: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """The steps that lead to a move that is refused now: node, move, who is missing."""
    path = f"一.环节.{node}" if "#" not in node else node
    known = play.known
    asked = known.node(path).kind.moves[move]
    one = prospects.prospect(known, path, asked, play.now)
    assert not one.is_open
    steps = [s for each in one.unmet for s in means.steps_for(known, each, play.now)]
    return [(step.node, step.move, step.missing) for step in steps]


def test_who_has_not_pledged_is_named() -> None:
    play = sorted_problems(1)
    arrange(play, "问题#1", responsible=["乙", "丙"])
    play.do("问题#1", "pledge", who="乙", text="二十日前办结")
    assert advised(play, "问题#1", "begin") == [("问题#1", "pledge", ("丙",))]


def test_a_version_of_a_label_is_asked_of_whoever_hands_in_that_one() -> None:
    wanted = "      exit: [version(方案) == 补充.label]\n      entry: [written(起草)]\n"
    text = HEAD.replace("      entry: [written(起草)]\n", wanted)
    text = text.replace(
        "id: 补充, kind: writing", "id: 补充, label: 补充稿, kind: writing"
    )
    play = Play.of(text)
    play.do("起草", "write", who="甲", file=paper())
    assert advised(play, "签认", "sign") == [("一.环节.补充", "write", ())]


def test_a_document_is_found_though_a_node_has_its_name() -> None:
    text = HEAD.replace("id: 环节", "id: 方案").replace(
        "entry: [written(起草)]", "entry: [written(起草)]\n      exit: [exists(方案)]"
    )
    text = text.replace("entry: [written(起草)]\n", "\n")
    play = Play.of(text)
    path = "一.方案.签认"
    asked = play.known.node(path).kind.moves["sign"]
    one = prospects.prospect(play.known, path, asked, play.now)
    (step, *_) = means.steps_for(play.known, one.unmet[0], play.now)
    assert (step.node, step.move) == ("一.方案.起草", "write")
