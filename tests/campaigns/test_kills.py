"""``kill -9`` at any moment: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from .house import opened, system_time, whole_second
from .plans import spread
from .servers import Server

SECONDS_A_KILL = 1.0
"""Two workers at a time live for two seconds each, on average."""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'x.db'}"
    found: Server = request.getfixturevalue("postgres")
    return found.database()


def killed(url: str, folder: Path, kills: int, *, seed: int) -> None:
    """Workers are killed while strokes fall due and somebody asks for calls."""
    seconds = kills * SECONDS_A_KILL
    course = spread(
        whole_second(system_time()),
        before=4,
        after=kills // 2,
        seconds=seconds,
    )
    with opened(url, folder, course, refuses=0.1, slow_seconds=0.5) as house:
        house.acting()
        house.kill(kills, seed=seed)
        house.finish()
        house.check()
        assert house.kills == kills
        print(house.figures())


def test_what_workers_are_killed_at_happens_once(url: str, tmp_path: Path) -> None:
    killed(url, tmp_path, 3, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_in_a_thousand_kills_nothing_is_lost_or_doubled(
    url: str, tmp_path: Path, seed: int
) -> None:
    killed(url, tmp_path, 100, seed=seed)
