"""Memory and handles run out: of this process, and by no fault of what it was at."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from engine import words
from engine.errors import NoHandles, NoMemory, Unavailable

words.keep_ready("error")
_HANDLES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN})
"""No more files here, none on the machine, no more processes or threads."""
_NO_THREAD: Final = "can't start new thread"
_NO_ROOM: Final = (os.strerror(errno.ENOMEM), "failed to map segment")
FEW: Final = 8
"""Handles that are opened together, say for a database with its log and lock."""
CHAIN_MAX: Final = 20


def shortage_of(wrong: BaseException) -> Unavailable | None:
    """What this process lacks, if that is what went wrong; None: something else."""
    for one in _chain(wrong):
        if isinstance(one, (NoMemory, NoHandles)):
            return one
        if _is_of_memory(one):
            return NoMemory(detail=_said(wrong))
        if _is_of_handles(one):
            return NoHandles(detail=_said(wrong))
    # a driver of a database does not say why it could open no file and no socket
    if isinstance(wrong, (OSError, Unavailable)) and not _has_handles():
        return NoHandles(detail=_said(wrong))
    return None


def _is_of_memory(one: BaseException) -> bool:
    match one:
        case MemoryError():
            return True
        case OSError():
            return one.errno == errno.ENOMEM
        case ImportError():
            # a library that is loaded gives its reason in words only
            return any(why in str(one) for why in _NO_ROOM)
    return False


def _is_of_handles(one: BaseException) -> bool:
    match one:
        case OSError():
            return one.errno in _HANDLES
        case ImportError():
            return os.strerror(errno.EMFILE) in str(one)
        case RuntimeError():
            return str(one) == _NO_THREAD
    return False


def raise_shortage(wrong: Exception) -> None:
    """Raises what this process lacks, if that is what went wrong."""
    lacks = shortage_of(wrong)
    if lacks is not None:
        raise lacks from wrong


def _chain(wrong: BaseException) -> Iterator[BaseException]:
    """It, and what it comes from; also what it was raised ``from None`` instead of."""
    found: BaseException | None = wrong
    for _ in range(CHAIN_MAX):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__


def _said(wrong: BaseException) -> str | dict[str, str]:
    if isinstance(wrong, Unavailable):
        told: str | dict[str, str] = wrong.values["detail"]
        return told
    return str(wrong) or type(wrong).__name__


def _has_handles() -> bool:
    """Whether this process may open a few more files."""
    with ExitStack() as stack:
        try:
            for _ in range(FEW):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return False
    return True
