"""Faults: what is wrong in a file, where, and what to write instead.

A reader of plans collects faults and goes on, so that an author hears of all at
once. A fault is a code and values; its sentence is in :mod:`engine.words`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine import words
from engine.errors import PlanRejected

FAULTS_MAX: Final = 200
"""Faults told of one file; a file with more has another problem."""


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

    def add(
        self,
        code: str,
        at: Any,
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
        fault = Fault(code, place, path, values, severity)
        if fault not in self.found and len(self.found) < FAULTS_MAX:
            self.found.append(fault)

    def extend(self, faults: Iterable[Fault]) -> None:
        self.found.extend(fault for fault in faults if fault not in self.found)

    def any(self) -> bool:
        """Whether anything is wrong; warnings and notes are not."""
        return any(fault.severity == "fault" for fault in self.found)

    def all(self) -> tuple[Fault, ...]:
        """Everything found, in the order of the files' lines."""
        return tuple(sorted(self.found, key=lambda fault: (fault.place, fault.code)))

    def raise_if_any(self) -> None:
        if self.any():
            raise PlanRejected(
                tuple(fault for fault in self.all() if fault.severity == "fault")
            )
