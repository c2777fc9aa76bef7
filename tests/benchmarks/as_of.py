"""An instance as it stood, late in a long history: with snapshots, and without.

Prints figures, never a verdict: what the first question takes, which folds every entry
and leaves snapshots behind; what later ones take, at random entries and just before a
snapshot, where the way is longest; a fold of all entries; what snapshots take on disk.

Of two histories one is reports on one node, and its facts stay few; in the other one
act in ten puts an item on a register, and its facts grow with it.

    python tests/benchmarks/as_of.py [entries]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.audit.past.snapshots import state_digest
from engine.audit.past.travel import UpTo, stood, stood_at
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
QUESTIONS, FULL_ROUNDS = 50, 3
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
    journal = service.journal

    def folded(seq: int) -> Instance:
        fresh = Instance(id=live.id, plan=live.plan, simulated=live.simulated)
        return stood(fresh, journal.entries(instance), UpTo(seq))

    def asked(seq: int) -> Instance:
        return stood_at(journal, live, UpTo(seq))

    first = seconds(lambda: asked(entries), 1)
    whole = seconds(lambda: folded(entries), FULL_ROUNDS)
    kept = [(one.seq, len(one.facts)) for one in journal.snapshots(instance)]
    draw = random.Random(instance)
    somewhere = [draw.randrange(1, entries + 1) for _ in range(QUESTIONS)]
    before = [seq - 1 for seq, _ in kept[-QUESTIONS:]]
    assert state_digest(asked(somewhere[0])) == state_digest(folded(somewhere[0]))
    print(f"-- {instance}: {len(live.facts):,}")
    print(f"fold of {entries:,} entries: {1_000 * whole:.0f} ms")
    print(f"the first question, which keeps snapshots: {1_000 * first:.0f} ms")
    for name, places in {"at random": somewhere, "farthest": before}.items():
        taken = sorted(seconds(lambda at=one: asked(at), 1) for one in places)
        if taken:
            middle, worst = statistics.median(taken), taken[-1]
            print(
                f"later, {name}: {1_000 * middle:.1f} ms, at most {1_000 * worst:.1f}"
            )
    size = sum(size for _, size in kept)
    print(f"snapshots: {len(kept)}, {size:,} bytes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
