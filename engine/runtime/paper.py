"""A file on its way in: what an act says of it, and its bytes."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.core.inputs import File
from engine.words import both

BYTES_MAX: Final = 100 * 1024 * 1024
"""A document, its scans too; films and archives are kept elsewhere."""


class Unreadable(Exception):
    """A file that is not there, is no plain file, or is too large.

    ``why``: the reason, in both languages or as the machine says it.
    """

    def __init__(self, why: Mapping[str, str] | str) -> None:
        super().__init__(why)
        self.why = why


def paper_at(path: Path, name: str | None = None) -> tuple[File, bytes]:
    """A file of the disk; raises Unreadable."""
    return paper_of(name or path.name, content_of(path))


def content_of(path: Path) -> bytes:
    """The bytes of a plain file; raises Unreadable."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            # a device has no end, and a pipe would be waited for
            raise Unreadable(both("error.no_plain_file"))
        with path.open("rb") as file:
            # what is being written has no true size yet
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or str(wrong)
        raise Unreadable(why) from None
    if len(content) > BYTES_MAX:
        raise Unreadable(both("error.file_large", size=found.st_size, most=BYTES_MAX))
    return content


def paper_of(name: str, content: bytes) -> tuple[File, bytes]:
    """A file as an act hands it in: known by its bytes; characters if it is text."""
    try:
        characters = len("".join(content.decode().split()))
    except UnicodeDecodeError:
        characters = None
    digest = hashlib.sha256(content).hexdigest()
    size = len(content)
    return File(name=name, size=size, sha256=digest, characters=characters), content
