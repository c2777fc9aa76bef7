"""What it costs to work every gate of a large log out again, with one file.

Prints ratios, never a verdict. The campaign of 2009 is played once, whole; its entries
are written again, through the journal, as those of so many instances. The bare loop
reads every stored body from SQLite and hashes it (SHA-256). In turns with it
``engine/verifier.py`` looks at the bundle of the whole log: entries, chains, tree,
heads, and each gate worked out again from the plan's table and the recorded values.

    python tests/benchmarks/gates.py [instances] [rounds]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verifying import bare, size_of

from engine import verifier
from engine.audit.exports.bundle import write
from engine.bootstrap import open_service
from engine.journal.codec import decode
from engine.journal.opening import open_journal
from engine.plan.library import load, shipped
from engine.ports import Batch, Draft, Entry, Journal
from engine.runtime.playing import play
from engine.runtime.scenario import read_scenario

SCENARIO = "maguan-2009"
NOW = datetime(2010, 1, 1, tzinfo=UTC)
SEALED_EACH = 50


def draft(entry: Entry) -> Draft:
    said = decode(entry.body)
    return Draft(
        at=entry.at,
        type=entry.type,
        node=entry.node,
        actor=entry.actor,
        led_by=said.get("led_by"),
        payload=said["data"],
    )


def files_in(data: Any) -> set[str]:
    """The digest of each file that is named somewhere in what was recorded."""
    if isinstance(data, dict) and isinstance(data.get("sha256"), str):
        return {data["sha256"]}
    parts = data.values() if isinstance(data, dict) else data
    if not isinstance(data, (dict, list)):
        return set()
    return {digest for part in parts for digest in files_in(part)}


def fill(journal: Journal, instances: int) -> None:
    """One campaign, and the same again under other names."""
    scenario = read_scenario(shipped() / "scenarios" / f"{SCENARIO}.yaml")
    plan, bundle = load(shipped() / f"{scenario.plan}.yaml")
    service = open_service("memory:")
    play(service, plan, bundle, scenario)
    drafts = [draft(one) for one in service.journal.entries(scenario.instance)]
    journal.put_plan(plan.digest, bundle)
    for digest in sorted(files_in([one.payload for one in drafts])):
        content = service.journal.blob(digest)
        if content is not None:
            journal.put_blob(content)
    for number in range(instances):
        batch = Batch(
            instance=f"{scenario.instance}-{number:05d}",
            expected=0,
            plan=plan.digest,
            drafts=drafts,
            recorded=NOW,
        )
        journal.append_all([batch])
        if number % SEALED_EACH == 0:
            journal.log.seal(NOW)
    journal.log.seal(NOW)


def verified(bundle: Path) -> tuple[float, int]:
    """Seconds, and megabytes at most, of a process of its own."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, verifier.__file__, str(bundle), "--lang", "en"],
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in {0, 2}, "it has found defects"
    return time.perf_counter() - began, used.ru_maxrss // 1024


def main(instances: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, bundle = Path(folder) / "log.db", Path(folder) / "log.zip"
        with open_journal(f"sqlite:///{file}") as journal:
            fill(journal, instances)
            with bundle.open("wb") as out:
                write(journal, out, None, now=NOW)
        size = size_of(file)
        floors, spent, memory = [], [], 0
        for _ in range(rounds):
            began = time.perf_counter()
            bare(file)
            floors.append(time.perf_counter() - began)
            seconds, most = verified(bundle)
            spent.append(seconds)
            memory = max(memory, most)
        each = sorted(b / a for a, b in zip(floors, spent, strict=True))
        floor, took = statistics.median(floors), statistics.median(spent)
        print(f"{size:,} entries; the bare loop: {floor / size * 1e6:.2f} µs each")
        print(
            f"the one file, gates too: {took / floor:.1f} times the bare loop "
            f"[{each[0]:.1f}..{each[-1]:.1f}], {took / size * 1e6:.1f} µs each, "
            f"{memory} MB"
        )


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*(given + [100, 3][len(given) :]))
