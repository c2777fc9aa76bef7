"""Readers: text becomes a typed value in one way of writing.

A reader takes that one way and tells the writer of another what to write. Values that
have parts are read from a mapping, part by part, and a fault says under which key.
May import: engine.plan.values, engine.plan.expressions (the names of units).
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from fractions import Fraction
from typing import Any, Final, TypeVar, cast

from engine.plan.expressions import UNITS
from engine.plan.values import (
    DECIMALS_MAX,
    FIRST_DAY,
    LAST_DAY,
    Duration,
    Unit,
    ValueReadError,
    Window,
    moment_at,
)

WHOLE_DIGITS_MAX: Final = 15
"""So that every reader of JSON reads a whole number exactly."""

Read = TypeVar("Read")

_INT: Final = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"[+-]?(?P<whole>0|[1-9][0-9]*)(?:\.(?P<decimals>[0-9]+))?")
_QUOTIENT: Final = re.compile(r"([0-9]+) ?/ ?([0-9]+)")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LOOSE_DATE: Final = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
_TIME: Final = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_LOOSE_TIME: Final = re.compile(r"([0-9]{1,2})[:.点时]([0-9]{2})分?")
_DATETIME: Final = re.compile(
    r"([0-9-]+)[ T]([0-9:]+)(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DURATION: Final = re.compile(r"(?P<amount>[0-9]+(?:\.[0-9]+)?) ?(?P<unit>[^\W\d_]+)")

WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_WEEKDAY_NUMBER: Final[Mapping[str, int]] = {
    **{name: number for number, name in enumerate(WEEKDAYS)},
    **{
        f"{before}{name}": number
        for before in ("周", "星期", "每周", "每星期")
        for number, names in enumerate(("一", "二", "三", "四", "五", "六", "日天"))
        for name in names
    },
}


def read_text(value: object) -> str:
    """Any text, in Unicode's composed form."""
    return unicodedata.normalize("NFC", _scalar(value, "text"))


def read_int(value: object) -> int:
    """Plain digits with an optional sign."""
    text = _scalar(value, "int")
    if not _INT.fullmatch(text):
        raise _misspelt(text, _plain_digits(text), otherwise="value.int")
    return int(_bounded(text))


def read_number(value: object) -> Fraction:
    """Decimal text, taken exactly."""
    text = _scalar(value, "number")
    if not _NUMBER.fullmatch(text):
        raise _misspelt(text, _plain_digits(text), otherwise="value.number")
    return Fraction(_bounded(text))


def read_ratio(value: object) -> Fraction:
    """``2/3``, ``0.4`` or ``40%``: an exact fraction from 0 to 1."""
    text = _scalar(value, "ratio")
    ratio = _ratio(text)
    if ratio is None:
        half_width = _half_width(text)
        known = half_width != text and _ratio(half_width) is not None
        raise _misspelt(text, half_width if known else "", otherwise="value.ratio")
    if not 0 <= ratio <= 1:
        raise ValueReadError("value.ratio_range", found=text)
    return ratio


def _ratio(text: str) -> Fraction | None:
    quotient = _QUOTIENT.fullmatch(text)
    if quotient:
        above, below = (int(_bounded(part)) for part in quotient.groups())
        return Fraction(above, below) if below else None
    bare = text.removesuffix("%")
    if not _NUMBER.fullmatch(bare):
        return None
    return Fraction(_bounded(bare)) / (100 if bare != text else 1)


def read_bool(value: object) -> bool:
    """``true`` or ``false`` and nothing else."""
    text = _scalar(value, "bool")
    if text not in {"true", "false"}:
        raise ValueReadError("value.bool", found=text)
    return text == "true"


def read_choice(value: object, *, of: Sequence[str]) -> str:
    """One of the choices, letter by letter."""
    text = read_text(value)
    if text not in of:
        raise ValueReadError("value.choice", found=text, of=tuple(of))
    return text


def read_date(value: object) -> date:
    """``2009-04-11``."""
    text = _scalar(value, "date")
    found = _DATE.fullmatch(text)
    if not found:
        raise _misspelt(text, _iso_date(_half_width(text)), otherwise="value.date")
    year, month, day = (int(part) for part in found.groups())
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise ValueReadError(
            "value.date_range",
            found=text,
            first=FIRST_DAY.isoformat(),
            last=LAST_DAY.isoformat(),
        )
    if not 1 <= month <= 12:  # noqa: PLR2004 -- a year has twelve
        raise ValueReadError("value.date_month", found=text, month=month)
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise ValueReadError(
            "value.date_day", found=text, year=year, month=month, days=days
        )
    return date(year, month, day)


def read_time(value: object) -> time:
    """``19:30`` or ``19:30:15``."""
    text = _scalar(value, "time")
    found = _TIME.fullmatch(text)
    if not found:
        raise _misspelt(text, _iso_time(_half_width(text)), otherwise="value.time")
    hour, minute, second = (int(part) for part in found.groups(default="0"))
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ValueReadError("value.time_range", found=text) from None


def read_datetime(value: object, zone: tzinfo) -> datetime:
    """``2009-04-11 19:30`` in the zone, as a moment (UTC).

    A text that says its own offset (``…T11:30:00Z``, ``…+08:00``) keeps it.
    """
    text = _scalar(value, "datetime")
    found = _DATETIME.fullmatch(text)
    if not found:
        raise ValueReadError("value.datetime", found=text)
    day, at = read_date(found[1]), read_time(found[2])
    if found["offset"] is None:
        return moment_at(day, at, zone)
    try:
        said = datetime.fromisoformat(f"{day}T{at.isoformat()}{found['offset']}")
    except ValueError:
        raise ValueReadError("value.datetime", found=text) from None
    return said.astimezone(UTC)


def read_duration(value: object) -> Duration:
    """``5 workdays``, ``14 days``, ``3 小时``: an amount and its unit."""
    text = _scalar(value, "duration")
    found = _DURATION.fullmatch(text)
    if not found or not _NUMBER.fullmatch(found["amount"]):
        half_width = _half_width(text)
        known = half_width != text and _DURATION.fullmatch(half_width)
        raise _misspelt(text, half_width if known else "", otherwise="value.duration")
    if found["unit"] not in UNITS:
        raise ValueReadError(
            "value.duration_unit", found=text, unit=found["unit"], units=tuple(UNITS)
        )
    return Duration(read_number(found["amount"]), cast(Unit, UNITS[found["unit"]]))


def read_window(value: object) -> Window:
    """``{from: …, to: …, text: …}`` or ``{day: …, text: …}``."""
    parts = read_mapping(
        value,
        keys=("from", "to", "day", "text"),
        example="{from: 2009-04-11, to: 2009-04-30}",
    )
    text = read_at(parts, "text", read_text) or ""
    day = read_at(parts, "day", read_date)
    start, end = read_at(parts, "from", read_date), read_at(parts, "to", read_date)
    if day and (start or end):
        raise ValueReadError("value.window_day")
    if not (day or start or end):
        raise ValueReadError("value.window_empty")
    return Window(day or start, day or end, text)


def read_weekday(value: object) -> int:
    """``monday``, ``周一`` or ``星期一`` is 0, ``sunday`` is 6."""
    text = _scalar(value, "text")
    number = _WEEKDAY_NUMBER.get(text.lower())
    if number is None:
        raise ValueReadError("value.weekday", found=text)
    return number


READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "text": read_text,
    "int": read_int,
    "number": read_number,
    "ratio": read_ratio,
    "bool": read_bool,
    "date": read_date,
    "time": read_time,
    "duration": read_duration,
    "window": read_window,
}
"""The readers that need nothing but what was written."""


# --- reading values that have parts -------------------------------------------


def read_mapping(
    value: object, *, keys: Sequence[str], example: str
) -> Mapping[str, object]:
    """A mapping with none but these keys; ``example`` is told to who writes else."""
    if not isinstance(value, Mapping):
        raise ValueReadError("value.mapping", example=example)
    for key in value:
        if key not in keys:
            raise ValueReadError("value.unknown_key", found=key, known=tuple(keys))
    return value


def read_at(
    parts: Mapping[str, object], key: str, reader: Callable[[object], Read]
) -> Read | None:
    """The part under a key, None if it is absent; its fault says the key."""
    if parts.get(key) is None:
        return None
    try:
        return reader(parts[key])
    except ValueReadError as error:
        raise error.under(key) from None


def _scalar(value: object, wanted: str) -> str:
    if not isinstance(value, str):
        raise ValueReadError("value.scalar", wanted=wanted)
    return value


def _bounded(text: str) -> str:
    whole, _, decimals = text.lstrip("+-").partition(".")
    if len(whole) > WHOLE_DIGITS_MAX or len(decimals) > DECIMALS_MAX:
        raise ValueReadError(
            "value.number_long",
            found=text,
            whole=WHOLE_DIGITS_MAX,
            decimals=DECIMALS_MAX,
        )
    return text


def _misspelt(text: str, write: str, *, otherwise: str) -> ValueReadError:
    """The error that shows the right spelling, if the text has a likely one."""
    if write:
        return ValueReadError("value.form", found=text, write=write)
    return ValueReadError(otherwise, found=text)


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _plain_digits(text: str) -> str:
    """What the writer of ``010``, ``1_000``, ``1,000`` or ``1e3`` likely meant."""
    plain = re.sub(r"(?<=[0-9])[_,，](?=[0-9])", "", _half_width(text))
    power = re.fullmatch(r"([1-9][0-9]*)[eE]\+?([0-9]{1,2})", plain)
    if power and len(power[1]) + int(power[2]) <= WHOLE_DIGITS_MAX:
        plain = power[1] + "0" * int(power[2])
    plain = re.sub(r"^([+-]?)0+(?=[0-9])", r"\1", plain)
    return plain if plain != text and _NUMBER.fullmatch(plain) else ""


def _iso_date(text: str) -> str:
    found = _LOOSE_DATE.fullmatch(text)
    if not found:
        return ""
    year, month, day = (part for part in found.groups() if part is not None)
    return f"{year}-{month:>02}-{day:>02}"


def _iso_time(text: str) -> str:
    found = _LOOSE_TIME.fullmatch(text)
    return f"{found[1]:>02}:{found[2]}" if found else ""
