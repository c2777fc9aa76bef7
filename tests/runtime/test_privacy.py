"""Personal values: in no entry, fact, request, letter or error; and opened."""

from __future__ import annotations

import html
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.action import Begun, Done, Failed, Made, Message, Said
from engine.core.commands import ApproveErasure, AskErasure, Do
from engine.core.events import Erased
from engine.errors import ActRefused, BadInput, UnknownNode
from engine.journal.codec import encode
from engine.proof.private import (
    commitment,
    commitment_of,
    commitments_in,
    marks_in,
    unmasked,
)
from engine.proof.recognition import masked, named_by
from engine.runtime import trying
from engine.runtime.trying import Ended
from engine.testing import Play

SECRET = "说他工作拖拉"
PLAN = """
plan: example/privacy
title: 个人信息
window: {from: 2009-04-11, to: 2009-04-30}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}, 丁: {}}}
registers:
  意见: {title: 意见, item: suggestion, by: [甲, 乙]}
stages:
- {id: 阶段, links: [{id: 环节, owner: 甲, do: [
    {id: 征求, kind: opinion_round, via: [谈话], into: 意见, owner: 乙}]}]}
"""
STRICT = PLAN.replace("leader: 甲", "leader: 甲\nprivacy: {approve: [甲, 乙]}")


def play() -> Play:
    return Play.of(PLAN)


def everything(one: Play) -> bytes:
    """All that the journal has of the instance but the values themselves."""
    state = one.journal.state(one.id)
    assert state is not None
    facts = [[row.key, row.value] for row in state.facts]
    asked = [one.parameters for one in one.journal.open_requests()]
    bodies = b"".join(entry.body for entry in one.journal.entries(one.id))
    return bodies + encode(facts) + encode(asked)


def test_a_personal_value_stands_beside_the_history_and_its_token_in_it() -> None:
    one = play()
    one.do("征求", "collect", who="乙", text=SECRET, channel="谈话")
    assert SECRET.encode() not in everything(one)
    (kept,) = one.journal.privates(one.id)
    assert (kept.field, kept.value) == ("text", encode(SECRET))
    assert kept.commitment == commitment(field="text", salt=kept.salt, value=kept.value)
    stored = one.known.fact("f/意见#1/text")
    assert commitment_of(stored) == kept.commitment
    assert one.service.reader(one.id).opened(stored) == SECRET


def test_an_instance_with_personal_values_is_the_fold_of_its_history() -> None:
    one = play()
    one.do("征求", "collect", who="乙", text=SECRET, channel="谈话")
    live = one.service.look(one.id).instance
    assert dict(one.replayed().facts) == dict(live.facts)


@given(st.text(min_size=1, max_size=40), st.binary(min_size=32, max_size=32))
def test_a_commitment_binds_field_and_value_and_needs_its_salt(
    text: str, salt: bytes
) -> None:
    value = encode(text.replace("\0", "").encode("utf-8", "replace").decode())
    made = commitment(field="text", salt=salt, value=value)
    other = bytes(reversed(salt[:1])) + bytes([salt[1] ^ 1]) + salt[2:]
    assert made != commitment(field="texts", salt=salt, value=value)
    assert made != commitment(field="text", salt=other, value=value)
    assert made != commitment(field="text", salt=salt, value=value + b" ")
    # what moves from the name to the value is another commitment
    assert made != commitment(field="tex", salt=salt, value=b"t" + value)


def test_a_repeated_command_keeps_no_second_value() -> None:
    one = play()
    given_ = {"text": SECRET, "channel": "谈话"}
    command = Do(node="征求", move="collect", actor="乙", inputs=given_)
    first = one.service.do(one.id, command, now=one.now, key="k")
    again = one.service.do(one.id, command, now=one.now, key="k")
    assert again.repeated
    assert again.first == first.first
    assert len(one.journal.privates(one.id)) == 1


def test_of_a_refused_act_nothing_personal_is_kept() -> None:
    one = play()
    with pytest.raises(ActRefused) as refused:
        one.do("征求", "collect", who="甲", text=SECRET, channel="谈话")
    assert SECRET not in str(refused.value.values)
    assert not one.journal.privates(one.id)
    assert SECRET.encode() not in everything(one)


@pytest.mark.parametrize("wrong", [f"{SECRET}\x07", SECRET * 100_000, [SECRET]])
def test_what_is_wrong_with_a_personal_value_is_told_without_it(wrong: Any) -> None:
    one = play()
    with pytest.raises(BadInput) as told:
        one.do("征求", "collect", who="乙", text=wrong, channel="谈话")
    for language in ("zh", "en"):
        assert SECRET not in told.value.say(language)
    assert not one.journal.privates(one.id)


def test_a_value_that_looks_like_a_token_is_refused() -> None:
    one = play()
    forged = {"private": "0" * 64}
    with pytest.raises(BadInput):
        one.do("征求", "collect", who="乙", text=forged, channel="谈话")


def test_a_node_that_is_not_there_is_told_as_ever() -> None:
    one = play()
    with pytest.raises(UnknownNode):
        one.do("没有", "collect", who="乙", text=SECRET)


# -- erasing


def asked(one: Play, who: str = "丙") -> int:
    one.do("征求", "collect", who="乙", text=SECRET, channel="谈话")
    entry = next(
        entry for entry in one.journal.entries(one.id) if b'"private"' in entry.body
    )
    (kept,) = one.journal.privates(one.id)
    command = AskErasure(
        actor=who, entry=entry.seq, basis="本人要求", commitments=(kept.commitment,)
    )
    result = one.service.erasure(one.id, command, now=one.now)
    return result.events[-1][0]


def approve(one: Play, entry: int, who: str) -> Any:
    command = ApproveErasure(actor=who, asked=entry)
    return one.service.erasure(one.id, command, now=one.now)


def test_the_second_approval_erases_and_an_entry_says_so() -> None:
    one = play()
    entry = asked(one)
    approve(one, entry, "甲")
    assert len(one.journal.privates(one.id)) == 1
    result = approve(one, entry, "乙")
    erased = result.events[-1][1]
    assert isinstance(erased, Erased)
    assert erased.requested_by == "丙"
    assert [who for who, _ in erased.approved_by] == ["甲", "乙"]
    assert not one.journal.privates(one.id)
    stored = one.known.fact("f/意见#1/text")
    assert one.service.reader(one.id).opened(stored, "en") == "lawfully erased"
    live = one.service.look(one.id).instance
    assert dict(one.replayed().facts) == dict(live.facts)


@pytest.mark.parametrize(
    ("requester", "first", "second"),
    [("甲", "乙", "甲"), ("丙", "甲", "甲"), ("丙", "丙", "甲"), ("丙", "甲", "丁")],
)
def test_who_asked_who_approved_and_who_may_not_erase_nothing(
    requester: str, first: str, second: str
) -> None:
    one = Play.of(
        PLAN.replace("leader: 甲", "leader: 甲\nprivacy: {approve: [甲, 乙]}")
    )
    entry = asked(one, requester)
    refused = 0
    for who in (first, second):
        try:
            approve(one, entry, who)
        except ActRefused:
            refused += 1
    assert refused == 1
    assert len(one.journal.privates(one.id)) == 1


def test_a_delegation_does_not_make_one_person_two() -> None:
    one = Play.of(
        PLAN.replace("leader: 甲", "leader: 甲\nprivacy: {approve: [甲, 乙]}")
    )
    entry = asked(one)
    day = (one.now + timedelta(days=3)).date().isoformat()
    one.do("征求", "delegate", who="乙", to="丁", until=day)
    approve(one, entry, "甲")
    with pytest.raises(ActRefused):
        approve(one, entry, "丁")


def test_what_is_gone_is_not_asked_for_again() -> None:
    one = play()
    entry = asked(one)
    (kept,) = one.journal.privates(one.id)
    approve(one, entry, "甲")
    approve(one, entry, "乙")
    with pytest.raises(BadInput):
        approve(one, entry, "丁")
    command = AskErasure(
        actor="丙", entry=1, basis="再来", commitments=(kept.commitment,)
    )
    with pytest.raises(BadInput):
        one.service.erasure(one.id, command, now=one.now)


# -- what an action says


@given(st.text(min_size=1, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_mark_stands_for_a_text_and_gives_it_back(
    hidden: str, before: str, after: str
) -> None:
    text = f"{before}{hidden}{after}"
    marked = masked(text, {hidden: "0" * 64})
    assert marks_in(marked) == ("0" * 64,) or not hidden.strip()
    assert unmasked(masked(hidden, {hidden: "0" * 64}), lambda _: hidden) == hidden


def test_nothing_that_is_said_of_a_try_repeats_a_personal_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = {SECRET: "0" * 64}

    def tried(done: Any) -> Ended:
        def acting(*_: Any) -> Any:
            if isinstance(done, Exception):
                raise done
            return done

        action = type("A", (), {"run": staticmethod(acting)})
        monkeypatch.setattr(trying, "load", lambda _: action)
        monkeypatch.setattr(trying, "_read", lambda *_: None)
        return trying.run("x", {}, None, hidden)  # type: ignore[arg-type]

    cut = f"{'字' * (trying.DETAIL_MAX - 3)}{SECRET}"
    for trouble in (
        Failed(f"no: {SECRET}"),
        ValueError(SECRET),
        KeyError(SECRET),
        Failed(cut),
    ):
        told = tried(trouble).detail
        assert SECRET[:2] not in told
        assert len(told) <= trying.DETAIL_MAX
    letter = Message(to="甲", text=f"理由：{SECRET}。")
    done = tried(Done(detail=SECRET, messages=(letter,))).done
    assert done is not None
    assert SECRET not in done.detail + done.messages[0].text
    assert SECRET not in capsys.readouterr().err


LONG = "说他<工作>从来拖拉，\n“三天打鱼”& two days off; \\ 50% 完成。"


@pytest.mark.parametrize(
    "written",
    [
        f"理由：{LONG}。",
        " ".join(LONG.split()),
        LONG.replace("\n", "</p><p>"),
        LONG.upper(),
        html.escape(LONG),
        json.dumps({"text": LONG}),
        json.dumps({"text": LONG}, ensure_ascii=False),
        f"https://x.example/?q={quote(LONG)}",
        repr(LONG),
        f"通知：{LONG[:9]}…",
        f"{LONG[:12]}... (more)",
        f"cannot read {LONG[:20]}",
    ],
)
def test_a_text_that_an_action_wrote_otherwise_is_found(written: str) -> None:
    marked = masked(written, {LONG: "0" * 64, "别的": "1" * 64})
    assert marks_in(marked) == ("0" * 64,)
    for word in ("拖拉", "三天打鱼", "two days", "%8B%96"):
        assert word not in marked.lower()


@pytest.mark.parametrize("written", ["说他好", "工作", "two days", "x…", "", "三天…"])
def test_what_only_has_words_of_it_stays_as_it_is(written: str) -> None:
    assert masked(written, {LONG: "0" * 64}) == written


def test_of_two_texts_that_overlap_nothing_is_left() -> None:
    hidden = {"甲乙丙丁戊": "0" * 64, "丁戊己庚": "1" * 64}
    marked = masked("前甲乙丙丁戊己庚后", hidden)
    assert marks_in(marked) == ("0" * 64, "1" * 64)
    assert not set("甲乙丙丁戊己庚") & set(marked)


@pytest.mark.parametrize(
    "name", [SECRET, f"意见-{SECRET}", "说他-工作/拖拉", "说他工作…"]
)
def test_a_name_that_has_a_personal_text_is_known(name: str) -> None:
    assert named_by(name, {SECRET: "0" * 64}) == "0" * 64


@pytest.mark.parametrize("name", ["工作", "说他", ""])
def test_a_name_that_only_has_words_of_it_is_any_name(name: str) -> None:
    assert named_by(name, {SECRET: "0" * 64}) is None


def test_a_short_text_is_only_a_whole_name() -> None:
    assert named_by("甲", {"甲": "0" * 64})
    assert named_by("甲的报告", {"甲": "0" * 64}) is None


def test_no_file_event_or_instance_is_called_by_what_is_personal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hidden = {SECRET: "a" * 64}

    def tried(done: Done) -> Ended:
        action = type("A", (), {"run": staticmethod(lambda *_: done)})
        monkeypatch.setattr(trying, "load", lambda _: action)
        monkeypatch.setattr(trying, "_read", lambda *_: None)
        return trying.run("x", {}, None, hidden)  # type: ignore[arg-type]

    names = (f"{SECRET}.docx", f"意见 {SECRET}", "a.docx", f"a.{SECRET}")
    done = tried(Done(files=tuple(Made(name=one, content=b"x") for one in names))).done
    assert done is not None
    short = "a" * trying.NAMED_LENGTH
    assert [one.name for one in done.files] == [f"{short}.docx", short, "a.docx", short]
    for wrong in (
        Done(says=(Said(event=SECRET),)),
        Done(begins=Begun(plan="p", instance=f"o-{SECRET}")),
    ):
        ended = tried(wrong)
        assert (ended.sort, ended.done) == ("failed", None)
        assert SECRET not in ended.detail
        assert "no event and no instance" in ended.detail


def test_tokens_are_found_wherever_they_stand() -> None:
    one, two = {"private": "1" * 64}, {"private": "2" * 64}
    held = {"a": [one, {"b": two}], "private": "no token", "c": {"private": "short"}}
    assert list(commitments_in(held)) == ["1" * 64, "2" * 64]
