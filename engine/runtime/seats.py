"""Child processes in which actions run: one that hangs or falls over is replaced.

    seat = Seat()
    seat.begin(reference, parameters, attempt, hidden)
    match seat.heard():              # once ``wait([seat])`` says that there is news
        case Ended() as ended: ...
        case (done, of): ...         # progress

A child is kept for the next try. It leads a process group of its own, which is ended
as a whole; it ends itself, with all that it started, when its worker is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing import connection
from pathlib import Path
from typing import Any, Final

from engine.action import Attempt
from engine.ports import Json
from engine.runtime.trying import Ended, run

_SPAWN: Final = multiprocessing.get_context("spawn")
ENDS: Final = (signal.SIGINT, signal.SIGTERM)
FIRST_TO_GO: Final = "500"
"""Of a thousand, how much of the machine's memory it seems to take besides."""
GRACE: Final = 5.0
"""Seconds in which a child that was told to end may do so."""


class Seat:
    """One child process; started when it is first needed."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Any = None
        self.is_busy = False

    def begin(
        self,
        reference: str,
        parameters: Mapping[str, Json],
        attempt: Attempt,
        hidden: Mapping[str, str],
    ) -> None:
        """Hands over one try. A child that has died meanwhile is replaced."""
        if self._process is None or not self._process.is_alive():
            self.end()
            self._start()
        self.is_busy = True
        # a child that dies now is heard of as one that fell over
        with suppress(OSError):
            self._pipe.send((reference, dict(parameters), attempt, dict(hidden)))

    def heard(self) -> Ended | tuple[int, int] | None:
        """The next word of the child; None: nothing yet."""
        told: Ended | tuple[int, int]
        try:
            if not self._pipe.poll():
                return None
            told = self._pipe.recv()
        except (EOFError, OSError):
            return self._fallen()
        except Exception as wrong:  # noqa: BLE001 -- too much for us, or no word of ours
            # where the next word begins in the pipe nobody knows
            self.end()
            what = f"{type(wrong).__name__} {wrong}".strip()
            return Ended(sort="crashed", detail=f"its answer cannot be read: {what}")
        if isinstance(told, Ended):
            self.is_busy = False
        return told

    def end(self) -> None:
        """The child goes, busy or not."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.join(GRACE)
            process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._pipe, self.is_busy = None, False

    @property
    def waitable(self) -> Any:
        return self._pipe

    def _start(self) -> None:
        pipe, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_child, args=(theirs,), daemon=True)
        # who ends a whole group means the worker, which lets its children finish
        former = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        try:
            process.start()
        except BaseException:
            pipe.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
            theirs.close()
        self._process, self._pipe = process, pipe

    def _fallen(self) -> Ended:
        self._process.join(GRACE)
        code = self._process.exitcode
        self.end()
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        return Ended(sort="crashed", detail=f"the process of the action ended: {how}")


def wait(seats: Iterable[Seat], *others: Any, seconds: float) -> None:
    """Returns when a busy child or one of the others has news, or after so long."""
    pipes = [one.waitable for one in seats if one.is_busy]
    connection.wait([*pipes, *others], timeout=max(0.0, seconds))


# -- in the child


def _child(pipe: Any) -> None:
    """One try after another, until the worker hangs up."""
    os.setsid()
    for one in ENDS:
        # a handler, and not that they are ignored: programs do not inherit it
        signal.signal(one, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    _offer_itself()
    # what an action prints is not among what the worker says
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            reference, parameters, attempt, hidden = pipe.recv()
        except (EOFError, OSError):
            return
        heard = replace(attempt, progress=lambda done, of: pipe.send((done, of)))
        pipe.send(run(reference, parameters, heard, hidden))


def _offer_itself() -> None:
    """Where a machine has no memory left, an action is ended before its worker."""
    # not a Linux machine, or one that lets nobody say so
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, "ascii")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.killpg(os.getpgid(0), signal.SIGKILL)
