"""The seed's campaign on a simulated clock: every timer fires once, when it is due."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import open_office, open_service
from engine.core.events import Moved
from engine.plan.library import shipped
from engine.runtime.clock import let_time_pass
from engine.runtime.requests import Recorded
from engine.runtime.service import Service
from engine.runtime.worker import work_off
from engine.testing import CAMPAIGN, campaign

from .almanac import DEPUTIES, Almanac, Due, past

LEFT = datetime(2009, 4, 13, 0, tzinfo=UTC)
"""Eight in the morning, after the campaign's first days: nobody acts any more."""
PATIENCE = 120
"""Seconds."""


@contextmanager
def served(url: str, *, speed: int) -> Iterator[None]:
    """``plangate serve`` with a simulated clock, until the end of the block."""
    words = ("serve", "--db", url, "--clock", "simulated", "--speed", f"{speed}")
    serving = subprocess.Popen(
        [sys.executable, "-m", "engine", *words],
        env={**os.environ, "PLANGATE_LANG": "en"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield
    finally:
        serving.terminate()
        _, said = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 0, said


def moves(url: str) -> list[Any]:
    service = open_service(url)
    with service.journal as journal:
        found = [service.decode(entry)[0] for entry in journal.entries(CAMPAIGN)]
    return [one for one in found if isinstance(one, Moved)]


def strokes(service: Service) -> list[tuple[Any, ...]]:
    """What happened by itself, in order: by the clock, and what that led to."""
    entries = service.journal.entries(CAMPAIGN)
    return [
        (one.due, one.node, one.move, one.cause)
        for one, *_ in map(service.decode, entries)
        if isinstance(one, Moved) and one.actor is None
    ]


def fired(found: list[Any]) -> list[Due]:
    return [(one.due, one.node, one.move) for one in found if one.due is not None]


def wait_until(url: str, moment: datetime, *, seconds: float) -> None:
    """Nothing is due any more up to a moment of the simulated clock."""
    end = time.monotonic() + seconds
    with open_service(url).journal as journal:
        while (due := journal.next_due()) is not None and due <= moment:
            assert time.monotonic() < end, due
            time.sleep(0.05)


def left_alone(url: str, *, until: datetime, speed: int, least: int) -> None:
    """Acts of the first day, then the clock alone; compared with the almanac."""
    campaign(url, until="2009-04-13 08:00").journal.close()
    before = moves(url)
    expected = Almanac(shipped()).due(past(before), LEFT)
    with served(url, speed=speed):
        seconds = (until - LEFT).total_seconds() / speed
        wait_until(url, until, seconds=seconds + PATIENCE)
    found = fired(moves(url)[len(before) :])
    dues = [due for due, _, _ in found]
    assert dues == sorted(dues)
    limit = f"{until:%Y-%m-%dT%H:%M:%SZ}"
    assert sorted(one for one in found if one[0] <= limit and one[2] != DEPUTIES) == [
        one for one in expected if one[0] <= limit
    ]
    assert len(found) >= least


def test_the_seeds_campaign_fires_what_an_almanac_says_and_nothing_else(
    tmp_path: Path,
) -> None:
    left_alone(
        f"sqlite:///{tmp_path / 'x.db'}",
        until=datetime(2010, 6, 1, tzinfo=UTC),
        speed=10_000_000,
        least=200,
    )


def test_an_outcome_that_comes_late_on_the_clock_takes_no_timers_moment_away(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    service = campaign(url, until="2009-04-13 08:00")
    before = moves(url)
    head = service.journal.head(CAMPAIGN)
    assert head is not None
    office = open_office(service, is_dry=True)
    told = work_off(office, datetime(2010, 6, 1, tzinfo=UTC), simulated=True)
    assert isinstance(next(told), Recorded)
    later = list(service.journal.entries(CAMPAIGN, after=head.revision))
    at = {one.at for one in later if one.type == "moved"}
    service.journal.close()
    due = fired(moves(url)[len(before) :])
    assert [one for one in due if one[2] != DEPUTIES] != []
    assert sorted(one for one in due if one[2] != DEPUTIES) == Almanac(shipped()).due(
        past(before), LEFT
    )
    assert at == {datetime.fromisoformat(one) for one, _, _ in due}


@pytest.mark.parametrize("left", ["2009-04-20 12:00", "2009-06-15 12:00"])
def test_who_sleeps_through_the_rest_fires_the_same_in_the_same_order(
    left: str,
) -> None:
    until = datetime(2010, 6, 1, tzinfo=UTC)
    awake, asleep = (campaign("memory://", until=left) for _ in range(2))
    before = len(strokes(awake))
    let_time_pass(awake, CAMPAIGN, until)
    asleep.tick(CAMPAIGN, now=until)
    assert strokes(asleep) == strokes(awake)
    assert len(strokes(asleep)) > before + 50


@pytest.mark.slow
def test_the_same_at_ten_thousand_times_the_speed(tmp_path: Path) -> None:
    """It takes over twenty minutes."""
    left_alone(
        f"sqlite:///{tmp_path / 'x.db'}",
        until=datetime(2009, 9, 10, tzinfo=UTC),
        speed=10_000,
        least=200,
    )
