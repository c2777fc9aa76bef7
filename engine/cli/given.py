"""A file that somebody hands to a command: a note, a policy, a receipt, a request.

It comes from outside and may be anything. What is no regular file is refused at once:
a pipe without a writer would hold the command up for ever.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

import click

from engine import words
from engine.errors import NotAFile

GIVEN: Final = click.Path(path_type=Path)
"""Whether it is there is said where it is read: with exit 3, as all that is not."""
GIVEN_MAX: Final = 1_000_000
"""Bytes; what is longer is refused by whoever reads it, and is not read whole."""


def read_given(file: Path) -> bytes:
    """Its first bytes, one more than are allowed. Raises NotAFile."""
    look_at(file)
    try:
        with file.open("rb") as content:
            return content.read(GIVEN_MAX + 1)
    except OSError as wrong:
        raise NotAFile(file=file, what=wrong.strerror or str(wrong)) from wrong


def look_at(file: Path) -> None:
    """Before it is opened, which waits for who writes into a pipe. Raises NotAFile."""
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or str(wrong)
        raise NotAFile(file=file, what=why) from wrong
    if not stat.S_ISREG(mode):
        raise NotAFile(file=file, what=words.both("error.no_plain_file"))
