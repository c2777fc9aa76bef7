"""What a plan asks of the world is done, whatever its actions do to the worker."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.core.events import Moved, Reported, Signalled
from engine.errors import BadInput, NoHandles
from engine.plan.library import load
from engine.runtime.preparing import SILENT_MAX, task_of
from engine.runtime.requests import (
    Held,
    Lost,
    Office,
    Recorded,
    Task,
    trouble_told,
)
from engine.runtime.seats import Seat
from engine.runtime.service import Service
from engine.runtime.timers import Away, Sped
from engine.runtime.worker import Progress, Worker, work_off
from engine.testing import HEAD, START

ERRANDS = """
import os, signal, subprocess, sys, time
from datetime import timedelta
from pathlib import Path
from pydantic import BaseModel, ConfigDict
from engine.action import *


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    what: str = ""
    to: list[str] = []


def echo(given, attempt):
    told = attempt.people.get("甲", {})
    text = f"{given.what} {attempt.settings.get('ERRAND', '-')} {told.get('mail', '-')}"
    return Done(
        detail=text,
        messages=tuple(Message(to=one, text=text) for one in given.to),
        files=(Made(name="a.txt", content=given.what.encode()),),
        says=(Said(event="传到", note=attempt.key),),
    )


def hang(given, attempt):
    file = Path(given.what)
    child = subprocess.Popen(["sleep", "600"])
    file.with_suffix(".new").write_text(str(child.pid))
    file.with_suffix(".new").rename(file)
    time.sleep(600)


def fall(given, attempt):
    os._exit(7)


def kill(given, attempt):
    os.kill(os.getpid(), signal.SIGKILL)


def leave(given, attempt):
    sys.exit(0)


def slip(given, attempt):
    print("not for the worker's output")
    raise KeyError("slip")


def refuse(given, attempt):
    raise Failed("no such address")


def busy(given, attempt):
    with open(given.what, "a") as file:
        file.write(attempt.key + "\\n")
    raise TryAgain("busy", after=timedelta(milliseconds=20))


def count(given, attempt):
    for done in range(3):
        attempt.progress(done + 1, 3)
    return Done()


def wait(given, attempt):
    with open(given.what, "a") as file:
        file.write(attempt.key + "\\n")
    while not Path(given.what + ".go").exists():
        time.sleep(0.01)
    return Done()


def begin(given, attempt):
    return Done(begins=Begun(plan=given.what, instance="next", waits=True))


def made(run, **rest):
    told = {"name": run.__name__, "title": {}, "again": {}, "parameters": Parameters}
    return Action(run=run, **told, **rest)


ECHO, FALL, KILL, LEAVE, SLIP = map(made, (echo, fall, kill, leave, slip))
REFUSE, BUSY, COUNT, WAIT, BEGIN = map(made, (refuse, busy, count, wait, begin))
HANG = made(hang, timeout=timedelta(seconds=1))
SET = made(echo, settings=(Setting(name="ERRAND", what={}, required=True),))
NO_ACTION = 3
"""
NAMES = (
    *("echo", "hang", "fall", "kill", "leave", "slip", "refuse", "busy", "count"),
    *("wait", "begin", "set", "no_action", "not_there"),
)
KIND = """\
kind: errand
title: {zh: 跑腿, en: errand}
extends: activity
states:
  done: {title: {zh: 已办结, en: done}, done: true, final: true}
  failed: {title: {zh: 没有办成, en: failed}}
  late: {title: {zh: 没有回音, en: no answer}}
  fallen: {title: {zh: 中断, en: fell over}}
moves:
"""
ENDS = """\
- {name: arrive, from: open, to: done, on: succeeded}
- {name: wait_in_vain, from: open, to: late, on: timed_out}
- {name: fall_over, from: open, to: fallen, on: crashed}
- {name: fail, from: open, to: failed, on: failed}
"""
ASKS = """\
- name: {name}
  from: open
  to: same
  by: owner
  takes: {{what: {{type: text, optional: true}}}}
  then: [{{action: {name}, with: {{what: $what, to: $owner}}}}]
"""
WRONG = """\
- name: wrong
  from: open
  to: same
  by: owner
  then: [{action: echo, with: {whom: 甲}}]
"""
PLAN = """\
attempts:
  busy: {tries: 3, wait: 1 seconds, longest: 1 seconds}
  hang: {tries: 1}
  fall: {tries: 1}
  kill: {tries: 1}
  leave: {tries: 1}
  slip: {tries: 1}
  count: {a_minute: 1}
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [{id: 办, kind: errand}]}
"""


CLOCK = Sped(START, 1)
"""The plan's own time: nothing else becomes due meanwhile."""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    (tmp_path / "errands.py").write_text(ERRANDS, encoding="utf-8")
    (tmp_path / "kinds").mkdir()
    asks = "".join(ASKS.format(name=name) for name in NAMES)
    (tmp_path / "kinds" / "errand.yaml").write_text(KIND + asks + WRONG + ENDS, "utf-8")
    (tmp_path / "plan.yaml").write_text(HEAD + PLAN, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    service = open_service(f"sqlite:///{tmp_path / 'x.db'}")
    yield Office(
        service,
        {name: f"errands:{name.upper()}" for name in NAMES if name != "not_there"},
        load,
        random=random.Random(1),
    )
    service.journal.close()
    sys.modules.pop("errands", None)


def start(service: Service, name: str = "x", *, simulated: bool = False) -> None:
    plan, bundle = load("plan.yaml")
    service.start(plan, bundle, instance=name, now=START, simulated=simulated)


def ask(office: Office, action: str, name: str = "x", **given: Any) -> None:
    command = Do(node="办", move=action, actor="甲", inputs=given)
    office.service.do(name, command, now=START)


def ended(office: Office, name: str = "x") -> list[Any]:
    service = office.service
    found = (service.decode(entry)[0] for entry in service.journal.entries(name))
    return [one for one in found if isinstance(one, Reported)]


def state(office: Office, name: str = "x") -> str:
    return office.service.look(name).known.state("阶段.环节.办")


def until(news: SimpleQueue[Any], *sorts: type) -> Any:
    """The next news of these sorts; everything has its time, and this is much."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        told = news.get(timeout=60)
        if isinstance(told, sorts):
            return told
    raise AssertionError("it was not told")


Begin = Callable[..., SimpleQueue[Any]]


@pytest.fixture
def begin(office: Office) -> Iterator[Begin]:
    """A worker at work; answers where its news are."""
    workers: list[Worker] = []

    def begun(**given: Any) -> SimpleQueue[Any]:
        news: SimpleQueue[Any] = SimpleQueue()
        worker = Worker(office, CLOCK, tell=news.put, **given)
        worker.start()
        workers.append(worker)
        return news

    yield begun
    for worker in workers:
        worker.hurry()
        worker.stop()


# -- what an action leads to


def test_outcome_files_letters_and_events_are_recorded_together(
    office: Office, begin: Begin
) -> None:
    start(office.service)
    ask(office, "echo", what="到了")
    told = until(begin(), Recorded)
    (outcome,) = ended(office)
    (file,) = outcome.files
    journal = office.service.journal
    assert (outcome.outcome, outcome.detail) == ("succeeded", "到了 - -")
    assert journal.blob(file["sha256"]) == "到了".encode()
    assert [one.text for one in journal.inbox("甲")] == ["到了 - -"]
    (said,) = (one for _, one in told.result.events if isinstance(one, Signalled))
    assert (said.name, said.actor, said.note) == ("传到", None, outcome.key)
    assert any(isinstance(one, Moved) for _, one in told.result.events)
    assert state(office) == "done"
    assert journal.queue() == []


def test_an_action_is_told_settings_it_declares_and_addresses(office: Office) -> None:
    start(office.service)
    office.settings = {"ERRAND": "here", "OTHER": "secret"}
    office.addresses = lambda: {"甲": {"mail": "jia@example.org"}}
    ask(office, "set", what="x")
    (told,) = work_off(office, CLOCK())
    assert isinstance(told, Recorded)
    assert ended(office)[0].detail == "x here jia@example.org"
    assert told.task.attempt.settings == {"ERRAND": "here"}


@pytest.mark.parametrize(
    ("action", "now", "says"),
    [
        ("refuse", "failed", "no such address"),
        ("wrong", "failed", "whom: Extra inputs are not permitted"),
        ("slip", "fallen", "KeyError: 'slip'"),
        ("leave", "fallen", "SystemExit: 0"),
        ("fall", "fallen", "exit code 7"),
        ("kill", "fallen", "SIGKILL"),
    ],
)
def test_each_way_to_fail_is_a_fact_that_the_plan_reacts_to(
    office: Office, begin: Begin, action: str, now: str, says: str
) -> None:
    start(office.service)
    ask(office, action)
    news = begin()
    until(news, Recorded)
    (outcome,) = ended(office)
    assert outcome.outcome == "failed"
    assert outcome.cause == (None if now == "failed" else "crashed")
    assert says in outcome.detail
    assert state(office) == now
    start(office.service, "y")
    ask(office, "echo", "y")
    until(news, Recorded)
    assert state(office, "y") == "done"


def test_an_action_that_hangs_is_ended_with_all_that_it_started(
    office: Office, begin: Begin, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "hang", what=str(tmp_path / "child"))
    until(begin(), Recorded)
    assert state(office) == "late"
    assert ended(office)[0].detail == "no end after 1 s"
    process = int((tmp_path / "child").read_text())
    assert not Path(f"/proc/{process}").exists() or _is_zombie(process)


def _is_zombie(process: int) -> bool:
    return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()


def test_a_long_action_tells_how_far_it_is(office: Office, begin: Begin) -> None:
    start(office.service)
    ask(office, "count")
    news = begin()
    told = [until(news, Progress) for _ in range(3)]
    assert [(one.done, one.of) for one in told] == [(1, 3), (2, 3), (3, 3)]
    until(news, Recorded)


# -- again


def test_what_does_not_work_is_tried_as_often_as_the_plan_says_under_one_key(
    office: Office, begin: Begin, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "busy", what=str(tmp_path / "tried"))
    news = begin()
    waits = [until(news, Held) for _ in range(2)]
    assert "2 of 3" in trouble_told(waits[1].trouble, "en")
    until(news, Recorded)
    assert len(set((tmp_path / "tried").read_text().split())) == 1
    assert len((tmp_path / "tried").read_text().split()) == 3
    assert (ended(office)[0].detail, state(office)) == ("busy", "failed")


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("not_there", "there is no action 'not_there'"),
        ("no_action", "is no engine.action.Action"),
        ("set", "ERRAND is not set"),
    ],
)
def test_what_cannot_be_run_here_waits_and_is_no_try(
    office: Office, action: str, says: str
) -> None:
    start(office.service)
    ask(office, action)
    now = CLOCK()
    (held,) = work_off(office, now)
    assert isinstance(held, Held)
    (waiting,) = office.service.journal.queue()
    assert says in trouble_told(waiting.trouble, "en")
    assert (waiting.tries, waiting.silent) == (0, 0)
    assert waiting.ready is not None
    assert list(work_off(office, now)) == []
    office.references = {**office.references, action: "errands:ECHO"}
    (told,) = work_off(office, waiting.ready)
    assert isinstance(told, Recorded)


def test_what_silences_whoever_takes_it_is_parked_until_somebody_says_again(
    office: Office,
) -> None:
    start(office.service)
    ask(office, "echo", what="x")
    now = CLOCK()
    journal = office.service.journal
    for number in range(SILENT_MAX):
        (taken,) = journal.claim(now=now, until=now)
        assert taken.silent == number + 1
    (held,) = work_off(office, now)
    assert isinstance(held, Held)
    assert "taken 20 times" in trouble_told(held.trouble, "en")
    assert journal.queue()[0].ready is None
    assert list(work_off(office, now + timedelta(days=999))) == []
    assert journal.retry(held.request.key, at=now)
    (told,) = work_off(office, now)
    assert isinstance(told, Recorded)


def test_no_more_are_begun_in_a_minute_than_the_plan_allows_and_others_go_on(
    office: Office, begin: Begin
) -> None:
    for number in range(6):
        start(office.service, f"x{number}")
        ask(office, "count", f"x{number}")
    start(office.service, "y")
    ask(office, "echo", "y")
    news = begin(seats=2)
    told = {until(news, Recorded).task.request.action for _ in range(2)}
    assert told == {"count", "echo"}
    assert sum(state(office, f"x{number}") == "done" for number in range(6)) == 1


def test_many_under_a_limit_keep_nobody_else_waiting(
    office: Office, begin: Begin
) -> None:
    for number in range(60):
        start(office.service, f"x{number:02}")
        ask(office, "count", f"x{number:02}")
    start(office.service, "y")
    ask(office, "echo", "y")
    news = begin(seats=2)
    while until(news, Recorded).task.request.action != "echo":
        pass
    assert state(office, "y") == "done"
    assert sum(one.tries for one in office.service.journal.queue()) == 0


def test_what_goes_wrong_in_the_worker_itself_is_told_and_waited_for(
    office: Office, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Seat._start
    failed: list[OSError] = []

    def start_or_fail(seat: Seat) -> None:
        if not failed:
            failed.append(OSError(11, "no process"))
            raise failed[0]
        begun(seat)

    monkeypatch.setattr(Seat, "_start", start_or_fail)
    start(office.service)
    ask(office, "echo", what="x")
    news = begin(lease=timedelta(minutes=1))
    trouble = until(news, Away).trouble
    assert isinstance(trouble, NoHandles)
    assert "no process" in str(trouble)
    # what it has taken and could not begin is no longer its own
    (waiting,) = office.service.journal.queue()
    assert (waiting.silent, waiting.tries) == (0, 0)
    until(news, Recorded)
    assert state(office) == "done"


@pytest.mark.parametrize("wrong", [MemoryError(), OSError(24, "too many open files")])
def test_what_a_worker_lacks_is_held_against_no_request(
    office: Office, begin: Begin, wrong: Exception
) -> None:
    told = office.addresses
    failed: list[Exception] = []

    def addresses_or_fail() -> Any:
        if failed:
            return told()
        failed.append(wrong)
        try:
            raise wrong
        except OSError:
            raise BadInput(node="", move="", what="?") from None

    office.addresses = addresses_or_fail
    start(office.service)
    ask(office, "echo", what="x")
    news = begin()
    until(news, Away)
    # neither parked, nor put off for minutes
    assert until(news, Recorded).task.waiting.attempts == 2
    assert state(office) == "done"


def test_a_request_that_has_only_waited_is_tried_for_the_first_time(
    office: Office,
) -> None:
    start(office.service)
    ask(office, "set", what="x")
    now = CLOCK()
    for _ in range(3):
        (held,) = work_off(office, now)
        assert isinstance(held, Held)
        assert held.until is not None
        now = held.until
    office.settings = {"ERRAND": "here"}
    (told,) = work_off(office, now)
    assert isinstance(told, Recorded)
    assert told.task.attempt.number == 1


# -- whose a request is


def test_a_claim_is_renewed_while_its_action_runs(
    office: Office, begin: Begin, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "wait", what=str(tmp_path / "w"))
    news = begin(lease=timedelta(seconds=1))
    while not (tmp_path / "w").exists():
        time.sleep(0.01)
    second = begin(lease=timedelta(seconds=1))
    # that one looks each second, and would take it if it could
    time.sleep(3)
    (tmp_path / "w.go").touch()
    until(news, Recorded)
    assert len((tmp_path / "w").read_text().split()) == 1
    assert second.empty()
    assert len(ended(office)) == 1


def test_who_lost_a_request_records_nothing_of_it(
    office: Office, begin: Begin, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "wait", what=str(tmp_path / "w"))
    news = begin()
    while not (tmp_path / "w").exists():
        time.sleep(0.01)
    journal = office.service.journal
    later = CLOCK() + timedelta(hours=1)
    (taken,) = journal.claim(now=later, until=later + timedelta(hours=1))
    (tmp_path / "w.go").touch()
    assert isinstance(until(news, Recorded, Lost), Lost)
    assert ended(office) == []
    assert journal.queue()[0].attempts == taken.attempts


def test_who_is_stopped_gives_back_what_has_not_ended(
    office: Office, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "wait", what=str(tmp_path / "w"))
    worker = Worker(office, CLOCK)
    worker.start()
    while not (tmp_path / "w").exists():
        time.sleep(0.01)
    worker.hurry()
    worker.stop()
    (waiting,) = office.service.journal.queue()
    assert (waiting.tries, waiting.silent) == (0, 0)
    assert waiting.ready is not None
    assert waiting.ready <= CLOCK()


def test_who_is_stopped_finishes_what_runs(office: Office, tmp_path: Path) -> None:
    start(office.service)
    ask(office, "wait", what=str(tmp_path / "w"))
    worker = Worker(office, CLOCK)
    worker.start()
    while not (tmp_path / "w").exists():
        time.sleep(0.01)
    (tmp_path / "w.go").touch()
    worker.stop()
    assert state(office) == "done"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_everybody_lets_what_runs_end(
    office: Office, begin: Begin, tmp_path: Path, ending: signal.Signals
) -> None:
    start(office.service)
    ask(office, "wait", what=str(tmp_path / "w"))
    news = begin()
    while not (tmp_path / "w").exists():
        time.sleep(0.01)
    for child in multiprocessing.active_children():
        os.kill(child.pid or 0, ending)
    (tmp_path / "w.go").touch()
    until(news, Recorded)
    assert state(office) == "done"


def test_children_end_with_a_worker_that_is_killed(
    office: Office, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "hang", what=str(tmp_path / "child"))
    script = (
        "import time, errands\n"
        "from engine.bootstrap import open_service, system_time\n"
        "from engine.plan.library import load\n"
        "from engine.runtime.requests import Office\n"
        "from engine.runtime.worker import Worker\n"
        "if __name__ == '__main__':\n"
        "    found = {'hang': 'errands:HANG'}\n"
        "    office = Office(open_service('sqlite:///x.db'), found, load)\n"
        "    Worker(office, system_time).start()\n"
        "    time.sleep(600)\n"
    )
    (tmp_path / "run.py").write_text(script)
    run = subprocess.Popen([sys.executable, "run.py"], cwd=tmp_path)
    while not (tmp_path / "child").exists():
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    process = int((tmp_path / "child").read_text())
    end = time.monotonic() + 60
    while Path(f"/proc/{process}").exists() and not _is_zombie(process):
        assert time.monotonic() < end
        time.sleep(0.01)
    (waiting,) = office.service.journal.queue()
    assert waiting.attempts == 1


# -- other instances


def test_a_plan_starts_another_and_waits_until_it_is_done(office: Office) -> None:
    start(office.service)
    ask(office, "begin", what="plan.yaml")
    now = CLOCK()
    (held,) = work_off(office, now)
    assert "until the instance 'next' is done" in trouble_told(held.trouble, "en")
    ask(office, "echo", "next")
    list(work_off(office, CLOCK()))
    assert office.service.look("next").known.flag("plan", "done")
    later = office.service.journal.queue()[0].ready
    (told,) = work_off(office, later)
    assert isinstance(told, Recorded)
    assert state(office) == "done"
    assert len(office.service.journal.heads()) == 2


def test_a_plan_that_has_begun_goes_on_though_its_file_is_gone(
    office: Office, tmp_path: Path
) -> None:
    start(office.service)
    ask(office, "begin", what="plan.yaml")
    (held,) = work_off(office, CLOCK())
    assert isinstance(held, Held)
    (tmp_path / "plan.yaml").write_text("plan: [", "utf-8")
    assert held.until is not None
    (again,) = work_off(office, held.until)
    assert isinstance(again, Held)
    assert "until the instance 'next' is done" in trouble_told(again.trouble, "en")


def test_a_digest_that_a_plan_writes_down_opens_nobody_elses_file(
    office: Office,
) -> None:
    start(office.service)
    start(office.service, "y")
    ask(office, "echo", what="secret")
    list(work_off(office, CLOCK()))
    (file,) = ended(office)[0].files
    ask(office, "refuse", "y", what=file["sha256"])
    (waiting,) = office.service.journal.claim(now=CLOCK(), until=CLOCK())
    task = task_of(office, waiting, now=CLOCK())
    assert isinstance(task, Task)
    assert office.service.journal.blob(file["sha256"]) == b"secret"
    assert task.attempt.files == {}


def test_an_instance_of_that_name_but_of_another_sort_is_not_taken_for_it(
    office: Office,
) -> None:
    start(office.service)
    start(office.service, "next", simulated=True)
    ask(office, "begin", what="plan.yaml")
    (told,) = work_off(office, CLOCK())
    assert isinstance(told, Recorded)
    assert ended(office)[0].outcome == "failed"
    assert "next" in ended(office)[0].detail


# -- simulated


def test_of_simulated_instances_nothing_leaves_the_house_unless_somebody_says_so(
    office: Office,
) -> None:
    start(office.service, simulated=True)
    ask(office, "set", what="x")
    office.is_dry = True
    assert list(work_off(office, CLOCK())) == []
    (told,) = work_off(office, START, simulated=True)
    assert isinstance(told, Recorded)
    assert ended(office)[0].detail == "simulated: nothing has left the house"
    start(office.service, "y", simulated=True)
    ask(office, "set", "y", what="x")
    office.settings = {"ERRAND": "there"}
    list(work_off(office, START, simulated=True))
    assert ended(office, "y")[0].detail == "x there -"
