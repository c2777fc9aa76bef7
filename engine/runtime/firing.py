"""What is due happens: one pass over every instance, by any number of runners.

    runner = Runner(service)
    match runner.fire(now):
        case Fired() as fired: ...   # fired.is_more: there is more to do at once
        case Mass() as mass: ...     # ask; then runner.fire(now, anyway=True)

A timer fires in one transaction with what it leads to, at the revision on which that
was decided: of two runners at one instance the second finds nothing due. So no runner
claims anything, and a runner that is killed leaves nothing behind. Instances share
transactions, a few at a time: each is in it whole or not at all.

A pass takes what is due the longest and, for the other half of it, what has become due
the last. So after a midnight at which a great many are due, whatever becomes due next
waits for one pass, not for them all; and they wait for nobody, since each pass takes
half of its instances from their front. A runner that has met another at the same
instances looks further ahead for a while and begins elsewhere, so that several share
the work.
A real clock moves instances that run in earnest, a simulated one the simulated.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from engine.errors import LostUpdate, Unavailable
from engine.ports import Timer
from engine.runtime.clock import let_time_pass
from engine.runtime.service import Result, Service

PASS: Final = 100
"""Instances in one pass: what became due meanwhile gets its turn after them."""
GROUP: Final = 50
"""Instances in one transaction at most: as long do people wait who act meanwhile."""
AHEAD: Final = 4
"""Times as many instances that a runner looks at who has met others."""
CROWDED: Final = 16
"""Passes for which it reckons with them."""
SHARES: Final = 4
"""Parts of a pass, each with transactions of its own: runners take different ones."""
MASS: Final = 1_000
"""Timers long overdue at once that are still taken for ordinary work."""
LONG_OVERDUE: Final = timedelta(days=1)
"""A runner was away for so long, or the clock has stepped: that many must be meant."""
COUNT_MAX: Final = 100_000
"""Timers that are counted, and scanned for one that may fire, at most."""
FURTHER: Final = 4
"""Times as many timers that are looked at if those seen were not enough."""
FIRST_PAUSE: Final = timedelta(minutes=1)
"""Until an instance that made trouble is tried again; doubled each time."""
LONGEST_PAUSE: Final = timedelta(hours=1)
SIMULATED_MAX: Final = 100_000
"""Instances of which a runner keeps in mind whether they are simulated."""


class Aside(Struct, frozen=True, kw_only=True):
    """An instance that could not be moved: why, how often tried, when again."""

    instance: str
    trouble: Exception
    tries: int
    since: datetime
    until: datetime

    def rests(self, now: datetime) -> bool:
        """Not for ever if the clock steps back."""
        return self.since <= now < self.until


class Fired(Struct, frozen=True, kw_only=True):
    """What one pass did. ``aside``: instances that make trouble, now or before."""

    results: tuple[Result, ...] = ()
    aside: tuple[Aside, ...] = ()
    is_more: bool = False
    """More was due than one pass takes."""


class Mass(Struct, frozen=True, kw_only=True):
    """So many timers are long overdue that somebody must say that this is meant.

    Nothing was fired. ``count`` ends at COUNT_MAX, and ``latest`` is of those counted.
    """

    count: int
    earliest: datetime
    latest: datetime


Progress = Callable[[str], None]
"""Called with the name of each instance that was moved."""


def fire(
    service: Service,
    now: datetime,
    *,
    limit: int = PASS,
    anyway: bool = False,
    progress: Progress | None = None,
) -> Fired | Mass:
    """One pass over what is due, for who keeps no runner; raises Unavailable."""
    return Runner(service, limit=limit).fire(now, anyway=anyway, progress=progress)


@dataclass(slots=True)
class Runner:
    """Fires what is due; remembers from pass to pass who made trouble.

    ``place`` spreads the runners of one database over the shares of a pass.
    """

    service: Service
    simulated: bool = False
    limit: int = PASS
    group: int = GROUP
    place: int = field(default_factory=os.getpid)
    is_stopped: Callable[[], bool] = lambda: False
    crowded: int = 0
    """Passes for which it still reckons with other runners."""
    aside: dict[str, Aside] = field(default_factory=dict)
    known: dict[str, bool] = field(default_factory=dict)

    def fire(
        self, now: datetime, *, anyway: bool = False, progress: Progress | None = None
    ) -> Fired | Mass:
        """One pass, ``limit`` instances; raises Unavailable.

        Asks first (Mass) where too much is long overdue, unless told ``anyway``. Of a
        simulated clock nothing is asked: it has passed as somebody wanted.
        """
        if not (anyway or self.simulated):
            mass = self._mass(now)
            if mass is not None:
                return mass
        names, is_more = self._due_names(now)
        results: list[Result] = []
        for one in self._moved(names, now):
            results.append(one)
            if progress is not None:
                progress(one.instance)
        return Fired(
            results=tuple(results), aside=tuple(self.aside.values()), is_more=is_more
        )

    def due_instances(self, now: datetime) -> int:
        """How many instances have something due, those that rest included."""
        return self.service.journal.due_instances(until=now, simulated=self.simulated)

    def next_due(self, now: datetime, *, horizon: datetime) -> datetime:
        """When to look again: at what is due next, at the horizon at the latest."""
        first = self.service.journal.next_due()
        if first is None or first > horizon:
            found = None
        elif first > now:
            found = first
        else:
            # the first is not to fire: its instance rests, or is of another clock
            found = next((one.due for one in self._due(now, horizon)), None)
        rests = [one.until for one in self.aside.values() if one.rests(now)]
        return min(horizon, found or horizon, *rests)

    # -- what is due

    def _mass(self, now: datetime) -> Mass | None:
        long_ago = now - LONG_OVERDUE
        count, earliest, latest = 0, long_ago, long_ago
        for timer in self._due(now, long_ago):
            earliest = timer.due if count == 0 else earliest
            count, latest = count + 1, timer.due
        if count <= MASS:
            return None
        return Mass(count=count, earliest=earliest, latest=latest)

    def _due_names(self, now: datetime) -> tuple[list[str], bool]:
        """The instances of a pass, and whether more than these have something due."""
        reach = self.limit * AHEAD if self.crowded else self.limit + 1
        first = _instances(self._due(now, now), reach)
        if len(first) <= self.limit:
            return first, False
        last = _instances(self._due(now, now, is_latest_first=True), self.limit // 2)
        most, at = self.limit - len(last), 0
        if self.crowded:
            # others are at those that come first
            at = self.place % (len(first) // most) * most
        names = dict.fromkeys(first[at : at + most] + last)
        return list(names), True

    def _due(
        self, now: datetime, until: datetime, *, is_latest_first: bool = False
    ) -> Iterator[Timer]:
        """Timers due until a moment that may fire now, from one end.

        Looks further and further: those that may not fire can stand before the others.
        """
        seen, asked = 0, self.limit + 1
        while seen < COUNT_MAX:
            rows = self.service.journal.due(
                until=until, limit=asked, is_latest_first=is_latest_first
            )
            self._learn(dict.fromkeys(one.instance for one in rows[seen:]))
            yield from (one for one in rows[seen:] if self._may_fire(one, now))
            if len(rows) < asked:
                return
            seen, asked = asked, min(asked * FURTHER, COUNT_MAX)

    def _may_fire(self, timer: Timer, now: datetime) -> bool:
        aside = self.aside.get(timer.instance)
        if aside is not None and aside.rests(now):
            return False
        return self.known.get(timer.instance, False) == self.simulated

    def _learn(self, names: Iterable[str]) -> None:
        """Which of them are simulated: an instance is so for ever or never."""
        if len(self.known) >= SIMULATED_MAX:
            self.known.clear()
        new = [name for name in names if name not in self.known]
        if new:
            heads = self.service.journal.heads(new)
            self.known.update({head.instance: head.simulated for head in heads})

    # -- a few instances

    def _moved(self, names: Sequence[str], now: datetime) -> Iterator[Result]:
        """What their due timers led to, each when it is durable.

        Where somebody else is at the same share, this runner goes elsewhere.
        """
        left = _shares(names, SHARES if self.crowded else 1, self.group)
        self.place = _spread(str(self.place))
        self.crowded = max(self.crowded - 1, 0)
        while left and not self.is_stopped():
            here = min(left, key=lambda share: (share[0] - self.place) % SHARES)
            is_shared = False
            for name, found in self._share_moved(left.pop(here), now):
                if isinstance(found, Result) and found.events:
                    yield found
                elif isinstance(found, (Result, LostUpdate)):
                    is_shared = True
                else:
                    self._set_aside(name, found, now)
            if is_shared:
                self.place, self.crowded = _spread(str(self.place)), CROWDED

    def _share_moved(
        self, names: Sequence[str], now: datetime
    ) -> Iterator[tuple[str, Result | Exception]]:
        """Each by itself: the trouble of one stops nobody else."""
        moving = self._simulated if self.simulated else self.service.tick_all
        for name, found in moving(names, now=now):
            if isinstance(found, Result):
                self.aside.pop(name, None)
            yield name, found

    def _simulated(
        self, names: Sequence[str], *, now: datetime
    ) -> Iterator[tuple[str, Result | Exception]]:
        """Timers of a simulated clock fire one by one, each at its own moment."""
        for name in names:
            try:
                # looked at first: what is in memory may be older than its timers
                self.service.look(name)
                for result in let_time_pass(self.service, name, now):
                    yield name, result
            except Unavailable:
                raise
            except Exception as trouble:  # noqa: BLE001 -- of one instance, kept and shown
                yield name, trouble

    def _set_aside(self, name: str, trouble: Exception, now: datetime) -> None:
        before = self.aside.get(name)
        tries = 1 if before is None else before.tries + 1
        pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 10), LONGEST_PAUSE)
        self.aside[name] = Aside(
            instance=name, trouble=trouble, tries=tries, since=now, until=now + pause
        )


def _instances(timers: Iterator[Timer], count: int) -> list[str]:
    """The first instances that timers are of."""
    names: dict[str, None] = {}
    for timer in timers:
        if len(names) >= count:
            break
        names[timer.instance] = None
    return list(names)


def _shares(
    names: Sequence[str], count: int, most: int
) -> dict[tuple[int, int], list[str]]:
    """The instances of a pass as transactions take them, ``most`` in one.

    Any runner parts them alike, so that two of them are at the same ones all together
    or not at all.
    """
    shares: dict[int, list[str]] = {}
    for name in names:
        shares.setdefault(_spread(name) % count, []).append(name)
    return {
        (share, first): these[first : first + most]
        for share, these in shares.items()
        for first in range(0, len(these), most)
    }


def _spread(text: str) -> int:
    """The same number everywhere; far apart for texts that are alike."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
