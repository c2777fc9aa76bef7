"""The spreadsheet action: typed cells, never a formula, the same every time."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from actions.spreadsheet import ACTION, Parameters
from engine.action import Attempt, Failed, Made

COLUMNS = [
    {"key": "who", "title": {"zh": "姓名", "en": "name"}},
    {"key": "hours", "title": "学时", "type": "number"},
    {"key": "day", "title": "日期", "type": "date"},
    {"key": "at", "title": "时刻", "type": "datetime"},
]
ROW = {"who": "甲", "hours": 40, "day": "2026-03-02", "at": "2026-03-02T06:30:00Z"}


def attempt(**given: Any) -> Attempt:
    asked = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    told: dict[str, Any] = {
        "key": "k1",
        "number": 1,
        "instance": "maguan",
        "node": "台账",
        "titles": {"plan": "实施方案", "node": "台账"},
        "requested": asked,
        "now": asked,
    }
    return Attempt(**{**told, **given})


def made(during: Attempt | None = None, **asked: Any) -> Made:
    parameters = Parameters.model_validate({"name": "台账", **asked})
    (file,) = ACTION.run(parameters, during or attempt()).files
    return file


def opened(file: Made) -> Any:
    return openpyxl.load_workbook(BytesIO(file.content))


def cell_of(value: Any, *, type: str = "text") -> Any:  # noqa: A002 - the parameter's name
    columns = [{"key": "a", "title": "栏", "type": type}]
    return opened(made(columns=columns, rows=[{"a": value}])).active["A2"]


def test_a_sheet_has_a_frozen_head_a_filter_and_typed_cells() -> None:
    file = made(columns=COLUMNS, rows=[ROW])
    assert file.name == "台账.xlsx"
    page = opened(file).active
    assert page.title == "台账"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:D2"
    assert [cell.value for cell in page[1]] == ["姓名", "学时", "日期", "时刻"]
    assert page["A2"].value == "甲"
    assert (page["B2"].value, page["B2"].data_type) == (40, "n")
    assert page["C2"].value == datetime(2026, 3, 2)  # noqa: DTZ001 - cells know no zone
    assert page["D2"].value == datetime(2026, 3, 2, 14, 30)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", '=HYPERLINK("http://a")', "\t=1", "00123"],
)
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    cell = cell_of(text)
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize(
    "text", ["<r></r>", "<r>&</si></r>", "<r><t>1</t></r>", "<r>\n</r>"]
)
def test_what_looks_like_markup_of_a_cell_is_text(text: str) -> None:
    columns = [{"key": "a", "title": text}]
    page = opened(made(columns=columns, rows=[{"a": text}])).active
    assert [page["A1"].value, page["A2"].value] == [text, text]


def test_a_text_is_cut_where_a_cell_is_full_and_no_sign_is_halved() -> None:
    for sign, units in (("字", 1), ("\N{CALENDAR}", 2)):
        assert cell_of(sign * 40_000).value == sign * (32_767 // units)


def test_no_file_holds_a_formula_or_a_link() -> None:
    rows = [{"who": "=cmd|'/c calc'!A1"}, {"who": "http://a.example/"}]
    with zipfile.ZipFile(BytesIO(made(columns=COLUMNS, rows=rows).content)) as parts:
        texts = [parts.read(name) for name in parts.namelist()]
    assert not any(b"<f>" in text or b"hyperlink" in text for text in texts)


def test_control_characters_are_left_out_and_lines_are_kept() -> None:
    assert cell_of("一\x00\x08\ufffe\ud800\r\n二").value == "一\n二"


@pytest.mark.parametrize(
    ("number", "shown"), [("5/2", 2.5), ("2.5", 2.5), (0, 0), ("-3", -3)]
)
def test_fractions_are_numbers(number: Any, shown: float) -> None:
    cell = cell_of(number, type="number")
    assert (cell.value, cell.data_type) == (shown, "n")


def test_a_number_of_too_many_digits_is_kept_exactly_as_text() -> None:
    assert cell_of("532101199001010012", type="number").value == "532101199001010012"


def test_a_day_before_the_calendar_of_spreadsheets_is_text() -> None:
    assert cell_of("1893-12-26", type="date").value == "1893-12-26"
    first = cell_of("0001-01-01T00:00:00+14:00", type="datetime")
    assert first.value == "0001-01-01T00:00:00"


def test_nothing_is_an_empty_cell() -> None:
    page = opened(made(columns=COLUMNS, rows=[{"who": None}])).active
    assert [cell.value for cell in page[2]] == [None] * 4


def test_lists_and_answers_are_written_as_people_read_them() -> None:
    assert cell_of(["甲", "乙", True]).value == "甲、乙、是"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("number", "很多"),
        ("number", True),
        ("number", "1/0"),
        ("number", "1e999999999"),
        ("date", "明天"),
        ("date", "2026-02-30"),
        ("datetime", ["2026"]),
    ],
)
def test_a_value_of_another_type_is_told_with_its_place(type_: str, value: Any) -> None:
    with pytest.raises(Failed, match="第 1 行“栏”栏"):
        cell_of(value, type=type_)


def test_sheet_names_are_cut_to_31_and_made_unique() -> None:
    titles = ["长" * 40, "长" * 40, "A", "a", "a/b:c", "'", "History", "😀" * 20]
    sheets = [{"title": title, "columns": COLUMNS, "rows": []} for title in titles]
    names = opened(made(sheets=sheets)).sheetnames
    assert names[0] == "长" * 31
    assert names[1] == "长" * 27 + " (2)"
    assert names[2:5] == ["A", "a (2)", "a b c"]
    assert len(set(names)) == len(titles)
    assert all(len(name.encode("utf-16-le")) <= 62 for name in names)


def test_a_column_is_as_wide_as_its_longest_text_within_limits() -> None:
    rows = [{"who": "甲" * 10}, {"who": "乙"}]
    page = opened(made(columns=COLUMNS, rows=rows)).active
    assert 20 <= page.column_dimensions["A"].width <= 24
    wide = opened(made(columns=COLUMNS, rows=[{"who": "甲" * 500}])).active
    assert wide.column_dimensions["A"].width <= 61


def test_the_second_attempt_makes_the_same_bytes_and_bears_the_key() -> None:
    again = attempt(number=2, now=datetime(2026, 4, 1, tzinfo=UTC))
    first = made(columns=COLUMNS, rows=[ROW])
    assert first.content == made(again, columns=COLUMNS, rows=[ROW]).content
    properties = opened(first).properties
    assert properties.description == "k1"
    assert properties.created == datetime(2026, 3, 1, 1, 0)  # noqa: DTZ001


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"rows": [ROW]},
        {
            "columns": COLUMNS,
            "sheets": [{"title": "a", "columns": COLUMNS, "rows": []}],
        },
        {"columns": COLUMNS, "zone": "Mars/Base"},
        {"columns": COLUMNS, "zone": "../etc"},
        {"columns": [{"key": "a", "title": "a", "type": "formula"}]},
        {"columns": COLUMNS * 50, "rows": [{}] * 6_000},
    ],
)
def test_what_cannot_be_made_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**asked)
