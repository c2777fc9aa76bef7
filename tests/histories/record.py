"""Records the golden histories of a release: ``python tests/histories/record.py``.

Each shipped scenario is played whole, with a clock that stands still and salts that are
counted, and written as a bundle beside the digests of its states. What a release has
recorded is never recorded again: later releases replay it (test_golden.py).
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from engine.audit.exports.bundle import nobody, write
from engine.bootstrap import open_service
from engine.core import events
from engine.core.instance import Instance, evolve
from engine.journal.codec import text_of
from engine.plan.library import load, shipped
from engine.runtime.playing import play
from engine.runtime.scenario import read_scenario
from engine.testing import counted_salts

HERE = Path(__file__).parent
STEP = 25
"""Every so many entries the state has its digest written down."""
STOOD_STILL = datetime(2026, 1, 5, tzinfo=UTC)


def digests(bundle: bytes) -> Iterator[tuple[str, int, str]]:
    """(instance, entry, SHA-256 of the facts that the entries up to it give)."""
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        lines = archive.read("entries").splitlines()
    known: dict[str, Instance] = {}
    last: dict[str, tuple[str, int, str]] = {}
    for line in lines:
        entry = json.loads(line.split(b" ", 1)[1])
        name = entry["instance"]
        if name.startswith("~"):
            continue
        before = known.get(name) or Instance(
            id=name, plan=entry["plan"], simulated=entry.get("simulated", False)
        )
        event = events.read(
            entry["type"], entry.get("node"), entry.get("actor"), entry["data"]
        )
        at = datetime.fromisoformat(entry["at"])
        known[name], _ = evolve(before, event, at=at)
        last[name] = name, entry["seq"], digest(known[name])
        if entry["seq"] % STEP == 0:
            yield last.pop(name)
    yield from last.values()


def digest(instance: Instance) -> str:
    facts = {key: [fact.value, fact.seq] for key, fact in instance.facts.items()}
    return hashlib.sha256(text_of(facts).encode()).hexdigest()


def recorded(scenario: Path) -> bytes:
    """A scenario played whole, as a bundle."""
    told = read_scenario(scenario)
    service = open_service("memory://")
    service.clock, service.salts = lambda: STOOD_STILL, counted_salts()
    play(service, *load(told.plan), told)
    out = BytesIO()
    with service.journal as journal:
        journal.log.seal(STOOD_STILL)
        write(journal, out, None, now=STOOD_STILL, sign=nobody)
    return out.getvalue()


def main() -> int:
    folder = HERE / version("plangate")
    if folder.exists():
        print(f"{folder} is there: what a release has recorded stays as it is")
        return 1
    folder.mkdir()
    for scenario in sorted((shipped() / "scenarios").glob("*.yaml")):
        bundle = recorded(scenario)
        (folder / f"{scenario.stem}.zip").write_bytes(bundle)
        rows = "".join(f"{' '.join(map(str, row))}\n" for row in digests(bundle))
        (folder / f"{scenario.stem}.states").write_text(rows, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
