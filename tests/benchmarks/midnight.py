"""A mass at midnight: a stage of very many instances ends at the same moment.

Prints figures and ratios, never a verdict. Each pass of the runner is followed by bare
bulk commits of the same bytes: one row inserted for each entry, one row updated for
each instance, as many instances in a transaction as the runner takes, standard library
``sqlite3``, WAL, synchronous=FULL. The median of the ratios is printed. While the mass
is drained, other instances have something due, one after the other: how late that is
recorded is told, too. Time is midnight plus what the passes have taken.
With ``runners``, so many processes drain a mass each time; the rate with all of them is
compared with that of one, in turns.

    python tests/benchmarks/midnight.py [instances] [runners]
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.bootstrap import open_service
from engine.journal.sqlite import SqliteJournal
from engine.plan.library import load
from engine.runtime.firing import GROUP, Fired, Runner
from engine.runtime.keeping import keep_plans
from engine.runtime.service import Result, Service

MIDNIGHT = datetime(2009, 4, 30, 16, tzinfo=UTC)
"""In Shanghai, after the last day of the stage."""
HEAD = """
title: Midnight
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-04-01, to: 2009-12-31}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: s
"""
MASS = f"""
plan: bench/mass
{HEAD}
  window: {{from: 2009-04-11, to: 2009-04-30}}
  links: [{{id: l, owner: 甲, do: [{{id: work, kind: span}}]}}]
"""
OTHER = f"""
plan: bench/other
{HEAD}
  links:
  - id: l
    owner: 甲
    entry: ["now >= at(s, open) + 1 hours"]
    do: [{{id: work, kind: span}}]
"""
ROUNDS = 3
HOUR = timedelta(hours=1)
OTHERS = 20
APART = timedelta(microseconds=20)
"""Between two of the others, for each instance of the mass."""
Written = Sequence[tuple[str, Sequence[bytes]]]
"""Instances with the entries that each got."""


class Floor:
    """Commits of what was recorded, and of nothing else."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE h (s INTEGER PRIMARY KEY, b BLOB)")
        self.database.execute("CREATE TABLE n (k TEXT PRIMARY KEY, v INTEGER)")
        self.database.execute("BEGIN")
        rows = [(name,) for name in names]
        self.database.executemany("INSERT INTO n VALUES (?, 0)", rows)
        self.database.execute("COMMIT")

    def write(self, written: Written) -> float:
        """Seconds for a pass, in transactions as long as the runner's."""
        began = time.perf_counter()
        for first in range(0, len(written), GROUP):
            self.commit(written[first : first + GROUP])
        return time.perf_counter() - began

    def commit(self, written: Written) -> None:
        rows = [(body,) for _, bodies in written for body in bodies]
        heads = [(len(bodies), name) for name, bodies in written]
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT INTO h (b) VALUES (?)", rows)
        self.database.executemany("UPDATE n SET v = v + ? WHERE k = ?", heads)
        self.database.execute("COMMIT")


@dataclass(slots=True)
class Drain:
    """Passes one after the other until nothing is due, the floor's between them."""

    service: Service
    floor: Floor
    due: dict[str, datetime]
    """Of the others."""
    spent: float = 0.0
    """Seconds of the runner's passes."""
    began: list[datetime] = field(default_factory=list)
    """Of each pass."""
    passes: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    late: list[timedelta] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    """Passes that began when it was due, the one that recorded it included."""
    sizes: list[int] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return MIDNIGHT + timedelta(seconds=self.spent)

    def run(self) -> None:
        runner = Runner(self.service)
        is_more = True
        while is_more:
            self.began.append(self.now)
            began = time.perf_counter()
            fired = runner.fire(self.now, anyway=True)
            took = time.perf_counter() - began
            assert isinstance(fired, Fired)
            assert not fired.aside
            self.spent += took
            self.passed(fired.results, took)
            is_more = fired.is_more

    def passed(self, results: Sequence[Result], took: float) -> None:
        self.passes.append(took)
        for one in results:
            due = self.due.get(one.instance)
            if due is not None:
                self.late.append(self.now - due)
                self.waited.append(sum(began >= due for began in self.began))
        written = [(one.instance, list(self.bodies(one))) for one in results]
        if written:
            self.ratios.append(self.floor.write(written) / took)

    def bodies(self, result: Result) -> Iterator[bytes]:
        after = result.first - 1
        for entry in self.service.journal.entries(result.instance, after=after):
            self.sizes.append(len(entry.body))
            yield entry.body


def begun(
    folder: Path, instances: int, *, others: int = OTHERS
) -> tuple[Service, dict[str, datetime]]:
    """The mass, and when something is due in the others."""
    service = open_service(f"sqlite:///{folder / 'bench.db'}")
    journal = service.journal
    assert isinstance(journal, SqliteJournal)
    with journal._held() as connection:
        connection.execute("PRAGMA synchronous=OFF")  # nothing is measured yet
    start(service, folder, MASS, {f"x{n}": MIDNIGHT for n in range(instances)})
    apart = APART * instances
    due = {f"other{n}": MIDNIGHT + apart * n for n in range(1, others + 1)}
    start(service, folder, OTHER, due)
    journal.close()
    service = open_service(f"sqlite:///{folder / 'bench.db'}")
    keep_plans(service)
    return service, due


def start(service: Service, folder: Path, text: str, due: dict[str, datetime]) -> None:
    """Instances of a plan, an hour before something is due."""
    file = folder / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    plan, bundle = load(file)
    for name, at in due.items():
        service.start(plan, bundle, instance=name, now=at - HOUR)


def told(drain: Drain, instances: int) -> None:
    each = drain.spent / instances
    least, most = min(drain.ratios), max(drain.ratios)
    ratio = statistics.median(drain.ratios)
    entries, size = len(drain.sizes) / instances, sum(drain.sizes) // instances
    print(
        f"{instances:,} instances: {1 / each:.0f}/s, {each * 1e6:.0f} µs each, "
        f"{entries:.1f} entries, {size} bytes"
    )
    print(f"against bare bulk commits: {ratio:.3f} [{least:.3f}..{most:.3f}]")
    late = sorted(one.total_seconds() * 1e3 for one in drain.late)
    print(f"a pass: {statistics.median(drain.passes) * 1e3:.0f} ms")
    print(
        f"{len(late)} others became due meanwhile; recorded after "
        f"{statistics.median(late):.0f} ms, {late[-1]:.0f} ms at most, in the "
        f"{max(drain.waited)}. pass at the latest"
    )


DRAINING = """
import sys
from datetime import datetime
from engine.bootstrap import open_service
from engine.runtime.firing import Runner
from engine.runtime.keeping import keep_plans
service = open_service(sys.argv[1])
keep_plans(service)
runner = Runner(service)
service.look("x0")
print("ready", flush=True)
sys.stdin.readline()
moved = 0
while True:
    fired = runner.fire(datetime.fromisoformat(sys.argv[2]), anyway=True)
    moved += len(fired.results)
    if not (fired.results or fired.is_more):
        break
print(moved)
"""


def drained(instances: int, runners: int) -> float:
    """Instances a second of so many processes at one database."""
    with tempfile.TemporaryDirectory() as folder:
        service, _ = begun(Path(folder), instances, others=0)
        service.journal.close()
        url = f"sqlite:///{folder}/bench.db"
        started = [
            subprocess.Popen(
                [sys.executable, "-c", DRAINING, url, MIDNIGHT.isoformat()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(runners)
        ]
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        began = time.perf_counter()
        for one in started:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        moved = [int(one.communicate()[0]) for one in started]
        took = time.perf_counter() - began
        assert sum(moved) == instances
    print(f"{runners} at once: {instances / took:.0f}/s, each moved {moved}")
    return instances / took


def together(instances: int, runners: int) -> None:
    """How much faster several are than one."""
    ratios = [
        1 / drained(instances, 1) * drained(instances, runners) for _ in range(ROUNDS)
    ]
    least, most = min(ratios), max(ratios)
    print(
        f"{runners} against one: {statistics.median(ratios):.2f} "
        f"[{least:.2f}..{most:.2f}]"
    )


def main(instances: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        service, due = begun(Path(folder), instances)
        names = [head.instance for head in service.journal.heads()]
        floor = Floor(Path(folder) / "bare.db", names)
        service.look(names[0])  # the plans are compiled before midnight
        service.look("x0")
        drain = Drain(service, floor, due)
        drain.run()
        told(drain, instances + len(drain.late))
        service.journal.close()
        floor.database.close()


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    if given[1:]:
        together(*given)
    else:
        main(*(given or [2_000]))
