"""Entries as people, programs and spreadsheets read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from engine.audit.past.history import Asked, chosen, record_of, row_of, safe
from engine.ports import Entry
from engine.testing import CAMPAIGN, campaign


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    service = campaign("memory://", until="2009-05-21 12:00")
    return list(service.journal.entries(CAMPAIGN))


def test_a_node_is_asked_with_all_below_it(entries: list[Entry]) -> None:
    found = list(chosen(entries, Asked(node="学习调研.专题调研"), None))
    assert {e.node for e in found} >= {
        "学习调研.专题调研",
        "学习调研.专题调研.实地调研[第一组]",
    }
    assert all(e.node and e.node.startswith("学习调研.专题调研") for e in found)


def test_a_register_is_asked_with_its_items(entries: list[Entry]) -> None:
    found = {e.node for e in chosen(entries, Asked(node="问题"), None)}
    assert found == {f"问题#{n}" for n in (1, 2, 3, 4, 5, 6, 7)} & found
    assert "问题#1" in found


def test_actor_type_and_time_narrow_what_is_shown(entries: list[Entry]) -> None:
    start = datetime(2009, 4, 30, 16, tzinfo=UTC)
    asked = Asked(
        actor="夏寅江",
        types=("refused",),
        since=start,
        until=start + timedelta(days=30),
    )
    found = list(chosen(entries, asked, None))
    assert found
    assert {(e.actor, e.type) for e in found} == {("夏寅江", "refused")}
    assert all(e.at >= start for e in found)


def test_no_more_is_read_than_was_asked_for(entries: list[Entry]) -> None:
    read: list[int] = []

    def counted() -> Iterator[Entry]:
        for entry in entries:
            read.append(entry.seq)
            yield entry

    found = list(chosen(counted(), Asked(), 3))
    assert [one.seq for one in found] == [1, 2, 3]
    assert len(read) <= 4


def test_a_record_is_chained_to_the_one_before(entries: list[Entry]) -> None:
    zone = UTC
    records = [record_of(entry, zone, lambda one: one) for entry in entries]
    assert records[0]["previous"] == "00" * 32
    for before, after in pairwise(records):
        assert after["previous"] == before["hash"]
    assert records[0]["simulated"] is True


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_run_by_a_spreadsheet(sign: str) -> None:
    assert safe(f"{sign}1+1") == f"'{sign}1+1"
    assert safe("办结") == "办结"


def test_a_row_has_a_cell_for_each_column(entries: list[Entry]) -> None:
    row = row_of(entries[30], UTC, lambda _: "=said")
    assert len(row) == 9
    assert row[0] == "31"
    assert row[-1] == "'=said"
