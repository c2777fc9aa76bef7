"""A table of entries as CSV (RFC 4180), for spreadsheets: UTF-8 with its mark."""

from __future__ import annotations

import csv
from datetime import datetime
from io import TextIOWrapper
from typing import BinaryIO, Final

from engine.audit.exports.cells import COLUMNS, Cell, cells, heading, safe
from engine.audit.exports.record import Export

BYTE_ORDER_MARK: Final = "\ufeff"
"""By which a spreadsheet knows that a file is UTF-8."""


def write(export: Export, out: BinaryIO) -> None:
    """One table, however many instances: the first column says which."""
    text = TextIOWrapper(out, "utf-8", newline="", write_through=False)
    try:
        text.write(BYTE_ORDER_MARK)
        table = csv.writer(text, lineterminator="\r\n")
        table.writerow([heading(name, export.language) for name in COLUMNS])
        for history in export.histories:
            for record in history.records():
                table.writerow([_text(one) for one in cells(record)])
        text.flush()
    finally:
        text.detach()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.isoformat(sep=" ")
        case int():
            return str(cell)
    return safe(cell)
