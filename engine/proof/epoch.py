"""Epochs of a log: what goes on after a restore is another log, which names the first.

A log's first epoch has the name of its key as its origin, such as ``office/log``; the
second is ``office/log/e2``. The key of the name vouches for them all.
"""

from __future__ import annotations

import re
from typing import Final

EPOCH_MAX: Final = 10**9
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


def epoch_of(origin: str, name: str) -> int | None:
    """Which epoch of the log of this name has this origin; None if it is another log.

    >>> epoch_of("office/log/e3", "office/log")
    3
    """
    if origin == name:
        return 1
    base, _, number = origin.rpartition("/e")
    if base != name or not _NUMBER.fullmatch(number):
        return None
    return int(number) if 1 < int(number) <= EPOCH_MAX else None


def origin_of(name: str, epoch: int) -> str:
    """The origin of an epoch, counted from 1."""
    return name if epoch == 1 else f"{name}/e{epoch}"
