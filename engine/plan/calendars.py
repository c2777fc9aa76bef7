"""Which calendar a plan has: a shipped one, a country's, that of a file, or its own.

    calendar: calendars/our-office      # our-office.yaml in a folder beside the plan
    title: {zh: 本单位工作日历, en: our office's working days}
    extends: cn                         # cn, weekdays, country/DE, or another file
    valid: {from: 2026-01-01, to: 2026-12-31}
    off: [2026-07-01, {yearly: 11-08}]
    work: [{monthly: last saturday, except: [2026-10-31]}]

What a calendar says in the end is one table of days, and that table goes into the
plan's bundle: a running instance counts by it whatever a package knows later.
May import: engine.plan.calendar, countries, recurrence, rules, source, faults,
parameters, values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any, Final, TypeAlias

from engine.errors import PlanRejected
from engine.plan.calendar import (
    COUNTRY,
    EXAMPLE,
    SATURDAY_SUNDAY,
    Calendar,
    chinese,
    made_calendar,
    read_span,
    read_weekend,
    require_within,
    table_calendar,
    weekdays,
)
from engine.plan.faults import Faults
from engine.plan.parameters import part_at
from engine.plan.readers import read_at, read_date, read_mapping, read_text
from engine.plan.recurrence import Recurrence, read_recurrence
from engine.plan.rules import RULES
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Source, Value
from engine.plan.values import ValueReadError
from engine.ports import Json

CHAIN_MAX: Final = 8
"""Calendars that stand on calendars."""
PLAIN: Final = "weekdays"
OWN: Final = "own"
"""The name of a calendar that stands in the plan itself."""
KEYS: Final = (
    *("calendar", "title", "extends", "valid", "from", "to"),
    *("weekend", "off", "work", "src", "note"),
)
RULE_KEYS: Final = (*RULES, "from", "to", "except", "on_holiday", "text")
_RULE: Final = "{yearly: 05-01}"
_VALID: Final = "{from: 2026-01-01, to: 2026-12-31}"
_NAME: Final = re.compile(r"[\w-]+(?:/[\w-]+)*")
"""A name in a plans folder: never a path out of it."""

Library: TypeAlias = Callable[[str], Source | None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A calendar, and the texts of the files that it was read from, by their names."""

    calendar: Calendar
    texts: tuple[tuple[str, str], ...] = ()
    """The deepest first."""
    is_pinned: bool = False
    """Not all that it says stands in the plan, so its table is kept with the plan."""

    def packed(self) -> Json:
        """What a plan's bundle keeps of it; None: nothing needs to be kept."""
        if not self.is_pinned:
            return None
        calendar, texts = self.calendar, [list(one) for one in self.texts]
        return {"name": calendar.name, "table": calendar.table(), "texts": texts}


def nothing(_: str) -> Source | None:
    """The library of who has no files."""


_NAMED: Final[Mapping[str, Callable[[], Calendar]]] = {
    "cn": chinese,
    "weekdays": weekdays,
}


def named_calendar(name: str) -> Calendar:
    """A calendar that needs no file; raises ValueReadError for another name."""
    if name.startswith(COUNTRY):
        return _of_country(name)
    if name not in _NAMED:
        known = (*sorted(_NAMED), f"{COUNTRY}DE")
        raise ValueReadError("value.calendar_unknown", found=name, known=known)
    return _NAMED[name]()


def _of_country(name: str, **until: int) -> Calendar:
    # most plans are of no other country, and the tables of all take time to read
    from engine.plan.countries import country_calendar

    return country_calendar(name.removeprefix(COUNTRY), **until)


def unpacked(kept: Any) -> Chosen:
    """The calendar that a bundle keeps."""
    return Chosen(table_calendar(kept["name"], kept["table"]), (), is_pinned=True)


def chosen(value: Value | None, library: Library, faults: Faults) -> Chosen:
    """The calendar of a plan; Monday to Friday where none can be read."""
    reader = _Reader(library, faults)
    found = None
    if isinstance(value, Written):
        found = reader.written(OWN, value)
        is_pinned = value.get("extends") is not None
    elif isinstance(value, Scalar):
        found = reader.named(value)
        is_pinned = value.text != PLAIN
    if found is None:
        return Chosen(named_calendar(PLAIN))
    return Chosen(found, tuple(reversed(reader.texts)), is_pinned)


@dataclass(slots=True)
class _Reader:
    """Reads a calendar and those below it; what is wrong is told where it stands."""

    library: Library
    faults: Faults
    texts: list[tuple[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def tell(self, wrong: ValueReadError, at: Value) -> None:
        self.faults.add(wrong.code, part_at(at, wrong), "calendar", **wrong.values)

    def named(self, value: Scalar, until: date | None = None) -> Calendar | None:
        """``until``: to when whoever extends it answers for it."""
        name = value.text.removesuffix(".yaml")
        try:
            source = self.found(name)
            if source is not None:
                return self.filed(source)
            if name.startswith(COUNTRY) and until is not None:
                return _of_country(name, until=until.year)
            return named_calendar(name)
        except ValueReadError as wrong:
            self.tell(wrong, value)
        except PlanRejected as rejected:
            self.faults.extend(rejected.faults)
        return None

    def found(self, name: str) -> Source | None:
        """The file of a calendar; None: it has none."""
        if name.startswith(COUNTRY) or not _NAME.fullmatch(name):
            return None
        if name in self.names:
            raise ValueReadError("value.calendar_circle", names=(*self.names, name))
        if len(self.names) == CHAIN_MAX:
            raise ValueReadError("value.calendar_deep", most=CHAIN_MAX)
        self.names.append(name)
        return self.library(name)

    def filed(self, source: Source) -> Calendar | None:
        name = source.tree.get("calendar")
        if not isinstance(name, Scalar) or not name.text:
            self.faults.add("value.calendar_file", source.tree, "calendar")
            return None
        self.texts.append((name.text, source.text))
        return self.written(name.text, source.tree)

    def written(self, name: str, tree: Written) -> Calendar | None:
        extends, base = tree.get("extends"), None
        try:
            parts = read_mapping(tree.plain(), keys=KEYS, example=EXAMPLE)
            span = _span(parts)
            if extends is not None:
                read_text(parts["extends"])
            weekend = read_at(parts, "weekend", read_weekend)
        except ValueReadError as wrong:
            self.tell(wrong, tree)
            return None
        if isinstance(extends, Scalar):
            base = self.named(extends, span[1])
            if base is None:
                return None
        return self.layered(name, tree, _Frame(base, span, weekend))

    def layered(self, name: str, tree: Written, frame: _Frame) -> Calendar | None:
        """A calendar on top of what it extends."""
        before = len(self.faults.found)
        off, work = self.days(tree, "off"), self.days(tree, "work")
        if len(self.faults.found) > before:
            return None
        try:
            return frame.filled(name, off, work)
        except ValueReadError as wrong:
            self.tell(wrong, tree)
        return None

    def days(self, tree: Written, key: str) -> _Days:
        """The dates and rules under a key, each fault at its own line."""
        value, found = tree.get(key), _Days()
        if value is not None and not isinstance(value, Sequence):
            self.tell(ValueReadError("value.list", example="[2026-07-01]"), value)
            return found
        for item in value.items if isinstance(value, Sequence) else ():
            try:
                found.add(item.plain())
            except ValueReadError as wrong:
                self.tell(wrong, item)
        return found


def _span(parts: Mapping[str, object]) -> tuple[date | None, date | None]:
    """The first and the last day, as far as they are said."""
    valid = parts.get("valid")
    if valid is None:
        return read_span(parts)
    if parts.get("from") is not None or parts.get("to") is not None:
        raise ValueReadError("value.calendar_valid").under("valid")
    try:
        return read_span(read_mapping(valid, keys=("from", "to"), example=_VALID))
    except ValueReadError as wrong:
        raise wrong.under("valid") from None


@dataclass(slots=True)
class _Days:
    """Days as they are listed: dates, and rules that give dates."""

    dates: set[date] = field(default_factory=set)
    rules: list[Recurrence] = field(default_factory=list)

    def add(self, item: object) -> None:
        if isinstance(item, Mapping):
            read_mapping(item, keys=RULE_KEYS, example=_RULE)
            self.rules.append(read_recurrence(item))
        else:
            self.dates.add(read_date(item))

    def by_rule(self, calendar: Calendar) -> Iterator[date]:
        first, last = calendar.valid_from, calendar.valid_to
        for rule in self.rules:
            yield from rule.days(zone=UTC, calendar=calendar, start=first, end=last)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a calendar stands on, to when it holds, and its weekend."""

    base: Calendar | None
    span: tuple[date | None, date | None]
    weekend: frozenset[int] | None

    def filled(self, name: str, off: _Days, work: _Days) -> Calendar:
        """Dates stand above rules, and both above what the calendar extends."""
        dated = self.dated(name, off.dates, work.dates)
        ruled_off = frozenset(off.by_rule(dated)) - work.dates
        ruled_work = frozenset(work.by_rule(dated)) - off.dates
        for day in sorted(ruled_off & ruled_work):
            raise ValueReadError("value.calendar_both", day=day.isoformat())
        return made_calendar(
            name,
            (dated.valid_from, dated.valid_to),
            off=(dated.off - ruled_work) | ruled_off,
            work=(dated.work - ruled_off) | ruled_work,
            weekend=dated.weekend,
        )

    def dated(self, name: str, off: set[date], work: set[date]) -> Calendar:
        """With the dates that are listed, before any rule."""
        span, base = self.whole_span(), self.base
        for key, days in (("off", off), ("work", work)):
            require_within(frozenset(days), span, key)
        for day in sorted(off & work):
            raise ValueReadError("value.calendar_both", day=day.isoformat())
        below = (base.off, base.work) if base is not None else (frozenset(),) * 2
        kept = [{day for day in days if span[0] <= day <= span[1]} for days in below]
        return made_calendar(
            name,
            span,
            off=frozenset((kept[0] - work) | off),
            work=frozenset((kept[1] - off) | work),
            weekend=self.weekend or (base.weekend if base else SATURDAY_SUNDAY),
        )

    def whole_span(self) -> tuple[date, date]:
        """From when to when it holds; never beyond what it extends."""
        base, (first, last) = self.base, self.span
        if base is not None:
            first, last = first or base.valid_from, last or base.valid_to
        if first is None or last is None:
            wanted = "valid.from" if first is None else "valid.to"
            raise ValueReadError("value.missing_key", wanted=wanted, example=_VALID)
        if base and not base.valid_from <= first <= last <= base.valid_to:
            raise ValueReadError(
                "value.calendar_beyond",
                calendar=base.name,
                first=base.valid_from.isoformat(),
                last=base.valid_to.isoformat(),
            )
        return first, last
