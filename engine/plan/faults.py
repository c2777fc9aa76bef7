"""Faults: what is wrong in a file, where, and what to write instead.

A reader of plans collects faults and goes on, so that an author hears of all at
once. A fault is a code and values; its sentence is in :mod:`engine.words`.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine import words
from engine.errors import PlanRejected

FAULTS_MAX: Final = 200
"""Faults (warnings, notes) told at once; a file with more has another problem."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: lines and columns from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong (``fault``), doubtful (``warning``), worth knowing (``note``)."""

    code: str
    place: Place
    path: str
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "fault"

    def __lt__(self, other: Fault) -> bool:
        """The order of reading: file, line, column."""
        return (self.place, self.code, self.path) < (
            other.place,
            other.code,
            other.path,
        )

    def say(self, language: str = "en") -> str:
        """``file:line:column: path: what; what to write``."""
        sentence = words.say(self.code, language, **self.values)
        where = f"{self.path}: " if self.path else ""
        return f"{self.place}: {where}{sentence}"


def nearest(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that look most like one that nobody has."""
    known = list(dict.fromkeys(candidates))
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    inside = [one for one in known if name and (name in one or one in name)]
    return tuple(dict.fromkeys([*close, *inside]))[:3]


class Faults:
    """A collection of faults in the making."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.counts: Counter[str] = Counter()

    def add(
        self,
        code: str,
        at: Any,
        /,
        path: str = "",
        *,
        severity: str = "fault",
        column: int = 0,
        **values: Any,
    ) -> None:
        """A fault at a place, or at the place of a value of the source.

        ``column`` is how far inside the value it stands.
        """
        place: Place = getattr(at, "place", at)
        if column:
            place = Place(place.file, place.line, place.column + column)
        self.extend((Fault(code, place, path, values, severity),))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Takes over what another reader found."""
        for fault in faults:
            told = self.counts[fault.severity]
            if told < FAULTS_MAX and fault not in self.found:
                self.counts[fault.severity] += 1
                self.found.append(fault)
                if told + 1 == FAULTS_MAX:
                    self.found.append(self.last(fault))

    def last(self, fault: Fault) -> Fault:
        """What is said instead of everything that would follow."""
        return Fault(
            "plan.more_faults", fault.place, "", {"most": FAULTS_MAX}, fault.severity
        )

    @property
    def full(self) -> bool:
        """Nothing more would be told: a reader may stop."""
        return self.counts["fault"] >= FAULTS_MAX

    def any(self) -> bool:
        """Whether anything is wrong; warnings and notes are not."""
        return self.counts["fault"] > 0

    def all(self) -> tuple[Fault, ...]:
        """Everything found, in the order of the files' lines."""
        return tuple(sorted(self.found))

    def raise_if_any(self) -> None:
        if self.any():
            raise PlanRejected(
                tuple(fault for fault in self.all() if fault.severity == "fault")
            )
