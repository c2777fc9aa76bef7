"""Leases: for how long a request is somebody's, and those of clocks that are wrong.

    strays = Strays(journal, simulated=False, lease=LEASE)
    strays.end(now)         # now and then

A lease ends by the clock of whoever looks. One that ends further ahead than any may
was given by a clock that is wrong, or is looked at by one: of its end no clock can
tell. But whoever holds a request renews it, a wrong clock or not. So it is free when
nobody has touched it for one lease of our own, by this machine's steady clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from engine.ports import Claim, Journal

LEASE: Final = timedelta(seconds=60)
LEASE_MAX: Final = timedelta(hours=1)
"""No worker may be told to take a request for longer at a time."""
RENEWALS: Final = 3
"""In the time of one lease."""
STRAYS_MAX: Final = 1_000
"""Leases of wrong clocks that are watched at once."""


@dataclass(slots=True)
class Strays:
    """What one worker has seen of leases that end further ahead than any may.

    ``rate``: seconds that pass on its clock in each second.
    """

    journal: Journal
    simulated: bool
    lease: timedelta
    rate: int = 1
    steady: Callable[[], float] = time.monotonic
    """In seconds; it only goes on."""
    _since: dict[Claim, float] = field(default_factory=dict)
    _looked: float | None = None

    def end(self, now: datetime) -> None:
        """Lets others have what nobody holds any more; raises Unavailable."""
        moment, lease = self.steady(), self.lease.total_seconds()
        if self._looked is not None and moment - self._looked < lease / RENEWALS:
            return
        self._looked = moment
        beyond = now + LEASE_MAX * self.rate
        found = self.journal.claims(
            beyond=beyond, simulated=self.simulated, limit=STRAYS_MAX
        )
        # one that was renewed meanwhile has another end: it is another one
        self._since = {one: self._since.get(one, moment) for one in found}
        for one, since in self._since.items():
            if moment - since >= lease:
                self.journal.renew(one.key, one.attempt, until=now)
