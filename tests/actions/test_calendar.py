"""The calendar action: a file that calendars read, the same every time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from pydantic import ValidationError

from actions.calendar import ACTION, Parameters, feed_name, uid_of
from engine.action import Attempt, Made, TryAgain

MEETING = {
    "title": "民主生活会",
    "starts": "2026-03-02T06:30:00Z",
    "ends": "2026-03-02T16:30:00+08:00",
    "place": "二楼会议室",
    "node": "分析检查.民主生活会",
}


def attempt(**given: Any) -> Attempt:
    asked = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    told: dict[str, Any] = {
        "key": "k1",
        "number": 1,
        "instance": "maguan",
        "node": "会议",
        "titles": {"plan": {"zh": "实施方案", "en": "the plan"}, "node": "会议"},
        "requested": asked,
        "now": asked,
    }
    return Attempt(**{**told, **given})


def made(*events: dict[str, Any], during: Attempt | None = None, **rest: Any) -> Made:
    asked = Parameters.model_validate({"name": "日程", "events": list(events), **rest})
    (file,) = ACTION.run(asked, during or attempt()).files
    return file


def entries(file: Made) -> list[Any]:
    return list(Calendar.from_ical(file.content).walk("VEVENT"))


def test_a_calendar_reads_the_events_with_times_in_utc() -> None:
    file = made(MEETING)
    assert file.name == "日程.ics"
    (entry,) = entries(file)
    assert entry["summary"] == "民主生活会"
    assert entry["location"] == "二楼会议室"
    assert entry.decoded("dtstart") == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert entry.decoded("dtend") == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert b"DTSTART:20260302T063000Z\r\n" in file.content


def test_an_event_keeps_its_uid_when_its_time_and_title_change() -> None:
    (before,) = entries(made(MEETING))
    moved = {**MEETING, "title": "改期", "starts": "2026-03-02T07:00:00Z"}
    later = attempt(key="k2", requested=datetime(2026, 3, 1, 2, 0, tzinfo=UTC))
    (after,) = entries(made(moved, during=later))
    assert before["uid"] == after["uid"] == uid_of("maguan", "分析检查.民主生活会")
    assert after["sequence"] > before["sequence"]


def test_without_a_node_an_event_is_of_the_node_that_asks() -> None:
    plain = {name: said for name, said in MEETING.items() if name != "node"}
    (entry,) = entries(made(plain))
    assert entry["uid"] == uid_of("maguan", "会议")


def test_events_of_other_nodes_and_other_instances_have_other_uids() -> None:
    twice = entries(made(MEETING, {**MEETING, "node": "乙"}, MEETING))
    elsewhere = entries(made(MEETING, during=attempt(instance="school")))
    assert len({entry["uid"] for entry in (*twice, *elsewhere)}) == 4


def test_a_day_is_a_whole_day_and_the_last_day_counts() -> None:
    days = {"title": "学习", "starts": "2026-03-02", "ends": "2026-03-04", "node": "学"}
    (entry,) = entries(made(days))
    assert entry.decoded("dtstart") == date(2026, 3, 2)
    assert entry.decoded("dtend") == date(2026, 3, 5)


def test_the_second_attempt_makes_the_same_bytes() -> None:
    again = attempt(number=2, now=datetime(2026, 3, 9, tzinfo=UTC))
    assert made(MEETING).content == made(MEETING, during=again).content


def test_no_line_is_longer_than_75_bytes_and_no_character_is_cut_in_two() -> None:
    long = "甲乙丙" * 60
    file = made({**MEETING, "title": long})
    lines = file.content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() is not None for line in lines)
    assert entries(file)[0]["summary"] == long


def test_a_title_cannot_add_lines_of_its_own() -> None:
    sly = "会\r\nEND:VEVENT\nBEGIN:VALARM\x00;,\\"
    file = made({**MEETING, "title": sly, "place": sly})
    (entry,) = entries(file)
    assert not Calendar.from_ical(file.content).walk("VALARM")
    assert entry["summary"] == "会\nEND:VEVENT\nBEGIN:VALARM;,\\"


@pytest.mark.parametrize(
    "sly", ["C:\\New\\note", "a\\", "a\\,b;c", "会\nEND:VCALENDAR"]
)
def test_a_text_reads_as_it_was_written(sly: str) -> None:
    file = made({**MEETING, "title": sly, "place": sly}, title=sly)
    for name in ("SUMMARY", "LOCATION"):
        assert text_of(file, name) == sly
    assert text_of(file, "X-WR-CALNAME") == sly.replace("\n", " ")


def text_of(file: Made, name: str) -> str:
    """As RFC 5545 has it: lines unfolded, each escape read once, from left to right."""
    lines = file.content.decode().replace("\r\n ", "").split("\r\n")
    (text,) = (line.partition(":")[2] for line in lines if line.startswith(f"{name}:"))
    return re.sub(r"\\(.)", lambda sign: {"n": "\n"}.get(sign[1], sign[1]), text)


def test_titles_are_read_in_the_language_asked_for() -> None:
    titled = {**MEETING, "title": {"zh": "会", "en": "meeting"}}
    assert entries(made(titled))[0]["summary"] == "会"
    file = made(titled, lang="en")
    assert entries(file)[0]["summary"] == "meeting"
    assert Calendar.from_ical(file.content)["x-wr-calname"] == "the plan"


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts": "2026-03-02T06:30:00"},
        {"starts": "0001-01-01T00:00:00+08:00"},
        {"starts": "明天"},
        {"starts": 20260302},
        {"ends": "2026-03-02T06:00:00Z"},
        {"ends": "2026-03-02"},
        {"node": ""},
        {"colour": "red"},
    ],
)
def test_an_event_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made({**MEETING, **wrong})


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("../日程", "_日程"),
        ("学习/讨论会", "学习_讨论会"),
        ("a\\b", "a_b"),
        ("..", "file"),
        ("a\nb", "a_b"),
        ("长" * 101, "长" * 80),
        ("\N{CALENDAR}" * 61, "\N{CALENDAR}" * 60),
        ("nul", "_nul"),
        ("COM1.2026", "_COM1.2026"),
        ("a\uffff", "a_"),
    ],
)
def test_a_title_is_made_a_name_that_every_system_takes(name: str, usable: str) -> None:
    assert made(MEETING, name=name).name == f"{usable}.ics"


def test_a_feed_is_kept_up_to_date_in_the_offices_folder(tmp_path: Path) -> None:
    given = attempt(settings={"PLANGATE_CALENDARS": str(tmp_path)})
    for title in ("先", "后"):
        file = made({**MEETING, "title": title}, during=given, feed="甲")
    (feed,) = tmp_path.iterdir()
    assert feed.name == feed_name("maguan", "甲")
    assert feed.name.startswith("maguan-甲-")
    assert feed_name("a-b", "c") != feed_name("a", "b-c")
    assert feed.read_bytes() == file.content
    assert feed.stat().st_mode & 0o777 == 0o644
    assert entries(file)[0]["summary"] == "后"


def test_the_name_of_a_feed_is_one_that_a_folder_takes(tmp_path: Path) -> None:
    settings = {"PLANGATE_CALENDARS": str(tmp_path)}
    made(during=attempt(instance="\N{CALENDAR}" * 90, settings=settings), feed="职工")
    (feed,) = tmp_path.iterdir()
    assert len(feed.name.encode()) <= 255


def test_a_folder_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    given = attempt(settings={"PLANGATE_CALENDARS": str(tmp_path / "none")})
    with pytest.raises(TryAgain, match="No such file"):
        made(MEETING, during=given, feed="甲")
    (tmp_path / feed_name("maguan", "甲")).mkdir()
    given = attempt(settings={"PLANGATE_CALENDARS": str(tmp_path)})
    with pytest.raises(TryAgain):
        made(MEETING, during=given, feed="甲")
    assert len(list(tmp_path.iterdir())) == 1
    assert made(MEETING, feed="甲").name == "日程.ics"
