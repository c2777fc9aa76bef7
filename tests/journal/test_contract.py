"""What every journal promises, tested on every journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import InstanceExists, LostUpdate
from engine.journal.chain import leaf_hash, verify
from engine.journal.codec import decode
from engine.ports import Batch, Draft, FactRow, Journal, Request, Timer

AT = datetime(2009, 4, 11, 1, tzinfo=UTC)


def batch(expected: int, count: int = 1, **more: object) -> Batch:
    drafts = [
        Draft(
            at=AT + timedelta(seconds=expected + n),
            type="moved",
            node="会议",
            actor="甲",
            payload={"move": "hold", "n": expected + n},
        )
        for n in range(count)
    ]
    given: dict[str, object] = {"drafts": drafts} | more
    return Batch(instance="maguan", expected=expected, plan="p1", **given)  # type: ignore[arg-type]


@pytest.fixture
def begun(journal: Journal) -> Journal:
    journal.put_plan("p1", "方案".encode())
    journal.append(batch(0, 2))
    return journal


def test_entries_are_numbered_from_one_without_gaps(begun: Journal) -> None:
    begun.append(batch(2, 3))
    assert [entry.seq for entry in begun.entries("maguan")] == [1, 2, 3, 4, 5]


def test_the_bytes_that_are_kept_are_the_bytes_that_were_hashed(begun: Journal) -> None:
    for entry in begun.entries("maguan"):
        assert leaf_hash(entry.body) == entry.hash
        assert decode(entry.body)["node"] == "会议"
    assert verify(begun.entries("maguan")) == []


def test_a_receipt_names_what_is_durable(begun: Journal) -> None:
    receipt = begun.append(batch(2, 2))
    assert (receipt.first, receipt.head.revision, receipt.repeated) == (3, 4, False)
    assert begun.head("maguan") == receipt.head


def test_an_append_on_an_old_revision_is_refused_and_changes_nothing(
    begun: Journal,
) -> None:
    fact = FactRow(key="n/x", value=1, seq=2)
    with pytest.raises(LostUpdate) as lost:
        begun.append(batch(1, facts=[fact]))
    assert lost.value.values == {"instance": "maguan", "expected": 1, "found": 2}
    state = begun.state("maguan")
    assert state is not None
    assert (state.head.revision, state.facts) == (2, ()) or list(state.facts) == []


def test_an_instance_begins_once(begun: Journal) -> None:
    with pytest.raises(InstanceExists):
        begun.append(batch(0))


def test_the_same_command_twice_is_one_act(begun: Journal) -> None:
    first = begun.append(batch(2, 2, command="k1"))
    again = begun.append(batch(2, 2, command="k1"))
    assert again.repeated
    assert (again.first, again.head.revision) == (first.first, first.head.revision)
    assert len(list(begun.entries("maguan"))) == 4


def test_facts_are_replaced_and_taken_away(begun: Journal) -> None:
    rows = [
        FactRow(key="a", value={"甲": [1, "2/3"]}, seq=3),
        FactRow(key="b", value=1, seq=3),
    ]
    begun.append(batch(2, facts=rows))
    begun.append(
        batch(
            3,
            facts=[
                FactRow(key="a", value=2, seq=4),
                FactRow(key="b", value=None, seq=4),
            ],
        )
    )
    state = begun.state("maguan")
    assert state is not None
    assert [(row.key, row.value, row.seq) for row in state.facts] == [("a", 2, 4)]


def test_due_timers_are_found_earliest_first(begun: Journal) -> None:
    set_ = [
        Timer(
            instance="maguan", node=f"n{day}", move="open", due=AT + timedelta(days=day)
        )
        for day in (3, 1, 2)
    ]
    begun.append(batch(2, timers_set=set_))
    assert begun.next_due() == AT + timedelta(days=1)
    found = begun.due(until=AT + timedelta(days=2))
    assert [timer.node for timer in found] == ["n1", "n2"]
    begun.append(batch(3, timers_cancelled=[("n1", "open")], timers_set=[set_[0]]))
    assert [timer.node for timer in begun.timers("maguan")] == ["n2", "n3"]


def test_requests_stay_open_until_their_outcome_is_recorded(begun: Journal) -> None:
    asked = Request(
        instance="maguan",
        key="maguan/3/1",
        seq=3,
        action="notify",
        node="会议",
        parameters={"to": ["甲"]},
    )
    begun.append(batch(2, requests=[asked]))
    assert list(begun.open_requests()) == [asked]
    begun.append(batch(3, requests_closed=[asked.key]))
    assert list(begun.open_requests(instance="maguan")) == []


def test_plans_and_content_are_kept_by_their_digest(begun: Journal) -> None:
    begun.put_plan("p1", b"another text")
    assert begun.plan("p1") == "方案".encode()
    digest = begun.put_blob("附件".encode())
    assert begun.blob(digest) == "附件".encode()
    assert begun.blob("0" * 64) is None


def test_entries_are_read_in_pages(begun: Journal) -> None:
    assert [entry.seq for entry in begun.entries("maguan", after=1)] == [2]
    assert [entry.seq for entry in begun.entries("maguan", limit=1)] == [1]
    assert list(begun.entries("nobody")) == []


def test_heads_are_told_by_id(begun: Journal) -> None:
    assert [head.instance for head in begun.heads()] == ["maguan"]
    assert begun.head("nobody") is None
    assert begun.state("nobody") is None
