"""All instances of a journal verified, by several processes if there are some.

    for one in verify_all(journal, open_plan, reopen=..., processes=2): ...

Each instance is looked at in a moment of its own, so any process may do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, TypeAlias

from engine.audit.verifying.plans import Opener, Plans
from engine.audit.verifying.processes import in_order
from engine.audit.verifying.verify import Verified, verify_by
from engine.ports import Head, Journal

TOGETHER: Final = 1_000
"""Entries that a process is handed at a time, in whole instances; one instance of more
is a piece of its own."""
ALONE: Final = 6_000
"""Entries for a process: fewer are read in the time that it takes to begin one."""

Reopen: TypeAlias = Callable[[], Journal]
"""Opens the same journal in another process; it must pickle, as must the opener."""


def verify_all(
    journal: Journal,
    open_plan: Opener,
    *,
    reopen: Reopen | None = None,
    processes: int = 1,
) -> Iterator[Verified]:
    """Those that are registered, by name. Raises Unavailable, DamagedData."""
    heads = journal.heads()
    processes = min(processes, sum(one.revision for one in heads) // ALONE)
    if reopen is None or processes <= 1:
        plans = Plans(journal, open_plan)
        yield from (verify_by(plans, head) for head in heads)
        return
    begin = partial(_begin, reopen, open_plan)
    shares = _shares(heads)
    for found in in_order(_verified, shares, begin=begin, processes=processes):
        yield from found


def _begin(reopen: Reopen, open_plan: Opener) -> Plans:
    return Plans(reopen(), open_plan)


def _verified(plans: Plans, heads: Sequence[Head]) -> list[Verified]:
    return [verify_by(plans, head) for head in heads]


def _shares(heads: Sequence[Head]) -> Iterator[list[Head]]:
    share: list[Head] = []
    size = 0
    for head in heads:
        share.append(head)
        size += head.revision
        if size >= TOGETHER:
            yield share
            share, size = [], 0
    if share:
        yield share
