"""A calendar file (ICS) of given events, which people subscribe to or import.

An event is known by instance and node, so a later file with a new time moves the
event in a reader's calendar and does not add a second one. Times are written in UTC:
every calendar shows them in its owner's zone, and no zone tables are shipped.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from actions.parameters import (
    FileName,
    FileTitle,
    Language,
    Shape,
    Text,
    in_language,
    one_line,
)
from engine.action import (
    Action,
    Attempt,
    Done,
    Made,
    Setting,
    TryAgain,
    file_name,
)

if TYPE_CHECKING:
    from icalendar import Calendar
    from icalendar import Event as Entry
    from icalendar.prop import vUnknown

EVENTS_MAX: Final = 5_000
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2999
SEQUENCE_MAX: Final = 2**31 - 1
FOLDER: Final = "PLANGATE_CALENDARS"
SHOWN_MAX: Final = 180
"""Bytes of a feed's name that tell people whose it is; a name has at most 255."""
READABLE: Final = 0o644
"""Whoever serves the folder may read it."""
MAKER: Final = "-//plangate//calendar//EN"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _read_moment(found: object) -> date | datetime:
    """A day, or a moment with its zone, as UTC. Raises ValueError."""
    if not isinstance(found, str):
        raise ValueError("a day or a moment is wanted / 要写日期或时刻")
    if _DAY.fullmatch(found):
        day: date | datetime = date.fromisoformat(found)
    else:
        day = datetime.fromisoformat(found)
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise ValueError(f"the year is not {YEAR_MIN} to {YEAR_MAX} / 年份超出范围")
    if not isinstance(day, datetime):
        return day
    if day.tzinfo is None:
        raise ValueError("a moment needs its zone / 时刻要带时区，例如末尾的 Z")
    return day.astimezone(UTC).replace(microsecond=0)


Moment: TypeAlias = Annotated[date | datetime, BeforeValidator(_read_moment)]


class Event(Shape):
    """What stands in the calendar. Days are whole days, the last one included."""

    title: Text
    starts: Moment
    ends: Moment | None = None
    place: Text | None = None
    node: str | None = Field(default=None, min_length=1)
    """Path of the node that the event is of; without, of the one that asks."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Event:
        if self.ends is None:
            return self
        if isinstance(self.ends, datetime) is not isinstance(self.starts, datetime):
            raise ValueError(
                "starts and ends: two days or two moments / 起止要同为日期或同为时刻"
            )
        if self.ends < self.starts:
            raise ValueError("it ends before it starts / 结束早于开始")
        return self


class Parameters(Shape):
    """What a plan says of the file."""

    name: FileTitle
    events: list[Event] = Field(max_length=EVENTS_MAX)
    title: Text | None = None
    """What a reader's calendar calls it; without, the plan's own title."""
    feed: FileName | None = None
    """Kept up to date under this name in the office's folder of calendars."""
    lang: Language = "zh"


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Make the file: the same parameters and the same request give the same bytes."""
    named = in_language(parameters.name, parameters.lang)
    name = named.removesuffix(".ics") + ".ics"
    content = calendar_of(parameters, attempt).to_ical()
    folder = attempt.settings.get(FOLDER)
    if parameters.feed is not None and folder:
        _renew(Path(folder), feed_name(attempt.instance, parameters.feed), content)
    return Done(
        detail=f"{name}: {len(parameters.events)}",
        files=(Made(name=name, content=content),),
    )


def calendar_of(parameters: Parameters, attempt: Attempt) -> Calendar:
    """The calendar that a file, a feed or an invitation holds."""
    from icalendar import Calendar

    title = parameters.title or attempt.titles.get("plan", attempt.instance)
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add(
        "x-wr-calname", _literal(one_line(in_language(title, parameters.lang)))
    )
    before: Counter[str] = Counter()
    for event in parameters.events:
        node = event.node or attempt.node
        uid = uid_of(attempt.instance, node, number=before[node])
        before[node] += 1
        calendar.add_component(
            _entry(event, uid=uid, at=attempt.requested, lang=parameters.lang)
        )
    return calendar


def feed_name(instance: str, feed: str) -> str:
    """No two feeds have one name; and nobody guesses it who does not know both."""
    both = hashlib.sha256(f"{instance}\0{feed}".encode()).hexdigest()[:16]
    shown = file_name(f"{instance}-{feed}", instead="calendar").encode()[:SHOWN_MAX]
    return f"{shown.decode(errors='ignore')}-{both}.ics"


def _renew(folder: Path, name: str, content: bytes) -> None:
    """The feed of before, or this one: nobody reads a half. Raises TryAgain."""
    try:
        with NamedTemporaryFile(dir=folder, prefix=".", delete=False) as new:
            try:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
                Path(new.name).chmod(READABLE)
                Path(new.name).replace(folder / name)
            except OSError:
                Path(new.name).unlink(missing_ok=True)
                raise
    except OSError as wrong:
        raise TryAgain(
            f"日历文件夹写不进去（{wrong.strerror}）；请确认文件夹存在、可写 / "
            f"the folder of calendars cannot be written ({wrong.strerror}); "
            "it has to be there"
        ) from None


def uid_of(instance: str, node: str, *, number: int = 0) -> str:
    """The name that a node's event has in every file; a digest, for UIDs travel.

    ``number`` counts the events of this node that stand before it in the file.
    """
    named = "\0".join((instance, node, *([str(number)] if number else [])))
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@plangate"


def _entry(event: Event, *, uid: str, at: datetime, lang: Language) -> Entry:
    from icalendar import Event as Entry

    asked = at.astimezone(UTC).replace(microsecond=0)
    entry = Entry()
    entry.add("uid", uid)
    entry.add("dtstamp", asked)
    entry.add("last-modified", asked)
    # Some calendars take a changed event only under a higher number than before.
    entry.add("sequence", min(max(0, int(asked.timestamp())), SEQUENCE_MAX))
    entry.add("summary", _literal(in_language(event.title, lang)))
    entry.add("dtstart", event.starts)
    if event.ends is not None:
        entry.add("dtend", _end_excluded(event.ends))
    if event.place:
        entry.add("location", _literal(in_language(event.place, lang)))
    return entry


def _literal(text: str) -> vUnknown:
    """A text as RFC 5545 wants it, and as it was written.

    The library itself reads ``C:\\New`` as two lines, and leaves a calendar's name as
    it is, though a new line there ends the file.
    """
    from icalendar.prop import vUnknown

    escaped = re.sub(r"[\\;,]", r"\\\g<0>", text)
    return vUnknown(escaped.replace("\n", r"\n"))


def _end_excluded(end: date | datetime) -> date | datetime:
    """ICS counts a last day out; plans count it in."""
    return end if isinstance(end, datetime) else end + timedelta(days=1)


ACTION: Final = Action(
    name="calendar",
    title={"zh": "生成日历文件", "en": "make a calendar file"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "生成逐字节相同的文件；日历里的事项仍是原来那些，不会重复",
        "en": "makes the same bytes; readers keep the events they have, none twice",
    },
    settings=(
        Setting(
            name=FOLDER,
            what={
                "zh": "文件夹：订阅用的日历放在这里；不设就只随历史保存",
                "en": "a folder for calendars that people subscribe to; "
                "without it they are only kept beside the history",
            },
        ),
    ),
)
