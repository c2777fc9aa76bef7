"""An entry that is changed, moved, dropped or slipped in is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.journal.chain import seal, verify
from engine.journal.codec import decode, encode
from engine.ports import GENESIS, Batch, Draft, Entry

AT = datetime(2009, 4, 11, tzinfo=UTC)


def history(count: int) -> list[Entry]:
    drafts = [
        Draft(at=AT + timedelta(hours=n), type="moved", payload={"n": n})
        for n in range(count)
    ]
    made = Batch(instance="x", expected=0, plan="p", drafts=drafts)
    return list(seal(made, GENESIS))


def test_a_whole_history_has_no_defect() -> None:
    assert verify(history(20)) == []


def test_an_entry_says_under_which_plan_when_recorded_and_by_which_command() -> None:
    draft = Draft(at=AT, type="moved", led_by=3, payload={})
    later = AT + timedelta(seconds=2)
    made = Batch(
        instance="x",
        expected=3,
        plan="p",
        drafts=[draft],
        command="k",
        recorded=later,
    )
    (entry,) = seal(made, GENESIS)
    found = decode(entry.body)
    assert (found["plan"], found["command"], found["led_by"]) == ("p", "k", 3)
    assert found["recorded"] == "2009-04-11T00:00:02Z"


def test_without_a_wall_clock_it_was_recorded_when_it_happened() -> None:
    (entry,) = history(1)
    assert decode(entry.body)["recorded"] == decode(entry.body)["at"]


@pytest.mark.parametrize("at", range(8))
def test_every_tampering_is_found_where_it_was_done(at: int) -> None:
    entries = history(8)
    edited = list(entries)
    edited[at] = replace(edited[at], body=edited[at].body.replace(b'"n":', b'"m":'))
    assert ("journal.hash", at + 1) in [(d.code, d.seq) for d in verify(edited)]
    if at < 7:
        dropped = entries[:at] + entries[at + 1 :]
        assert ("journal.gap", at + 1) in [(d.code, d.seq) for d in verify(dropped)]
        swapped = list(entries)
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
        assert verify(swapped) != []
    renamed = list(entries)
    renamed[at] = replace(renamed[at], actor="乙")
    assert ("journal.index", at + 1) in [(d.code, d.seq) for d in verify(renamed)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
@settings(deadline=None)
def test_bytes_have_one_form(value: object) -> None:
    try:
        made = encode(value)
    except UnicodeEncodeError:
        return  # a lone surrogate is no text
    assert encode(decode(made)) == made


def test_a_float_never_enters_an_entry() -> None:
    from engine.journal.codec import composed

    with pytest.raises(TypeError):
        composed({"x": 0.1})
