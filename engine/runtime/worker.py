"""The worker: runs what plans ask of the world, until it is stopped.

    with Worker(office, clock, tell=print) as worker:
        ...
        worker.wake()       # somebody may have asked for something

It takes a request for a while (a lease), has its action run in a child process,
renews the lease as long as that takes, and records the outcome if the lease is still
its own. A worker that is killed leaves requests that the next one takes when their
leases end; all tries of a request bear the same key.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Final, Self, TypeAlias

from msgspec import Struct

from engine.errors import DamagedData, NoHandles, NoMemory
from engine.ports import Request, Waiting
from engine.runtime.concluding import conclude
from engine.runtime.leases import LEASE, RENEWALS, Strays
from engine.runtime.preparing import task_of
from engine.runtime.requests import Held, Lost, Office, Recorded, Task
from engine.runtime.seats import Seat, wait
from engine.runtime.shortage import shortage_of
from engine.runtime.timers import Away
from engine.runtime.trying import Ended, run

SEATS: Final = 4
"""Actions that run at once."""
LOOK_EVERY: Final = 1.0
"""Seconds after which it looks whether another process has asked for something."""
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=1)
LAST_TRIES: Final = 3
"""At a database that is away, by a worker that is to stop; at what is too large."""
MINUTE: Final = 60.0


class Progress(Struct, frozen=True, kw_only=True):
    """How far an action is: ``done`` of ``of``."""

    request: Request
    done: int
    of: int


News: TypeAlias = Recorded | Held | Lost | Progress | Away


@dataclass(slots=True)
class _Taken:
    """A task in a seat. Moments are of the machine's steady clock, in seconds."""

    task: Task
    seat: Seat
    begun: float
    renewed: float
    ended: Ended | None = None
    unrecorded: int = 0
    """Times that there was no memory for recording what it made."""

    def outgrown(self) -> None:
        """It is not waited for without end: then it counts as fallen over."""
        self.unrecorded += 1
        if self.ended is not None and self.unrecorded >= LAST_TRIES:
            detail = "no memory for recording what it made"
            self.ended = Ended(sort="crashed", detail=detail)

    @property
    def ends(self) -> float:
        """When its time is up."""
        return self.begun + self.task.timeout.total_seconds()


@dataclass(slots=True)
class _Pace:
    """When tries of an action that the plan limits were begun in the last minute."""

    begun: dict[str, deque[float]] = field(default_factory=dict)

    def wait(self, task: Task) -> float:
        """Seconds until it may begin; 0: now, and it is counted."""
        most = task.policy.a_minute
        if most is None:
            return 0.0
        now = time.monotonic()
        past = self.begun.setdefault(task.request.action, deque())
        while past and past[0] <= now - MINUTE:
            past.popleft()
        if len(past) >= most:
            return past[0] + MINUTE - now
        past.append(now)
        return 0.0


class Worker:
    """Requests of instances in earnest, or (``simulated``) of simulated ones.

    ``tell`` is called on the worker's own thread with what happened.
    """

    def __init__(
        self,
        office: Office,
        clock: Callable[[], datetime],
        *,
        simulated: bool = False,
        seats: int = SEATS,
        lease: timedelta = LEASE,
        tell: Callable[[News], None] = lambda _: None,
    ) -> None:
        self.office, self.clock, self.tell = office, clock, tell
        self.simulated, self.lease = simulated, lease
        self._renewal = lease.total_seconds() / RENEWALS
        self._seats = [Seat() for _ in range(seats)]
        self._taken: list[_Taken] = []
        self._pace = _Pace()
        journal = office.service.journal
        self._strays = Strays(journal, simulated, lease, office.rate)
        self._is_stopping, self._is_hurried = Event(), Event()
        self._ear, self._bell = os.pipe()
        os.set_blocking(self._ear, False)
        self._tries, self._at_once = 0, seats
        self._thread = Thread(target=self._work, name="worker", daemon=True)

    # -- for its owner

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Looks now; from any thread."""
        with suppress(OSError):
            os.write(self._bell, b".")

    def hurry(self) -> None:
        """Ends what runs: it is free, as what had not begun, for the next worker."""
        self._is_hurried.set()
        self._is_stopping.set()
        self.wake()

    def stop(self) -> None:
        """Takes nothing new, and returns when what runs has ended."""
        self._is_stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()
        # who rings later must not ring at another file of the same number
        pipes, self._bell, self._ear = (self._bell, self._ear), -1, -1
        for pipe in pipes:
            with suppress(OSError):
                os.close(pipe)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- on its thread

    def _work(self) -> None:
        try:
            while self._taken or not self._is_stopping.is_set():
                self._go_round()
        finally:
            for seat in self._seats:
                seat.end()

    def _go_round(self) -> None:
        """Without memory not even a trouble can be told: then it waits and goes on."""
        try:
            self._wait(self._round())
        except MemoryError:
            time.sleep(FIRST_PAUSE.total_seconds())

    def _round(self) -> float:
        """Looks at everything once; how many seconds to wait for news after it."""
        try:
            for one in self._taken:
                self._hear(one)
            self._attend_all()
            is_more = not self._is_stopping.is_set() and self._take()
        except Exception as trouble:  # noqa: BLE001 -- told; the others are waited for
            return self._troubled(trouble)
        self._tries = 0
        if is_more or (self._is_stopping.is_set() and not self._taken):
            return 0.0
        # what is held is renewed in time, however short the lease is
        return min(LOOK_EVERY, self._renewal) if self._taken else LOOK_EVERY

    def _troubled(self, trouble: Exception) -> float:
        """The database is away, or something unforeseen: told, and tried again."""
        trouble = shortage_of(trouble) or trouble
        self._tries += 1
        times: int = 2 ** min(self._tries - 1, 10)
        pause = min(FIRST_PAUSE * times, LONGEST_PAUSE)
        if self._is_stopping.is_set():
            pause = FIRST_PAUSE
            if self._tries >= LAST_TRIES:
                self._taken.clear()  # free when their leases end
                return 0.0
        self.tell(Away(trouble=trouble, tries=self._tries, pause=pause))
        return pause.total_seconds()

    def _wait(self, seconds: float) -> None:
        wait(self._seats, self._ear, seconds=min(seconds, self._patience()))
        # what has rung is heard
        with suppress(BlockingIOError):
            os.read(self._ear, 4096)

    def _patience(self) -> float:
        """Seconds until the time of the next task is up; not over a minute."""
        ends = (one.ends for one in self._taken if one.ended is None)
        return max(0.0, min(ends, default=time.monotonic() + MINUTE) - time.monotonic())

    # -- what was taken

    def _attend_all(self) -> None:
        """Raises at the end what one was too large for: the others have their turn."""
        too_large: Exception | None = None
        for one in list(self._taken):
            try:
                self._attend(one)
            except (MemoryError, NoMemory) as trouble:
                too_large = trouble
                one.outgrown()
        if too_large is not None:
            raise too_large

    def _attend(self, one: _Taken) -> None:
        """Raises Unavailable: then what it came to is kept, and recorded later."""
        if one.ended is not None:
            told = conclude(self.office, one.task, one.ended, now=self.clock())
            self._taken.remove(one)
            self.tell(told)
        elif self._is_hurried.is_set():
            self._put_back(one.task.waiting, until=self.clock())
            self._drop(one)
        else:
            self._renew(one)

    def _hear(self, one: _Taken) -> None:
        """What its child says; nothing of it needs the database."""
        if one.ended is not None:
            return
        while (told := one.seat.heard()) is not None:
            if isinstance(told, Ended):
                one.ended = told
                return
            done, of = told
            self.tell(Progress(request=one.task.request, done=done, of=of))
        if time.monotonic() >= one.ends:
            one.seat.end()
            seconds = one.task.timeout.total_seconds()
            one.ended = Ended(sort="timed_out", detail=f"no end after {seconds:g} s")

    def _renew(self, one: _Taken) -> None:
        now = time.monotonic()
        if now - one.renewed < self._renewal:
            return
        waiting = one.task.waiting
        until = self.clock() + self.lease * self.office.rate
        journal = self.office.service.journal
        if journal.renew(waiting.request.key, waiting.attempts, until=until):
            one.renewed = now
        else:
            self._drop(one)
            self.tell(Lost(request=waiting.request))

    def _put_back(self, waiting: Waiting, *, until: datetime) -> None:
        """It has not been tried, or is cut short: free for whoever comes next."""
        self.office.service.journal.put_off(
            waiting.request.key,
            waiting.attempts,
            until=until,
            trouble=waiting.trouble,
            tries=waiting.tries,
        )

    def _drop(self, one: _Taken) -> None:
        one.seat.end()
        self._taken.remove(one)

    # -- what is taken

    def _free(self) -> list[Seat]:
        held = {id(one.seat) for one in self._taken}
        return [seat for seat in self._seats if id(seat) not in held]

    def _take(self) -> bool:
        """Fills the free seats; whether there may be more that is ready for one."""
        free = self._free()
        if not free:
            return False
        now, until = self.clock(), self.clock() + self.lease * self.office.rate
        self._strays.end(now)
        try:
            found = self.office.service.journal.claim(
                now=now,
                until=until,
                simulated=self.simulated,
                limit=min(len(free), self._at_once),
            )
        except DamagedData:
            # what is taken together with one that cannot be read is lost with it
            self._at_once = 1
            raise
        begun, left = 0, deque(found)
        try:
            while left:
                begun += self._seated(left[0], free[begun], now=now)
                left.popleft()
        except Exception as trouble:
            self._give_back(left, trouble)
            raise
        return bool(found) and begun < len(free)

    def _seated(self, waiting: Waiting, seat: Seat, *, now: datetime) -> bool:
        """Whether its action has begun."""
        prepared = task_of(self.office, waiting, now=now)
        if isinstance(prepared, Task):
            return self._begin(prepared, seat)
        self.tell(prepared)
        return False

    def _give_back(self, left: deque[Waiting], trouble: Exception) -> None:
        """Those that this worker could not begin, for want of something of its own.

        The first counts as taken without a word, unless it was not to blame: it may be
        too much for anybody's memory.
        """
        journal, until = self.office.service.journal, self.clock() + FIRST_PAUSE
        # a database that is away lets them go when their leases end
        with suppress(Exception):
            if not isinstance(shortage_of(trouble), NoHandles):
                first = left.popleft()
                journal.renew(first.request.key, first.attempts, until=until)
            for one in left:
                self._put_back(one, until=until)

    def _begin(self, task: Task, seat: Seat) -> bool:
        """False if the plan lets no more of its action begin now: it is put back."""
        seconds = self._pace.wait(task)
        if seconds:
            pause = timedelta(seconds=seconds) * self.office.rate
            self._put_back(task.waiting, until=self.clock() + pause)
            return False
        seat.begin(task.reference, task.parameters, task.attempt, task.hidden)
        now = time.monotonic()
        self._taken.append(_Taken(task, seat, begun=now, renewed=now))
        return True


def work_off(
    office: Office, now: datetime, *, simulated: bool = False, limit: int = SEATS
) -> Iterator[News]:
    """Everything that is ready now, in this process, one after another.

    For a simulated clock that stands still meanwhile; raises Unavailable.
    """
    while True:
        found = office.service.journal.claim(
            now=now, until=now + LEASE, simulated=simulated, limit=limit
        )
        if not found:
            return
        for waiting in found:
            prepared = task_of(office, waiting, now=now)
            if not isinstance(prepared, Task):
                yield prepared
                continue
            given = prepared.parameters
            ended = run(prepared.reference, given, prepared.attempt, prepared.hidden)
            yield conclude(office, prepared, ended, now=now)
