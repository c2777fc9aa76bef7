"""What `plangate verify` costs, every decision made again by the plan's own text.

Prints ratios, never a verdict. The campaign of 2009 is played so many times, each as an
instance of its own. The bare loop reads every stored body from SQLite and hashes it
(SHA-256). In turns with it each instance is verified whole: chain, replay, each gate,
right and effect decided again, facts, timers, requests, files; by one process, and by
as many as there are processors.

    python tests/benchmarks/deciding.py [instances] [rounds]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from verifying import bare, size_of, took

from engine.audit.verifying.instances import verify_all
from engine.audit.verifying.processes import processes_at_hand
from engine.bootstrap import open_service, reopening
from engine.plan.library import from_bundle, load, shipped
from engine.runtime.playing import play
from engine.runtime.scenario import read_scenario

SCENARIO = "maguan-2009"


def fill(url: str, instances: int) -> None:
    scenario = read_scenario(shipped() / "scenarios" / f"{SCENARIO}.yaml")
    plan, bundle = load(shipped() / f"{scenario.plan}.yaml")
    service = open_service(url)
    for number in range(instances):
        one = replace(scenario, instance=f"{scenario.instance}-{number:05d}")
        play(service, plan, bundle, one)
    service.journal.log.seal(service.clock())
    service.journal.close()


def verified(url: str, processes: int) -> None:
    service = open_service(url)
    reopen = reopening(url)
    told = verify_all(service.journal, from_bundle, reopen=reopen, processes=processes)
    assert not [one for one in told if one.defects]
    service.journal.close()


def main(instances: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.db"
        url = f"sqlite:///{file}"
        fill(url, instances)
        size, most = size_of(file), processes_at_hand()
        times: dict[int, list[float]] = {0: [], 1: [], most: []}
        for _ in range(rounds):
            times[0].append(took(lambda: bare(file)))
            for processes in {1, most}:
                times[processes].append(took(partial(verified, url, processes)))
        floor = statistics.median(times.pop(0))
        print(f"{size:,} entries; the bare loop: {floor / size * 1e6:.2f} µs each")
        for processes, spent in times.items():
            median = statistics.median(spent)
            print(
                f"decided again by {processes}: {median / floor:.0f} times "
                f"[{min(spent) / floor:.0f}..{max(spent) / floor:.0f}] the bare loop, "
                f"{median / size * 1e6:.0f} µs each"
            )


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*(given + [50, 3][len(given) :]))
