"""Faults: what is wrong in a file, where, and what to write instead.

A reader of plans collects faults and goes on, so that an author hears of all at
once. A fault is a code and values; its sentence is in :mod:`engine.words`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine import words
from engine.errors import PlanRejected
from engine.plan.lookalikes import difference, twin

FAULTS_MAX: Final = 200
"""Faults (warnings, notes) told at once; a file with more has another problem."""


CHOICES_MAX: Final = 8
COMPARED_MAX: Final = 200
LETTERS_MAX: Final = 12_000
"""Names that are compared letter by letter; of more, those alike at their ends."""
SHOWN_MAX: Final = 80
"""Letters of a value, and"""
PATH_SHOWN_MAX: Final = 200
"""letters of a path, that anybody reads."""
_COMMA: Final = re.compile("[，、；]")
UNKNOWN: Final = frozenset(
    {
        "plan.unknown_name",
        "plan.unknown_deliverable",
        "plan.unknown_register",
        "plan.unknown_measure",
        "plan.unknown_quota",
        "plan.unknown_party",
    }
)
VOID: Final = frozenset({"plan.unknown_parameter", "plan.parameter_circle"})
ASKED: Final = ("name", "key", "move", "state", "kind", "role", "rank", "type", "found")
"""Values of a fault that are the name that nobody has."""
NONE: Final = {"zh": "（还没有）", "en": "(there is none yet)"}


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
    # comparing two names costs the square of their length
    most = min(COMPARED_MAX, LETTERS_MAX // max(len(name), 1) ** 2)
    if not name or not most:
        return ()
    if len(known) > most:
        ends = (name[0], name[-1])
        known = [one for one in known if one and (one[0], one[-1]) == ends] or [
            one for one in known if one and (one[0] == ends[0] or one[-1] == ends[1])
        ]
    known = known[:most]
    same = twin(name, known)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    inside = [one for one in known if name and (name in one or one in name)]
    found = [*([same] if same else []), *close, *inside]
    return tuple(dict.fromkeys(found))[:3]


def _choices(asked: str, names: Any) -> Any:
    """Names to choose from, as many as are read."""
    listed = tuple(names)
    if len(listed) > CHOICES_MAX:
        return nearest(asked, listed) or (*listed[:CHOICES_MAX], "…")
    return listed or NONE


def _short(value: Any) -> Any:
    is_long = isinstance(value, str) and len(value) > SHOWN_MAX
    return f"{value[: SHOWN_MAX // 2]}…" if is_long else value


def _worded(code: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A fault's values fit to be read; a name that only looks right is told as such."""
    values = {key: _short(value) for key, value in values.items()}
    name, near = values.get("name"), values.get("near")
    comma = _COMMA.search(str(name))
    if comma is not None and code in UNKNOWN:
        write = ", ".join(part.strip() for part in _COMMA.split(str(name)))
        return "plan.name_width", {"name": name, "found": comma[0], "write": write}
    if isinstance(name, str) and isinstance(near, (list, tuple)):
        other = twin(name, near)
        if other is not None:
            found = difference(name, other)
            return "plan.lookalike_name", {"name": name, "other": other, "found": found}
    for key in ("near", "known"):
        if isinstance(values.get(key), (list, tuple, set, frozenset)):
            asked = next((values[one] for one in ASKED if one in values), "")
            values[key] = _choices(str(asked), values[key])
    return code, values


class Faults:
    """A collection of faults in the making."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.counts: Counter[str] = Counter(fault=0)
        self.removed: Mapping[str, Place] = {}
        """Names that a plan has taken out of its base, and where."""
        self.named: set[tuple[Place, str]] = set()
        self.void: set[Place] = set()
        """Where an unknown parameter stands: no more can be said of that value."""

    def add(
        self,
        code: str,
        at: Any,
        /,
        path: str = "",
        *,
        severity: str = "fault",
        column: int | None = None,
        **values: Any,
    ) -> None:
        """A fault at a place, or at the place of a value of the source.

        ``column`` is how far inside the value's text it stands.
        """
        place: Place = getattr(at, "place", at)
        if column is not None:
            place = at.at(column)
        if place in self.void or self.is_told(code, place, values.get("name")):
            return
        code, values = _worded(code, values)
        gone = self.removed.get(str(values.get("name")))
        if code in UNKNOWN and gone is not None:
            code, values = "plan.removed_name", {"name": values["name"], "at": gone}
        if len(path) > PATH_SHOWN_MAX:
            path = f"{path[:PATH_SHOWN_MAX]}…"
        self.extend((Fault(code, place, path, values, severity),))

    def is_told(self, code: str, place: Place, name: Any) -> bool:
        """Whether that name at that place was told by another reader."""
        if code in VOID:
            self.void.add(place)
        if code not in UNKNOWN:
            return False
        before = len(self.named)
        self.named.add((place, str(name)))
        return len(self.named) == before

    def extend(self, faults: Iterable[Fault]) -> None:
        """Takes over what another reader found."""
        for fault in faults:
            told = self.counts[fault.severity]
            if told < FAULTS_MAX and self.is_news(fault):
                self.counts[fault.severity] += 1
                self.found.append(fault)
                if told + 1 == FAULTS_MAX:
                    self.found.append(self.last(fault))

    def is_news(self, fault: Fault) -> bool:
        """The same of the same place is told once, whatever led there."""
        return not any(
            known.place == fault.place
            and known.code == fault.code
            and known.values == fault.values
            for known in self.found
        )

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
