"""Killed at each single call that touches the database's files: nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from .house import House, opened, system_time, whole_second
from .plans import Course

ONE_RUN = """
import sys
from datetime import datetime
from engine.bootstrap import open_office, open_service
from engine.runtime.firing import Runner
from engine.runtime.worker import work_off
service = open_service(sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
Runner(service).fire(now)
list(work_off(open_office(service), now))
"""
"""What is due fires and what it asks for is done; in one thread, to count its calls."""
CALLS = "%file,%desc"
PARTS = 4
"""Of all calls: each is a test, so that several may run at once."""
Call: TypeAlias = tuple[str, int]
LATER = timedelta(minutes=2)
"""After the lease of who was killed."""


def is_traceable() -> bool:
    """Whether strace is here and may look at processes."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False)
    return tried.returncode == 0


needs_strace = pytest.mark.skipif(
    not is_traceable(), reason="strace is not installed, or may not trace here"
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An instance with one stroke, one round and no more due; nothing done yet."""
    start = whole_second(system_time())
    course = Course(
        start=start,
        strokes=(start - timedelta(hours=1),),
        before=timedelta(hours=8),
    )
    with opened(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, course, instances=1) as it:
        yield it


def run(house: House, number: int, at: Call | None = None) -> tuple[House, list[Call]]:
    """One run on a copy of the database, killed at a call; the copy, and the calls."""
    folder = house.folder / str(number)
    folder.mkdir()
    shutil.copy(house.folder / "x.db", folder)
    url, now = f"sqlite:///{folder / 'x.db'}", house.course.start.isoformat()
    words = ["strace", "-o", str(folder / "calls"), "-e", f"trace={CALLS}"]
    for name in ("x.db", "x.db-wal", "x.db-shm", "x.db.lock"):
        words += ["-P", str(folder / name)]
    if at is not None:
        words += ["-e", f"inject={at[0]}:signal=KILL:when={at[1]}"]
    ended = subprocess.run(
        [*words, sys.executable, "-c", ONE_RUN, url, now],
        check=False,
        env={**os.environ, **house.settings},
        capture_output=True,
        text=True,
    )
    traced = (folder / "calls").read_text(encoding="utf-8", errors="replace")
    *lines, last = traced.splitlines()
    assert ("killed by SIGKILL" in last) == (at is not None), ended.stderr
    return replace(house, url=url), numbered(lines)


def numbered(lines: list[str]) -> list[Call]:
    """Each call by its name, and which of that name it is: so strace knows them."""
    seen: Counter[str] = Counter()
    calls = []
    for line in lines:
        name = line.partition("(")[0]
        seen[name] += 1
        calls.append((name, seen[name]))
    return calls


def killed_at(house: House, number: int, at: Call) -> None:
    house.desk.forget()
    house.mailbox.forget()
    left, _ = run(house, number, at)
    left.work_at(house.course.start + LATER)
    left.check()


@needs_strace
def test_who_is_killed_at_a_call_to_a_file_loses_nothing(house: House) -> None:
    whole, calls = run(house, 0)
    assert whole.work_at(house.course.start + LATER) == 0
    whole.check()
    assert len(calls) > 100
    for number in range(len(calls) // 4, len(calls), len(calls) // 3):
        killed_at(house, number, calls[number])


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("first", range(PARTS))
def test_at_whichever_call_it_is(house: House, first: int) -> None:
    _, calls = run(house, 0)
    numbers = range(first, len(calls), PARTS)
    for number in numbers:
        killed_at(house, number + 1, calls[number])
    print(f"killed at {len(numbers)} of {len(calls)} calls")
