"""The log: every entry of every instance has one place, and a proof of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.errors import BadInput
from engine.journal.chain import leaf_hash, verify
from engine.journal.codec import decode
from engine.journal.migrations import upgrade
from engine.journal.opening import open_journal
from engine.ports import (
    OFFICE,
    Batch,
    Deed,
    Draft,
    Journal,
    Leaf,
    LogState,
    Signing,
)
from engine.proof import heads
from engine.proof.tree import EMPTY, Tree, includes

AT = datetime(2009, 4, 11, tzinfo=UTC)


def batch(name: str, expected: int, count: int = 1) -> Batch:
    drafts = [
        Draft(at=AT + timedelta(seconds=expected + n), type="moved", payload={"n": n})
        for n in range(count)
    ]
    return Batch(instance=name, expected=expected, plan="p", drafts=drafts)


@pytest.fixture
def begun(journal: Journal) -> Journal:
    """Three instances, whose acts took turns."""
    journal.put_plan("p", b"p")
    for turn in range(3):
        for name in ("甲案", "乙案", "c"):
            journal.append(batch(name, turn * 2, 2))
    return journal


def every(journal: Journal) -> list[Leaf]:
    return list(journal.log.leaves(limit=10_000))


def places(journal: Journal) -> list[tuple[str, int]]:
    return [(one.entry.instance, one.entry.seq) for one in every(journal)]


def assert_whole(journal: Journal, state: LogState) -> None:
    """Each place once, instances in their order, and all of it under one root."""
    found = every(journal)
    assert [one.position for one in found] == list(range(state.size))
    tree = Tree(state.size, journal.log.tile)
    for one in found:
        leaf, at = leaf_hash(one.entry.body), one.position
        assert leaf == one.entry.hash
        assert includes(leaf, at, state.size, tree.inclusion(at), tree.root())
    for one in found:
        assert journal.log.position(one.entry.instance, one.entry.seq) == one.position
    for name in {one.entry.instance for one in found}:
        mine = [one for one in found if one.entry.instance == name]
        assert [one.entry.seq for one in mine] == list(range(1, len(mine) + 1))
        assert [one.position for one in mine] == list(journal.log.positions(name))


# -- places


def test_what_is_recorded_waits_for_no_place(begun: Journal) -> None:
    assert begun.log.state() == LogState()
    assert every(begun) == []
    assert begun.log.position("c", 1) is None


def test_a_new_log_is_the_empty_tree(journal: Journal) -> None:
    state = journal.log.seal(AT)
    assert state == LogState()
    assert Tree(state.size, journal.log.tile).root() == EMPTY


def test_places_are_given_in_the_order_in_which_acts_were_recorded(
    begun: Journal,
) -> None:
    state = begun.log.number()
    acts = [(name, turn) for turn in (0, 2, 4) for name in ("甲案", "乙案", "c")]
    assert places(begun) == [(name, turn + n) for name, turn in acts for n in (1, 2)]
    assert_whole(begun, state)
    assert begun.log.number() == state


def test_a_place_once_given_stays_and_the_tree_only_grows(begun: Journal) -> None:
    first = begun.log.number()
    before, root = places(begun), Tree(first.size, begun.log.tile).root()
    begun.append(batch("c", 6, 300))
    second = begun.log.number()
    assert second.size == first.size + 300
    assert places(begun)[: first.size] == before
    assert Tree(second.size, begun.log.tile).root(first.size) == root
    assert_whole(begun, second)


def test_a_batch_without_entries_has_no_place(begun: Journal) -> None:
    state = begun.log.number()
    moved = Batch(
        instance="c", expected=6, plan="p", drafts=[], timers_cancelled=[("n", "m")]
    )
    begun.append(moved)
    assert begun.log.number() == state


def test_what_was_recorded_together_has_places_too(begun: Journal) -> None:
    begun.append_all([batch("甲案", 6), batch("c", 6, 2)])
    state = begun.log.number()
    assert places(begun)[-3:] == [("甲案", 7), ("c", 7), ("c", 8)]
    assert_whole(begun, state)


def test_leaves_are_read_on_from_a_place(begun: Journal) -> None:
    begun.log.number()
    found = begun.log.leaves(after=4, limit=3)
    assert [one.position for one in found] == [5, 6, 7]


# -- heads


def test_the_seal_is_the_last_entry_and_holds_every_head(begun: Journal) -> None:
    state = begun.log.seal(AT + timedelta(days=1))
    last = every(begun)[-1]
    assert (last.position, last.entry.instance) == (state.size - 1, OFFICE)
    said = decode(last.entry.body)["data"]
    assert said["size"] == state.size - 1
    stand = {one.instance: (one.revision, one.hash) for one in begun.heads()}
    assert bytes.fromhex(said["root"]) == heads.root(stand)
    for name, (revision, last_hash) in stand.items():
        way = heads.proof(name, begun.log.way)
        assert heads.holds(heads.root(stand), name, revision, last_hash, way)


def test_a_seal_later_holds_what_has_moved_and_what_has_not(begun: Journal) -> None:
    begun.log.seal(AT)
    begun.append(batch("c", 6))
    begun.append(batch("new", 0))
    begun.log.seal(AT + timedelta(days=1))
    stand = {one.instance: (one.revision, one.hash) for one in begun.heads()}
    said = decode(every(begun)[-1].entry.body)["data"]
    assert bytes.fromhex(said["root"]) == heads.root(stand)
    assert verify(begun.entries(OFFICE)) == []
    assert [one.seq for one in begun.entries(OFFICE)] == [1, 2]


def test_a_log_in_which_nothing_has_come_is_not_sealed_again(begun: Journal) -> None:
    state = begun.log.seal(AT)
    assert state.is_sealed
    assert begun.log.seal(AT + timedelta(days=1)) == state


def test_the_logs_own_entries_are_no_instance(begun: Journal) -> None:
    begun.log.seal(AT)
    assert OFFICE not in {head.instance for head in begun.heads()}
    assert begun.head(OFFICE) is None
    with pytest.raises(BadInput, match="~"):
        begun.append(batch("~log", 0))


# -- what the office does


def said(at: datetime, kind: str = "exported") -> Deed:
    return lambda state: Draft(at=at, type=kind, actor="甲", payload={"n": state.size})


def test_what_the_office_does_has_its_place_at_once_and_no_other_waits(
    begun: Journal,
) -> None:
    first = begun.log.enter(said(AT))
    assert (first.position, first.entry.instance, first.entry.seq) == (0, OFFICE, 1)
    assert decode(first.entry.body)["data"] == {"n": 0}
    begun.log.number()
    second = begun.log.enter(said(AT))
    assert (second.position, second.entry.seq) == (19, 2)
    assert_whole(begun, begun.log.seal(AT))
    assert verify(begun.entries(OFFICE)) == []
    assert [one.actor for one in begun.entries(OFFICE)] == ["甲", "甲", None]


def test_in_the_log_s_own_entries_time_does_not_go_back(begun: Journal) -> None:
    begun.log.enter(said(AT + timedelta(hours=1)))
    late = begun.log.enter(said(AT)).entry
    assert late.at == AT + timedelta(hours=1)
    assert decode(late.body)["recorded"] == "2009-04-11T00:00:00Z"
    begun.log.seal(AT)
    assert verify(begun.entries(OFFICE)) == []


def test_a_seal_names_the_last_entry_about_who_signs(begun: Journal) -> None:
    begun.log.seal(AT)
    assert "keys" not in decode(every(begun)[-1].entry.body)["data"]
    at = [begun.log.enter(said(AT, kind)).position for kind in ("rekeyed", "revoked")]
    begun.log.enter(said(AT))
    begun.log.seal(AT)
    assert decode(every(begun)[-1].entry.body)["data"]["keys"] == at[-1]


def test_what_is_signed_is_told_beside_the_log(begun: Journal) -> None:
    assert begun.log.signing() == Signing()
    told = Signing(size=7, at=AT, trouble={"zh": "没有钥匙", "en": "no key"})
    begun.log.keep_signing(told)
    begun.log.seal(AT)
    assert begun.log.signing() == told


# -- several at once


def test_while_many_write_and_number_every_place_is_given_once_and_none_missed(
    url: str, journal: Journal
) -> None:
    journal.put_plan("p", b"p")
    acts, writers = 25, 4
    others = [journal if url == "memory://" else open_journal(url) for _ in range(6)]

    def write(one: int) -> None:
        for turn in range(acts):
            others[one].append(batch(f"w{one}", turn))

    def tail(one: int) -> list[tuple[str, int]]:
        """Numbers and reads on, never going back to look for what was missed."""
        seen: list[tuple[str, int]] = []
        while len(seen) < acts * writers:
            others[one].log.number()
            found = others[one].log.leaves(after=len(seen) - 1, limit=1_000)
            seen += [(leaf.entry.instance, leaf.entry.seq) for leaf in found]
        return seen

    with ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(write, one) for one in range(writers)]
        tailing = [pool.submit(tail, one) for one in (4, 5)]
        for one in writing:
            one.result()
        first, second = (one.result() for one in tailing)
    assert first == second == places(journal)
    assert_whole(journal, journal.log.state())
    for other in others:
        if other is not journal:
            other.close()


def test_an_act_that_is_committed_late_gets_a_later_place(database: str) -> None:
    """Its line has the lower number, and is not seen when the others get places."""
    journal = open_journal(database)
    journal.put_plan("p", b"p")
    journal.append(batch("early", 0))
    with psycopg.connect(database) as slow:
        slow.execute(
            "INSERT INTO unlogged (instance, first, last) VALUES ('early', 2, 2)"
        )
        slow.execute(
            "INSERT INTO entry (instance, seq, at, type, body, hash) "
            "VALUES ('early', 2, 0, 'moved', '', %s)",
            (leaf_hash(b""),),
        )
        journal.append(batch("other", 0))
        assert journal.log.number().size == 2
        assert places(journal) == [("early", 1), ("other", 1)]
        slow.commit()
    assert journal.log.number().size == 3
    assert places(journal)[-1] == ("early", 2)
    journal.close()


# -- what may go wrong


@pytest.fixture
def numbered(tmp_path: Path) -> Callable[[int], bool]:
    """A file whose log is sealed by a connection that gives up at a statement."""

    def sealed_until(statement: int) -> bool:
        """Whether it came to its end before."""
        journal = open_journal(f"sqlite:///{tmp_path / 'x.db'}")
        left = statement

        def give_up(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                held.interrupt()

        with journal._held() as held:  # type: ignore[attr-defined]
            held.set_progress_handler(lambda: left <= 0, 1)
            held.set_trace_callback(give_up)
        try:
            journal.log.seal(AT)
        except Exception:  # noqa: BLE001 -- whatever an interrupted database says
            return False
        finally:
            with journal._held() as held:  # type: ignore[attr-defined]
                held.set_progress_handler(None, 0)
                held.set_trace_callback(None)
            journal.close()
        return True

    return sealed_until


def test_whichever_statement_fails_the_log_is_as_before_or_as_after(
    numbered: Any, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    journal = open_journal(url)
    journal.put_plan("p", b"p")
    for turn in range(3):
        journal.append(batch("x", turn))
    journal.close()
    statement, sizes = 1, set()
    while not numbered(statement):
        journal = open_journal(url)
        state = journal.log.state()
        sizes.add(state.size)
        assert_whole(journal, state)
        journal.close()
        statement += 1
    assert sizes == {0, 3}
    assert statement > 20
    journal = open_journal(url)
    assert journal.log.state().size == 4
    assert_whole(journal, journal.log.state())
    journal.close()


def test_what_was_recorded_before_there_was_a_log_gets_its_places(
    tmp_path: Path,
) -> None:
    file = tmp_path / "old.db"
    journal = open_journal(f"sqlite:///{file}")
    journal.put_plan("p", b"p")
    for name in ("b", "a"):
        journal.append(batch(name, 0, 3))
    journal.close()
    with sqlite3.connect(file) as old:
        for table in (
            *("unlogged", "log", "leaf", "tile", "way", "snapshot", "private"),
        ):
            old.execute(f"DROP TABLE {table}")
        old.execute("DROP INDEX ix_inbox_instance")
        old.execute("UPDATE alembic_version SET version_num = '0003'")
    upgrade(f"sqlite:///{file}")
    journal = open_journal(f"sqlite:///{file}")
    state = journal.log.seal(AT)
    assert state.size == 7
    assert_whole(journal, state)
    journal.close()
