"""The table of entries as CSV, read again as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest

from engine.audit.exports import csv_file
from engine.audit.exports.cells import COLUMNS, FORMULA, safe
from engine.audit.exports.record import Export, History
from engine.ports import Entry
from engine.testing import CAMPAIGN, Play, campaign, paper
from engine.words import say
from tests.audit.histories import history_of


def table_of(history: History) -> list[list[str]]:
    out = io.BytesIO()
    csv_file.write(Export(histories=(history,), language=history.language), out)
    return list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="module")
def service() -> Any:
    return campaign("memory://", until="2009-05-21 12:00")


@pytest.fixture(scope="module")
def entries(service: Any) -> list[Entry]:
    return list(service.journal.entries(CAMPAIGN))


def test_a_row_an_entry_and_nothing_else(service: Any, entries: list[Entry]) -> None:
    head, *rows = table_of(history_of(service, CAMPAIGN))
    assert head == [say(f"export.col_{name}", "zh") for name in COLUMNS]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    at = COLUMNS.index
    for row, entry in zip(rows, entries, strict=True):
        assert row[at("seq")] == str(entry.seq)
        assert datetime.fromisoformat(row[at("at")]) == entry.at
        assert row[at("type")] == entry.type
        assert row[at("node")] == (entry.node or "")
        assert row[at("actor")] == (entry.actor or "")
        assert row[at("hash")] == entry.hash.hex()


def test_a_refusal_has_its_reasons_and_a_file_its_digest(service: Any) -> None:
    head, *rows = table_of(history_of(service, CAMPAIGN, "en"))
    assert head[0] == "instance"
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    refused = [one for one in found if one["type"] == "refused"]
    assert refused
    assert all(one["reasons"] for one in refused)
    assert "the leading group is not set up" in refused[0]["reasons"]
    papers = [one["files"] for one in found if one["files"]]
    assert papers
    assert all(len(line.rpartition(" ")[2]) == 64 for line in papers[0].split("\n"))


def test_a_spreadsheet_knows_its_letters(service: Any) -> None:
    out = io.BytesIO()
    history = history_of(service, CAMPAIGN)
    csv_file.write(Export(histories=(history,), language="zh"), out)
    assert out.getvalue().startswith(b"\xef\xbb\xbf")
    assert out.getvalue().endswith(b"\r\n")


@pytest.mark.parametrize("sign", FORMULA)
def test_no_cell_begins_as_a_formula(sign: str) -> None:
    assert safe(f"{sign}1+1") == f"'{sign}1+1"
    assert safe(f"1{sign}1") == f"1{sign}1"


def test_what_a_person_wrote_is_no_formula_either() -> None:
    play = Play.of(
        """\
plan: test/formula
title: "=HYPERLINK(\\"http://x\\")"
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [{id: 办, kind: task, title: "＋办"}]}
"""
    )
    play.do("阶段.环节.办", "finish", who="甲", evidence=paper())
    rows = table_of(history_of(play.service, play.id))
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'＋") for cell in cells)
    assert not any(cell.startswith(FORMULA) for cell in cells)


def test_what_later_entries_say_besides_has_its_place(service: Any) -> None:
    history = history_of(service, CAMPAIGN)
    (first, *_) = history.records()
    told = {**first.body, "rec": "2026-01-02T03:04:05Z", "cause": 7, "cmd": "key-1"}
    record = type(first)(
        history=history, entry=first.entry, body=told, event=first.event
    )
    assert (record.said("cause"), record.said("cmd")) == (7, "key-1")
    assert record.said("rec") == "2026-01-02T03:04:05Z"
    assert record.said("plan") == first.body["plan"]
