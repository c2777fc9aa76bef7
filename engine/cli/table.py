"""Columns of text under each other, where a Chinese sign takes two columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.cli.layout import width_of

GAP: Final = "  "
NARROWEST: Final = 12
"""No column is made narrower than this."""


def table(rows: Sequence[Sequence[str]], columns: int) -> Iterator[str]:
    """The rows in aligned columns; the widest columns give way if all do not fit."""
    if not rows:
        return
    widths = [max(map(width_of, cells)) for cells in zip(*rows, strict=True)]
    room = columns - len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for row in rows:
        cells = (padded(cell, width) for cell, width in zip(row, widths, strict=True))
        yield GAP.join(cells).rstrip()


def padded(text: str, width: int) -> str:
    """The text in exactly so many columns, cut with … if it is longer."""
    shown = cut(text, width)
    return shown + " " * (width - width_of(shown))


def cut(text: str, width: int) -> str:
    if width_of(text) <= width:
        return text
    kept, used = "", 0
    for sign in text:
        used += width_of(sign)
        if used > width - 1:
            break
        kept += sign
    return f"{kept}…"
