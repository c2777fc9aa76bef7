"""Epochs of a log: what goes on after a restore is another log, which names the first.

A log's first epoch has the name of its key as its origin, such as ``office/log``; the
second is ``office/log/e2``. The key of the name vouches for them all.
"""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


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
    return int(number) if int(number) > 1 else None


def is_epoch(origin: str) -> bool:
    """Whether it ends as the origin of a later epoch."""
    base, _, _ = origin.rpartition("/e")
    return (epoch_of(origin, base) or 1) > 1


def origin_of(name: str, epoch: int) -> str:
    """The origin of an epoch, counted from 1."""
    return name if epoch == 1 else f"{name}/e{epoch}"
