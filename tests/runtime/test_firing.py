"""Everything that is due fires once, whoever runs it and whatever stops him."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.journal.chain import verify
from engine.journal.sqlite import SqliteJournal
from engine.plan.graph import Plan
from engine.plan.library import load
from engine.runtime import firing
from engine.runtime.firing import CROWDED, Fired, Mass, Runner, fire
from engine.runtime.service import Service
from engine.testing import DAILY, START

MASS_PLAN = """
plan: test/mass
title: Mass
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-04-01, to: 2019-12-31}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: s
  window: {from: 2009-04-11, to: 2009-04-12}
  links: [{id: l, owner: 甲, do: [{id: work, kind: span}]}]
"""
AFTER_MIDNIGHT = datetime(2009, 4, 13, tzinfo=UTC)
"""Eight in the morning there: an hour before the next nine o'clock."""
REFUSES_X2 = """
CREATE TRIGGER refused BEFORE INSERT ON entry WHEN NEW.instance = 'x2'
BEGIN SELECT RAISE(ABORT, 'not this one'); END
"""
NINE = timedelta(hours=1)
"""09:00 in Shanghai, after midnight UTC."""
DAYS = 4
NOW = START + timedelta(days=DAYS, hours=12)
RUNNER = """
import sys
from datetime import datetime
from engine.bootstrap import open_service
from engine.runtime.firing import Runner
runner = Runner(open_service(sys.argv[1]), limit=10)
print("ready", flush=True)
sys.stdin.readline()
moved = 0
while True:
    fired = runner.fire(datetime.fromisoformat(sys.argv[2]), anyway=True)
    assert not fired.aside, fired.aside
    moved += len(fired.results)
    if not (fired.results or fired.is_more):
        break
print(moved)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def loaded(tmp_path: Path) -> tuple[Plan, bytes]:
    plan = tmp_path / "plan.yaml"
    plan.write_text(DAILY, encoding="utf-8")
    return load(plan)


@pytest.fixture
def service(file: Path) -> Iterator[Service]:
    service = open_service(f"sqlite:///{file}")
    yield service
    service.journal.close()


def begun(number: int) -> datetime:
    """When an instance was started: no two at the same time, none at nine."""
    return START + timedelta(minutes=13 * number)


def start(
    service: Service, loaded: tuple[Plan, bytes], many: int, *, simulated: bool = False
) -> list[str]:
    names = [f"{'sim' if simulated else 'x'}{number}" for number in range(many)]
    for number, name in enumerate(names):
        at = begun(number)
        service.start(*loaded, instance=name, now=at, simulated=simulated)
    return names


def expected(number: int, now: datetime = NOW) -> list[str]:
    """Every nine o'clock after the start, by counting days and nothing else."""
    days = range((now - START).days + 1)
    moments = [START + NINE + timedelta(days=day) for day in days]
    return [
        f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in moments if begun(number) < one <= now
    ]


def fired(service: Service, name: str) -> list[str]:
    """The due times of what fired, in the order of the history; it must be whole."""
    entries = list(service.journal.entries(name))
    assert verify(entries) == []
    events = [service.decode(entry)[0] for entry in entries]
    return [one.due for one in events if getattr(one, "move", "") == "announce"]


def all_fired(service: Service, names: list[str], now: datetime = NOW) -> bool:
    told = [fired(service, name) for name in names]
    return told == [expected(number, now) for number in range(len(names))]


def until_done(runner: Runner, now: datetime) -> int:
    """Passes until nothing is left; how many there were."""
    for passes in range(1, 1_000):
        found = runner.fire(now)
        assert isinstance(found, Fired)
        if not (found.results or found.is_more):
            return passes
    raise AssertionError("it never ends")


def entries_of(service: Service) -> int:
    return sum(head.revision for head in service.journal.heads())


class Process:
    """A runner in a process of its own."""

    def __init__(self, file: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, f"sqlite:///{file}", NOW.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def moved(self) -> int:
        told = self.process.communicate(timeout=300)[0]
        assert self.process.returncode == 0
        return int(told)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        assert self.process.returncode in {-signal.SIGKILL, 0}


def test_one_pass_fires_what_is_due_and_the_next_finds_nothing(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    names = start(service, loaded, 5)
    heard: list[str] = []
    found = fire(service, NOW, progress=heard.append)
    assert isinstance(found, Fired)
    assert sorted(heard) == names
    assert sorted(one.instance for one in found.results) == names
    assert all_fired(service, names)
    assert fire(service, NOW) == Fired()


def test_a_pass_takes_the_longest_due_and_the_last_and_no_more_than_its_limit(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    start(service, loaded, 9)
    found = fire(service, NOW, limit=4)
    assert isinstance(found, Fired)
    assert found.is_more
    # 0…4 were started before the first nine o'clock, 5…8 wait for the second
    assert moved(found) == ["x0", "x1", "x7", "x8"]


def moved(found: Fired | Mass) -> list[str]:
    assert isinstance(found, Fired)
    return sorted(one.instance for one in found.results)


@pytest.mark.parametrize("limit", [2, 5, 10])
def test_what_becomes_due_while_a_mass_is_drained_waits_for_one_pass(
    service: Service, loaded: tuple[Plan, bytes], tmp_path: Path, limit: int
) -> None:
    file = tmp_path / "mass.yaml"
    file.write_text(MASS_PLAN, encoding="utf-8")
    mass = load(file)
    left = [f"x{number:02}" for number in range(30)]
    for name in left:
        service.start(*mass, instance=name, now=START)
    now = AFTER_MIDNIGHT
    service.start(*loaded, instance="daily", now=now)
    runner = Runner(service, limit=limit, group=2)
    while left:
        now += timedelta(days=1)  # it becomes due, after all of them, again and again
        happened = moved(runner.fire(now))
        assert "daily" in happened
        # nor do they wait for it: half of each pass is taken from their front
        assert set(left[: limit - limit // 2]) <= set(happened)
        left = [name for name in left if name not in happened]
    assert len(fired(service, "daily")) == (now - AFTER_MIDNIGHT).days


def test_a_mass_drives_nobody_who_acts_out_of_memory(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    names = start(service, loaded, 20)
    service.live.clear()
    service.look("x3")
    fire(service, NOW)
    assert set(service.live) == {"x3"}
    head = service.journal.head("x3")
    assert head is not None
    assert service.live["x3"].instance.revision == head.revision
    assert all_fired(service, names)


def test_an_instance_that_the_database_refuses_keeps_no_other_from_its_transaction(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    names = start(service, loaded, 5)
    with sqlite3.connect(file) as connection:
        connection.execute(REFUSES_X2)
    runner = Runner(service, group=3)
    found = runner.fire(NOW)
    assert isinstance(found, Fired)
    assert [one.instance for one in found.aside] == ["x2"]
    assert moved(found) == ["x0", "x1", "x3", "x4"]
    connection.execute("DROP TRIGGER refused")
    connection.close()
    until_done(runner, NOW + timedelta(minutes=2))
    assert all_fired(service, names)


def test_people_act_between_two_transactions_of_a_pass(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    names = start(service, loaded, 6)
    people = open_service(f"sqlite:///{file}")
    acted: list[int] = []

    def act(_: str) -> None:
        report = Do(node="s.l.work", move="report", actor="甲", inputs={"text": "好"})
        acted.append(people.do("x5", report, now=NOW).first)

    found = Runner(service, place=0, group=2).fire(NOW, progress=act)
    # who acts lets happen what is due there: the pass finds nothing left to do
    assert moved(found) == names[:-1]
    assert len(acted) == len(names) - 1
    assert all_fired(service, names)
    people.journal.close()


def drain_and_die(file: Path, plan: Plan, statement: int) -> int:
    """The exit code of a child that is killed before its n-th statement of a pass."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    left = statement

    def dying(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    service = open_service(f"sqlite:///{file}")
    service.plans[plan.digest] = plan
    journal = service.journal
    assert isinstance(journal, SqliteJournal)
    with journal._held() as connection:
        connection.set_trace_callback(dying)
    Runner(service, group=2).fire(NOW)
    os._exit(0)


def test_of_what_shares_a_transaction_each_is_whole_or_not_there_after_any_death(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    names = start(service, loaded, 4)
    service.journal.close()
    statement, seen = 0, set()
    while True:
        statement += 1
        code = drain_and_die(file, loaded[0], statement)
        after = open_service(f"sqlite:///{file}")
        done = [fired(after, name) for name in names]
        due = [after.journal.timers(name)[0].due > NOW for name in names]
        after.journal.close()
        assert due == [bool(one) for one in done]
        assert all(one in ([], expected(n)) for n, one in enumerate(done))
        seen.add(sum(due))
        if code == 0:
            break
        assert code == signal.SIGKILL
    assert seen == {0, 2, 4}


def test_runners_that_meet_part_and_leave_nothing_undone(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    names = start(service, loaded, 20)
    mine = Runner(service, limit=8, group=4)
    other = Runner(open_service(f"sqlite:///{file}"), limit=8, group=4)
    told: list[str] = []

    def meet(name: str) -> None:
        told.append(name)
        if len(told) == 1:
            told.extend(moved(other.fire(NOW)))

    mine.fire(NOW, progress=meet)
    assert (mine.crowded, other.crowded) == (CROWDED, 0)
    for runner in (other, mine):
        while (found := runner.fire(NOW)) != Fired():
            told.extend(moved(found))
    assert sorted(told) == sorted(names)
    assert all_fired(service, names)
    other.service.journal.close()


def test_four_runners_fire_every_timer_once_and_miss_none(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    names = start(service, loaded, 240)
    runners = [Process(file) for _ in range(4)]
    for runner in runners:
        runner.go()
    moved = [runner.moved() for runner in runners]
    assert sum(moved) == len(names)
    assert all_fired(service, names)


def test_runners_that_are_killed_leave_nothing_undone_and_nothing_twice(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    names = start(service, loaded, 150)
    for _ in range(4):
        before = entries_of(service)
        runner = Process(file)
        runner.go()
        while entries_of(service) == before:  # killed in the middle of its work
            pass
        runner.kill()
    last = Process(file)
    last.go()
    assert last.moved() < len(names)
    assert all_fired(service, names)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE fact SET value = '{' WHERE instance = 'x2'",
        "UPDATE timer SET node = 's.l.y' WHERE instance = 'x2' AND move = 'announce'",
    ],
)
def test_an_instance_that_is_damaged_does_not_stop_the_others(
    service: Service, loaded: tuple[Plan, bytes], file: Path, damage: str
) -> None:
    names = start(service, loaded, 5)
    with sqlite3.connect(file) as connection:
        assert connection.execute(damage).rowcount > 0
    connection.close()
    runner = Runner(open_service(f"sqlite:///{file}"))
    found = runner.fire(NOW)
    assert isinstance(found, Fired)
    assert [one.instance for one in found.aside] == ["x2"]
    assert found.aside[0].trouble is not None
    whole = [one for one in names if one != "x2"]
    assert sorted(one.instance for one in found.results) == whole
    for name in whole:
        assert fired(service, name) == expected(int(name[1:]))
    runner.service.journal.close()


def test_what_makes_trouble_is_tried_again_after_growing_pauses(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    start(service, loaded, 1)
    with sqlite3.connect(file) as connection:
        kept = connection.execute("SELECT key, value FROM fact").fetchall()
        connection.execute("UPDATE fact SET value = '{'")
    runner = Runner(open_service(f"sqlite:///{file}"))
    tries = []
    for minute in range(10):
        now = NOW + timedelta(minutes=minute)
        runner.fire(now)
        tries.append(runner.aside["x0"].tries)
        horizon = now + timedelta(minutes=99)
        assert runner.next_due(now, horizon=horizon) == runner.aside["x0"].until
    assert tries == [1, 2, 2, 3, 3, 3, 3, 4, 4, 4]
    with connection:
        rows = [(value, key) for key, value in kept]
        connection.executemany("UPDATE fact SET value = ? WHERE key = ?", rows)
    connection.close()
    mended = runner.fire(NOW + timedelta(minutes=15))
    assert isinstance(mended, Fired)
    assert mended.aside == ()
    assert all_fired(service, ["x0"])
    runner.service.journal.close()


def test_a_mass_of_timers_long_overdue_fires_only_when_somebody_says_so(
    service: Service, loaded: tuple[Plan, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "MASS", 20)
    names = start(service, loaded, 21)
    much_later = NOW + timedelta(days=20)
    found = fire(service, much_later)
    assert isinstance(found, Mass)
    first, last = START + NINE, START + NINE + timedelta(days=1)
    assert (found.count, found.earliest, found.latest) == (21, first, last)
    assert fired(service, "x0") == []
    assert isinstance(fire(service, much_later, anyway=True), Fired)
    assert all_fired(service, names, much_later)


def test_many_timers_due_just_now_are_ordinary_work(
    service: Service, loaded: tuple[Plan, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "MASS", 20)
    names = start(service, loaded, 21)
    assert isinstance(fire(service, START + timedelta(hours=26)), Fired)
    assert all_fired(service, names, START + timedelta(hours=26))


def test_a_clock_that_steps_back_fires_nothing_twice(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    names = start(service, loaded, 5)
    runner = Runner(service)
    until_done(runner, NOW)
    for hours in range(48):
        assert runner.fire(NOW - timedelta(hours=hours)) == Fired()
    later = NOW + timedelta(days=3)
    until_done(runner, later)
    assert all_fired(service, names, later)


def test_a_real_clock_leaves_simulated_instances_where_they_stand(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    # they are due first and more than a pass takes: they must not be in the way
    standing = start(service, loaded, 12, simulated=True)
    names = start(service, loaded, 3)
    runner = Runner(service, limit=2)
    until_done(runner, NOW)
    assert all_fired(service, names)
    assert [fired(service, name) for name in standing] == [[]] * 12
    horizon = NOW + timedelta(days=9)
    assert runner.next_due(NOW, horizon=horizon) == START + NINE + timedelta(
        days=DAYS + 1
    )


def test_on_a_simulated_clock_each_timer_fires_at_its_own_moment(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    real = start(service, loaded, 2)
    names = start(service, loaded, 5, simulated=True)
    until_done(Runner(service, simulated=True), NOW)
    assert all_fired(service, names)
    assert [fired(service, name) for name in real] == [[], []]
    for name in names:
        for entry in service.journal.entries(name):
            event, at = service.decode(entry)
            if getattr(event, "move", "") == "announce":
                assert f"{at:%Y-%m-%dT%H:%M:%SZ}" == getattr(event, "due", "")


def test_a_runner_fires_what_another_process_has_caused_since_it_looked(
    service: Service, loaded: tuple[Plan, bytes], file: Path
) -> None:
    start(service, loaded, 1)
    mine, other = Runner(service), Runner(open_service(f"sqlite:///{file}"))
    first, second = START + timedelta(days=1), START + timedelta(days=2)
    until_done(mine, first)
    until_done(other, second)
    until_done(mine, NOW)
    assert all_fired(service, ["x0"])
    other.service.journal.close()


def test_a_runner_that_is_told_to_stop_ends_after_the_transaction_at_hand(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    names = start(service, loaded, 5)
    heard: list[str] = []
    runner = Runner(service, group=2, is_stopped=lambda: len(heard) == 2)
    found = runner.fire(NOW, progress=heard.append)
    assert isinstance(found, Fired)
    assert len(found.results) == 2
    until_done(Runner(service), NOW)
    assert all_fired(service, names)


def test_the_next_look_is_at_the_next_timer_and_at_the_horizon_at_the_latest(
    service: Service, loaded: tuple[Plan, bytes]
) -> None:
    runner = Runner(service)
    horizon = START + timedelta(minutes=1)
    assert runner.next_due(START, horizon=horizon) == horizon
    start(service, loaded, 1)
    assert runner.next_due(START, horizon=horizon) == horizon
    assert runner.next_due(START, horizon=START + 2 * NINE) == START + NINE
