"""PostgreSQL is taken away every few seconds: work goes on, and loses nothing."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from .house import opened, system_time, whole_second
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
    with opened(
        postgres.database(), folder, course, refuses=0.1, slow_seconds=0.2
    ) as house:
        workers = [house.worker("--seats", "2") for _ in range(2)]
        house.acting()
        for _ in range(cuts):
            time.sleep(chance.uniform(1.5, 4))
            postgres.cut()
            time.sleep(chance.uniform(0, 1))
            postgres.start()
        alive = [one.poll() is None for one in workers]
        assert alive == [True, True], [house.complaints(one) for one in workers]
        house.finish()
        house.check()
        print(f"cuts {cuts}, {house.figures()}")


def test_workers_outlive_a_server_that_is_cut_off(
    postgres: Server, tmp_path: Path
) -> None:
    cut(postgres, tmp_path, 1, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_is_cut_off_every_few_seconds_loses_nothing(
    postgres: Server, tmp_path: Path, seed: int
) -> None:
    cut(postgres, tmp_path, 30, seed=seed)
