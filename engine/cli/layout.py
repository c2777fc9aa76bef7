"""Lines that fit a terminal: Chinese signs take two columns, and break anywhere."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from typing import Final
from unicodedata import combining, east_asian_width

COLUMNS: Final = 80
COLUMNS_MAX: Final = 100
_TOKENS: Final = re.compile(r"[!-~]+| +|.", re.S)
_NEVER_FIRST: Final = frozenset("，。；：、！？”’）》】…·,.;:!?)")


def columns() -> int:
    """How wide to write: the terminal's width, within what reads well."""
    if not sys.stdout.isatty():
        return COLUMNS
    return max(40, min(shutil.get_terminal_size((COLUMNS, 24)).columns, COLUMNS_MAX))


def width_of(text: str) -> int:
    """Columns that a text takes."""
    return sum(
        0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1
        for one in text
    )


def wrapped(text: str, columns: int, *, first: str = "", rest: str = "") -> str:
    """The text in lines; ``first`` and ``rest`` stand in front of them."""
    return "\n".join(_lines(text, columns, first, rest))


def _lines(text: str, columns: int, first: str, rest: str) -> Iterator[str]:
    line, used = first, width_of(first)
    is_bare = True
    for token in _TOKENS.findall(text):
        needed = width_of(token)
        fits = used + needed <= columns or token[0] in _NEVER_FIRST
        if not fits and not is_bare:
            yield line.rstrip()
            line, used, is_bare = rest, width_of(rest), True
        if is_bare and token.isspace():
            continue
        line, used, is_bare = line + token, used + needed, False
    yield line.rstrip()
