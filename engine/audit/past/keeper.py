"""Keeps long histories as they stand, in the time that a process does not need.

    with Keeper(journal):
        ...                     # whatever the process is for

It looks at a page of instances, walks on from where each was kept last, a stretch at
a time, and then rests for many times as long as it took. A look costs the same however
many instances there are. Nothing depends on it: without it the first question about a
long history takes longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final, Self

from engine.audit.past.snapshots import EVERY
from engine.audit.past.travel import UpTo, stood_at
from engine.core.instance import Instance
from engine.errors import DamagedData
from engine.ports import Journal, Stretch

PAGE: Final = 200
"""Instances looked at in one go."""
STRETCH: Final = 5_000
"""Entries read in one go: a fraction of a second."""
REST: Final = 20
"""Times as long as a look took is rested after it, at least."""
PAUSE: Final = 2.0
"""Seconds between two looks, at least."""
ROUND: Final = 600.0
"""Seconds from one round over all instances to the next, and after any trouble."""


@dataclass(slots=True)
class Keeper:
    """Makes the snapshots that are due, on a thread of its own, until it is stopped.

    ``seen`` says up to which entry an instance was looked at without one being due.
    """

    journal: Journal
    after: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    _stopped: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def look(self) -> bool:
        """One go; whether this round has more to look at. Raises Unavailable."""
        page = self.journal.stretches(after=self.after, limit=PAGE)
        for one in page:
            self.after = one.instance
            if one.revision - max(one.kept, self.seen.get(one.instance, 0)) >= EVERY:
                return self._walked(one)
        if len(page) < PAGE:
            self.after = ""
            return False
        return True

    def _walked(self, one: Stretch) -> bool:
        head = self.journal.head(one.instance)
        if head is None:
            return True
        start = max(one.kept, self.seen.get(one.instance, 0))
        end = min(head.revision, start + STRETCH)
        instance = Instance(id=head.instance, plan=head.plan, simulated=head.simulated)
        try:
            stood_at(self.journal, instance, UpTo(end))
        except DamagedData:
            end = head.revision  # it is for verify to tell
        self.seen[one.instance] = end
        return True

    # -- on its thread

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, clock: Callable[[], float] = time.monotonic) -> None:
        pause = ROUND / 10  # a process that has just begun has other things to do
        while not self._stopped.wait(pause):
            began = clock()
            try:
                is_more = self.look()
            except Exception:  # noqa: BLE001 -- whoever needs the database tells of it
                is_more = False
            rest = REST * (clock() - began)
            pause = max(rest, PAUSE if is_more else ROUND)
