"""PostgreSQL is taken away every few seconds: work goes on, and loses nothing."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from engine.errors import Unavailable

from .house import House, Worker, opened, system_time, whole_second
from .plans import spread
from .servers import Server

SECONDS_A_CUT = 4


def cut(postgres: Server, folder: Path, cuts: int, *, seed: int) -> None:
    """Two workers and an actor go on at a server that is cut off again and again."""
    chance = random.Random(seed)
    course = spread(
        whole_second(system_time()),
        before=4,
        after=3 * cuts,
        seconds=cuts * SECONDS_A_CUT,
    )
    url = postgres.database()
    with opened(url, folder, course, refuses=0.1, slow_seconds=0.2) as house:
        working = [house.worker("--seats", "2") for _ in range(2)]
        house.acting()
        for _ in range(cuts):
            time.sleep(chance.uniform(1.5, 4))
            postgres.cut()
            time.sleep(chance.uniform(0, 1))
            postgres.start()
            working = [kept_up(house, one) for one in working]
        house.finish()
        house.check()
        begun_again = len(house.workers) - len(working)
        print(f"cuts {cuts}, workers begun again {begun_again}, {house.figures()}")


def kept_up(house: House, worker: Worker) -> Worker:
    """As a service manager does: begun again, if it ended for want of a database."""
    if worker.poll() is None:
        return worker
    assert worker.returncode == Unavailable.exit_code, house.complaints(worker)
    return house.worker("--seats", "2")


def test_work_goes_on_when_a_server_that_was_cut_off_is_back(
    postgres: Server, tmp_path: Path
) -> None:
    cut(postgres, tmp_path, 1, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_is_cut_off_every_few_seconds_loses_nothing(
    postgres: Server, tmp_path: Path, seed: int
) -> None:
    cut(postgres, tmp_path, 30, seed=seed)
