"""A spreadsheet (XLSX) of given rows: 台账, lists, counts.

A cell holds a value and never a formula: text that begins with ``=`` may come from
anybody who fills in a register, and is printed as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from actions.papers.wording import ANSWERS, LIST_COMMA
from actions.parameters import FileTitle, Language, Shape, Text, Zone, in_language
from engine.action import Action, Attempt, Done, Failed, Made

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

SHEETS_MAX: Final = 50
ROWS_MAX: Final = 100_000
COLUMNS_MAX: Final = 200
CELLS_MAX: Final = 1_000_000
CELL_TEXT_MAX: Final = 32_767
"""UTF-16 units that a cell can hold."""
SHEET_TITLE_MAX: Final = 31
DIGITS_MAX: Final = 15
"""A cell keeps a number as a float: beyond these digits it would be another number."""
FIRST_YEAR: Final = 1900
WIDTH_MIN: Final = 8
WIDTH_MAX: Final = 60
_NO_SHEET_TITLE: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MARKUP: Final = re.compile("<r>.*</r>", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40}|/0*[1-9][0-9]{0,39})?")

Kind: TypeAlias = Literal["text", "number", "date", "datetime"]


class Column(Shape):
    """A column: the rows' key that it shows, and how."""

    key: str
    title: Text
    type: Kind = "text"


class Sheet(Shape):
    """A sheet: a row is a mapping from the columns' keys to plain values."""

    title: Text
    columns: list[Column] = Field(min_length=1, max_length=COLUMNS_MAX)
    rows: list[dict[str, Any]] = Field(max_length=ROWS_MAX)


class Parameters(Shape):
    """What a plan says of the file: ``sheets``, or one sheet's columns and rows."""

    name: FileTitle
    sheets: list[Sheet] = Field(default=[], max_length=SHEETS_MAX)
    columns: list[Column] = Field(default=[], max_length=COLUMNS_MAX)
    rows: list[dict[str, Any]] = Field(default=[], max_length=ROWS_MAX)
    zone: Zone = "Asia/Shanghai"
    """Cells know no zone: moments are written as a clock there shows them."""
    lang: Language = "zh"

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Parameters:
        if bool(self.sheets) is bool(self.columns) or (self.sheets and self.rows):
            raise ValueError(
                "give sheets, or columns and rows / sheets 与 columns、rows 只用其一"
            )
        sheets = self.all_sheets
        if sum(len(sheet.columns) * len(sheet.rows) for sheet in sheets) > CELLS_MAX:
            raise ValueError(f"more than {CELLS_MAX} cells / 单元格超过上限")
        return self

    @property
    def all_sheets(self) -> list[Sheet]:
        """The sheets; the only one is called as the file is."""
        if self.sheets:
            return self.sheets
        return [Sheet(title=self.name, columns=self.columns, rows=self.rows)]


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Make the file: the same parameters and the same request give the same bytes.

    Raises Failed for a value that is not of its column's type.
    """
    from xlsxwriter import Workbook

    content = BytesIO()
    # Every cell is written by its type; text is not looked at for anything else.
    book = Workbook(
        content,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    created = attempt.requested.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"created": created, "comments": attempt.key})
    taken: set[str] = set()
    for sheet in parameters.all_sheets:
        title = sheet_title(_read(sheet.title, parameters.lang), taken=taken)
        taken.add(title.casefold())
        _write(sheet, book=book, title=title, parameters=parameters)
        attempt.progress(len(taken), len(parameters.all_sheets))
    book.close()
    named = in_language(parameters.name, parameters.lang)
    name = named.removesuffix(".xlsx") + ".xlsx"
    rows = sum(len(sheet.rows) for sheet in parameters.all_sheets)
    return Done(
        detail=f"{name}: {rows}", files=(Made(name=name, content=content.getvalue()),)
    )


def sheet_title(title: str, *, taken: set[str]) -> str:
    """A name that spreadsheets allow and that no other sheet of the file has.

    ``taken`` holds casefolded names, for a file may not have both "A" and "a".
    """
    allowed = _NO_SHEET_TITLE.sub(" ", title).strip(" '") or "Sheet"
    if allowed.casefold() == "history":  # kept by Excel for itself
        allowed += "_"
    number, cut = 1, _cut(allowed, SHEET_TITLE_MAX).rstrip(" '")
    while cut.casefold() in taken:
        number += 1
        end = f" ({number})"
        cut = _cut(allowed, SHEET_TITLE_MAX - len(end)).rstrip(" '") + end
    return cut


def _cut(text: str, length: int) -> str:
    """The beginning of a text; lengths are in UTF-16 units, as spreadsheets count."""
    if len(text) * 2 <= length:
        return text
    return text.encode("utf-16-le")[: length * 2].decode("utf-16-le", "ignore")


def _write(sheet: Sheet, *, book: Workbook, title: str, parameters: Parameters) -> None:
    page = book.add_worksheet(title)
    head = book.add_format(
        {"bold": True, "border": 1, "bg_color": "#D9E2F3", "text_wrap": True}
    )
    formats = _formats(book)
    last = len(sheet.columns) - 1
    for number, column in enumerate(sheet.columns):
        heading = _read(column.title, parameters.lang)
        _put(page, 0, number, _cut(heading, CELL_TEXT_MAX), head)
        widest = _width(heading)
        for line, row in enumerate(sheet.rows, start=1):
            try:
                cell = cell_value(row.get(column.key), column.type, parameters)
            except ValueError as error:
                raise Failed(
                    _fault(title, line, heading, row[column.key], parameters.lang)
                ) from error
            _put(page, line, number, cell, formats[column.type])
            widest = max(widest, _width(cell))
        page.set_column(number, number, min(max(widest + 2, WIDTH_MIN), WIDTH_MAX))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(sheet.rows), 1), last)


def _formats(book: Workbook) -> dict[Kind, Format]:
    return {
        "text": book.add_format({"border": 1, "text_wrap": True, "num_format": "@"}),
        "number": book.add_format({"border": 1}),
        "date": book.add_format({"border": 1, "num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"border": 1, "num_format": "yyyy-mm-dd hh:mm"}),
    }


def cell_value(found: Any, kind: Kind, parameters: Parameters) -> Any:
    """A value as its column wants it: str, int, float, date, naive datetime, None.

    Raises ValueError where it is not of the type.
    """
    if found is None or found == "":
        return None
    match kind:
        case "number":
            return _number(found)
        case "date":
            return _in_years(date.fromisoformat(str(found)))
        case "datetime":
            moment = datetime.fromisoformat(str(found))
            if moment.tzinfo is not None and moment.year not in (1, 9999):
                moment = moment.astimezone(ZoneInfo(parameters.zone))
            return _in_years(moment.replace(tzinfo=None))
        case "text":
            return _cut(_read(found, parameters.lang), CELL_TEXT_MAX)


def _number(found: Any) -> int | float | str:
    """``5``, ``"5/2"``, ``"2.5"``; text where a float would lose digits."""
    text = str(found)
    # A fraction would read "1e999999999" too, for hours.
    if isinstance(found, bool) or not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    exact = Fraction(text)
    if exact.denominator == 1 and len(str(abs(exact.numerator))) <= DIGITS_MAX:
        return exact.numerator
    if exact.denominator == 1:
        return text
    return exact.numerator / exact.denominator


def _in_years(day: Any) -> Any:
    """A day that a cell can hold as such; earlier ones are written as text."""
    return day if day.year > FIRST_YEAR else day.isoformat()


def _put(page: Worksheet, line: int, number: int, cell: Any, shape: Format) -> None:
    if cell is None:
        page.write_blank(line, number, None, shape)
    elif isinstance(cell, str) and _MARKUP.fullmatch(cell):
        # The library takes it for its own markup, but escapes each of several pieces.
        page.write_rich_string(line, number, cell[0], cell[1], cell[2:], shape)
    elif isinstance(cell, str):
        page.write_string(line, number, cell, shape)
    elif isinstance(cell, date):
        page.write_datetime(line, number, cell, shape)
    else:
        page.write_number(line, number, cell, shape)


def _width(cell: Any) -> int:
    """Columns of the longest line on paper; a Chinese character takes two."""
    lines = "" if cell is None else str(cell)
    return max(
        (
            sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
            for line in lines[: WIDTH_MAX * 10].split("\n")
        ),
        default=0,
    )


def _fault(sheet: str, line: int, column: str, found: Any, lang: Language) -> str:
    shown = repr(found)[:60]
    if lang == "en":
        return (
            f"sheet {sheet!r}, row {line}, column {column!r}: {shown} is not of the "
            "column's type; correct the value or make the column one of text"
        )
    return (
        f"工作表“{sheet}”第 {line} 行“{column}”栏：{shown} 不合该栏类型；"
        "请改正该值，或把该栏类型改为 text"
    )


def _read(value: Any, lang: Language) -> str:
    """A value as people read it, without the characters that no file may hold."""
    if isinstance(value, bool):
        value = ANSWERS[lang][value]
    if isinstance(value, list):
        value = LIST_COMMA[lang].join(_read(one, lang) for one in value)
    return in_language(value, lang)


ACTION: Final = Action(
    name="spreadsheet",
    title={"zh": "生成电子表格", "en": "make a spreadsheet"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "生成逐字节相同的文件，仍是同一份",
        "en": "makes the same bytes, so it is the same file",
    },
)
