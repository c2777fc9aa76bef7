"""A campaign: an office with its database, its receivers, its workers and its actor.

with opened(url, folder, course, instances=3) as house:
    house.acting()          # somebody acts, and keeps what was acknowledged
    house.kill(100, seed=1) # workers are killed and restarted at once
    house.finish()          # one works in peace until nothing is left
    house.check()           # nothing lost, nothing double, nothing skipped
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

from engine.bootstrap import installed_actions, open_service
from engine.cli.main import run
from engine.core.events import Moved, Reported
from engine.plan.library import load
from engine.runtime.firing import Fired, Runner
from engine.runtime.requests import Office, Recorded
from engine.runtime.service import Service
from engine.runtime.worker import work_off

from .actor import ACTS, ASK, Actor
from .plans import MOVES, Course
from .receivers import Desk, Mailbox, desk, mailbox

PATIENCE: Final = 120.0
"""Seconds after which a campaign that does not end has failed."""
Events: TypeAlias = Sequence[tuple[int, Any]]
Histories: TypeAlias = Mapping[str, Events]
Worker: TypeAlias = subprocess.Popen[bytes]


@dataclass(slots=True)
class House:
    """What a campaign is about."""

    url: str
    folder: Path
    course: Course
    instances: tuple[str, ...]
    desk: Desk
    mailbox: Mailbox
    actor: Actor
    kills: int = 0
    ended: datetime | None = None
    workers: list[Worker] = field(default_factory=list)

    # -- workers

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PLANGATE_SMTP": f"smtp://127.0.0.1:{self.mailbox.port}?tls=none",
            "PLANGATE_MAIL_FROM": "office@example.cn",
            "PLANGATE_WEBHOOK_HOSTS": f"http://127.0.0.1:{self.desk.port}",
            "PLANGATE_ADDRESSES": str(self.folder / "addresses.yaml"),
        }

    def worker(self, *options: str, command: str = "worker") -> Worker:
        """One more, with a lease of a second; what it says is in its own file."""
        always = ("--db", self.url, "--lease", "1", "--anyway", "--json")
        number = len(self.workers)
        with (
            (self.folder / f"{number}.out").open("wb") as out,
            (self.folder / f"{number}.err").open("wb") as err,
        ):
            begun = subprocess.Popen(
                [sys.executable, "-m", "engine", command, *always, *options],
                cwd=self.folder,
                env={**os.environ, **self.settings, "PLANGATE_LANG": "en"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.workers.append(begun)
        return begun

    def said(self, worker: Worker) -> list[dict[str, Any]]:
        """The lines that a worker has printed; one cut short by a kill is none."""
        file = self.folder / f"{self.workers.index(worker)}.out"
        return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]

    def complaints(self, worker: Worker) -> str:
        file = self.folder / f"{self.workers.index(worker)}.err"
        return file.read_text(encoding="utf-8")

    def office(self, service: Service) -> Office:
        """What a worker of this very process works with."""
        return Office(
            service,
            installed_actions(),
            load,
            settings=self.settings,
            addresses=lambda: {"甲": {"mail": "jia@example.cn"}},
        )

    def work_at(self, now: datetime) -> int:
        """One pass of a runner and a worker here; how many requests came to an end."""
        service = open_service(self.url)
        with service.journal:
            fired = Runner(service).fire(now)
            assert isinstance(fired, Fired)
            assert not fired.aside
            told = list(work_off(self.office(service), now))
        assert all(isinstance(one, Recorded) for one in told)
        self.ended = now
        return len(told)

    def acting(self) -> None:
        self.actor.start()

    def kill(self, kills: int, *, seed: int, longest: float = 4.0) -> None:
        """Two workers at a time; each is killed at a random moment, and replaced."""
        chance = random.Random(seed)
        ends: list[tuple[float, Worker]] = []
        for number in range(kills + 2):
            if len(ends) == 2:
                ends.sort(key=lambda one: one[0])
                at, victim = ends.pop(0)
                time.sleep(max(0.0, at - time.monotonic()))
                self._killed(victim)
            if number < kills:
                command = chance.choice(("serve", "worker"))
                life = chance.uniform(0.1, longest)
                begun = self.worker("--seats", "2", command=command)
                ends.append((time.monotonic() + life, begun))
        for _, victim in ends:
            self._killed(victim)

    def _killed(self, victim: Worker) -> None:
        assert victim.poll() is None, self.complaints(victim)
        victim.kill()
        assert victim.wait() == -signal.SIGKILL
        self.kills += 1

    def finish(self) -> None:
        """The actor rests; who is there, or one more, works until nothing is left."""
        self.actor.stop()
        if all(one.poll() is not None for one in self.workers):
            self.worker(command="serve")
        self.wait(self._is_over)
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
                assert worker.wait(PATIENCE) == 0, self.complaints(worker)
        self.ended = system_time()

    def wait(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, self._left()
            time.sleep(0.05)

    def _is_over(self) -> bool:
        if system_time() < max(self.course.strokes):
            return False
        with self._journal() as journal:
            due = journal.next_due()
            return not journal.queue() and (due is None or due > system_time())

    def _left(self) -> str:
        with self._journal() as journal:
            return f"{journal.next_due()} {journal.queue(limit=5)}"

    def _journal(self) -> Any:
        return open_service(self.url).journal

    # -- what must be so

    def histories(self) -> Histories:
        """Every event with its entry number, by instance."""
        service = open_service(self.url)
        with service.journal as journal:
            return {
                name: [
                    (one.seq, service.decode(one)[0]) for one in journal.entries(name)
                ]
                for name in self.instances
            }

    def check(self) -> None:
        """Every promise at once: of the clock, of requests, of acts, of receivers."""
        assert self.ended is not None
        histories = self.histories()
        for events in histories.values():
            check_clock(events, self.course, self.ended)
            check_requests(events)
        self._check_acts(histories)
        self._check_receivers(histories)
        self._check_whole()

    def _check_acts(self, histories: Histories) -> None:
        there = [
            ((name, event.move, event.inputs["text"]), seq)
            for name, events in histories.items()
            for seq, event in events
            if isinstance(event, Moved) and event.move in ACTS
        ]
        assert sorted(there) == sorted(self.actor.told.items())

    def _check_receivers(self, histories: Histories) -> None:
        """What was asked arrived: every key once, and no call under two keys."""
        strokes = [f"敲{number}" for number in range(len(self.course.strokes))]
        calls = Counter((name, text) for name in self.instances for text in strokes)
        calls.update(
            (name, text) for name, move, text in self.actor.told if move == ASK
        )
        arrived = Counter(
            (key.split("/")[0], json.loads(content))
            for key, content in self.desk.accepted.items()
        )
        assert (calls - arrived, arrived - calls) == (Counter(), Counter())
        assert max(calls.values()) == 1
        # no round is due while the campaign lasts
        rounds = [
            one for one in self.course.due(self.course.start) if one[2] == "announce"
        ]
        assert len(self.mailbox.accepted) == len(rounds) * len(self.instances)
        assert not self.desk.altered | self.mailbox.altered

    def _check_whole(self) -> None:
        said = io.StringIO()
        with redirect_stdout(said):
            code = run(["verify", "--db", self.url])
        assert code == 0, said.getvalue()

    def figures(self) -> str:
        both = (self.desk, self.mailbox)
        return (
            f"kills {self.kills}, acknowledged {len(self.actor.told)}, "
            f"accepted {sum(len(one.accepted) for one in both)}, "
            f"seen again {sum(one.again for one in both)}"
        )


def check_clock(events: Events, course: Course, until: datetime) -> None:
    """Everything due fired once, in order, at its due time."""
    fired = [
        (datetime.fromisoformat(one.due), one.node, one.move)
        for _, one in events
        if isinstance(one, Moved) and one.due is not None and one.move in MOVES
    ]
    dues = [due for due, _, _ in fired]
    assert dues == sorted(dues)
    assert sorted(fired) == course.due(until)


def check_requests(events: Events) -> None:
    """Every request that was asked for has ended well, once."""
    asked = [
        str(done[1])
        for _, one in events
        if isinstance(one, Moved)
        for done in one.did
        if done[0] == "request"
    ]
    ended = [one for _, one in events if isinstance(one, Reported)]
    assert sorted(one.key for one in ended) == sorted(asked)
    assert [one for one in ended if one.outcome != "succeeded"] == []


@contextmanager
def opened(
    url: str,
    folder: Path,
    course: Course,
    *,
    instances: int = 2,
    refuses: float = 0.0,
    slow_seconds: float = 0.0,
) -> Iterator[House]:
    """An office with instances in earnest; nothing of what is due has happened."""
    with ExitStack() as stack:
        called = stack.enter_context(desk(refuses=refuses, slow_seconds=slow_seconds))
        written_to = stack.enter_context(mailbox(slow_seconds=slow_seconds))
        (folder / "addresses.yaml").write_text("甲: {mail: jia@example.cn}\n", "utf-8")
        plan, bundle = load(course.write(folder, desk=called.port))
        names = tuple(f"x{number}" for number in range(instances))
        service = open_service(url)
        with service.journal:
            for name in names:
                service.start(plan, bundle, instance=name, now=course.begun)
        actor = Actor(url, names)
        house = House(url, folder, course, names, called, written_to, actor)
        try:
            yield house
        finally:
            actor.rest()
            for worker in house.workers:
                if worker.poll() is None:
                    worker.kill()
                    worker.wait()


def system_time() -> datetime:
    return datetime.now(UTC)


def whole_second(now: datetime) -> datetime:
    """The next one."""
    return now.replace(microsecond=0) + timedelta(seconds=1)
