"""The alarm clock: wakes the runner when the next timer is due.

    with AlarmClock(Runner(service), system_time, tell=print) as alarm:
        service.do(...)
        alarm.wake()        # a commit may have set an earlier timer

What is due stands in the journal and only there: the clock's one job lives in memory
and says nothing but "look". It also rings at start-up and every minute, because another
process may have set a timer and the wall clock may have stepped.
The only importer of ``apscheduler.schedulers``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any, Final, Self, TypeAlias

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from msgspec import Struct

from engine.runtime.firing import Fired, Mass, Runner
from engine.runtime.shortage import shortage_of

LOOK_EVERY: Final = timedelta(minutes=1)
"""The longest it sleeps."""
FIRST_PAUSE: Final = timedelta(seconds=1)
"""Until a database that does not answer is asked again; doubled up to LOOK_EVERY."""
LOOK: Final = "look"
# what goes wrong is told; what a scheduler thinks of its jobs is nobody's news
logging.getLogger("apscheduler").addHandler(logging.NullHandler())


class Away(Struct, frozen=True, kw_only=True):
    """The database does not answer, or not in sense; asked again after a pause.

    Or something unforeseen: that is told and waited for in the same way.
    """

    trouble: Exception
    tries: int
    pause: timedelta


News: TypeAlias = Fired | Mass | Away


@dataclass(frozen=True, slots=True)
class Sped:
    """A simulated clock: from ``start`` on, ``factor`` seconds pass in each second.

    It runs by the machine's steady clock, whatever is done to its wall clock.
    """

    start: datetime
    factor: int
    began: int = field(default_factory=time.monotonic_ns)

    def __call__(self) -> datetime:
        elapsed = (time.monotonic_ns() - self.began) // 1_000
        return self.start + timedelta(microseconds=elapsed * self.factor)


class AlarmClock:
    """Lets a runner fire what is due, on a thread of its own, until it is stopped.

    ``clock`` gives the engine's time: the system's, or a simulated one. ``tell`` is
    called on that thread with what happened: each pass that moved something, has an
    instance aside or ends what needed several, each question, each time that the
    database was away.
    """

    def __init__(
        self,
        runner: Runner,
        clock: Callable[[], datetime],
        *,
        tell: Callable[[News], None] = lambda _: None,
    ) -> None:
        self.runner, self.clock, self.tell = runner, clock, tell
        self.rate = clock.factor if isinstance(clock, Sped) else 1
        self.asks: Mass | None = None
        self._stopped, self._woken, self._agreed = Event(), Event(), Event()
        self._mutex, self._is_looking = Lock(), False
        self._tries, self._was_more = 0, False
        self._scheduler = _Scheduler(timezone=UTC)
        # not at the end of the look itself: a job that still runs is not run again
        self._scheduler.add_listener(self._looked, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        runner.is_stopped = self._stopped.is_set

    # -- for its owner

    def start(self) -> None:
        """Looks at once, and from then on whenever something is due."""
        self._scheduler.add_job(
            self._look,
            _EveryMinute(),
            id=LOOK,
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()

    def wake(self) -> None:
        """Looks now: a timer may have been set that is earlier than the next look."""
        with self._mutex:
            self._woken.set()
            if not self._is_looking:
                self._ring_after(timedelta(0))

    def go_on(self) -> None:
        """Answers what it asks: the mass of timers is to fire."""
        self._agreed.set()
        self.wake()

    def stop(self) -> None:
        """Ends after the instance at hand; what is left is due for the next runner."""
        with self._mutex:
            self._stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- on its thread

    def _look(self) -> timedelta:
        """One pass; how long to sleep after it."""
        with self._mutex:
            self._is_looking = True
            self._woken.clear()
        try:
            pause = self._passed()
        except Exception as trouble:  # noqa: BLE001 -- told, and tried again
            trouble = shortage_of(trouble) or trouble
            self._tries += 1
            pause = min(FIRST_PAUSE * 2 ** min(self._tries - 1, 10), LOOK_EVERY)
            self.tell(Away(trouble=trouble, tries=self._tries, pause=pause))
        else:
            self._tries = 0
        return pause

    def _looked(self, event: Any) -> None:
        """After a look, whatever became of it: when to look again."""
        pause = LOOK_EVERY if event.exception else event.retval
        with self._mutex:
            self._is_looking = False
            # who woke it while it looked may have meant what it had passed already
            self._ring_after(timedelta(0) if self._woken.is_set() else pause)

    def _passed(self) -> timedelta:
        """The same; raises Unavailable."""
        found = self.runner.fire(self.clock(), anyway=self._agreed.is_set())
        if isinstance(found, Mass):
            if self.asks is None:
                self.tell(found)
            self.asks = found
            return LOOK_EVERY
        self.asks = None
        if found.results or found.aside or self._was_more:
            self.tell(found)
        self._was_more = found.is_more
        if found.is_more:
            return timedelta(0)
        # what was agreed to has fired: the next mass is another question
        self._agreed.clear()
        now = self.clock()
        horizon = now + LOOK_EVERY * self.rate
        return (self.runner.next_due(now, horizon=horizon) - now) / self.rate

    def _ring_after(self, pause: timedelta) -> None:
        if self._scheduler.running and not self._stopped.is_set():
            bounded = min(max(pause, timedelta(0)), LOOK_EVERY)
            self._scheduler.ring(datetime.now(UTC) + bounded)


class _EveryMinute(BaseTrigger):  # type: ignore[misc]
    """From now on, not from the last time: a wall clock that leaps rings once."""

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime:
        return now + LOOK_EVERY


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """Rings when it is told to, waits a minute at most, knows a stepped wall clock."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._next: datetime | None = None
        self._guard = Lock()

    def ring(self, at: datetime) -> None:
        """Looks at a time of the wall clock, or earlier if told so before.

        Only noted here: another thread that changes the job while it is being handed
        out has its change written over.
        """
        with self._guard:
            self._next = at if self._next is None else min(self._next, at)
        self.wakeup()

    def _process_jobs(self) -> float:
        self._set_job(datetime.now(UTC))
        waits: float | None = super()._process_jobs()
        most = LOOK_EVERY.total_seconds()
        return most if waits is None else min(waits, most)

    def _set_job(self, now: datetime) -> None:
        job: Any = self.get_job(LOOK)
        if job is None:
            return
        with self._guard:
            at = self._next
            if at is not None and at <= now:
                self._next = None
        if job.next_run_time > now + LOOK_EVERY:
            at = now  # the wall clock has stepped back
        if at is not None and at < job.next_run_time:
            with suppress(JobLookupError):  # stopped meanwhile
                self.modify_job(LOOK, next_run_time=at)
