"""A worker that stands still longer than its lease has lost what it had taken."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from engine.bootstrap import open_service

from .house import House, Worker, opened, system_time, whole_second
from .plans import Course, spread


def one_call() -> Course:
    """One stroke is due, and a round of some hours ago."""
    start = whole_second(system_time())
    stroke = start - timedelta(minutes=1)
    return Course(start=start, strokes=(stroke,), before=timedelta(hours=8))


def family(process: int) -> list[int]:
    """A process and all that it has started, on whichever of its threads."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    children = [child for one in threads for child in one.read_text().split()]
    return [process, *(one for child in children for one in family(int(child)))]


def send(processes: list[int], what: signal.Signals) -> None:
    for process in processes:
        # who goes on first may have ended the others that it started
        with suppress(ProcessLookupError):
            os.kill(process, what)


@pytest.mark.parametrize("with_children", [False, True])
def test_who_stood_still_records_no_second_outcome(
    tmp_path: Path, *, with_children: bool
) -> None:
    with opened(
        f"sqlite:///{tmp_path / 'x.db'}", tmp_path, one_call(), instances=1
    ) as house:
        house.desk.open.clear()
        first = house.worker("--seats", "1")
        house.wait(lambda: house.desk.seen.total() == 1)
        standing = family(first.pid) if with_children else [first.pid]
        send(standing, signal.SIGSTOP)
        second = house.worker("--seats", "1")
        house.wait(lambda: house.desk.seen.total() == 2)
        house.desk.open.set()
        house.wait(lambda: len(ended(house, second)) == 1)
        send(standing, signal.SIGCONT)
        house.wait(lambda: "another worker" in house.complaints(first))
        house.finish()
        house.check()
        assert ended(house, first) == []
        assert len(house.desk.accepted) == 1


def ended(house: House, worker: Worker) -> list[str]:
    """The calls of which this worker says that it has recorded an outcome."""
    lines = house.said(worker)
    return [one["request"] for one in lines if one.get("action") == "webhook"]


def test_a_lease_of_a_second_does_not_lapse_while_a_call_takes_its_time(
    tmp_path: Path,
) -> None:
    with opened(
        f"sqlite:///{tmp_path / 'x.db'}", tmp_path, one_call(), instances=1
    ) as house:
        house.desk.open.clear()
        house.worker("--seats", "1")
        house.wait(lambda: house.desk.seen.total() == 1)
        # once or twice may be a machine that had no time for anybody
        assert lapses(house, seconds=5) <= 2
        house.desk.open.set()
        house.finish()
        house.check()


def lapses(house: House, *, seconds: float) -> int:
    """How often the call was free to be taken by others."""
    found, was_free = 0, False
    end = time.monotonic() + seconds
    with open_service(house.url).journal as journal:
        while time.monotonic() < end:
            now = system_time()
            ready = [
                one.ready
                for one in journal.queue()
                if one.request.action == "webhook" and one.ready is not None
            ]
            is_free = min(ready) <= now
            found += is_free and not was_free
            was_free = is_free
    return found


def stopped(folder: Path, stops: int, *, seed: int) -> None:
    """Workers stand still at random moments, for up to five leases."""
    chance = random.Random(seed)
    url = f"sqlite:///{folder / 'x.db'}"
    course = spread(
        whole_second(system_time()), before=4, after=stops, seconds=3 * stops
    )
    with opened(url, folder, course, refuses=0.1, slow_seconds=0.5) as house:
        workers = [house.worker("--seats", "2") for _ in range(2)]
        house.acting()
        for _ in range(stops):
            time.sleep(chance.uniform(0.5, 2))
            one = family(chance.choice(workers).pid)
            standing = one if chance.random() < 0.5 else one[:1]
            send(standing, signal.SIGSTOP)
            time.sleep(chance.uniform(0, 5))
            send(standing, signal.SIGCONT)
        house.finish()
        house.check()
        print(f"stops {stops}, {house.figures()}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_workers_that_stand_still_again_and_again_double_nothing(
    tmp_path: Path, seed: int
) -> None:
    stopped(tmp_path, 30, seed=seed)
