"""A workbook: a sheet of entries, and one of why each was allowed or refused.

Rows go to the disk as they are written. A cell holds a text, a number or a moment,
never a formula, and one that looks like a formula stays a text when it is edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from engine.audit.exports.cells import COLUMNS, FORMULA, Cell, cells, heading, plain
from engine.audit.exports.record import Export, Record
from engine.words import say

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

ROWS_MAX: Final = 1_048_576
"""Of a sheet; what is more stands on a further one."""
TEXT_MAX: Final = 32_767
"""UTF-16 units of a cell."""
WHOLE_MAX: Final = 10**15
"""A cell keeps a number as a float: from here on as a text."""
GROUNDS: Final = (
    "instance",
    "seq",
    "at",
    "ground",
    "what",
    "verdict",
    "value",
    "rests",
)
"""Columns of the second sheet."""
WIDTHS: Final[Mapping[str, int]] = {
    "instance": 14,
    "seq": 7,
    "at": 17,
    "node": 30,
    "title": 16,
    "role": 16,
    "text": 48,
    "reasons": 40,
    "files": 40,
    "due": 17,
    "occurred": 17,
    "recorded": 17,
    "plan": 16,
    "hash": 16,
    "previous": 16,
    "what": 60,
    "value": 40,
}
WIDTH: Final = 11
MOMENTS: Final = frozenset({"at", "due", "occurred", "recorded"})
"""A cell has no zone: the heading says it."""
WRAPPED: Final = frozenset({"text", "reasons", "what", "value"})


def write(export: Export, out: BinaryIO) -> None:
    """The same history gives the same bytes."""
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxFileError  # type: ignore[import-untyped]

    book = Workbook(out, {"constant_memory": True})
    book.set_properties(_about(export))
    looks = _Looks(book)
    entries = _Sheet(book, looks, export, "entries", COLUMNS)
    grounds = _Sheet(book, looks, export, "grounds", GROUNDS)
    for history in export.histories:
        for record in history.records():
            entries.add(cells(record))
            for row in grounds_of(record):
                grounds.add(row)
    entries.end()
    grounds.end()
    try:
        book.close()
    except XlsxFileError as wrong:
        raise OSError(str(wrong)) from wrong


def _about(export: Export) -> dict[str, Any]:
    latest = max(one.head.at for one in export.histories)
    return {
        "title": ", ".join(one.instance for one in export.histories)[:255],
        "created": latest.astimezone(UTC).replace(tzinfo=None),
    }


def grounds_of(record: Record) -> Iterable[tuple[Cell, ...]]:
    """Right, clauses, facts and reasons of an entry, each a row."""
    language = record.history.language
    found = record.explained()
    start = (record.entry.instance, record.entry.seq, record.at)

    def ground(code: str) -> str:
        return say(f"export.ground_{code}", language)

    if record.role:
        giver = record.right.get("behalf_of")
        granted = record.right.get("granted")
        yield (*start, ground("right"), record.role, None, giver, granted)
    if found["permit"]:
        yield (*start, ground("permit"), record.move, None, None, found["permit"])
    for clause, verdict in _clauses(found["gate"]):
        said = say(f"export.verdict_{verdict}", language)
        yield (*start, ground("clause"), clause, said, None, None)
    for fact in found["facts"]:
        value = plain(fact["value"])
        yield (*start, ground("fact"), fact["fact"], None, value, fact["entry"])
    for reason in record.reasons():
        yield (*start, ground("reason"), reason, None, None, None)


def _clauses(gate: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for one in gate:
        yield str(one["clause"]), str(one["verdict"])
        yield from _clauses(one["parts"])


class _Looks:
    """How cells look; a cell of nobody's own look is aligned to the top."""

    def __init__(self, book: Workbook) -> None:
        top = {"valign": "top"}
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E7E6E6", "bottom": 1, "text_wrap": True}
        )
        self.plain = book.add_format(top)
        self.wrapped = book.add_format({**top, "text_wrap": True})
        self.moment = book.add_format({**top, "num_format": "yyyy-mm-dd hh:mm:ss"})
        self.quoted = book.add_format({**top, "quote_prefix": True})


class _Sheet:
    """A table that goes on on a further sheet when one is full."""

    def __init__(
        self,
        book: Workbook,
        looks: _Looks,
        export: Export,
        name: str,
        columns: Sequence[str],
    ) -> None:
        self.book, self.looks, self.export = book, looks, export
        self.name, self.columns = name, columns
        self.number = self.row = 0
        self.zones = ", ".join(dict.fromkeys(str(h.zone) for h in export.histories))
        self.sheet: Worksheet = None
        self.begin()

    def begin(self) -> None:
        self.number += 1
        title = say(f"export.sheet_{self.name}", self.export.language)
        behind = f" ({self.number})" if self.number > 1 else ""
        self.sheet = self.book.add_worksheet(title + behind)
        self.sheet.freeze_panes(1, 2)
        for place, name in enumerate(self.columns):
            self.sheet.set_column(place, place, WIDTHS.get(name, WIDTH))
            said = heading(name, self.export.language)
            if name in MOMENTS:
                said = f"{said} ({self.zones})"
            self.sheet.write_string(0, place, said, self.looks.head)
        self.row = 1

    def add(self, row: Sequence[Cell]) -> None:
        if self.row >= ROWS_MAX:
            self.end()
            self.begin()
        for place, (name, cell) in enumerate(zip(self.columns, row, strict=True)):
            self.cell(place, name, cell)
        self.row += 1

    def cell(self, place: int, name: str, cell: Cell) -> None:
        look = self.looks.wrapped if name in WRAPPED else self.looks.plain
        match cell:
            case None | "":
                return
            case datetime() if cell.year >= 1900:  # noqa: PLR2004 -- no earlier date
                naive = cell.replace(tzinfo=None)
                self.sheet.write_datetime(self.row, place, naive, self.looks.moment)
            case int() if abs(cell) < WHOLE_MAX:
                self.sheet.write_number(self.row, place, cell, look)
            case _:
                text = printable(str(cell))
                if text.startswith(FORMULA):
                    look = self.looks.quoted
                self.sheet.write_string(self.row, place, text, look)

    def end(self) -> None:
        last = max(self.row - 1, 1)
        self.sheet.autofilter(0, 0, last, len(self.columns) - 1)


def printable(text: str) -> str:
    """What a cell takes of a text; … stands for the rest."""
    text = text.replace("\ufffe", "�").replace("\uffff", "�")
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # or it would be taken for marked-up text
    written = text.encode("utf-16-le")
    if len(written) <= 2 * TEXT_MAX:
        return text
    return written[: 2 * (TEXT_MAX - 1)].decode("utf-16-le", "ignore") + "…"
