"""Quotas are held against what the plan can supply, before it begins."""

from __future__ import annotations

from engine.testing import HEAD, STAGES, told

STUDY = (
    "{id: 学, kind: study, attend: 全体, measure: 学时, "
    "recurs: {weekly: monday, at: 19:30}, length: 3 hours}"
)
QUOTA = """\
measures: {学时: {unit: 小时}}
quotas: {学时: {for: 全体, measure: 学时, min: %s}}
"""


def plan(least: str, act: str = STUDY) -> str:
    return HEAD + QUOTA % least + STAGES.replace("{id: 办, kind: task}", act)


def test_enough_regular_sessions_are_noted_with_their_figures() -> None:
    assert told(plan("40")) == [
        "check.quota_supply: quotas.学时: the quota '学时' asks 40 of everybody; the "
        "regular sessions come to 21 × 3 = 63, which is enough"
    ]


def test_too_few_regular_sessions_are_warned_of_with_what_is_missing() -> None:
    assert told(plan("70"), severity="warning") == [
        "check.quota_short: quotas.学时: the quota '学时' asks 70 of everybody; the "
        "regular sessions come to 21 × 3 = 63, 7 too little: plan more or longer ones, "
        "or record others besides"
    ]


def test_only_sessions_before_the_due_date_count() -> None:
    text = plan("40").replace("min: 40", "min: 40, due: 2009-04-30")
    assert "3 × 3 = 9, 31 too little" in told(text)[0]


def test_a_due_day_counts_whole() -> None:
    text = plan("9").replace("min: 9", "min: 9, due: 2009-04-27")
    assert "3 × 3 = 9, which is enough" in told(text)[0]


def test_an_amount_of_working_days_is_counted_in_hours() -> None:
    assert "asks 40 of everybody" in told(plan("5 workdays"))[0]


def test_two_measures_supply_one_quota_together() -> None:
    other = STUDY.replace("id: 学", "id: 读").replace("学时", "其他")
    text = plan("100", f"{STUDY}, {other}")
    text = text.replace("{unit: 小时}", "{unit: 小时}, 其他: {}")
    text = text.replace("measure: 学时, min", "any_of: [学时, 其他], min")
    assert told(text)[0].endswith("21 × 3 + 21 × 3 = 126, which is enough")


def test_a_quota_that_nobody_owes_is_noted() -> None:
    text = plan("40").replace("for: 全体", "for: 无人")
    assert told(text) == [
        "check.quota_nobody: quotas.学时: nobody owes the quota '学时': there is no "
        "one "
        "under for; list members, or write open: true if that is not settled yet"
    ]


def test_who_hands_in_for_himself_is_able_to_meet_a_quota() -> None:
    act = "{id: 交, kind: handing_in, what: 心得, from: %s, measure: 学时, quota: 学时}"
    text = plan("1", act) + "deliverables: {心得: {}}\n"
    assert told(text % "全体", severity="fault") == []
    assert told(text % "[甲, 乙]", severity="fault") == [
        "check.quota_left_out: quotas.学时: the quota '学时' is owed by 丙, who take "
        "part "
        "in nothing that counts; let them attend"
    ]
