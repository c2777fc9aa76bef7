"""A file is where it was asked for when it is whole, and not before."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from engine.words import say

PIECE: Final = 1 << 20


class NotWritten(Exception):
    """The file could not be made; nothing is left of it. ``code`` says why.

    ``is_there``: another file has its name, and stays as it is.
    """

    def __init__(self, code: str, *, is_there: bool = False, **values: Any) -> None:
        super().__init__(code, values)
        self.code, self.is_there = code, is_there
        self.values: Mapping[str, Any] = values

    def say(self, language: str) -> str:
        return say(self.code, language, **self.values)


@contextmanager
def placed(file: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """Where to write; raises NotWritten.

    It is written beside its place under another name, and is given its own once all
    of it is on the disk. Without ``force`` it never takes the name of another file,
    not even of one that came meanwhile.
    """
    if not force:
        refuse_if_there(file)
    if file.is_dir():
        raise NotWritten("export.folder", file=str(file))
    if file.exists() and not file.is_file():
        raise NotWritten("export.special", file=str(file))
    if not file.parent.is_dir():
        raise NotWritten("export.no_folder", folder=str(file.parent))
    part = file.with_name(f".{file.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        with open(part, "x+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _named(part, file, force=force)
    except OSError as wrong:
        why = wrong.strerror or str(wrong)
        raise NotWritten("export.trouble", file=str(file), why=why) from wrong
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def written(file: BinaryIO) -> tuple[int, str]:
    """Length and SHA-256 (hex) of all that is in an open file."""
    file.flush()
    file.seek(0)
    hashing = hashlib.sha256()
    while piece := file.read(PIECE):
        hashing.update(piece)
    return file.tell(), hashing.hexdigest()


def refuse_if_there(file: Path) -> None:
    """Raises NotWritten if something has this name."""
    if os.path.lexists(file):
        raise NotWritten("export.there", is_there=True, file=str(file))


def _named(part: Path, file: Path, *, force: bool) -> None:
    if force:
        part.replace(file)
        return
    try:
        os.link(part, file)  # fails if the name was taken meanwhile
    except FileExistsError:
        refuse_if_there(file)
        raise
    except OSError:
        # a file system without links
        refuse_if_there(file)
        part.replace(file)
