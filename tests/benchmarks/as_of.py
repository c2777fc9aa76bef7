"""An instance as it stood, late in a long history: from a snapshot, and from nothing.

Prints ratios, never a verdict: a question that goes on from a snapshot 1,000 entries
before the moment against one that folds every entry from the first, both read from
SQLite; what a fold of 1,000 and of all entries takes; what a snapshot itself costs.

Of two histories one is reports on one node, and its facts stay few; in the other one
act in ten puts an item on a register, and its facts grow with it.

    python tests/benchmarks/as_of.py [entries]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.audit.travel import (
    KnownAt,
    check,
    snapshot_of,
    state_digest,
    stood,
)
from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.core.instance import Instance
from engine.plan.library import load
from engine.runtime.service import Service

START = datetime(2009, 4, 11, 1, tzinfo=UTC)
PLAN = """
plan: bench/as-of
title: Long history
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-01-01, to: 2999-12-31}
leader: lead
parties:
  people: {甲: {}, 乙: {}}
  roles: {lead: 乙}
  sets: {all: {members: [甲, 乙]}}
registers: {notes: {item: suggestion, by: all}}
stages:
- id: s1
  links:
  - id: l1
    owner: 甲
    do:
    - {id: work, kind: span}
"""
BEFORE, ROUNDS, FULL_ROUNDS = 1_000, 21, 5
HISTORIES = {"few facts": 10**9, "many facts": 10}
"""Of how many acts one adds an item."""


def fill(service: Service, instance: str, entries: int, *, item_every: int) -> None:
    """Acts until the history is so long."""
    revision = service.look(instance).instance.revision
    while revision < entries:
        moment = START + timedelta(seconds=revision)
        is_item = revision % item_every == 0
        command = Do(
            node="notes" if is_item else "work",
            move="add" if is_item else "report",
            actor="甲",
            inputs={"text": f"进展 {revision}"},
        )
        service.do(instance, command, now=moment)
        revision = service.look(instance).instance.revision


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The median of so many times."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(PLAN, encoding="utf-8")
        plan, bundle = load(file)
        service = open_service(f"sqlite:///{folder}/bench.db")
        for instance, item_every in HISTORIES.items():
            service.start(plan, bundle, instance=instance, now=START)
            fill(service, instance, entries, item_every=item_every)
            told(service, instance, entries)
        service.journal.close()


def told(service: Service, instance: str, entries: int) -> None:
    live = service.look(instance).instance
    fresh = Instance(id=live.id, plan=live.plan, simulated=live.simulated)
    journal = service.journal
    first = KnownAt(min(BEFORE, entries))
    place, asked = entries - BEFORE, KnownAt(entries)

    def full() -> Instance:
        return stood(fresh, journal.entries(instance), asked)

    then = stood(fresh, journal.entries(instance), KnownAt(place))
    (last,) = journal.entries(instance, after=place - 1, limit=1)
    kept = snapshot_of(then, last)

    def from_snapshot() -> Instance:
        later = journal.entries(instance, after=kept.seq)
        return stood(fresh, later, asked, snapshot=kept)

    assert state_digest(full()) == state_digest(from_snapshot())
    whole = seconds(full, FULL_ROUNDS)
    quick = seconds(from_snapshot, ROUNDS)
    early = seconds(lambda: stood(fresh, journal.entries(instance), first), ROUNDS)
    read = seconds(lambda: sum(1 for _ in journal.entries(instance)), FULL_ROUNDS)
    made = seconds(lambda: snapshot_of(then, last), ROUNDS)
    checked = seconds(lambda: check(kept, fresh, journal.entries(instance)), 1)
    print(f"-- {instance}: {len(then.facts):,}, snapshot {len(kept.facts):,} bytes")
    print(f"as of entry {entries:,}, from a snapshot: {1_000 * quick:.0f} ms")
    print(f"the same by full replay: {1_000 * whole:.0f} ms")
    print(f"full replay against the snapshot: {whole / quick:.1f}")
    print(f"as of entry {first.size:,}, from nothing: {1_000 * early:.0f} ms")
    print(f"reading {entries:,} entries and nothing else: {1_000 * read:.0f} ms")
    print(f"a snapshot is made in {1_000 * made:.0f} ms, checked in {checked:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
