"""Somebody who acts through the service while everything else goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread
from typing import Final, TypeAlias, TypeVar

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.core.events import Moved
from engine.errors import Unavailable
from engine.runtime.service import Service

ERRAND: Final = "阶段.环节.跑腿"
ASK: Final = "ask"
ACTS: Final = ("report", ASK)
OPEN_MOST: Final = 20
"""Requests that are open at once before he asks for no more."""
PAUSE_SECONDS: Final = 0.1
Act: TypeAlias = tuple[str, str, str]
"""Instance, move and text."""
T = TypeVar("T")


class Actor:
    """Reports, and asks for calls; keeps the receipts."""

    def __init__(self, url: str, instances: Sequence[str]) -> None:
        self.told: dict[Act, int] = {}
        """Each act with the entry that was acknowledged."""
        self._url, self._instances = url, instances
        self._stopped = Event()
        self._thread = Thread(target=self._work, daemon=True)
        self._trouble: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def rest(self) -> None:
        self._stopped.set()

    def stop(self) -> None:
        """Ends after the act at hand. Raises what went wrong for him."""
        self.rest()
        if self._thread.is_alive():
            self._thread.join()
        if self._trouble is not None:
            raise self._trouble

    def _work(self) -> None:
        try:
            service = _at_last(lambda: open_service(self._url))
            with service.journal:
                for number in count():
                    if self._stopped.wait(PAUSE_SECONDS):
                        break
                    _at_last(lambda: self._act(service, number))  # noqa: B023 -- at once
        except Exception as trouble:  # noqa: BLE001 -- raised by `stop`
            self._trouble = trouble

    def _act(self, service: Service, number: int) -> None:
        """One act under one key: who does not know whether it is done says it again."""
        name, text = self._instances[number % len(self._instances)], f"{number}"
        # he reports without end, and asks as far as others keep up with him
        waiting = service.journal.queue(limit=OPEN_MOST + 1)
        move = "report" if number % 2 or len(waiting) > OPEN_MOST else ASK
        command = Do(node=ERRAND, move=move, actor="甲", inputs={"text": text})
        now = datetime.now(UTC)
        done = service.do(name, command, now=now, key=f"k{number}")
        # who says it again may have changed his mind: the first word counts
        self.told.update(
            ((name, one.move, text), seq)
            for seq, one in done.events
            if isinstance(one, Moved) and one.move in ACTS
        )


def _at_last(function: Callable[[], T]) -> T:
    """What it answers as soon as the database is there."""
    while True:
        try:
            return function()
        except Unavailable:
            time.sleep(PAUSE_SECONDS)
