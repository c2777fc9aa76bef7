"""The typed values of a plan, and their form in JSON.

Values are exact: no floats. Moments are answered in UTC, because two times of one
zone compare by the wall clock and are wrong in the hour that a zone lives twice.
How they are read from what an author wrote: :mod:`engine.plan.readers`.
May import: engine.words, engine.plan.expressions (the names of units).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    Protocol,
    TypeAlias,
    cast,
    get_args,
    runtime_checkable,
)

from engine import words
from engine.plan.expressions import UNITS

if TYPE_CHECKING:
    from engine.ports import Json

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2999, 12, 31)
AMOUNT_MAX: Final = 100_000
"""Of any unit: no sum of a date and a duration leaves what a datetime can hold."""
DECIMALS_MAX: Final = 9
HOURS_PER_WORKDAY: Final = 8


class WorkingDays(Protocol):
    """Whoever can count working days (:class:`engine.plan.calendar.Calendar`)."""

    def add_working_days(self, day: date, count: int) -> date:
        """Raises CalendarExhausted."""


Unit: TypeAlias = Literal["workdays", "days", "weeks", "hours", "minutes", "seconds"]
_SECONDS: Final[Mapping[str, int]] = {"hours": 3600, "minutes": 60, "seconds": 1}
_DAYS: Final[Mapping[str, int]] = {"days": 1, "weeks": 7}
_CHINESE: Final[Mapping[str, str]] = {
    "workdays": "个工作日",
    "days": "天",
    "weeks": "周",
    "hours": "小时",
    "minutes": "分钟",
    "seconds": "秒",
}


class ValueReadError(ValueError):
    """A text is no value of its type. ``place`` names the keys inside the value."""

    def __init__(self, code: str, /, **values: Any) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values
        self.place: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (self.code, self.values, self.place))

    def under(self, *keys: str) -> ValueReadError:
        """The same error, found under these keys."""
        return _rebuilt(self.code, self.values, (*keys, *self.place))

    def say(self, language: str = "en") -> str:
        """The sentence: what was written, why not, what to write."""
        return words.say(self.code, language, **self.values)

    def __str__(self) -> str:
        return self.say("en")


def _rebuilt(
    code: str, values: Mapping[str, Any], place: tuple[str, ...]
) -> ValueReadError:
    error = ValueReadError(code, **values)
    error.place = place
    return error


# --- moments ------------------------------------------------------------------


def moment_at(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment (UTC) when a clock in the zone shows this day and time.

    A time that the zone skips moves forward by what was skipped (02:30 becomes
    03:30); of a time that the zone has twice, the first counts.
    """
    # fold 0 reads a skipped time with the offset before the change (PEP 495)
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone would depend on the machine."""
    if moment.tzinfo is None:
        raise TypeError("a moment has a zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of one unit; days and weeks are calendar days, not 24 hours."""

    amount: Fraction
    unit: Unit

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", Fraction(self.amount))
        if self.unit not in get_args(Unit):
            raise ValueReadError(
                "value.duration_unit",
                found=f"{decimal(self.amount)} {self.unit}",
                unit=self.unit,
                units=get_args(Unit),
            )
        code, values = self._fault()
        if code:
            raise ValueReadError(code, found=self.canonical(), **values)

    def _fault(self) -> tuple[str, dict[str, Any]]:
        if abs(self.amount) > AMOUNT_MAX:
            return "value.duration_long", {"most": AMOUNT_MAX}
        seconds = _SECONDS.get(self.unit)
        if seconds is None and self.amount.denominator != 1:
            return "value.duration_whole", {"unit": self.unit}
        if seconds is not None and (self.amount * seconds).denominator != 1:
            return "value.duration_seconds", {}
        return "", {}

    def __neg__(self) -> Duration:
        return Duration(-self.amount, self.unit)

    def canonical(self) -> str:
        """``5 workdays``, ``1 day``, ``1.5 hours``."""
        unit = self.unit[:-1] if self.amount == 1 else self.unit
        return f"{decimal(self.amount)} {unit}"

    __str__ = canonical

    def say(self, language: str = "en") -> str:
        """As people write it: ``5 workdays``, ``5个工作日``."""
        if language.startswith("zh"):
            return f"{decimal(self.amount)}{_CHINESE[self.unit]}"
        return self.canonical()

    def hours(self, *, per_workday: int | Fraction = HOURS_PER_WORKDAY) -> Fraction:
        """The pure amount, for quotas: a workday is 8 hours, a day 24, a week 168."""
        if self.unit == "workdays":
            return self.amount * per_workday
        if self.unit in _DAYS:
            return self.amount * _DAYS[self.unit] * 24
        return self.amount * _SECONDS[self.unit] / 3600

    def add_to(self, moment: datetime, calendar: WorkingDays, zone: tzinfo) -> datetime:
        """The moment (UTC) this long after another; a negative amount is before.

        Hours and minutes are elapsed time. Days, weeks and workdays keep the time
        that a clock in the zone shows. Raises CalendarExhausted for workdays.
        """
        try:
            later = self._added(moment, calendar, zone)
        except OverflowError:
            later = None
        if later is None or not FIRST_DAY.year <= later.year <= LAST_DAY.year:
            raise ValueReadError(
                "value.moment_range",
                found=self.canonical(),
                first=FIRST_DAY.isoformat(),
                last=LAST_DAY.isoformat(),
            )
        return later

    def _added(self, moment: datetime, calendar: WorkingDays, zone: tzinfo) -> datetime:
        if self.unit in _SECONDS:
            elapsed = timedelta(seconds=int(self.amount * _SECONDS[self.unit]))
            return as_utc(moment) + elapsed
        if not self.amount:
            # the second of two equal wall times must not become the first
            return as_utc(moment)
        local = as_utc(moment).astimezone(zone)
        count = int(self.amount)
        if self.unit == "workdays":
            day = calendar.add_working_days(local.date(), count)
        else:
            day = local.date() + timedelta(days=count * _DAYS[self.unit])
        return moment_at(day, local.time(), zone)


@dataclass(frozen=True, slots=True)
class Window:
    """Dates from ``start`` to ``end``, both included; None leaves a side open.

    ``text`` keeps the document's own words beside the dates taken for them.
    """

    start: date | None
    end: date | None
    text: str = ""

    def __post_init__(self) -> None:
        if self.start and self.end and self.start > self.end:
            raise ValueReadError(
                "value.order", start=self.start.isoformat(), end=self.end.isoformat()
            )

    def opens(self, zone: tzinfo) -> datetime | None:
        """The first moment inside: 00:00 of the first day."""
        return None if self.start is None else moment_at(self.start, time.min, zone)

    def closes(self, zone: tzinfo) -> datetime | None:
        """The first moment outside again: 00:00 of the day after the last."""
        if self.end is None:
            return None
        return moment_at(self.end + timedelta(days=1), time.min, zone)

    def canonical(self) -> dict[str, Json]:
        return {
            "from": self.start and self.start.isoformat(),
            "to": self.end and self.end.isoformat(),
            "text": self.text,
        }


# --- JSON ---------------------------------------------------------------------


@runtime_checkable
class HasCanonical(Protocol):
    """A value that knows its own form in JSON."""

    def canonical(self) -> Json: ...


def canonical(value: object) -> Json:
    """The one form of a value in JSON: equal values give equal bytes.

    Fractions are ``"n/d"`` or a whole number, dates and times ISO text, moments
    ``YYYY-MM-DDTHH:MM:SSZ`` in UTC (with microseconds only if there are any).
    """
    match value:
        case None | bool() | int() | str():
            return value
        case Mapping():
            return {str(key): canonical(part) for key, part in value.items()}
        case list() | tuple():
            return [canonical(part) for part in value]
        case _:
            return _canonical_scalar(value)


def _canonical_scalar(value: object) -> Json:
    match value:
        case Fraction():
            return int(value) if value.denominator == 1 else str(value)
        case datetime():
            return as_utc(value).replace(tzinfo=None).isoformat() + "Z"
        case date():
            return value.isoformat()
        case time(tzinfo=None, microsecond=0):
            return value.isoformat("seconds" if value.second else "minutes")
        case HasCanonical():  # last, for it is the slowest to ask
            return value.canonical()
    raise TypeError(f"{value!r} has no canonical form")


def decimal(number: Fraction) -> str:
    """``5``, ``2.5``; ``1/3`` where no decimal is exact."""
    for places in range(DECIMALS_MAX + 1):
        scaled = number * 10**places
        if scaled.denominator == 1:
            digits = f"{abs(int(scaled)):0{places + 1}}"
            point = f".{digits[-places:]}" if places else ""
            sign = "-" if number < 0 else ""
            return f"{sign}{digits[: len(digits) - places]}{point}"
    return str(number)


def from_json(kind: str, stored: Json) -> Any:
    """The value of this type (``ratio``, ``list[date]``) that has this JSON form.

    Raises ValueReadError for what :func:`canonical` never writes.
    """
    if stored is None:
        return None
    if kind.startswith("list[") and isinstance(stored, list):
        return tuple(from_json(kind[5:-1], part) for part in stored)
    restore = _RESTORERS.get(kind)
    if restore is None:
        raise TypeError(f"{kind} has no JSON form here")
    try:
        value = restore(stored)
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError):
        value = None
    if value is None or canonical(value) != stored:
        raise ValueReadError("value.stored", type=kind, found=str(stored))
    return value


def _restored_exactly(kind: type) -> Callable[[Json], Any]:
    def restored(stored: Json) -> Json:
        # a bool is an int to Python, not to JSON
        if type(stored) is not kind:
            raise TypeError
        return stored

    return restored


def _restored_fraction(stored: Json) -> Fraction:
    if type(stored) is int:
        return Fraction(stored)
    above, below = stored.split("/")
    return Fraction(int(above), int(below))


def _restored_moment(stored: Json) -> datetime:
    return datetime.fromisoformat(stored.removesuffix("Z")).replace(tzinfo=UTC)


_ELAPSED: Final = re.compile(r"(-?[0-9]+(?:/[0-9]+|\.[0-9]+)?) ([a-z]+)")


def _restored_duration(stored: Json) -> Duration:
    found = _ELAPSED.fullmatch(stored)
    if not found:
        raise ValueError
    return Duration(Fraction(found[1]), cast(Unit, UNITS[found[2]]))


def _restored_window(stored: Json) -> Window:
    start, end = (
        stored[side] and date.fromisoformat(stored[side]) for side in ("from", "to")
    )
    return Window(start, end, stored["text"])


_RESTORERS: Final[Mapping[str, Callable[[Json], Any]]] = {
    "text": _restored_exactly(str),
    "choice": _restored_exactly(str),
    "int": _restored_exactly(int),
    "bool": _restored_exactly(bool),
    "number": _restored_fraction,
    "ratio": _restored_fraction,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": _restored_moment,
    "duration": _restored_duration,
    "window": _restored_window,
}
