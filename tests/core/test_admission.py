"""Wrong input costs nothing: it is told what is wrong, and nothing is changed."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.admission import MEMBERS_MAX, TEXT_MAX
from engine.core.commands import Do, Report, Signal
from engine.core.decision import decide
from engine.core.events import Moved, Reported
from engine.core.inputs import as_json, read_inputs
from engine.errors import BadInput, UnknownParty, WrongUse
from engine.journal.codec import decode, encode
from engine.plan.graph import Field
from engine.plan.kinds import TYPES
from engine.testing import Play, paper

PLAN = """
plan: test/admission
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-01, to: 2009-08-31}
leader: 长
parties:
  people: {长: {}, 甲: {}, 乙: {}, Zoë: {}}
  sets: {班子: {members: [甲, 乙]}}
  roles: {组长: 甲}
  outside: {县委办: {title: 县委办公室, also: [县委办公室]}}
deliverables: {材料: {}}
registers: {问题: {item: suggestion, by: 班子}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 会, kind: meeting, attend: 班子, invite: 县委办}
    - {id: 工作, kind: task}
    - {id: résumé, kind: task, owner: Zoë}
    - {id: 稿, kind: writing, what: 材料}
"""


@pytest.fixture
def play() -> Play:
    return Play.of(PLAN)


def unchanged(play: Play, act: Callable[[], Any], match: str) -> None:
    before = play.service.look(play.id)
    with pytest.raises(WrongUse, match=match):
        act()
    assert play.service.look(play.id) is before


# -- who acts


def test_who_is_not_in_the_plan_is_told_whom_it_knows(play: Play) -> None:
    with pytest.raises(UnknownParty) as told:
        play.do("工作", "finish", who="县委班", evidence=paper())
    assert told.value.values["near"] == ("县委办",)
    unchanged(
        play,
        lambda: play.do("工作", "finish", who="无名氏", evidence=paper()),
        "无名氏",
    )


@pytest.mark.parametrize("who", ["", "  ", "\n", None, 7, ["甲"]])
def test_an_act_without_a_name_is_nobodys(play: Play, who: Any) -> None:
    unchanged(play, lambda: play.do("工作", "suspend", who=who, reason="x"), "who does")
    signal = Signal(name="x", actor=who)
    unchanged(
        play, lambda: play.service.signal(play.id, signal, now=play.now), "who does"
    )


@pytest.mark.parametrize("who", ["组长", "班子"])
def test_a_role_or_a_set_does_not_act(play: Play, who: str) -> None:
    unchanged(play, lambda: play.do("工作", "suspend", who=who, reason="x"), "甲")


def test_an_open_set_means_that_the_plan_does_not_know_everybody() -> None:
    text = PLAN.replace("班子: {members: [甲, 乙]}", OPEN)
    register = Play.of(text.replace("by: 班子", "by: anyone"))
    register.do("问题", "add", who="路人", text="意见")
    assert register.events()[-1].actor == "路人"
    told = register.refusal("工作", "finish", who="路人", evidence=paper())
    assert "路人 may not" in told[0]


OPEN = "班子: {members: [甲, 乙]}, 群众: {members: [], open: true}"


@pytest.mark.parametrize("who", ["Z\u043eë", "县委办公室\u3164", "县\ufe00委办"])
def test_nobody_is_one_of_an_open_set_in_a_name_that_looks_like_anothers(
    who: str,
) -> None:
    play = Play.of(PLAN.replace("班子: {members: [甲, 乙]}", OPEN))
    unchanged(play, lambda: play.do("工作", "suspend", who=who, reason="x"), "no party")
    hold = partial(play.do, "会", "hold", who="甲")
    unchanged(play, lambda: hold(present="甲, 乙", observers=who), "observers")


@pytest.mark.parametrize(
    "who", ["路\u200b人", "路\u202e人", "路\x1b人", "路\n人", "路\u2028人"]
)
def test_a_name_is_seen_whole(who: str) -> None:
    play = Play.of(PLAN.replace("班子: {members: [甲, 乙]}", OPEN))
    unchanged(play, lambda: play.do("工作", "suspend", who=who, reason="x"), "unseen")


@pytest.mark.parametrize("who", ["*", "anyone"])
def test_a_word_for_everybody_is_nobodys_name(who: str) -> None:
    play = Play.of(PLAN.replace("班子: {members: [甲, 乙]}", OPEN))
    unchanged(play, lambda: play.do("工作", "suspend", who=who, reason="x"), "no party")
    hold = partial(play.do, "会", "hold", who="甲", present="甲, 乙")
    unchanged(play, lambda: hold(observers="anyone"), "observers")


@pytest.mark.parametrize("who", ["路人", "群众", "*"])
def test_only_who_is_listed_says_what_happened_outside(who: str) -> None:
    play = Play.of(PLAN.replace("班子: {members: [甲, 乙]}", OPEN))
    unchanged(play, lambda: play.signal("到了", who=who), "called|a role or a set")
    play.signal("到了", who="县委办公室")
    assert play.events()[-1].actor == "县委办"


def test_a_node_without_a_name_is_no_node(play: Play) -> None:
    unchanged(play, lambda: play.do("", "suspend", who="甲", reason="x"), "plan has no")


def test_text_that_turns_the_direction_of_reading_is_not_kept(play: Play) -> None:
    turned = "同意\u202e意同不"
    suspend = partial(play.do, "工作", "suspend", who="甲")
    unchanged(play, lambda: suspend(reason=turned), r"U\+202E")


@pytest.mark.parametrize(
    "given",
    [
        {"asked_move": "adopt", "asked_round": 1},
        {"extension_round": 1, "asked_until": "2010-01-01"},
        {"red": "10000 days"},
        {"ladder": 9},
        {"on_hold": "false"},
    ],
)
def test_who_adds_an_item_gives_nothing_that_the_kind_keeps_for_itself(
    play: Play, given: dict[str, Any]
) -> None:
    """An item with an override asked for would be passed by the leader alone."""
    add = partial(play.do, "问题", "add", who="乙", text="慢")
    unchanged(play, lambda: add(**given), "there is no input")


def test_an_outside_party_acts_under_any_of_its_names(play: Play) -> None:
    told = play.refusal("工作", "finish", who="县委办公室", evidence=paper())
    assert told[0].startswith("县委办 may not")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_one_name_in_any_of_unicodes_forms_is_one_name(play: Play, form: Any) -> None:
    who, *nodes = (unicodedata.normalize(form, one) for one in ("Zoë", "résumé"))
    note = unicodedata.normalize(form, "naïve")
    play.do(nodes[0], "finish", who=who, evidence=paper(), note=note)
    done = play.events()[-1]
    assert isinstance(done, Moved)
    assert (done.actor, done.inputs["note"]) == ("Zoë", "naïve")


# -- text


@pytest.mark.parametrize("text", ["a\0b", "\x07", "x\ud800", "\x9b31m"])
def test_characters_that_cannot_be_kept_are_refused(play: Play, text: str) -> None:
    unchanged(play, lambda: play.do("工作", "suspend", who="甲", reason=text), "U\\+")


def test_lines_and_tabs_are_kept_as_they_are(play: Play) -> None:
    play.do("工作", "suspend", who="甲", reason="一\n\t二")
    assert play.events()[-1].inputs["reason"] == "一\n\t二"


def test_a_text_has_a_length(play: Play) -> None:
    long = "长" * (TEXT_MAX + 1)
    unchanged(play, lambda: play.do("工作", "suspend", who="甲", reason=long), "file")
    play.do("工作", "suspend", who="甲", reason=long[:-1])
    assert len(play.events()[-1].inputs["reason"]) == TEXT_MAX


def test_a_list_has_a_length_and_a_depth(play: Play) -> None:
    for present in (["甲"] * (MEMBERS_MAX + 1), nested(9)):
        command = Do(node="会", move="hold", actor="甲", inputs={"present": present})
        act = partial(play.service.do, play.id, command, now=play.now)
        unchanged(play, act, "present")


def test_a_number_has_a_size(play: Play) -> None:
    act = partial(play.do, "工作", "suspend", who="甲", reason=10**5000)
    unchanged(play, act, "too large")


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "甲"


def test_a_required_text_of_blanks_is_missing(play: Play) -> None:
    unchanged(
        play, lambda: play.do("工作", "suspend", who="甲", reason=" \n"), "missing"
    )


def test_what_a_machine_reports_is_made_fit_to_keep(play: Play) -> None:
    play.do("会", "convene", who="甲", starts="2009-04-12 09:00")
    asked, *_ = play.journal.open_requests(instance=play.id)
    detail = "a\0" + "长" * TEXT_MAX
    report = Report(key=asked.key, node="nowhere", outcome="failed", detail=detail)
    play.service.report(play.id, report, now=play.now)
    told = next(e for e in play.events() if isinstance(e, Reported))
    assert told.node == "一.环节.会"
    assert told.detail.startswith("a\ufffd长")
    assert len(told.detail) == TEXT_MAX


def test_an_outcome_is_one_that_is_known(play: Play) -> None:
    play.do("会", "convene", who="甲", starts="2009-04-12 09:00")
    asked, *_ = play.journal.open_requests(instance=play.id)
    report = Report(key=asked.key, node=asked.node, outcome="maybe")
    unchanged(play, lambda: play.service.report(play.id, report, now=play.now), "maybe")


# -- every type against everything

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**30, -(10**30), 10**4000])
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.sampled_from(
        ["甲", "2009-04-11", "9:00", "1/0", "1e999", "-1", "٣", "２", "1 days", "yes"]
    )
    | st.just(Fraction(1, 3))
    | st.just(datetime(2009, 4, 11, tzinfo=UTC))
    | st.just(object()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
        | st.tuples(inner)
    ),
    max_leaves=6,
)
HELD = Play.of(PLAN)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from((*TYPES, *(f"list[{one}]" for one in TYPES))), JUNK)
def test_a_value_of_any_type_is_read_or_told_never_a_crash(
    type_: str, raw: Any
) -> None:
    taken = Field(name="x", type=type_, title="x", of=("一", "二"), scale=(1, 5))
    with contextlib.suppress(BadInput):
        found = read_inputs(
            HELD.known, "一.环节.会", {"x": taken}, {"x": raw}, move="m"
        )
        stored = as_json(found)
        assert decode(encode(stored)) == stored


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from([("会", "hold", "present"), ("工作", "suspend", "reason")]),
    JUNK,
)
def test_an_act_with_anything_is_done_or_told(
    act: tuple[str, str, str], raw: Any
) -> None:
    node, move, name = act
    command = Do(node=node, move=move, actor="甲", inputs={name: raw})
    live = HELD.service.look(HELD.id)
    with contextlib.suppress(BadInput):
        made = decide(live.plan, live.instance, command, now=HELD.now)
        for one in made.recorded:
            encode(one.event.payload())
