"""One instance with a short and with a long history: an act, and a new start.

Prints ratios, never a verdict: what an act costs in an instance with 10,000 entries
against one with 10, and what a new process takes to open it and look at it.

    python tests/benchmarks/long_history.py [entries]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.plan.library import load
from engine.runtime.service import Service

START = datetime(2009, 4, 11, 1, tzinfo=UTC)
PLAN = """
plan: bench/long
title: Long history
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-01-01, to: 2999-12-31}
leader: lead
parties: {people: {甲: {}, 乙: {}}, roles: {lead: 乙}}
stages:
- id: s1
  links:
  - id: l1
    owner: 甲
    do:
    - {id: work, kind: span}
"""
ROUNDS, ACTS = 21, 10
OPENING = """
import sys, time
from engine.bootstrap import open_service
began = time.perf_counter()
service = open_service(sys.argv[1])
live = service.look(sys.argv[2])
print(time.perf_counter() - began)
assert live.instance.revision >= int(sys.argv[3])
"""


def report(service: Service, instance: str, acts: int) -> float:
    """Seconds for some acts that can always be made again."""
    revision = service.look(instance).instance.revision
    began = time.perf_counter()
    for number in range(acts):
        moment = START + timedelta(seconds=revision + number)
        inputs = {"text": "进展"}
        command = Do(node="work", move="report", actor="甲", inputs=inputs)
        service.do(instance, command, now=moment)
    return time.perf_counter() - began


def opening(url: str, instance: str, entries: int) -> float:
    """Seconds that a new process takes to open the database and the instance."""
    command = [sys.executable, "-c", OPENING, url, instance, str(entries)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(told.stdout)


def compared(short: Callable[[], float], long: Callable[[], float]) -> float:
    """Median of the ratios of long to short, measured in turns."""
    return statistics.median(long() / short() for _ in range(ROUNDS))


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(PLAN, encoding="utf-8")
        plan, bundle = load(file)
        url = f"sqlite:///{folder}/bench.db"
        service = open_service(url)
        service.start(plan, bundle, instance="long", now=START)
        report(service, "long", entries)
        fresh = count(1)

        def short() -> float:
            name = f"short {next(fresh)}"
            service.start(plan, bundle, instance=name, now=START)
            report(service, name, 5)
            return report(service, name, ACTS)

        acts = compared(short, lambda: report(service, "long", ACTS))
        print(f"an act at entry {entries:,} against entry 10: {acts:.2f}")
        starts = compared(
            lambda: opening(url, "short 1", 10), lambda: opening(url, "long", entries)
        )
        print(f"a new process at entry {entries:,} against entry 20: {starts:.2f}")
        for name in ("short 1", "long"):
            state = service.journal.state(name)
            assert state is not None
            print(f"{name}: {state.head.revision} entries, {len(state.facts)} facts")
        service.journal.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
