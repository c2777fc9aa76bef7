"""What the clock must do to the seed's plan: from its files and the official calendar.

Nothing here asks the engine when something is due. The plan's text is read with
PyYAML, working days come from ``chinese_calendar``; what had happened before the clock
went on alone is given as a list of moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import chinese_calendar
import yaml

ZONE: Final = ZoneInfo("Asia/Shanghai")
SECTIONS: Final = ("setup", "stages", "links", "do", "spans", "milestones", "after")
KINDS: Final = {"stages": "stage", "links": "link", "milestones": "milestone"}
LADDER: Final = {"remind": -3, "blue_slip": 0, "yellow_slip": 3, "red_slip": 5}
"""Working days after the due date."""
DEPUTIES: Final = "next_deputy"
"""The one move of the clock that is not calculated: who follows whom is no date."""
WEEKDAYS: Final = {"monday": 0}
ONE_DAY: Final = timedelta(days=1)

Due: TypeAlias = tuple[str, str, str]
"""When (UTC), node, move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A node as the plan's text has it."""

    kind: str
    first: date
    last: date
    due: date
    text: Mapping[str, Any]


@dataclass(slots=True)
class Past:
    """What had happened: the state that each node is in, and its moves."""

    states: dict[str, str] = field(default_factory=dict)
    moves: set[tuple[str, str]] = field(default_factory=set)


class Almanac:
    """The seed's plan, read from its two files."""

    def __init__(self, plans: Path) -> None:
        self._plans = plans
        base = _read(plans / "base" / "study-practice.yaml")
        unit = _read(plans / "units" / "maguan-gov-office.yaml")
        self._given = {
            name: _plain(one["default"])
            for name, one in base["params"].items()
            if "default" in one
        } | {name: _plain(one) for name, one in unit["params"].items()}
        window = self._value(base["window"])
        self._window = _day(window["from"]), _day(window["to"])
        self.nodes = dict(self._below(base, "", self._window))

    def due(self, past: Past, after: datetime) -> list[Due]:
        """Everything that the clock does when nobody acts any more."""
        found = [
            (moment, path, move)
            for path, state in self._living(past)
            for moment, move in self._of(path, state, past)
            if moment > after
        ]
        return sorted((f"{at:%Y-%m-%dT%H:%M:%SZ}", *rest) for at, *rest in found)

    # -- reading the plan

    def _below(
        self, text: Mapping[str, Any], parent: str, window: tuple[date, date]
    ) -> Iterator[tuple[str, Entry]]:
        for section in SECTIONS:
            for one in text.get(section, ()):
                path = f"{parent}.{one['id']}" if parent else one["id"]
                first, last = self._span(one.get("window"), window)
                due = _day(self._value(one["due"])) if "due" in one else last
                kind = one.get("kind", KINDS.get(section, ""))
                yield path, Entry(kind=kind, first=first, last=last, due=due, text=one)
                yield from self._below(one, path, (first, last))

    def _span(self, written: Any, inherited: tuple[date, date]) -> tuple[date, date]:
        if written is None:
            return inherited
        if written == "plan":
            return self._window
        value = self._value(written)
        day = value.get("day")
        return _day(day or value["from"]), _day(day or value["to"])

    def _value(self, written: Any) -> Any:
        if isinstance(written, str) and written.startswith("$"):
            return self._given[written[1:]]
        return written

    # -- reading kinds

    @cached_property
    def _kinds(self) -> dict[str, dict[str, Any]]:
        return {one.stem: _read(one) for one in (self._plans / "kinds").glob("*.yaml")}

    def _chain(self, kind: str) -> list[str]:
        """The kind and all that it extends."""
        above = self._kinds[kind].get("extends")
        return [kind, *(self._chain(above) if above else ())]

    def _says(self, kind: str, state: str) -> Mapping[str, Any]:
        """What the nearest kind of the chain says of a state."""
        for one in self._chain(kind):
            found = self._kinds[one].get("states", {}).get(state)
            if found is not None:
                return found  # type: ignore[no-any-return]
        raise KeyError(state)

    def _initial(self, kind: str) -> str:
        for one in self._chain(kind):
            for name, state in self._kinds[one].get("states", {}).items():
                if state.get("initial"):
                    return str(name)
        raise KeyError(kind)

    def _is_supervised(self, kind: str) -> bool:
        for one in self._chain(kind):
            found = self._kinds[one].get("fields", {}).get("supervised")
            if found is not None:
                return bool(found["default"] == "true")
        return False

    # -- what is due

    def _living(self, past: Past) -> Iterator[tuple[str, str]]:
        """Every node with its state; members of an ``each`` as they have begun."""
        for path, entry in self.nodes.items():
            if "each" not in entry.text:
                yield path, past.states.get(path, self._initial(entry.kind))
        for path, state in past.states.items():
            if path.endswith("]"):
                yield path, state

    def _of(self, path: str, state: str, past: Past) -> Iterator[tuple[datetime, str]]:
        entry = self.nodes[path.partition("[")[0]]
        chain = self._chain(entry.kind)
        if "container" in chain or entry.kind == "milestone":
            if not self._says(entry.kind, state).get("done"):
                yield _end(entry.due), "miss"
        elif self._is_underway(entry.kind, state):
            yield from self._recurring(entry)
            # what has still to be made up for does not end by itself
            if {"span", "study"} & {*chain} and "exit" not in entry.text:
                yield _end(entry.last), "end"
            if self._is_supervised(entry.kind):
                for move, days in LADDER.items():
                    if (path, move) not in past.moves:
                        yield worked(_end(entry.due), days), move

    def _recurring(self, entry: Entry) -> Iterator[tuple[datetime, str]]:
        if "recurs" in entry.text:
            rule = self._value(entry.text["recurs"])
            for at in times(rule, entry.first, entry.last):
                yield at, "announce"

    def _is_underway(self, kind: str, state: str) -> bool:
        said = self._says(kind, state)
        return not any(said.get(one) for one in ("initial", "done", "settled", "final"))


def times(rule: Mapping[str, Any], first: date, last: date) -> Iterator[datetime]:
    """Every time of a recurrence, by going through the days."""
    at = time.fromisoformat(rule["at"])
    day = first
    while day <= last:
        if _comes(rule, day, first):
            yield datetime.combine(day, at, ZONE).astimezone(UTC)
        day += ONE_DAY


def worked(moment: datetime, days: int) -> datetime:
    """So many working days later, or (negative) earlier; a midnight."""
    day = moment.astimezone(ZONE).date()
    left = abs(days)
    while left:
        if days < 0:
            day -= ONE_DAY
        left -= chinese_calendar.is_workday(day)
        if days > 0:
            day += ONE_DAY
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def _comes(rule: Mapping[str, Any], day: date, first: date) -> bool:
    if "weekly" in rule:
        return day.weekday() == WEEKDAYS[rule["weekly"]]
    if "monthly" in rule:
        return day.day == int(rule["monthly"])
    return (day - first).days % int(rule["every"].removesuffix(" days")) == 0


def _end(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time.min, ZONE).astimezone(UTC)


def _read(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    return yaml.load(text, yaml.BaseLoader)  # type: ignore[no-any-return]


def _plain(written: Any) -> Any:
    is_marked = isinstance(written, Mapping) and "value" in written
    return written["value"] if is_marked else written


def _day(text: str) -> date:
    return date.fromisoformat(text)


def past(events: Sequence[Any]) -> Past:
    """The moves so far."""
    found = Past()
    for one in events:
        found.states[one.node] = one.target
        found.moves.add((one.node, one.move))
    return found
