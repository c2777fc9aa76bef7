"""Many runners and workers share one PostgreSQL: no double, no miss, a fair share."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from .house import House, opened, system_time, whole_second
from .plans import spread
from .servers import Server

PROCESSES = 4
START_UP = timedelta(seconds=4)
"""Before anything is due, all of them are there."""


def worked(url: str, folder: Path, *, instances: int, strokes: int) -> list[int]:
    """Four processes do everything; how much each did, strokes and requests."""
    start = whole_second(system_time()) + START_UP
    course = spread(start, before=0, after=strokes, seconds=strokes)
    with opened(url, folder, course, instances=instances) as house:
        for _ in range(PROCESSES):
            house.worker("--seats", "2", "--lease", "60")
        house.finish()
        house.check()
        assert (house.desk.again, house.mailbox.again) == (0, 0)
        shares = [share(house, number) for number in range(PROCESSES)]
        assert sum((one["strike"] for one in shares), 0) == instances * strokes
        print(shares)
        return [one[sort] for sort in ("strike", "request") for one in shares]


def share(house: House, number: int) -> Counter[str]:
    """What one of them says that it did."""
    done: Counter[str] = Counter()
    for line in house.said(house.workers[number]):
        done["request"] += "request" in line
        done.update(one["move"] for one in line["entries"] if one["move"] == "strike")
    return done


def test_four_at_one_database_do_everything_once(
    postgres: Server, tmp_path: Path
) -> None:
    worked(postgres.database(), tmp_path, instances=6, strokes=3)


@pytest.mark.slow
def test_of_two_thousand_timers_and_requests_each_does_a_fair_share(
    postgres: Server, tmp_path: Path
) -> None:
    done = worked(postgres.database(), tmp_path, instances=100, strokes=20)
    for sort in (done[:PROCESSES], done[PROCESSES:]):
        fair = sum(sort) / PROCESSES
        assert fair / 2 <= min(sort)
        assert max(sort) <= fair * 2
