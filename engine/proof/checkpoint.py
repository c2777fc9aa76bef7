"""What a log says of itself and is signed: its name, its size, its root.

Beside it the two texts that carry a signed checkpoint to somebody: the request to a
witness, with the proof that the log has only grown, and the proof that an entry is in
the log, for whoever has a policy and nothing else.

Source: c2sp.org/tlog-checkpoint, c2sp.org/tlog-witness, c2sp.org/tlog-proof.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine import words
from engine.errors import BadNote
from engine.proof.note import Note, decoded, encoded, plain_text
from engine.proof.tree import EMPTY, HASH_SIZE, SIZE_MAX

PROOF_LINES_MAX: Final = 63
PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"

_CHECKPOINT_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of a log at a size; ``str`` is the text that is signed."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Extension lines are refused: nobody could audit what they say."""
        *lines, rest = text.split("\n")
        if rest or len(lines) != _CHECKPOINT_LINES:
            raise BadNote(what=words.both("proof.note_checkpoint"))
        origin, size, root = lines[0], parsed_size(lines[1]), _parsed_hash(lines[2])
        if not origin or size is None or root is None or (size == 0 and root != EMPTY):
            raise BadNote(what=words.both("proof.note_checkpoint"))
        return cls(origin, size, root)


@dataclass(frozen=True, slots=True)
class Request:
    """To a witness: a signed checkpoint, and the proof of growth since ``old``."""

    old: int
    path: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        return f"old {self.old}\n{_written(self.path)}\n{self.note}"

    @classmethod
    def parse(cls, content: bytes) -> Request:
        head, blank, note = plain_text(content).partition("\n\n")
        first, *lines = head.split("\n")
        old = parsed_size(first.removeprefix("old "))
        path = _parsed_path(lines)
        if not blank or not first.startswith("old ") or old is None or path is None:
            raise BadNote(what=words.both("proof.note_request"))
        return cls(old, path, _parsed_note(note))


@dataclass(frozen=True, slots=True)
class LoggedProof:
    """That an entry is in a log; ``extra`` is signed by nobody."""

    position: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = "" if self.extra is None else f"extra {encoded(self.extra)}\n"
        index = f"index {self.position}\n"
        return f"{PROOF_HEADER}\n{extra}{index}{_written(self.path)}\n{self.note}"

    @classmethod
    def parse(cls, content: bytes) -> LoggedProof:
        head, blank, note = plain_text(content).partition("\n\n")
        header, *lines = head.split("\n")
        extra: bytes | None = None
        is_good = bool(blank) and header == PROOF_HEADER
        if lines and lines[0].startswith("extra "):
            extra = decoded(lines.pop(0).removeprefix("extra "))
            is_good = is_good and extra is not None
        index, *hashes = lines or [""]
        position = parsed_size(index.removeprefix("index "))
        path = _parsed_path(hashes)
        is_good = is_good and index.startswith("index ")
        if not is_good or position is None or path is None:
            raise BadNote(what=words.both("proof.note_proof"))
        return cls(position, path, _parsed_note(note), extra)


def parsed_size(text: str) -> int | None:
    """A size as it is written in only one way; None for anything else."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII):
        return None
    size = int(text)
    return size if size <= SIZE_MAX else None


def _parsed_note(text: str) -> Note:
    note = Note.parse(text.encode())
    Checkpoint.parse(note.text)
    return note


def _parsed_hash(text: str) -> bytes | None:
    content = decoded(text)
    return content if content is not None and len(content) == HASH_SIZE else None


def _parsed_path(lines: Sequence[str]) -> tuple[bytes, ...] | None:
    if len(lines) > PROOF_LINES_MAX:
        return None
    path = [found for line in lines if (found := _parsed_hash(line)) is not None]
    return tuple(path) if len(path) == len(lines) else None


def _written(path: Sequence[bytes]) -> str:
    return "".join(f"{encoded(one)}\n" for one in path)
