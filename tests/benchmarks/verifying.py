"""What verifying a log costs, against reading the same bytes and hashing them.

Prints ratios, never a verdict. A database of so many entries is made through the
journal: a thousand instances, acts of four entries of the size that acts have, sealed
each 50,000 entries. Then in turns: the bare loop, which reads every stored body from
SQLite and hashes it (SHA-256); the whole log verified in this process; the same with
as many processes as there are processors. Memory is that of fresh processes.

    python tests/benchmarks/verifying.py [entries] [rounds]
"""

from __future__ import annotations

import hashlib
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from engine.audit.verifying import whole_log
from engine.audit.verifying.processes import processes_at_hand
from engine.audit.verifying.strays import Strays, strays
from engine.journal.opening import open_journal
from engine.ports import Batch, Draft, Journal

AT = datetime(2009, 4, 11, tzinfo=UTC)
INSTANCES = 1_000
ENTRIES_OF_ACT = 4
TOGETHER = 100
"""Instances that act in one transaction."""
SEALED_EACH = 50_000
PLAN = "ab" * 32


def act(name: str, expected: int) -> Batch:
    """Four entries, about 600 bytes each: a move by somebody and what it led to."""
    at = AT + timedelta(seconds=7 * expected)
    drafts = [
        Draft(
            at=at,
            type="moved",
            node="学习.环节.事项",
            actor="甲" if number == 0 else None,
            led_by=expected + 1 if number else None,
            payload={
                "move": "finish",
                "from": "open",
                "to": "closed",
                "round": 1,
                "cause": "condition" if number else "person",
                "why": {
                    "gate": [["done(学习.环节.事项)", True], ["held(会议)", True]],
                    "facts": [["n/学习.环节.事项", {"s": "closed"}, expected]],
                },
            },
        )
        for number in range(ENTRIES_OF_ACT)
    ]
    return Batch(
        instance=name, expected=expected, plan=PLAN, drafts=drafts, recorded=at
    )


def fill(journal: Journal, entries: int) -> None:
    journal.put_plan(PLAN, b"plan")
    names = [f"instance-{number:05d}" for number in range(INSTANCES)]
    done, sealed, expected = 0, 0, 0
    while done < entries:
        for start in range(0, INSTANCES, TOGETHER):
            some = names[start : start + TOGETHER]
            journal.append_all([act(name, expected) for name in some])
            done += len(some) * ENTRIES_OF_ACT
        expected += ENTRIES_OF_ACT
        if done - sealed >= SEALED_EACH:
            sealed = done
            journal.log.seal(AT + timedelta(seconds=7 * expected))
    journal.log.seal(AT + timedelta(seconds=7 * expected))


def bare(file: Path) -> None:
    database = sqlite3.connect(file)
    for (body,) in database.execute("SELECT body FROM entry"):
        hashlib.sha256(body).digest()
    database.close()


def verified(file: Path, processes: int) -> None:
    url = f"sqlite:///{file}"
    with open_journal(url) as journal:
        reopen = partial(open_journal, url)
        told = whole_log.verify(journal, reopen=reopen, processes=processes)
    assert not told.defects, told.defects[:3]


def strayed(file: Path) -> None:
    """What belongs to no instance, looked for in this process."""
    with open_journal(f"sqlite:///{file}") as journal:
        assert strays(journal) == Strays(defects=(), files=(), plans=())


def took(what: Callable[[], None]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def peak(file: Path) -> int:
    """Megabytes of a process that verifies it alone."""
    asked = [sys.executable, __file__, "--alone", str(file)]
    said = subprocess.run(asked, check=True, capture_output=True, text=True)
    return int(said.stdout)


def main(entries: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, small = Path(folder) / "log.db", Path(folder) / "small.db"
        for one, count in ((file, entries), (small, entries // 10)):
            with open_journal(f"sqlite:///{one}") as journal:
                fill(journal, count)
        size = size_of(file)
        processes = processes_at_hand()
        names = ("bare", "alone", "together", "strays")
        times: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(rounds):
            times["bare"].append(took(lambda: bare(file)))
            times["alone"].append(took(lambda: verified(file, 1)))
            times["together"].append(took(lambda: verified(file, processes)))
            times["strays"].append(took(lambda: strayed(file)))
        floor = statistics.median(times["bare"])
        print(f"{size:,} entries; the bare loop: {floor / size * 1e6:.2f} µs each")
        for name, said in (("alone", "1 process"), ("together", f"{processes}")):
            each = sorted(
                a / b for a, b in zip(times["bare"], times[name], strict=True)
            )
            spent = statistics.median(times[name])
            print(
                f"verified by {said}: {floor / spent:.2f} of the bare loop's rate "
                f"[{each[0]:.2f}..{each[-1]:.2f}], {spent / size * 1e6:.2f} µs each"
            )
        spent = statistics.median(times["strays"]) / size
        print(
            f"strays: {spent * 1e6:.2f} µs each, {spent * size / floor:.1f} bare loops"
        )
        print(f"memory: {peak(file)} MB; of a tenth of the entries: {peak(small)} MB")


def size_of(file: Path) -> int:
    with open_journal(f"sqlite:///{file}") as journal:
        return journal.log.state().size


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        verified(Path(sys.argv[2]), 1)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    else:
        given = [int(one) for one in sys.argv[1:]]
        main(*(given + [200_000, 5][len(given) :]))
