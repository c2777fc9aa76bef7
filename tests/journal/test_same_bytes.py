"""The same acts leave the same bytes, whatever the machine and the database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CAMPAIGN = "maguan-2009"
PLAYED = """
import hashlib, sys
from engine.bootstrap import open_service
from engine.plan.library import find, load
from engine.runtime.playing import play
from engine.runtime.scenario import read_scenario
from engine.testing import counted_salts
scenario = read_scenario(find(sys.argv[2]))
plan, bundle = load(scenario.plan)
service = open_service(sys.argv[1])
service.clock, service.salts = None, counted_salts()
play(service, plan, bundle, scenario)
found = hashlib.sha256()
for head in service.journal.heads():
    for entry in service.journal.entries(head.instance):
        found.update(entry.hash + entry.body)
print(head.revision, found.hexdigest())
"""
MACHINES = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "POSIX"},
]


def played(url: str, machine: dict[str, str]) -> list[str]:
    """Entries and digest of the campaign, played by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PLAYED, url, CAMPAIGN],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | machine,
    )
    return done.stdout.split()


def test_a_campaign_leaves_the_same_bytes_on_every_machine_and_database(
    tmp_path: Path, database: str
) -> None:
    urls = ["memory:", f"sqlite:///{tmp_path / 'x.db'}", database]
    revisions, digests = zip(
        *(played(url, machine) for url, machine in zip(urls, MACHINES, strict=True)),
        strict=True,
    )
    assert len(set(digests)) == 1
    assert len(set(revisions)) == 1
    assert int(revisions[0]) > 500
