"""What the log costs: acts with its line against acts without, and giving places.

Prints ratios, never a verdict. Campaigns of the seed's shape, with everything on, are
played in turns with and without the line that lets the log give an act its place; then
all entries get their places and the log is sealed, beside the time that they took.

    python tests/benchmarks/log.py [rounds]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import seed_workload

from engine.bootstrap import open_service
from engine.journal.sql import SqlJournal
from engine.plan.library import load

SEALED = datetime(2026, 1, 5, tzinfo=UTC)


@contextmanager
def without_lines() -> Iterator[None]:
    """Acts leave no line, as if there were no log."""
    whole = SqlJournal._statements

    def fewer(journal: SqlJournal, sealed: Any) -> Any:
        line = journal._sql.new_unlogged
        return tuple(one for one in whole(journal, sealed) if one[0] != line)

    SqlJournal._statements = fewer  # type: ignore[assignment]
    try:
        yield
    finally:
        SqlJournal._statements = whole  # type: ignore[method-assign]


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.yaml"
        file.write_text(seed_workload.plan_text(), encoding="utf-8")
        plan, bundle = load(file)
        service = open_service(f"sqlite:///{folder}/bench.db")
        seed_workload.campaign(service, plan, bundle, "warm")
        ratios, took = [], 0.0
        for number in range(rounds):
            with_line = seed_workload.campaign(service, plan, bundle, f"with{number}")
            with without_lines():
                bare = seed_workload.campaign(service, plan, bundle, f"without{number}")
            ratios.append(with_line.wall / bare.wall)
            took += with_line.wall
        least, most = min(ratios), max(ratios)
        print(
            f"an act with its line against one without: "
            f"{statistics.median(ratios):.2f} [{least:.2f}..{most:.2f}]"
        )
        began = time.perf_counter()
        state = service.journal.log.seal(SEALED)
        spent = time.perf_counter() - began
        print(
            f"{state.size:,} entries get their places and are sealed: "
            f"{spent / state.size * 1e6:.0f} µs each, {spent / took:.3f} of their acts"
        )
        service.journal.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
