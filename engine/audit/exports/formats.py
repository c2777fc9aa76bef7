"""The forms that a history can be exported to, by the name that is typed.

A form is a module here with ``write(export, out)``: it writes a whole file to an open
binary stream, from its beginning to its end. What it needs besides it imports itself,
when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import BinaryIO, Final, TypeAlias, cast

from engine.audit.exports.record import Export

Writer: TypeAlias = Callable[[Export, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class Format:
    """``is_text``: it may go to a terminal or through a pipe."""

    module: str
    is_text: bool = False

    def writer(self) -> Writer:
        found = import_module(f"engine.audit.exports.{self.module}")
        return cast(Writer, found.write)


FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format("csv_file", is_text=True),
    "xlsx": Format("xlsx_file"),
    "docx": Format("docx_file"),
    "pdf": Format("pdf_file"),
    "xes": Format("xes_file", is_text=True),
    "ocel": Format("ocel_sqlite"),
    "ocel-json": Format("ocel_json", is_text=True),
}
