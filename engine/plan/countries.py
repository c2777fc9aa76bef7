"""Calendars of other countries: their public holidays, from a package that is kept up.

    calendar: country/DE        the holidays that all of Germany has
    calendar: country/US-CA     those of California

The package computes any year, whether its holidays have been announced or not. A
calendar refuses what nobody knows, so here it covers from :data:`FIRST_YEAR` to
:data:`LAST_YEAR`, and less where the package itself says that its days are estimated,
or where a country announces each year which weekend days are worked.
May import: engine.plan.calendar, engine.plan.values; ``holidays`` (only here).
"""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from engine.plan.calendar import COUNTRY, Calendar, made_calendar
from engine.plan.faults import nearest
from engine.plan.values import ValueReadError

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2027
"""The year after the release of the package that ``requirements.lock`` names."""
_RECENT: Final = 3
"""Years without one after which a country is taken to make up for days no more."""
_MAINLAND: Final = "CN"
_MOON: Final = "_islamic_calendar_show_estimated"
"""Where the moon must be seen the package can say which of its days are estimated; of
the other lunar calendars it calls estimated what is computed and certain."""
_LABELS: Final = ("estimated_label", "observed_estimated_label")


def country_calendar(code: str, *, until: int = LAST_YEAR) -> Calendar:
    """The working days of a country or a part of it (``US-CA``).

    ``until``: a later year, if somebody answers for it. Raises ValueReadError.
    """
    return _calendar(code, max(until, LAST_YEAR))


@cache
def _calendar(code: str, until: int) -> Calendar:
    entity = _entity(code)
    years = _known(entity, until)
    if not years:
        raise ValueReadError("value.country_guessed", found=f"{COUNTRY}{code}")
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weekend = frozenset(entity.weekend)
    worked = frozenset(day for day in days if entity.is_working_day(day))
    usual = frozenset(day for day in days if day.weekday() not in weekend)
    return made_calendar(
        f"{COUNTRY}{code}",
        (first, last),
        off=usual - worked,
        work=worked - usual,
        weekend=weekend,
    )


def _entity(code: str) -> Any:
    """The package's table of a country, empty as yet; it will name what it guesses."""
    import holidays

    country, _, part = code.partition("-")
    if country == _MAINLAND:
        raise ValueReadError("value.country_cn", found=f"{COUNTRY}{code}")
    known = holidays.list_supported_countries()
    if country not in known:
        near = nearest(country, tuple(known)) or ("DE", "US")
        raise ValueReadError("value.country_unknown", found=country, known=near)
    if part and part not in known[country]:
        parts = tuple(known[country]) or ("–",)
        raise ValueReadError("value.country_part", found=code, of=country, known=parts)
    entity = holidays.country_holidays(country, subdiv=part or None)
    if hasattr(entity, _MOON):
        setattr(entity, _MOON, True)
    return entity


def _known(entity: Any, until: int) -> list[int]:
    """The latest years in a row of which the package does more than guess."""
    first, last = max(FIRST_YEAR, entity.start_year), min(until, entity.end_year)
    guessed = {year for year in range(first, last + 1) if not _fills(entity, year)}
    guessed |= _estimated(entity)
    made_up = max((day.year for day in entity.weekend_workdays), default=0)
    if made_up > LAST_YEAR - _RECENT:
        last = min(last, made_up)
    while last in guessed:
        last -= 1
    first = max((year + 1 for year in guessed if year < last), default=first)
    return list(range(first, last + 1))


def _fills(entity: Any, year: int) -> bool:
    """Look a year up; False if the package warns that it lacks some of its days."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        entity.get(date(year, 1, 1))
    return not told


def _estimated(entity: Any) -> set[int]:
    labels = [getattr(entity, name, None) for name in _LABELS]
    marks = [entity.tr(one).replace("%s", "").strip() for one in labels if one]
    return {
        day.year for day, name in entity.items() if any(mark in name for mark in marks)
    }
