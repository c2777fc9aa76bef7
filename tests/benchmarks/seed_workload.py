"""The seed's shape as a workload: 3 stages, 14 links, each with work and a review.

Prints ratios, never a verdict. F is the bare durable commit of the same bytes in
the same run: one history row inserted and one state row updated, standard library
``sqlite3``, WAL, synchronous=FULL, on a connection that stays open, as ours does.
Campaigns of both alternate; medians are printed. An act records several changes (its
own and those that follow by themselves) in one commit: the second ratio is against
one bare commit for each change, as engines that save step by step make them. With
the address of a PostgreSQL database the same is measured there, F being BEGIN,
INSERT, UPDATE, COMMIT through psycopg, each a round trip.

    python tests/benchmarks/seed_workload.py [rounds] [postgresql://…]
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import psycopg

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


class Floor:
    """The bare commits that F counts."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE h (s INTEGER PRIMARY KEY, b BLOB)")
        self.database.execute("CREATE TABLE n (k TEXT PRIMARY KEY, v INTEGER)")
        self.database.execute("INSERT INTO n VALUES ('x', 0)")

    def write(self, bodies: list[bytes]) -> None:
        for body in bodies:
            self.database.execute("BEGIN IMMEDIATE")
            self.database.execute("INSERT INTO h (b) VALUES (?)", (body,))
            self.database.execute("UPDATE n SET v = v + 1 WHERE k = 'x'")
            self.database.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the wall clock and of the processor."""

    wall: float
    processor: float


def spent(work: Callable[[], object]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


def acts(service: Service, instance: str) -> None:
    """The 28 acts of one campaign, each acknowledged when durable."""
    moment = START
    for stage, links in enumerate(LINKS, start=1):
        for link in range(1, links + 1):
            base = f"s{stage}.l{stage}{link}"
            for node, move, who in (("work", "finish", "甲"), ("check", "sign", "乙")):
                moment += timedelta(seconds=1)
                given = {"evidence": PAPER} if move == "finish" else {}
                command = Do(node=f"{base}.{node}", move=move, actor=who, inputs=given)
                service.do(instance, command, now=moment)


def campaign(service: Service, plan: Plan, bundle: bytes, instance: str) -> Spent:
    service.start(plan, bundle, instance=instance, now=START)
    took = spent(lambda: acts(service, instance))
    assert service.look(instance).known.state("plan") == "closed"
    return took


def acts_of(service: Service, instance: str) -> list[list[bytes]]:
    """The changes that each act recorded, its automatic moves included."""
    found: list[list[bytes]] = []
    for entry in service.journal.entries(instance):
        if entry.actor is not None or not found:
            found.append([])
        found[-1].append(entry.body)
    return found[-ACTS:]


def median(times: list[float]) -> float:
    return statistics.median(times) * 1e6 / ACTS


@dataclass(frozen=True, slots=True)
class Round:
    """One campaign of ours beside the bare commits of its acts and of its changes."""

    acts: Spent
    changes: Spent
    ours: Spent


class PostgresFloor:
    """The same, one statement a round trip, as most programs write."""

    def __init__(self, url: str) -> None:
        self.database = psycopg.connect(url, autocommit=True)
        self.database.execute("DROP TABLE IF EXISTS h, n")
        self.database.execute("CREATE TABLE h (s BIGSERIAL PRIMARY KEY, b BYTEA)")
        self.database.execute("CREATE TABLE n (k TEXT PRIMARY KEY, v INT)")
        self.database.execute("INSERT INTO n VALUES ('x', 0)")

    def write(self, bodies: list[bytes]) -> None:
        for body in bodies:
            self.database.execute("BEGIN")
            self.database.execute("INSERT INTO h (b) VALUES (%s)", (body,))
            self.database.execute("UPDATE n SET v = v + 1 WHERE k = 'x'")
            self.database.execute("COMMIT")


def main(rounds: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(plan_text(), encoding="utf-8")
        plan, bundle = load(file)
        database = Path(folder) / "bench.db"
        service = open_service(url or f"sqlite:///{database}")
        floor = PostgresFloor(url) if url else Floor(Path(folder) / "bare.db")
        name = token_hex(2)
        campaign(service, plan, bundle, name)
        changes = [body for act in acts_of(service, name) for body in act]
        bodies = [b"".join(act) for act in acts_of(service, name)]
        floor.write(bodies)
        before = 0 if url else size_of(database)
        told(
            [
                Round(
                    spent(lambda: floor.write(bodies)),
                    spent(lambda: floor.write(changes)),
                    campaign(service, plan, bundle, f"{name}-{number}"),
                )
                for number in range(rounds)
            ],
            len(changes) / ACTS,
        )
        print(f"bytes of history an act: {sum(map(len, bodies)) // ACTS}")
        if not url:
            grown = (size_of(database) - before) // (rounds * ACTS)
            print(f"bytes that the database grows by an act: {grown}")
        service.journal.close()
        floor.database.close()


def size_of(database: Path) -> int:
    """Bytes of the file when everything is in it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database.stat().st_size


def told(rounds: list[Round], changes: float) -> None:
    ours = median([one.ours.wall for one in rounds])
    processor = median([one.ours.processor for one in rounds])
    print(f"an act: {ours:.0f} µs, {processor:.0f} µs of it on the processor")
    print(f"acts/s, median of {len(rounds)} rounds: {1e6 / ours:.0f}")
    print(f"F, a bare commit: {median([one.acts.wall for one in rounds]):.0f} µs")
    against("an act against F", [one.acts.wall / one.ours.wall for one in rounds])
    against(
        f"its changes ({changes:.2f} an act), against F for each",
        [one.changes.wall / one.ours.wall for one in rounds],
    )


def against(what: str, ratios: list[float]) -> None:
    least, most = min(ratios), max(ratios)
    print(f"{what}: {statistics.median(ratios):.2f} [{least:.2f}..{most:.2f}]")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 60,
        sys.argv[2] if len(sys.argv) > 2 else None,
    )
