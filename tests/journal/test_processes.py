"""Several processes on one file, and the worst moments to die.

What a process was told is what it printed; a test believes nothing else.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import cache
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest

from engine.core.agenda import timers_of
from engine.journal.chain import verify
from engine.journal.sqlite import SqliteJournal
from engine.plan.library import from_bundle
from engine.testing import Play

# a child made while threads run: it opens its own journal and takes nothing over
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

PLAN = """
plan: test/many-writers
title: Many writers
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-01-01, to: 2009-12-31}
leader: lead
parties: {people: {甲: {}, 乙: {}, 丙: {}, 丁: {}}, roles: {lead: 甲}}
stages:
- id: s
  links:
  - id: l
    owner: [甲, 乙, 丙, 丁]
    do:
    - {id: work, kind: span}
    - {id: first, kind: task}
    - {id: second, kind: task, entry: [done(first)]}
"""
WRITER = """
import sys
from datetime import UTC, datetime
from engine.bootstrap import open_service
from engine.core.commands import Do
url, who, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = datetime(2009, 4, 11, 2, tzinfo=UTC)
service = open_service(url)
service.look("x")
print("ready", flush=True)
sys.stdin.readline()
for number in range(most):
    text = f"{who} {number}"
    act = Do(node="work", move="report", actor=who, inputs={"text": text})
    print(text, service.do("x", act, now=now).first, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with an instance ``x`` of the plan."""
    file = tmp_path / "x.db"
    with SqliteJournal(file) as journal:
        Play.of(PLAN, journal=journal, id="x")
    return file


class Writer:
    """A process that acts, and what it was told of each act."""

    def __init__(self, file: Path, who: str, most: int = 10**6) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, f"sqlite:///{file}", who, str(most)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def told(self) -> dict[str, int]:
        return told_in(self.process.communicate(timeout=120)[0])


def told_in(written: str) -> dict[str, int]:
    """Text of an act -> its entry; a line cut short by a kill was not told."""
    pairs = (line.rpartition(" ") for line in written.split("\n")[:-1])
    return {text: int(number) for text, _, number in pairs}


def recorded(file: Path) -> dict[str, int]:
    """Text of every act in the history -> its entry; the history must be whole."""
    with SqliteJournal(file) as journal:
        play = opened(journal)
        assert verify(journal.entries("x")) == []
        state = play.service.look("x").instance
        assert play.replayed().facts == state.facts
        kept = {(timer.node, timer.move): timer.due for timer in journal.timers("x")}
        assert kept == dict(timers_of(play.plan, state).due)
        return {
            event.inputs["text"]: number
            for number, event in enumerate(play.events(), start=1)
            if getattr(event, "move", None) == "report"
        }


def opened(journal: SqliteJournal) -> Play:
    """The instance ``x`` as it is, not started again."""
    head = journal.head("x")
    assert head is not None
    bundle = journal.plan(head.plan)
    assert bundle is not None
    return Play(compiled(bundle), bundle, journal=journal, id="x")


compiled = cache(from_bundle)


@pytest.mark.parametrize("names", ["甲乙", "甲乙丙丁"])
def test_several_writers_of_one_instance_lose_nothing(file: Path, names: str) -> None:
    writers = [Writer(file, who, 25) for who in names]
    for writer in writers:
        writer.go()
    told = {text: n for writer in writers for text, n in writer.told().items()}
    assert len(told) == 25 * len(names)
    assert recorded(file) == told


def test_no_writer_starves(file: Path) -> None:
    writers = [Writer(file, who, 40) for who in "甲乙丙丁"]
    for writer in writers:
        writer.go()
    for writer in writers:
        writer.told()
    in_order = [text.split()[0] for text in recorded(file)]
    # when the luckiest has done all of its acts, nobody is left with next to none
    share: Counter[str] = Counter()
    for who in in_order:
        share[who] += 1
        if share[who] == 40:
            break
    assert min(share[who] for who in "甲乙丙丁") >= 4


def acting(file: Path, who: str, tell: int) -> NoReturn:
    """A child that acts without end and writes what it was told to a pipe."""
    play = opened(SqliteJournal(file))
    for number in count():
        text = f"{os.getpid()} {number}"
        receipt = play.do("work", "report", who=who, text=text)
        os.write(tell, f"{text} {receipt.first}\n".encode())
    os._exit(1)


def killed_while_acting(file: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    told: dict[str, int] = {}
    for number in range(kills):
        heard, tell = os.pipe()
        child = os.fork()
        if child == 0:
            acting(file, "甲乙丙丁"[number % 4], tell)
        os.close(tell)
        time.sleep(0.02 + chance.random() * 0.06)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        with os.fdopen(heard) as lines:
            told |= told_in(lines.read())
        there = recorded(file)
        assert told.items() <= there.items()
    assert len(told) > kills


def test_what_was_acknowledged_survives_kill_9(file: Path) -> None:
    killed_while_acting(file, 36, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_what_was_acknowledged_survives_a_thousand_kills(file: Path, seed: int) -> None:
    killed_while_acting(file, 40, seed)


def act_and_die(file: Path, statement: int) -> int:
    """The exit code of a child that is killed before its n-th statement of an act."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    left = statement

    def dying(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    journal = SqliteJournal(file)
    play = opened(journal)
    play.service.look("x")
    with journal._held() as connection:
        connection.set_trace_callback(dying)
    play.do("work", "report", who="甲", text="at the edge")
    os._exit(0)


def test_an_act_that_dies_between_two_statements_is_done_whole_or_not_at_all(
    file: Path,
) -> None:
    statement, before = 0, recorded(file)
    while True:
        statement += 1
        code = act_and_die(file, statement)
        there = recorded(file)
        if code == 0:
            break
        assert code == signal.SIGKILL
        assert there == before
    # begin, head, entries, facts, move of the head, commit
    assert statement > 6
    assert set(there) == {"at the edge"}
