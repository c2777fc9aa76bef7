"""The seed's shape as a workload: 3 stages, 14 links, each with work and a review.

Prints ratios, never a verdict. F is the bare durable commit of the same bytes in
the same run: one history row inserted and one state row updated, standard library
``sqlite3``, WAL, synchronous=FULL. Rounds of both alternate; medians are printed.

    python tests/benchmarks/seed_workload.py [rounds]
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.core.inputs import File
from engine.plan.graph import Plan
from engine.plan.library import load
from engine.runtime.service import Service

START = datetime(2009, 4, 11, 1, tzinfo=UTC)
LINKS = (6, 4, 4)
PAPER = File(name="proof.txt", size=4, sha256="0" * 64)
ACTS = 2 * sum(LINKS)


def plan_text() -> str:
    """A plan of the seed's shape; each link waits for the one before it."""
    lines = [
        "plan: bench/seed",
        "title: Seed workload",
        "zone: Asia/Shanghai",
        "calendar: weekdays",
        "window: {from: 2009-01-01, to: 2999-12-31}",
        "leader: lead",
        "parties: {people: {甲: {}, 乙: {}, 丙: {}}, roles: {lead: 丙}}",
        "stages:",
    ]
    before = ""
    for stage, links in enumerate(LINKS, start=1):
        lines += [f"- id: s{stage}", "  links:"]
        if stage > 1:
            lines.insert(-1, f"  entry: [done(s{stage - 1})]")
        for link in range(1, links + 1):
            entry = f"entry: [done({before})]" if before and link > 1 else "note: first"
            lines += [
                f"  - id: l{stage}{link}",
                f"    {entry}",
                "    owner: 甲",
                "    do:",
                "    - {id: work, kind: task}",
                "    - {id: check, kind: signoff, what: work, by: 乙, "
                "entry: [done(work)]}",
            ]
            before = f"l{stage}{link}"
    return "\n".join(lines) + "\n"


def campaign(service: Service, plan: Plan, bundle: bytes, instance: str) -> float:
    """Seconds for the 28 acts of one campaign, each acknowledged when durable."""
    service.start(plan, bundle, instance=instance, now=START)
    began = time.perf_counter()
    moment = START
    for stage, links in enumerate(LINKS, start=1):
        for link in range(1, links + 1):
            base = f"s{stage}.l{stage}{link}"
            for node, move, who in (("work", "finish", "甲"), ("check", "sign", "乙")):
                moment += timedelta(seconds=1)
                given = {"evidence": PAPER} if move == "finish" else {}
                command = Do(node=f"{base}.{node}", move=move, actor=who, inputs=given)
                service.do(instance, command, now=moment)
    took = time.perf_counter() - began
    assert service.look(instance).known.state("plan") == "closed"
    return took


def floor(path: Path, bodies: list[bytes]) -> float:
    """Seconds for the bare commits of the same bytes."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS h (s INTEGER PRIMARY KEY, b BLOB)")
    database.execute("CREATE TABLE IF NOT EXISTS n (k TEXT PRIMARY KEY, v INTEGER)")
    database.execute("INSERT OR IGNORE INTO n VALUES ('x', 0)")
    began = time.perf_counter()
    for body in bodies:
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO h (b) VALUES (?)", (body,))
        database.execute("UPDATE n SET v = v + 1 WHERE k = 'x'")
        database.execute("COMMIT")
    took = time.perf_counter() - began
    database.close()
    return took


def acts_of(service: Service, instance: str) -> list[bytes]:
    """The bytes that each act recorded, its automatic moves included."""
    found: list[bytes] = []
    for entry in service.journal.entries(instance):
        if entry.actor is not None or not found:
            found.append(b"")
        found[-1] += entry.body
    return found[-ACTS:]


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(plan_text(), encoding="utf-8")
        plan, bundle = load(file)
        service = open_service(f"sqlite:///{folder}/bench.db")
        campaign(service, plan, bundle, "warm")
        bodies = acts_of(service, "warm")
        ratios, rates = [], []
        for number in range(rounds):
            bare = floor(Path(folder) / "bare.db", bodies)
            ours = campaign(service, plan, bundle, f"i{number}")
            ratios.append(bare / ours)
            rates.append(ACTS / ours)
        size = sum(map(len, bodies)) // ACTS
        print(f"acts/s, median of {rounds} rounds: {statistics.median(rates):.0f}")
        print(f"bytes of history an act: {size}")
        print(
            f"against F (bare commit): {statistics.median(ratios):.2f} "
            f"[{min(ratios):.2f}..{max(ratios):.2f}]"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
