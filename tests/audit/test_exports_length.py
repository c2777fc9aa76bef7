"""A long history needs no more memory than a short one, whatever it is exported to."""

from __future__ import annotations

import gc
import io
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from engine.audit.exports.formats import FORMATS
from engine.audit.exports.record import Export, History
from engine.cli.telling import Telling
from engine.ports import Entry
from engine.testing import CAMPAIGN, campaign

SHORT, LONG = 500, 2_500
GROWTH_MAX = 400
"""Bytes of memory for each further entry; an entry itself takes some 3,000."""


class Nowhere(io.RawIOBase):
    """What is written is counted and forgotten."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


@pytest.fixture(scope="module")
def history() -> History:
    service = campaign("memory://", until="2009-05-21 12:00")
    plan, head = service.look(CAMPAIGN).plan, service.journal.head(CAMPAIGN)
    assert head is not None
    return History(
        head=head,
        plan=plan,
        language="zh",
        read=lambda: service.journal.entries(CAMPAIGN),
        told=Telling(plan, "zh").event,
    )


def as_long_as(history: History, entries: int) -> History:
    """The same again and again, each entry with a number and a time of its own."""

    def read() -> Iterator[Entry]:
        seq = 0
        while True:
            for entry in history.read():
                if seq == entries:
                    return
                seq += 1
                at = history.head.at + timedelta(seconds=seq)
                yield replace(entry, seq=seq, at=at)

    return replace(history, read=read)


def peak(name: str, history: History) -> int:
    writer = FORMATS[name].writer()
    gc.collect()
    tracemalloc.start()
    try:
        out = io.BufferedWriter(Nowhere())
        writer(Export(histories=(history,), language="zh"), out)
        out.flush()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "pdf"])
def test_memory_does_not_grow_with_the_history(history: History, name: str) -> None:
    peak(name, as_long_as(history, 300))  # what is loaded and remembered once
    short, long = (peak(name, as_long_as(history, n)) for n in (SHORT, LONG))
    assert (long - short) / (LONG - SHORT) < GROWTH_MAX
