"""A request that kills whoever takes it is parked, and does not hold up the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.core.events import Reported
from engine.plan.library import load
from engine.runtime.preparing import SILENT_MAX
from engine.runtime.service import Service

from .house import system_time

ACTIONS = """
import os, signal
from pydantic import BaseModel
from engine.action import Action, Done


class Parameters(BaseModel):
    pass


def kill(given, attempt):
    os.kill(os.getppid(), signal.SIGKILL)
    signal.pause()


def nothing(given, attempt):
    return Done()


def made(run):
    return Action(name=run.__name__, title={}, again={}, parameters=Parameters, run=run)


KILL, NOTHING = made(kill), made(nothing)
"""
ENTRY_POINTS = """
[plangate.actions]
kill = poison:KILL
nothing = poison:NOTHING
"""
METADATA = "Metadata-Version: 2.1\nName: poison\nVersion: 1\n"
KIND = """\
kind: errand
title: {zh: 跑腿, en: errand}
extends: span
moves:
- {name: poison, from: open, to: same, by: owner, then: [{action: kill}]}
- {name: ask, from: open, to: same, by: owner, then: [{action: nothing}]}
"""
PLAN = """\
plan: test/poison
title: 毒
zone: Asia/Shanghai
window: {from: FIRST, to: LAST}
leader: 甲
parties: {people: {甲: {}}}
stages:
- {id: 阶段, links: [{id: 环节, owner: 甲, do: [{id: 办, kind: errand}]}]}
"""
ALWAYS = ("--db", "sqlite:///x.db", "--json")
PATIENCE = 60.0
"""Seconds."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A plan that asks for two actions of a package of this folder's own."""
    with installed(tmp_path, ACTIONS, ENTRY_POINTS, KIND) as found:
        yield found


@contextmanager
def installed(
    folder: Path, actions: str, entry_points: str, kind: str
) -> Iterator[Service]:
    """A package ``poison`` of a folder's own, and an instance that asks for it."""
    (folder / "poison.py").write_text(actions)
    info = folder / "poison-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(entry_points)
    (folder / "kinds").mkdir()
    (folder / "kinds" / "errand.yaml").write_text(kind, encoding="utf-8")
    today, days = system_time().date(), timedelta(days=9)
    plan = PLAN.replace("FIRST", f"{today - days}").replace("LAST", f"{today + days}")
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    service = open_service(f"sqlite:///{folder / 'x.db'}")
    with service.journal:
        service.start(*load(folder / "plan.yaml"), instance="x", now=system_time())
        yield service


def ask(service: Service, move: str) -> None:
    act = Do(node="办", move=move, actor="甲", inputs={})
    service.do("x", act, now=system_time())


def begun(folder: Path, *words: str) -> subprocess.Popen[str]:
    paths = (str(folder), os.environ.get("PYTHONPATH", ""))
    given = {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PLANGATE_LANG": "en",
    }
    with (folder / "told").open("a") as told:
        return subprocess.Popen(
            [sys.executable, "-m", "engine", *words, *ALWAYS],
            cwd=folder,
            env={**os.environ, **given},
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        )


def killed(folder: Path, times: int) -> None:
    """So many workers, one after another, take what kills them."""
    for _ in range(times):
        worker = begun(folder, "worker", "--lease", "1", "--seats", "1")
        worker.communicate(timeout=PATIENCE)
        assert worker.returncode == -signal.SIGKILL


def is_parked(service: Service, folder: Path) -> bool:
    """The next worker parks it, does what else there is, and lives."""
    ask(service, "ask")
    worker = begun(folder, "worker", "--lease", "1", "--seats", "1")
    end = time.monotonic() + PATIENCE
    while [one.ready for one in service.journal.queue()] != [None]:
        assert time.monotonic() < end
        time.sleep(0.05)
    worker.terminate()
    worker.communicate(timeout=PATIENCE)
    ended = [service.decode(one)[0] for one in service.journal.entries("x")]
    outcomes = [one.outcome for one in ended if isinstance(one, Reported)]
    told, _ = begun(folder, "requests").communicate(timeout=PATIENCE)
    (request,) = json.loads(told)["requests"]
    return (
        worker.returncode == 0
        and outcomes == ["succeeded"]
        and request["is_parked"]
        and f"taken {SILENT_MAX} times" in request["trouble"]["en"]
    )


def test_what_killed_enough_workers_is_parked(service: Service, tmp_path: Path) -> None:
    ask(service, "poison")
    # as if it had killed all others before
    for _ in range(SILENT_MAX - 1):
        now = system_time()
        assert len(service.journal.claim(now=now, until=now)) == 1
    killed(tmp_path, 1)
    assert is_parked(service, tmp_path)


@pytest.mark.slow
def test_what_kills_one_worker_after_another_is_parked_in_the_end(
    service: Service, tmp_path: Path
) -> None:
    ask(service, "poison")
    killed(tmp_path, SILENT_MAX)
    assert is_parked(service, tmp_path)
