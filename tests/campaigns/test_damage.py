"""A request that is damaged stops none of the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do

from .actor import ASK, ERRAND
from .house import House, opened, system_time, whole_second
from .plans import Course

ASKED = 6
DAMAGES = {
    "its parameters are no JSON": "UPDATE request SET parameters = '{' WHERE key = ?",
    "its entry is not there": "UPDATE request SET seq = 999 WHERE key = ?",
    "its instance is not there": "UPDATE request SET instance = 'y' WHERE key = ?",
    "its node is not there": "UPDATE request SET node = '无' WHERE key = ?",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Somebody has asked for some calls, and none was made."""
    start = whole_second(system_time()) + timedelta(hours=1)
    course = Course(start=start, strokes=(start,), before=timedelta(hours=2))
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with opened(url, tmp_path, course, instances=1) as found:
        service = open_service(url)
        with service.journal:
            for number in range(ASKED):
                given = {"text": f"{number}"}
                act = Do(node=ERRAND, move=ASK, actor="甲", inputs=given)
                service.do("x0", act, now=system_time())
        yield found


def open_keys(house: House) -> list[str]:
    with sqlite3.connect(house.folder / "x.db", timeout=30) as database:
        return [key for (key,) in database.execute("SELECT key FROM request")]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_others_are_done_and_the_worker_lives(house: House, damage: str) -> None:
    first = min(open_keys(house))
    with sqlite3.connect(house.folder / "x.db") as database:
        database.execute(damage, (first,))
    worker = house.worker()
    house.wait(lambda: open_keys(house) == [first])
    assert worker.poll() is None
    worker.terminate()
    assert worker.wait(60) == 0
    told = house.complaints(worker)
    assert "Traceback" not in told
    assert len(house.desk.accepted) >= ASKED - 1


def test_what_cannot_be_read_is_told(house: House) -> None:
    first = min(open_keys(house))
    with sqlite3.connect(house.folder / "x.db") as database:
        database.execute(DAMAGES["its parameters are no JSON"], (first,))
    worker = house.worker()
    house.wait(lambda: f"damaged data: {first}" in house.complaints(worker))
    assert "Traceback" not in house.complaints(worker)
