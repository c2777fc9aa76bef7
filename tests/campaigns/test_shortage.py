"""Memory and handles run out: nothing is lost or doubled, it is told, and it passes.

Limits are set on a worker that runs and taken away again, as an operator would; so are
those of the action's process.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.core.events import Moved, Reported
from engine.runtime.service import Service

from .actor import ASK, ERRAND
from .house import House, Worker, opened, system_time, whole_second
from .plans import Course
from .servers import Server
from .test_poison import ask as poison
from .test_poison import begun, installed
from .test_stops import family

MEGABYTE = 2**20
LIMITED = """
import resource, sys
from pathlib import Path
from engine.cli.main import run
which, most = sys.argv[1], int(sys.argv[2])
if which == "RLIMIT_AS":
    pages = Path("/proc/self/statm").read_text().split()[0]
    most += int(pages) * resource.getpagesize()
former = resource.getrlimit(getattr(resource, which))
resource.setrlimit(getattr(resource, which), (most, former[1]))
sys.exit(run(sys.argv[3:]))
"""


def quiet() -> Course:
    """Nothing is due while the campaign lasts but a stroke of an hour ago."""
    start = whole_second(system_time())
    stroke = start - timedelta(minutes=1)
    return Course(start=start, strokes=(stroke,), before=timedelta(hours=2))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'x.db'}"
    found: Server = request.getfixturevalue("postgres")
    return found.database()


def ask(house: House, numbers: range) -> None:
    """Somebody asks for calls, and keeps what was acknowledged."""
    service = open_service(house.url)
    with service.journal:
        for number in numbers:
            text = f"a{number}"
            act = Do(node=ERRAND, move=ASK, actor="甲", inputs={"text": text})
            done = service.do("x0", act, now=system_time())
            house.actor.told["x0", ASK, text] = next(
                seq for seq, one in done.events if getattr(one, "move", "") == ASK
            )


def calls(house: House) -> int:
    return len(house.desk.accepted)


def handles(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/fd"))


def size(process: int) -> int:
    """Bytes of addresses that it has."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[0]
    return int(pages) * resource.getpagesize()


class Limit:
    """A limit on one process, until it is lifted."""

    def __init__(self, process: int, which: int, most: int) -> None:
        self.process, self.which = process, which
        self.former = resource.prlimit(process, which)
        resource.prlimit(process, which, (most, self.former[1]))

    def lift(self) -> None:
        resource.prlimit(self.process, self.which, self.former)


def told(house: House, *sentences: str) -> Callable[[], bool]:
    def is_told() -> bool:
        said = "".join(house.complaints(one) for one in house.workers)
        return all(sentence in said for sentence in sentences)

    return is_told


# -- handles


def without_handles(worker: Worker) -> Limit:
    """It may open nothing more, and has to: the processes of its actions are gone."""
    limit = Limit(worker.pid, resource.RLIMIT_NOFILE, 3)
    for child in family(worker.pid)[1:]:
        os.kill(child, signal.SIGKILL)
    return limit


def open_requests(url: str) -> int:
    with open_service(url).journal as journal:
        return len(journal.queue())


def test_a_worker_without_handles_tells_so_and_goes_on_when_it_has_some(
    url: str, tmp_path: Path
) -> None:
    with opened(url, tmp_path, quiet(), instances=1) as house:
        worker = house.worker("--seats", "2")
        house.wait(lambda: calls(house) == 1)
        # seen is not recorded: an action that is killed between them calls again
        house.wait(lambda: open_requests(url) == 0)
        limit = without_handles(worker)
        ask(house, range(4))
        house.wait(told(house, "too many open files", "LimitNOFILE"))
        assert worker.poll() is None
        assert calls(house) == 1
        limit.lift()
        house.finish()
        house.check()
        assert house.desk.again == 0
        assert "Traceback" not in house.complaints(worker)
        with open_service(url).journal as journal:
            assert journal.queue() == []


def test_what_a_worker_without_handles_could_not_begin_is_not_held_against_it(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with opened(url, tmp_path, quiet(), instances=1) as house:
        worker = house.worker("--seats", "1", "--lease", "60")
        house.wait(lambda: calls(house) == 1)
        house.wait(lambda: open_requests(url) == 0)  # seen is not recorded
        limit = without_handles(worker)
        ask(house, range(1))
        house.wait(told(house, "too many open files"))
        # neither tried, nor silent, nor somebody's for the rest of the lease
        house.wait(lambda: is_untouched(house))
        limit.lift()
        house.finish()
        house.check()


def test_actions_without_sockets_are_tried_again_and_nobody_hears_twice(
    tmp_path: Path,
) -> None:
    with opened(
        f"sqlite:///{tmp_path / 'x.db'}", tmp_path, quiet(), instances=1
    ) as house:
        worker = house.worker("--seats", "2")
        ask(house, range(100, 104))
        house.wait(lambda: calls(house) == 5 and is_idle(house))
        limits = [
            Limit(child, resource.RLIMIT_NOFILE, 3) for child in family(worker.pid)[1:]
        ]
        ask(house, range(4))
        house.wait(lambda: is_held(house, "webhook"))
        for limit in limits:
            limit.lift()
        house.finish()
        house.check()
        assert (house.desk.again, house.mailbox.again) == (0, 0)


def is_held(house: House, action: str) -> bool:
    """Whether one of its tries has not worked; it has another turn."""
    lines = house.said(house.workers[0])
    return any("held" in one and one["action"] == action for one in lines)


def is_untouched(house: House) -> bool:
    with open_service(house.url).journal as journal:
        (one,) = journal.queue()
    assert one.ready is not None
    soon = system_time() + timedelta(seconds=10)
    return (one.tries, one.silent) == (0, 0) and one.ready < soon


def requested(url: str, folder: Path, count: int) -> None:
    """So many requests, and not one handle more than before."""
    with opened(url, folder, quiet(), instances=1) as house:
        worker = house.worker("--seats", "2")
        ask(house, range(20))
        house.wait(lambda: calls(house) == 21)
        house.wait(lambda: is_idle(house))
        before = [handles(one) for one in family(worker.pid)]
        for number in range(20, count, 20):
            ask(house, range(number, number + 20))
        house.wait(lambda: calls(house) == count + 1)
        house.wait(lambda: is_idle(house))
        time.sleep(2)
        after = [handles(one) for one in family(worker.pid)]
        print(f"handles of worker and children before {before}, after {after}")
        assert after == before
        house.finish()
        house.check()


def is_idle(house: House) -> bool:
    with open_service(house.url).journal as journal:
        return not journal.queue()


def test_requests_leave_no_handle_open(url: str, tmp_path: Path) -> None:
    requested(url, tmp_path, 60)


@pytest.mark.slow
def test_a_thousand_requests_leave_no_handle_open(url: str, tmp_path: Path) -> None:
    requested(url, tmp_path, 1_000)


# -- memory


ACTIONS = """
from pydantic import BaseModel
from engine.action import Action, Done, Made


class Parameters(BaseModel):
    pass


def hoard(given, attempt):
    return Done(detail=str(len(bytearray(8 * 2**30))))


def heap(given, attempt):
    return Done(files=(Made(name="heap", content=bytes(90 * 2**20)),))


def nothing(given, attempt):
    return Done()


def made(run):
    return Action(name=run.__name__, title={}, again={}, parameters=Parameters, run=run)


HOARD, HEAP, NOTHING = made(hoard), made(heap), made(nothing)
"""
ENTRY_POINTS = """
[plangate.actions]
hoard = poison:HOARD
heap = poison:HEAP
nothing = poison:NOTHING
"""
KIND = """\
kind: errand
title: {zh: 跑腿, en: errand}
extends: span
moves:
- {name: hoard, from: open, to: same, by: owner, then: [{action: hoard}]}
- {name: heap, from: open, to: same, by: owner, then: [{action: heap}]}
- {name: ask, from: open, to: same, by: owner, then: [{action: nothing}]}
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with installed(tmp_path, ACTIONS, ENTRY_POINTS, KIND) as found:
        yield found


@contextmanager
def working(folder: Path) -> Iterator[subprocess.Popen[str]]:
    worker = begun(folder, "worker", "--lease", "1", "--seats", "2")
    try:
        yield worker
    finally:
        worker.terminate()
        worker.communicate(timeout=60)
    assert worker.returncode == 0


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def outcomes(service: Service) -> list[Reported]:
    found = (service.decode(one)[0] for one in service.journal.entries("x"))
    return [one for one in found if isinstance(one, Reported)]


def test_an_action_that_takes_all_memory_ends_only_its_own_try(
    service: Service, tmp_path: Path
) -> None:
    with working(tmp_path) as worker:
        # for its children, too
        resource.prlimit(worker.pid, resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
        poison(service, "hoard")
        until(lambda: any(one.tries for one in service.journal.queue()))
        poison(service, "ask")
        until(lambda: len(outcomes(service)) == 1)
        (one,) = service.journal.queue()
        assert (one.tries, one.silent) == (1, 0)
        assert "MemoryError" in str(one.trouble)


def test_where_memory_runs_out_actions_go_before_their_worker(
    service: Service, tmp_path: Path
) -> None:
    with working(tmp_path) as worker:
        poison(service, "ask")
        until(lambda: len(outcomes(service)) == 1)
        mine, *others = [badness(one) for one in family(worker.pid)]
        # one of them keeps account of shared memory, and takes none
        assert max(others) > mine


def badness(process: int) -> int:
    """Who has most of it is ended first."""
    return int(Path(f"/proc/{process}/oom_score_adj").read_text())


def waiting(service: Service) -> set[str]:
    return {one.request.action for one in service.journal.queue()}


def outgrown(service: Service, folder: Path, megabytes: int) -> str:
    """An action makes more than its worker has room for, until it has; what is told."""
    with working(folder) as worker:
        poison(service, "ask")
        until(lambda: len(outcomes(service)) == 1)
        most = size(worker.pid) + megabytes * MEGABYTE
        limit = Limit(worker.pid, resource.RLIMIT_AS, most)
        poison(service, "heap")
        told = folder / "told"
        until(
            lambda: (
                len(outcomes(service)) == 2
                or any(one.tries for one in service.journal.queue())
                or "out of memory" in told.read_text()
            )
        )
        # what is of no size is done all the while
        poison(service, "ask")
        until(lambda: "nothing" not in waiting(service))
        limit.lift()
        for one in service.journal.queue():
            service.journal.retry(one.request.key, at=system_time())
        until(lambda: len(outcomes(service)) == 3)
    assert [one.outcome for one in outcomes(service)] == ["succeeded"] * 3
    assert service.journal.queue() == []
    return told.read_text()


@pytest.mark.parametrize("megabytes", [20, 250])
def test_what_an_action_makes_is_not_lost_where_its_worker_has_no_room_for_it(
    service: Service, tmp_path: Path, megabytes: int
) -> None:
    outgrown(service, tmp_path, megabytes)


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", range(0, 600, 30))
def test_nor_with_a_little_more_room_each_time(
    service: Service, tmp_path: Path, megabytes: int
) -> None:
    print(megabytes, "out of memory" in outgrown(service, tmp_path, megabytes))


# -- a command, at every limit until it is enough


@dataclass
class Ran:
    """A command under a limit: its exit code and what it said."""

    most: int
    code: int
    said: str


def limited(house: House, which: str, most: int, language: str) -> Ran:
    """A report, under a limit that is set when the command line is there."""
    words = ["do", "x0", ERRAND, "report", "--as", "甲", "--db", house.url]
    given = ["--with", f"text=n{most}", "--key", f"k{most}"]
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, which, str(most), *words, *given],
        check=False,
        cwd=house.folder,
        env={**os.environ, "PLANGATE_LANG": language},
        capture_output=True,
        text=True,
    )
    return Ran(most, ran.returncode, ran.stderr)


def reported(house: House, which: str, limits: range, sentence: str) -> list[Ran]:
    """Each is done or says why not, in both languages; done again it is there once."""
    ran = [
        limited(house, which, most, language)
        for most in limits
        for language in ("en", "zh")
    ]
    for one in ran:
        assert one.code == 0 or (one.code == 4 and sentence in one.said), one
    for most in limits:
        assert limited(house, "RLIMIT_CORE", most, "en").code == 0
    there = [
        event.inputs["text"]
        for _, event in house.histories()["x0"]
        if isinstance(event, Moved) and event.move == "report"
    ]
    assert sorted(there) == sorted(f"n{most}" for most in limits)
    return ran


def starved(folder: Path, which: str, limits: range, sentence: str) -> None:
    url = f"sqlite:///{folder / 'x.db'}"
    with opened(url, folder, quiet(), instances=1) as house:
        ran = reported(house, which, limits, sentence)
        assert (ran[0].code, ran[-1].code) == (4, 0)
        print([(one.most, one.code) for one in ran])


def test_a_command_that_may_open_too_few_files_says_so(tmp_path: Path) -> None:
    starved(tmp_path, "RLIMIT_NOFILE", range(3, 13, 3), "LimitNOFILE")


def test_a_command_that_may_take_too_little_memory_says_so(tmp_path: Path) -> None:
    limits = range(0, 121 * MEGABYTE, 60 * MEGABYTE)
    starved(tmp_path, "RLIMIT_AS", limits, "MemoryMax")


@pytest.mark.slow
def test_a_command_says_so_with_each_number_of_files(tmp_path: Path) -> None:
    starved(tmp_path, "RLIMIT_NOFILE", range(3, 20), "LimitNOFILE")


@pytest.mark.slow
def test_a_command_says_so_with_each_amount_of_memory(tmp_path: Path) -> None:
    limits = range(0, 121 * MEGABYTE, 4 * MEGABYTE)
    starved(tmp_path, "RLIMIT_AS", limits, "MemoryMax")
