"""Calendars of files and of other countries, and what a running plan keeps of them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from engine.plan.calendar import Calendar, chinese, made_calendar
from engine.plan.calendars import CHAIN_MAX
from engine.plan.countries import LAST_YEAR, country_calendar
from engine.plan.library import check_file, from_bundle, load
from engine.plan.values import ValueReadError
from engine.testing import HEAD, STAGES, told

PLAN = HEAD.replace("calendar: cn", "calendar: %s") + STAGES
OFFICE = """\
calendar: calendars/our-office
title: {zh: 本单位工作日历, en: our office}
extends: cn
off: [2009-06-01, {yearly: 07-01, text: 所庆}]
work: [2009-05-30]
src: [R-001]
"""


def day(text: str) -> date:
    return date.fromisoformat(text)


def planned(folder: Path, calendar: str, **files: str) -> Path:
    """A plan with a calendar, and calendar files beside it."""
    (folder / "calendars").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "calendars" / f"{name}.yaml").write_text(text, "utf-8")
    file = folder / "plan.yaml"
    file.write_text(PLAN % calendar, "utf-8")
    return file


def calendar_of(file: Path) -> Calendar:
    found: Calendar = load(file)[0].calendar
    return found


def faults(file: Path) -> list[str]:
    found = [one for one in check_file(file).faults if one.severity == "fault"]
    return [f"{one.place.line}:{one.code}" for one in found]


# -- files


@pytest.mark.parametrize("name", ["calendars/office", "calendars/office.yaml"])
def test_a_calendar_file_is_found_beside_the_plan(tmp_path: Path, name: str) -> None:
    calendar = calendar_of(planned(tmp_path, name, office=OFFICE))
    assert calendar.name == "calendars/our-office"
    worked = {
        text: calendar.is_working_day(day(text))
        for text in (
            "2009-05-30",
            "2009-05-31",
            "2009-06-01",
            "2009-07-01",
            "2009-07-02",
        )
    }
    assert worked == {
        "2009-05-30": True,  # its own, though off by what it extends
        "2009-05-31": True,  # a make-up day of what it extends
        "2009-06-01": False,
        "2009-07-01": False,
        "2009-07-02": True,
    }


def test_what_a_file_extends_says_to_when_it_holds(tmp_path: Path) -> None:
    calendar = calendar_of(planned(tmp_path, "calendars/office", office=OFFICE))
    assert (calendar.valid_from, calendar.valid_to) == (
        chinese().valid_from,
        chinese().valid_to,
    )


def test_a_file_may_hold_for_less(tmp_path: Path) -> None:
    text = OFFICE + "valid: {from: 2009-01-01, to: 2009-06-30}\n"
    file = planned(tmp_path, "calendars/office", office=text)
    assert faults(file) == ["5:check.calendar_ends"]


def test_calendars_stand_on_each_other(tmp_path: Path) -> None:
    above = """\
calendar: calendars/branch
extends: calendars/office
work: [2009-06-01]
weekend: [sunday]
"""
    file = planned(tmp_path, "calendars/branch", office=OFFICE, branch=above)
    calendar = calendar_of(file)
    assert calendar.is_working_day(day("2009-06-01"))
    assert calendar.is_working_day(day("2009-06-06"))
    assert not calendar.is_working_day(day("2009-07-01"))


def test_rules_give_days_year_after_year(tmp_path: Path) -> None:
    text = """\
calendar: school
valid: {from: 2009-01-01, to: 2012-12-31}
off:
- {yearly: 05-01}
- {yearly: 10-01, to: 2010-12-31}
- {yearly: {month: 11, day: fourth thursday}}
- {weekly: wednesday, every: 2 weeks, from: 2009-06-01, to: 2009-06-30}
- {monthly: last workday, except: [2009-12-31], from: 2009-12-01, to: 2010-01-31}
work:
- {monthly: first saturday, from: 2009-09-01, to: 2009-10-31}
- 2011-05-01
"""
    calendar = calendar_of(planned(tmp_path, "calendars/school", school=text))
    assert [one.isoformat() for one in sorted(calendar.off)] == [
        "2009-05-01",
        "2009-06-03",
        "2009-06-17",
        "2009-10-01",
        "2009-11-26",
        "2010-01-29",
        "2010-05-01",
        "2010-10-01",
        "2010-11-25",
        "2011-11-24",
        "2012-05-01",
        "2012-11-22",
    ]
    assert [one.isoformat() for one in sorted(calendar.work)] == [
        "2009-09-05",
        "2009-10-03",
        "2011-05-01",
    ]


def test_a_holiday_on_a_weekend_may_move_to_the_next_working_day(
    tmp_path: Path,
) -> None:
    text = """\
calendar: moved
valid: {from: 2009-01-01, to: 2011-12-31}
off: [2010-05-03, {yearly: 05-01, on_holiday: next_workday}]
"""
    calendar = calendar_of(planned(tmp_path, "calendars/moved", moved=text))
    assert sorted(calendar.off) == [
        day("2009-05-01"),
        day("2010-05-03"),
        day("2010-05-04"),
        day("2011-05-02"),
    ]


def test_a_plan_s_own_calendar_may_extend_and_have_rules(tmp_path: Path) -> None:
    own = "{extends: cn, off: [{yearly: 07-01}], valid: {to: 2009-12-31}}"
    calendar = calendar_of(planned(tmp_path, own))
    assert not calendar.is_working_day(day("2009-07-01"))
    assert calendar.is_working_day(day("2009-05-31"))
    assert calendar.valid_to == day("2009-12-31")


VALID = "valid: {from: 2009-01-01, to: 2009-12-31}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("title: x\n", ["1:value.calendar_file"]),
        ("calendar: x\n", ["1:value.missing_key"]),
        (f"calendar: x\nfree: []\n{VALID}", ["1:value.unknown_key"]),
        (f"calendar: x\n{VALID}off: 2009-05-01\n", ["3:value.list"]),
        (
            f"calendar: x\n{VALID}off:\n- 2009-02-30\n- {{yearly: 02-29}}\n",
            ["4:value.date_day", "5:value.recurrence_yearly"],
        ),
        (
            f"calendar: x\n{VALID}work:\n- {{yearly: 05-01, at: 09:00}}\n",
            ["4:value.unknown_key"],
        ),
        (f"calendar: x\n{VALID}off: [2010-05-01]\n", ["3:value.calendar_outside"]),
        (
            f"calendar: x\n{VALID}off: [2009-05-01]\nwork: [2009-05-01]\n",
            ["1:value.calendar_both"],
        ),
        (
            f"calendar: x\n{VALID}off: [{{yearly: 05-01}}]\n"
            "work: [{monthly: first friday}]\n",
            ["1:value.calendar_both"],
        ),
        (f"calendar: x\n{VALID}from: 2009-01-01\n", ["2:value.calendar_valid"]),
        ("calendar: x\nvalid: {from: 2009-01-01}\n", ["1:value.missing_key"]),
        (
            "calendar: x\nvalid: {from: 2009-02-01, to: 2009-01-01}\n",
            ["2:value.order"],
        ),
        (
            "calendar: x\nextends: cn\nvalid: {to: 2099-12-31}\n",
            ["1:value.calendar_beyond"],
        ),
        ("calendar: x\nextends: nobody\n", ["2:value.calendar_unknown"]),
        ("calendar: x\nextends: calendars/x\n", ["2:value.calendar_circle"]),
        ("calendar: x\nextends: ../x\n", ["2:value.calendar_unknown"]),
        (f"calendar: x\n{VALID}weekend: [someday]\n", ["3:value.weekday"]),
        ("calendar: [x\n", ["2:plan.syntax_bracket"]),
    ],
)
def test_a_faulty_file_is_told_at_its_line(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    assert faults(planned(tmp_path, "calendars/x", x=text)) == found


def test_a_file_s_fault_names_the_file(tmp_path: Path) -> None:
    file = planned(tmp_path, "calendars/x", x="calendar: x\n")
    (fault,) = check_file(file).faults
    assert fault.place.file.endswith("calendars/x.yaml")


def test_calendars_that_stand_too_deep_are_told(tmp_path: Path) -> None:
    chain = {
        f"c{n}": f"calendar: c{n}\nextends: calendars/c{n + 1}\n"
        for n in range(CHAIN_MAX + 1)
    }
    assert faults(planned(tmp_path, "calendars/c0", **chain)) == [
        "2:value.calendar_deep"
    ]


# -- other countries


@pytest.mark.parametrize(
    ("name", "off", "worked"),
    [
        ("DE", ["2025-10-03", "2026-04-03", "2026-12-25"], ["2026-01-06"]),
        ("DE-BY", ["2026-01-06", "2026-06-04"], ["2026-01-07"]),
        ("US", ["2026-07-03", "2026-11-26", "2025-06-19"], ["2026-11-27"]),
        ("US-CA", ["2026-03-31", "2026-11-27"], ["2026-11-30"]),
        ("GB-ENG", ["2022-09-19", "2026-05-25"], ["2026-08-03"]),
        ("JP", ["2026-09-22", "2026-05-06"], ["2026-05-07"]),
        ("FR", ["2026-07-14"], ["2026-07-15"]),
        ("IL", ["2026-01-02"], ["2026-01-04"]),
    ],
)
def test_a_country_has_its_own_holidays_and_weekend(
    name: str, off: list[str], worked: list[str]
) -> None:
    calendar = country_calendar(name)
    assert [one for one in off if calendar.is_working_day(day(one))] == []
    assert [one for one in worked if not calendar.is_working_day(day(one))] == []


def test_a_country_that_changed_its_weekend_is_right_before_and_after() -> None:
    emirates = country_calendar("AE")
    assert emirates.is_working_day(day("2021-12-19"))  # a Sunday
    assert not emirates.is_working_day(day("2021-12-24"))
    assert not emirates.is_working_day(day("2022-12-18"))
    assert emirates.is_working_day(day("2022-12-23"))


def test_a_country_is_known_to_the_year_after_the_package() -> None:
    germany = country_calendar("DE")
    assert (germany.valid_from, germany.valid_to) == (
        date(2000, 1, 1),
        date(LAST_YEAR, 12, 31),
    )


@pytest.mark.parametrize("name", ["SA", "EG", "PK", "VN", "HU"])
def test_estimates_and_make_up_days_to_be_announced_are_not_known(name: str) -> None:
    """Where the moon must be seen, and where weekend days are worked by decree."""
    assert country_calendar(name).valid_to.year < LAST_YEAR


def test_mainland_china_is_told_to_use_the_official_days(tmp_path: Path) -> None:
    assert "calendar: cn" in told(planned(tmp_path, "country/CN"))[0]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("country/XX", "value.country_unknown"),
        ("country/DE-QQ", "value.country_part"),
        ("country/", "value.country_unknown"),
        ("country/CN", "value.country_cn"),
        ("country/KW", "value.country_guessed"),
        ("de", "value.calendar_unknown"),
    ],
)
def test_what_is_no_country_is_told(tmp_path: Path, name: str, code: str) -> None:
    assert faults(planned(tmp_path, name)) == [f"4:{code}"]


def test_a_file_answers_for_years_that_the_package_only_computes(
    tmp_path: Path,
) -> None:
    text = "calendar: de\nextends: country/DE\nvalid: {to: 2030-12-31}\n"
    calendar = calendar_of(planned(tmp_path, "calendars/de", de=text))
    assert not calendar.is_working_day(day("2030-10-03"))
    assert calendar.valid_to == day("2030-12-31")


def test_a_plan_of_no_country_does_not_read_the_tables_of_all(tmp_path: Path) -> None:
    file = planned(tmp_path, "cn")
    program = (
        "import sys; from pathlib import Path\n"
        "from engine.plan.library import load\n"
        "load(Path(sys.argv[1])); print('holidays' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


# -- what a running plan keeps


CALENDARS = ["cn", "weekdays", "country/DE", "calendars/office", "{extends: cn}"]


@pytest.mark.parametrize("name", CALENDARS)
def test_a_bundle_gives_the_same_plan_wherever_it_is_opened(
    tmp_path: Path, name: str
) -> None:
    plan, bundle = load(planned(tmp_path, name, office=OFFICE))
    again = from_bundle(bundle)
    assert again.digest == plan.digest
    assert again.calendar == plan.calendar
    assert again.calendar.table() == plan.calendar.table()


def test_a_bundle_says_nothing_of_the_folder_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    digests = {
        load(planned(tmp_path / name, "calendars/office", office=OFFICE))[0].digest
        for name in ("one", "two")
    }
    assert len(digests) == 1


def test_the_text_of_a_calendar_is_kept_with_its_sources(tmp_path: Path) -> None:
    _, bundle = load(planned(tmp_path, "calendars/office", office=OFFICE))
    assert json.loads(bundle)["calendar"]["texts"] == [["calendars/our-office", OFFICE]]


def test_another_table_is_another_plan(tmp_path: Path) -> None:
    one = load(planned(tmp_path, "calendars/office", office=OFFICE))[0]
    more = OFFICE.replace("2009-06-01", "2009-06-02")
    other = load(planned(tmp_path, "calendars/office", office=more))[0]
    assert one.calendar.digest != other.calendar.digest
    assert one.digest != other.digest


def test_a_running_plan_counts_by_the_table_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a later package knows of the same years."""
    plan, bundle = load(planned(tmp_path, "cn"))
    cn = chinese()
    later = made_calendar(
        "cn",
        (cn.valid_from, cn.valid_to),
        off=cn.off | {day("2009-06-01")},
        work=cn.work,
        weekend=cn.weekend,
    )
    monkeypatch.setattr("engine.plan.calendars._NAMED", {"cn": lambda: later})
    again = from_bundle(bundle)
    assert again.calendar.is_working_day(day("2009-06-01"))
    assert again.digest == plan.digest
    renewed = load(planned(tmp_path, "cn"))[0]
    assert not renewed.calendar.is_working_day(day("2009-06-01"))
    assert renewed.digest != plan.digest


def test_a_bundle_of_before_still_opens(tmp_path: Path) -> None:
    """Of a time when the table was not kept."""
    _, bundle = load(planned(tmp_path, "cn"))
    packed = json.loads(bundle)
    del packed["calendar"]
    old = json.dumps(
        packed, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    assert from_bundle(old).calendar == chinese()


def test_calendars_are_refused_by_their_name_when_they_end() -> None:
    with pytest.raises(ValueReadError):
        country_calendar("XX")
    with pytest.raises(ValueError, match="country/DE"):
        country_calendar("DE").is_working_day(day("2099-01-01"))
