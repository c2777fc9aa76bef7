"""Batches of many instances in one transaction, and what is asked of many at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from engine.errors import BadInput, DamagedData, InstanceExists, LostUpdate
from engine.journal.chain import verify
from engine.journal.opening import open_journal
from engine.ports import (
    Batch,
    Draft,
    FactRow,
    Journal,
    Letter,
    Receipt,
    Request,
    Standing,
    Timer,
)

AT = datetime(2009, 4, 11, 1, tzinfo=UTC)
NAMES = ["马关 1", 'it\'s %s ? "2"', "3"]
NOON = AT + timedelta(hours=3)


def batch(name: str, expected: int, *, plan: str = "p", text: str = "进展") -> Batch:
    """Two entries with one of each thing that a due move may lead to."""
    seq = expected + 2
    key = f"{name}/{seq}/1"
    request = Request(
        instance=name, key=key, seq=seq, action="notify", node="n", parameters={}
    )
    drafts = [
        Draft(at=AT + timedelta(seconds=seq), type="moved", payload={"text": text})
        for _ in range(2)
    ]
    return Batch(
        instance=name,
        expected=expected,
        plan=plan,
        drafts=drafts,
        facts=[
            FactRow(key="n/x", value=seq, seq=seq),
            FactRow(key="f/x/old", value=None, seq=seq),
        ],
        timers_set=[Timer(instance=name, node=f"{seq}", move="open", due=NOON)],
        timers_cancelled=[(f"{expected}", "open")],
        requests=[request],
        requests_closed=[f"{name}/{expected}/1"],
        letters=[Letter(party="甲", key=key, instance=name, node="n", at=AT, text="")],
        blobs={"b" * 64: b"content"},
    )


def receipts(answers: Sequence[object]) -> list[Receipt]:
    found = [one for one in answers if isinstance(one, Receipt)]
    assert len(found) == len(answers)
    return found


@pytest.fixture
def begun(journal: Journal) -> Journal:
    journal.put_plan("p", b"plan")
    receipts(journal.append_all([batch(name, 0) for name in NAMES]))
    return journal


def all_of(journal: Journal) -> list[object]:
    """Everything that the batches wrote, as it is read again."""
    return [
        journal.heads(),
        [list(journal.entries(name)) for name in NAMES],
        [list(found.facts) for name in NAMES if (found := journal.state(name))],
        [journal.timers(name) for name in NAMES],
        journal.queue(),
        sorted(one.key for one in journal.inbox("甲")),
        journal.blob("b" * 64),
    ]


def test_what_is_appended_together_is_what_is_appended_one_by_one(
    begun: Journal, tmp_path: Path
) -> None:
    together = receipts(begun.append_all([batch(name, 2) for name in NAMES]))
    with open_journal(f"sqlite:///{tmp_path / 'other.db'}") as other:
        other.put_plan("p", b"plan")
        for expected in (0, 2):
            alone = [other.append(batch(name, expected)) for name in NAMES]
        assert together == alone
        assert all_of(begun) == all_of(other)
    for name in NAMES:
        assert verify(begun.entries(name)) == []


def test_a_batch_on_an_old_revision_is_left_out_and_the_others_are_recorded(
    begun: Journal,
) -> None:
    begun.append(batch(NAMES[1], 2))
    before = list(begun.entries(NAMES[1]))
    first, lost, third = begun.append_all([batch(name, 2) for name in NAMES])
    assert isinstance(lost, LostUpdate)
    assert lost.values == {"instance": NAMES[1], "expected": 2, "found": 4}
    assert [one.head.revision for one in receipts([first, third])] == [4, 4]
    assert list(begun.entries(NAMES[1])) == before
    assert [timer.node for timer in begun.timers(NAMES[1])] == ["4"]
    assert [head.revision for head in begun.heads()] == [4, 4, 4]


def test_text_that_cannot_be_kept_leaves_out_its_own_batch_only(begun: Journal) -> None:
    wrong = batch(NAMES[0], 2, text="a\0b")
    refused, done = begun.append_all([wrong, batch(NAMES[2], 2)])
    assert isinstance(refused, BadInput)
    assert receipts([done])[0].head.revision == 4
    head = begun.head(NAMES[0])
    assert head is not None
    assert head.revision == 2


def test_an_instance_that_is_there_does_not_begin_again_among_others(
    begun: Journal,
) -> None:
    exists, fresh = begun.append_all([batch(NAMES[0], 0), batch("4", 0)])
    assert isinstance(exists, InstanceExists)
    assert receipts([fresh])[0].head == begun.head("4")


def test_other_trouble_of_one_batch_leaves_nothing_of_any(begun: Journal) -> None:
    before = all_of(begun)
    with pytest.raises(DamagedData):
        begun.append_all([batch(NAMES[0], 2), batch("4", 0, plan="unknown")])
    assert all_of(begun) == before


def test_nothing_is_recorded_of_no_batches(begun: Journal) -> None:
    before = all_of(begun)
    assert list(begun.append_all([])) == []
    assert all_of(begun) == before


def test_many_instances_are_read_as_each_alone(begun: Journal) -> None:
    found = begun.standings([*NAMES, "nobody"])
    assert sorted(found) == sorted(NAMES)
    for name, one in found.items():
        assert isinstance(one, Standing)
        assert one.state == begun.state(name)
        assert one.timers == begun.timers(name)


def test_heads_of_some_are_told_and_of_nobody_else(begun: Journal) -> None:
    found = begun.heads([NAMES[2], "nobody", NAMES[0]])
    heads = {head.instance: head for head in found}
    assert heads == {name: begun.head(name) for name in (NAMES[0], NAMES[2])}
    assert list(begun.heads([])) == []


def test_of_many_instances_the_damaged_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    with open_journal(f"sqlite:///{file}") as journal:
        journal.put_plan("p", b"plan")
        journal.append_all([batch(name, 0) for name in NAMES])
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE fact SET value = '{' WHERE instance = '3'")
        connection.close()
        found = journal.standings(NAMES)
    assert [isinstance(found[name], Standing) for name in NAMES] == [True, True, False]
    assert isinstance(found["3"], DamagedData)


def test_the_latest_of_what_is_due_is_told_first_when_asked_so(begun: Journal) -> None:
    late = [
        Timer(instance="3", node=f"late {n}", move="open", due=NOON + timedelta(n))
        for n in (1, 3, 2)
    ]
    begun.append(Batch(instance="3", expected=2, plan="p", drafts=[], timers_set=late))
    until = NOON + timedelta(2)
    found = begun.due(until=until, limit=2, is_latest_first=True)
    assert [timer.node for timer in found] == ["late 2", "late 1"]
    everything = list(begun.due(until=until))
    assert list(begun.due(until=until, is_latest_first=True)) == everything[::-1]


def test_instances_with_something_due_are_counted_for_each_clock(
    begun: Journal,
) -> None:
    plain = batch("sim", 0)
    simulated = Batch(
        instance="sim",
        expected=0,
        plan="p",
        simulated=True,
        drafts=plain.drafts,
        timers_set=plain.timers_set,
    )
    begun.append(simulated)
    second = Timer(instance="3", node="x", move="open", due=NOON)
    begun.append(
        Batch(instance="3", expected=2, plan="p", drafts=[], timers_set=[second])
    )
    assert begun.due_instances(until=NOON - timedelta(seconds=1)) == 0
    assert begun.due_instances(until=NOON) == len(NAMES)
    assert begun.due_instances(until=NOON, simulated=True) == 1


def test_of_two_who_take_the_same_instances_in_any_order_each_is_moved_by_one(
    url: str, begun: Journal
) -> None:
    other = begun if url == "memory://" else open_journal(url)
    both = Barrier(2)

    def moved(journal: Journal, names: list[str], expected: int) -> list[bool]:
        batches = [batch(name, expected) for name in names]
        both.wait()
        answers = journal.append_all(batches)
        return [isinstance(one, Receipt) for one in answers]

    with ThreadPoolExecutor(2) as pool:
        for expected in range(2, 32, 2):
            mine = pool.submit(moved, begun, NAMES, expected)
            theirs = pool.submit(moved, other, NAMES[::-1], expected)
            pairs = zip(mine.result(), theirs.result()[::-1], strict=True)
            assert all(one is not two for one, two in pairs)
    assert [head.revision for head in begun.heads()] == [32, 32, 32]
    for name in NAMES:
        assert verify(begun.entries(name)) == []
    other.close()
