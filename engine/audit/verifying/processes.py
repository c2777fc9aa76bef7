"""Reading shared out to several processes; what they found comes in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context
from typing import Any, Final, TypeVar

AHEAD: Final = 2
"""Pieces that wait for each process, or their results for this one."""

Begun = TypeVar("Begun")
Piece = TypeVar("Piece")
Found = TypeVar("Found")

_BEGUN: list[Any] = []
"""Of a process that reads: what it began with."""


def in_order(
    read: Callable[[Begun, Piece], Found],
    pieces: Iterable[Piece],
    *,
    begin: Callable[[], Begun],
    processes: int,
) -> Iterator[Found]:
    """``read`` of each piece, whoever read it; not many are in memory at a time.

    ``begin`` is called once in each process. All of it must pickle.
    """
    left = iter(pieces)
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_begin, initargs=(begin,)
    ) as pool:
        begun: list[Future[Found]] = [
            pool.submit(_read, read, piece) for piece in islice(left, AHEAD * processes)
        ]
        while begun:
            found = begun.pop(0).result()
            begun += [pool.submit(_read, read, piece) for piece in islice(left, 1)]
            yield found


def _begin(begin: Callable[[], Any]) -> None:
    _BEGUN.append(begin())


def _read(read: Callable[[Any, Any], Any], piece: Any) -> Any:
    return read(_BEGUN[0], piece)


def processes_at_hand() -> int:
    """How many the machine lets this one have at once."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
