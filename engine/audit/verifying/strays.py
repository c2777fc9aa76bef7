"""What stands in the tables beside the histories and belongs to none of them.

Each instance accounts for its own rows (:mod:`engine.audit.verifying.verify`). What is
left over nobody would look at: rows of instances that are not in the register, files
and plans that no entry names. A row with an owner that is not there is a defect. A file
or plan that nobody names is none, if it has the bytes of its name: a plan is kept
before its instance begins, and earlier releases kept the files of refused acts. It is
told all the same, since nothing says who put it there.

Memory is 9 bytes for each file and plan, whatever is recorded of them.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.audit.verifying.defects import Defect
from engine.errors import DamagedData
from engine.ports import OFFICE, Journal

PAGE: Final = 1_000
"""Names read at a time."""
TOLD_MAX: Final = 1_000
"""Owners of strays that are told of one by one."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAMED: Final = re.compile(rb'"([0-9a-f]{64})"')
_SHORT: Final = 16
"""Digits by which a name is known in memory, 8 bytes: who finds another file with the
same ones has had it pass for named, and gained nothing else."""

Names = Callable[[str, int], Sequence[str]]
"""Names from one on, in order, at most so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strays:
    """What was found. ``files`` and ``plans``: digests that no entry names."""

    defects: tuple[Defect, ...]
    files: tuple[str, ...]
    plans: tuple[str, ...]


def strays(journal: Journal) -> Strays:
    """All of a journal, at one moment. Raises Unavailable, DamagedData."""
    with journal.one_moment():
        defects = list(_unowned(journal))
        shelves = {
            "audit.blob": _Shelf(journal.blobs, journal.blob),
            "audit.plan": _Shelf(journal.plans, journal.plan),
        }
        try:
            _name(journal, list(shelves.values()))
        except (DamagedData, TypeError, ValueError):
            defects.append(_defect("audit.unreadable", table="entry"))
        left = {code: tuple(shelf.left()) for code, shelf in shelves.items()}
        for code, shelf in shelves.items():
            wrong = [one for one in left[code] if not shelf.holds(one)]
            defects += [_defect(code, digest=one) for one in wrong]
    return Strays(
        defects=tuple(defects),
        files=left["audit.blob"],
        plans=left["audit.plan"],
    )


def _name(journal: Journal, shelves: Sequence[_Shelf]) -> None:
    """Whatever text of an entry is a digest, wherever it stands, names it."""
    if not any(one.short for one in shelves):
        return
    # most digests are of the entry before, and of the one plan: these cost little
    may_be = bytearray(1 << 16)
    for short in (short for shelf in shelves for short in shelf.short):
        may_be[short >> 48] = 1
    last = b""
    for body in journal.bodies():
        for digest in _NAMED.findall(body):
            if may_be[int(digest[:4], 16)] and digest != last:
                last = digest
                for shelf in shelves:
                    shelf.name(digest)


def _unowned(journal: Journal) -> Iterator[Defect]:
    for one in journal.unowned(limit=TOLD_MAX):
        yield Defect(
            code="audit.unowned",
            instance=one.instance,
            values={"table": one.table, "owner": one.instance, "count": one.count},
        )


def _defect(code: str, **values: str) -> Defect:
    return Defect(code=code, instance=OFFICE, values=values)


@dataclass(slots=True)
class _Shelf:
    """Content by its digest, and which of it somebody has named by now."""

    names: Names
    read: Callable[[str], bytes | None]
    short: array[int] = field(default_factory=lambda: array("Q"))
    named: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        for one in self._each():
            if _DIGEST.fullmatch(one):
                self.short.append(int(one[:_SHORT], 16))
        self.short = array("Q", sorted(self.short))
        self.named = bytearray(len(self.short))

    def _each(self) -> Iterator[str]:
        found, last = self.names("", PAGE), None
        # a name that is no text comes after every text: once is enough
        while found and found[-1] != last:
            yield from found
            last = found[-1]
            found = self.names(last, PAGE)[1:]

    def _at(self, short: int) -> int | None:
        at = bisect_left(self.short, short)
        return at if at < len(self.short) and self.short[at] == short else None

    def name(self, digest: bytes) -> None:
        at = self._at(int(digest[:_SHORT], 16))
        if at is not None:
            self.named[at] = 1

    def left(self) -> Iterator[str]:
        """What nobody named, and what has no digest for a name."""
        for one in self._each():
            at = self._at(int(one[:_SHORT], 16)) if _DIGEST.fullmatch(one) else None
            if at is None or not self.named[at]:
                yield one

    def holds(self, digest: str) -> bool:
        """Whether the bytes are those of the name."""
        try:
            content = self.read(digest)
        except (DamagedData, TypeError, ValueError):
            return False
        return content is not None and hashlib.sha256(content).hexdigest() == digest
