"""What every earlier release recorded replays to the same states, and is whole.

A folder for each release. Whoever changes the fold, a gate, or what a move does so that
an old history would be decided otherwise learns it here.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from engine import verifier
from engine.audit.verifying.redeciding import Redeciding
from engine.core import events
from engine.core.instance import Instance
from engine.plan.library import from_bundle
from tests.histories.record import HERE, digests

HISTORIES = sorted(HERE.glob("*/*.zip"))


def names(one: Path) -> str:
    return f"{one.parent.name}-{one.stem}"


def test_this_release_has_recorded_histories() -> None:
    assert len(HISTORIES) >= 3


@pytest.mark.parametrize("file", HISTORIES, ids=names)
def test_an_old_history_replays_to_the_same_states(file: Path) -> None:
    rows = [f"{name} {seq} {state}" for name, seq, state in digests(file.read_bytes())]
    assert rows == file.with_suffix(".states").read_text("utf-8").splitlines()


@pytest.mark.parametrize("file", HISTORIES, ids=names)
def test_an_old_history_is_whole(file: Path) -> None:
    report = verifier.verify(io.BytesIO(file.read_bytes()))
    assert report.defects == ()
    assert {item.code for item in report.undecided} == {
        "checkpoint.none",
        "policy.none",
    }


@pytest.mark.parametrize("file", HISTORIES, ids=names)
def test_what_was_decided_then_is_decided_now(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        plans = [name for name in archive.namelist() if name.startswith("plans/")]
        known = {name[6:]: from_bundle(archive.read(name)) for name in plans}
        lines = archive.read("entries").splitlines()
    entries = [json.loads(line.split(b" ", 1)[1]) for line in lines]
    mine = [one for one in entries if not one["instance"].startswith("~")]
    plan, first = known[mine[0]["plan"]], mine[0]
    instance = Instance(
        id=first["instance"], plan=plan.digest, simulated=first.get("simulated", False)
    )
    history = (
        (
            events.read(one["type"], one.get("node"), one.get("actor"), one["data"]),
            datetime.fromisoformat(one["at"]),
        )
        for one in mine
    )
    assert list(Redeciding(plan, instance).over(history)) == []
