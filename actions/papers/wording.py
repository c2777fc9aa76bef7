"""How plain values read on paper: days, moments, lists, answers, numbers of headings.

A plan's days and moments arrive as it writes them: ``2026-03-02`` and
``2026-03-02T06:30:00Z``. A value that is exactly that is read as one; everything else
is printed as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from actions.parameters import Language, in_language

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
WEEKDAYS: Final = {
    "zh": [f"星期{day}" for day in "一二三四五六日"],
    "en": [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
}
ANSWERS: Final = {
    "zh": {True: "是", False: "否"},
    "en": {True: "yes", False: "no"},
}
LIST_COMMA: Final = {"zh": "、", "en": ", "}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DIGITS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Wording:
    """One language, and the zone whose clock is shown."""

    lang: Language
    zone: str

    def text(self, value: Any) -> str:
        """A plain value as people read it: no value is no text."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return ANSWERS[self.lang][value]
        if isinstance(value, (list, tuple)):
            return LIST_COMMA[self.lang].join(self.text(one) for one in value)
        if isinstance(value, Mapping):
            return in_language(value, self.lang)
        read = in_language(value, self.lang)
        return self._time(read) or read

    def day(self, day: date) -> str:
        """``2026年3月2日``, ``2 March 2026``."""
        if self.lang == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def meeting_time(self, starts: str | None, ends: str | None = None) -> str:
        """As notices of meetings say it: with the day of the week, the day once."""
        said = self._with_weekday(starts)
        if not ends:
            return said
        first, last = self._read(starts or ""), self._read(ends)
        until = self._with_weekday(ends)
        if first and isinstance(last, datetime) and f"{first:%F}" == f"{last:%F}":
            until = f"{last:%H:%M}"
        return said + {"zh": "至", "en": " to "}[self.lang] + until

    def _with_weekday(self, value: str | None) -> str:
        day = self._read(value or "")
        if day is None:
            return self.text(value)
        week = WEEKDAYS[self.lang][day.weekday()]
        said = f"{week}, {self.day(day)}" if self.lang == "en" else self.day(day)
        if self.lang == "zh":
            said += f"（{week}）"
        return said + self._clock(day)

    def day_of(self, moment: datetime) -> date:
        """The day that a calendar on the wall of the office shows."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def _time(self, text: str) -> str:
        """A day or a moment in words; nothing where the text is neither."""
        day = self._read(text)
        return "" if day is None else self.day(day) + self._clock(day)

    def _clock(self, day: date) -> str:
        if not isinstance(day, datetime):
            return ""
        return f"{', ' if self.lang == 'en' else ''}{day:%H:%M}"

    def _read(self, text: str) -> date | datetime | None:
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
            if _MOMENT.fullmatch(text):
                return datetime.fromisoformat(text).astimezone(ZoneInfo(self.zone))
        except (ValueError, OverflowError):  # the 31st of June; the end of all years
            return None
        return None


def heading_number(number: int, *, level: int, lang: Language) -> str:
    """The number before a heading: 一、（一）1.（1）; I. A. 1. (1)."""
    if lang == "en":
        marks = (f"{_roman(number)}. ", f"{_letters(number)}. ")
        return (*marks, f"{number}. ", f"({number}) ")[level - 1]
    chinese = chinese_number(number)
    return (f"{chinese}、", f"（{chinese}）", f"{number}.", f"（{number}）")[level - 1]


def chinese_number(number: int) -> str:
    """一, 十一, 二十, 一百零五; 1 to 999."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones else "")


def _roman(number: int) -> str:
    said = ""
    for sign, value in (
        *(("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50), ("XL", 40)),
        *(("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)),
    ):
        said += sign * (number // value)
        number %= value
    return said


def _letters(number: int) -> str:
    """A to Z, then AA, AB and so on."""
    said = ""
    while number:
        number, rest = divmod(number - 1, 26)
        said = chr(ord("A") + rest) + said
    return said


def width(text: str) -> int:
    """Of the longest line, in half Chinese characters."""
    return max(
        sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
        for line in text.split("\n")
    )
