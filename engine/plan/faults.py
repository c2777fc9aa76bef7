from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any

from engine import words


@dataclass(frozen=True, slots=True, order=True)
class Place:
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    code: str
    place: Place
    path: str
    values: Any = field(default_factory=dict)
    severity: str = "fault"

    def say(self, language="en"):
        return (
            f"{self.place.file}:{self.place.line}:{self.place.column}: {self.path}: "
            + words.say(self.code, language, **self.values)
        )


def nearest(name, candidates):
    return tuple(difflib.get_close_matches(name, list(candidates), 3, 0.5))


class Faults:
    def __init__(self):
        self.found = []

    def add(self, code, value, path="", *, severity="fault", column=0, **values):
        place = getattr(value, "place", value)
        if column:
            place = Place(place.file, place.line, place.column + column)
        self.found.append(Fault(code, place, path, values, severity))

    def extend(self, faults):
        self.found.extend(faults)

    def any(self):
        return any(f.severity == "fault" for f in self.found)

    def all(self):
        return tuple(sorted(self.found, key=lambda f: f.place))

    def raise_if_any(self):
        from engine.errors import PlanRejected

        if self.any():
            raise PlanRejected(self.all())
