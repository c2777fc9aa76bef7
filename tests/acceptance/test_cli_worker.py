"""``plangate worker``: plans move by themselves, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

CLOCK = ("--clock", "2009-04-11 08:00")


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "engine", "worker", *words],
        cwd=folder,
        env={**os.environ, "PLANGATE_LANG": "zh"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_simulated_instance_moves_as_when_its_clock_is_turned_by_hand(
    plangate: Any, office: Path
) -> None:
    for name in ("o", "p"):
        assert plangate("start", "office", "--id", name, *CLOCK).code == 0
    worker = started(office, "--clock", "simulated", "--speed", "10000000", "--json")
    assert worker.stdout is not None
    told = [json.loads(worker.stdout.readline()) for _ in range(2)]
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "时钟已停" in said
    assert {one["instance"] for one in told} == {"o", "p"}
    assert plangate("start", "office", "--id", "q", *CLOCK).code == 0
    assert plangate("tick", "q", "--clock", "2009-07-01 00:00").code == 0
    by_hand = plangate("history", "q", "--json").json["entries"]
    alone = plangate("history", "o", "--json").json["entries"]
    shown = ("seq", "at", "node", "move", "cause")
    assert len(by_hand) > 3
    assert [[one.get(key) for key in shown] for one in alone[: len(by_hand)]] == [
        [one.get(key) for key in shown] for one in by_hand
    ]
    assert plangate("verify").code == 0


def test_an_instance_in_earnest_is_left_alone_by_a_simulated_clock(
    plangate: Any, office: Path
) -> None:
    assert plangate("start", "office", "--id", "real").code == 0
    assert plangate("start", "office", "--id", "o", *CLOCK).code == 0
    before = plangate("history", "real", "--json").out
    worker = started(office, "--clock", "simulated", "--speed", "10000000", "--json")
    assert worker.stdout is not None
    assert json.loads(worker.stdout.readline())["instance"] == "o"
    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=60)
    assert plangate("history", "real", "--json").out == before


def test_a_worker_wants_a_database(plangate: Any) -> None:
    told = plangate("worker")
    assert told.code == 2
    assert "没有数据库 plangate.db" in told.err


def test_a_worker_signs_the_log_and_tells_when_it_cannot(
    plangate: Any, office: Path
) -> None:
    assert plangate("start", "office", "--id", "o").code == 0
    assert plangate("key", "log.key", "--name", "office.example/log").code == 0
    worker = started(office, "--key", "log.key", "--checkpoint", "note")
    while not (office / "note").exists():
        assert worker.poll() is None
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    assert (worker.returncode, "未能签署" in said) == (0, False)
    assert (office / "note").read_text("utf-8").startswith("office.example/log\n")
    assert "全部签署" in plangate("status").out
    (office / "log.key").rename(office / "gone")
    assert plangate("start", "office", "--id", "p").code == 0
    worker = started(office, "--key", "log.key", "--checkpoint", "note")
    assert worker.stderr is not None
    while "未能签署" not in worker.stderr.readline():
        assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=60)
    assert worker.returncode == 0
    told = plangate("status")
    assert "没有密钥文件" in told.out.replace("\n", "")
    assert "分钟" in told.out
    assert plangate("status", "--json").json["signed"]["unsigned"] > 0


def test_a_checkpoint_file_needs_a_key(plangate: Any) -> None:
    assert plangate("start", "office", "--id", "o", *CLOCK).code == 0
    assert plangate("worker", "--checkpoint", "note").code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="threads are seen in /proc")
def test_a_signal_that_another_thread_gets_ends_a_worker_too(
    plangate: Any, office: Path
) -> None:
    assert plangate("start", "office", "--id", "o", *CLOCK).code == 0
    worker = started(office)
    assert worker.stderr is not None
    worker.stderr.readline()
    time.sleep(1)  # it has begun to wait for what comes
    other = max(int(one.name) for one in Path(f"/proc/{worker.pid}/task").iterdir())
    assert other != worker.pid
    os.kill(other, signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "时钟已停" in said
