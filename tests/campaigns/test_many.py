"""Many runners and workers share one PostgreSQL: no double, no miss, a fair share."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction
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


def starved(done: list[int], *, least: Fraction) -> list[int]:
    """Who did less than a part of a fair share."""
    fair = Fraction(sum(done), len(done))
    return [one for one in done if one < least * fair]


@pytest.mark.parametrize(
    ("done", "found"),
    [
        ([500, 500, 500, 500], []),
        ([820, 510, 260, 410], []),
        ([900, 900, 190, 10], [190, 10]),
        ([2000, 0, 0, 0], [0, 0, 0]),
    ],
)
def test_who_starves_is_found(done: list[int], found: list[int]) -> None:
    assert starved(done, least=Fraction(2, 5)) == found


def test_four_at_one_database_do_everything_once_and_none_starves(
    postgres: Server, tmp_path: Path
) -> None:
    done = worked(postgres.database(), tmp_path, instances=24, strokes=5)
    # what is due at once may be one transaction; of requests each has many turns
    assert starved(done[PROCESSES:], least=Fraction(1, 5)) == []


@pytest.mark.slow
def test_of_two_thousand_timers_and_requests_each_does_a_fair_share(
    postgres: Server, tmp_path: Path
) -> None:
    done = worked(postgres.database(), tmp_path, instances=100, strokes=20)
    # a transaction takes fifty instances: luck is coarse in two thousand of them
    assert starved(done[:PROCESSES], least=Fraction(1, 5)) == []
    assert starved(done[PROCESSES:], least=Fraction(1, 2)) == []
