"""The workbook, opened again."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from zipfile import ZipFile

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from engine.audit.exports import xlsx_file
from engine.audit.exports.cells import COLUMNS, FORMULA
from engine.audit.exports.record import History
from engine.audit.exports.xlsx_file import GROUNDS, TEXT_MAX, printable
from engine.ports import Entry
from engine.testing import CAMPAIGN, HEAD, STAGES, Play, campaign
from tests.audit.histories import exported, history_of


def written(*histories: History) -> io.BytesIO:
    return io.BytesIO(exported(xlsx_file, *histories))


@pytest.fixture(scope="module")
def history() -> History:
    return history_of(campaign("memory://", until="2009-05-21 12:00"), CAMPAIGN)


@pytest.fixture(scope="module")
def entries(history: History) -> list[Entry]:
    return list(history.read())


@pytest.fixture(scope="module")
def book(history: History) -> Any:
    return load_workbook(written(history))


def table(sheet: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    _, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_a_row_an_entry_with_real_dates_and_numbers(
    book: Any, entries: list[Entry], history: History
) -> None:
    rows = table(book["记录"], COLUMNS)
    for row, entry in zip(rows, entries, strict=True):
        assert row["seq"] == entry.seq
        assert isinstance(row["at"], datetime)
        assert row["at"] == entry.at.astimezone(history.zone).replace(tzinfo=None)
        assert (row["node"], row["actor"]) == (entry.node, entry.actor)
        assert row["hash"] == entry.hash.hex()
    assert {row["type"] for row in rows if row["reasons"]} == {"refused"}


def test_headings_are_frozen_filtered_and_name_the_zone(book: Any) -> None:
    assert book.sheetnames == ["记录", "依据"]
    for sheet, columns in ((book["记录"], COLUMNS), (book["依据"], GROUNDS)):
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.auto_filter.ref.endswith(str(sheet.max_row))
        heads = [cell.value for cell in sheet[1]]
        assert len(heads) == len(set(heads)) == len(columns)
        assert heads[2] == "时间 (Asia/Shanghai)"


def test_grounds_tell_why_an_entry_was_allowed_or_refused(
    book: Any, entries: list[Entry]
) -> None:
    rows = table(book["依据"], GROUNDS)
    refused = {one.seq for one in entries if one.type == "refused"}
    told = {row["seq"] for row in rows if row["ground"] == "未放行的原因"}
    assert told == refused
    facts = [row for row in rows if row["ground"] == "事实" and row["rests"]]
    assert facts
    assert all(row["rests"] < row["seq"] for row in facts)
    clauses = [row for row in rows if row["ground"] == "条件"]
    assert {row["verdict"] for row in clauses} >= {"成立"}


def test_no_cell_is_a_formula_and_none_becomes_one() -> None:
    play = Play.of(HEAD + STAGES)
    wicked = [f"{sign}1+1" for sign in FORMULA if sign not in "\0\t\r\n"]
    for name in [*wicked, "<r><t>x</t></r>"]:
        play.signal(name)
    history = history_of(play.service, play.id, "en")
    out = written(replace(history, told=lambda one: getattr(one, "name", "x")))
    sheet = load_workbook(out)["entries"]
    place = COLUMNS.index("text") + 1
    cells = [sheet.cell(row, place) for row in range(2, sheet.max_row + 1)]
    told = [cell for cell in cells if cell.value in wicked]
    assert [cell.value for cell in told] == wicked
    for cell in told:
        assert cell.data_type in {"s", "inlineStr"}
        assert cell.quotePrefix
    assert any(cell.value == "<r><t>x</t></r> " for cell in cells)
    with ZipFile(out) as package:
        sheets = [n for n in package.namelist() if n.startswith("xl/worksheets/")]
        assert not any(b"<f>" in package.read(name) for name in sheets)


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    assert printable("甲" * TEXT_MAX) == "甲" * TEXT_MAX
    cut = printable("𠀀" * TEXT_MAX)
    assert len(cut.encode("utf-16-le")) <= 2 * TEXT_MAX
    assert cut.endswith("𠀀…")
    assert printable("a\ufffe\uffffb") == "a��b"


def test_what_does_not_fit_a_sheet_goes_on_on_the_next(
    history: History, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "ROWS_MAX", 101)
    book = load_workbook(written(history))
    sheets = [name for name in book.sheetnames if name.startswith("记录")]
    assert sheets[:2] == ["记录", "记录 (2)"]
    found = [row["seq"] for name in sheets for row in table(book[name], COLUMNS)]
    assert found == [entry.seq for entry in entries]
