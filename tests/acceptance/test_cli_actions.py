"""``actions``, ``inbox``, ``requests``: what plans ask, who was told, what waits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import installed_actions, open_service

OURS = Path(__file__).parents[2] / "actions"
NOTED = ("--clock", "2009-04-13 09:00")


def test_every_action_of_ours_is_found_and_has_its_page() -> None:
    files = {
        file.stem for file in OURS.glob("*.py") if "ACTION: Final" in file.read_text()
    }
    pages = {file.stem for file in (OURS.parent / "docs" / "actions").glob("*.md")}
    assert set(installed_actions()) == files == pages


def test_actions_are_told_with_what_they_need(plangate: Any) -> None:
    told = plangate("actions")
    assert told.code == 0
    assert "载入不了" not in told.out
    assert "command  运行一个程序" in told.out
    assert "环境变量 PLANGATE_COMMANDS（必须设置）" in told.out
    one = plangate("--lang", "en", "actions", "mail")
    assert "a second run: " in one.out
    assert "calendar" not in one.out.splitlines()[0]


def test_an_action_that_nobody_has_is_told_with_the_nearest(plangate: Any) -> None:
    told = plangate("--lang", "en", "actions", "mial")
    assert told.code == 2
    assert "there is no action 'mial'; there is mail" in told.err


@pytest.fixture
def convened(plangate: Any) -> Any:
    """An instance that has asked for a notice, and one for something unknown."""
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    assert plangate("signal", "o", "通知到了", "--as", "乙").code == 0
    convene = ("do", "o", "会议", "convene", "--as", "甲", "--with")
    assert plangate(*convene, "starts=2009-04-14 09:00").code == 0
    return plangate


def worked(folder: Path, lines: int, *words: str, **settings: str) -> list[Any]:
    """What a worker printed, when it had printed so many lines."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "engine", "worker", *words, "--json"],
        cwd=folder,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    told = [json.loads(worker.stdout.readline()) for _ in range(lines)]
    worker.send_signal(signal.SIGTERM)
    worker.communicate(timeout=60)
    assert worker.returncode == 0
    return told


def test_a_notice_arrives_in_the_inbox_and_its_request_is_gone(
    convened: Any, office: Path
) -> None:
    asked = convened("requests", "--json").json["requests"]
    assert {one["action"] for one in asked} == {"notify", "document", "calendar"}
    assert {(one["is_parked"], one["tries"]) for one in asked} == {(False, 0)}
    slow = ("--clock", "simulated", "--speed", "1")
    told = worked(office, len(asked), *slow)
    assert {one["request"] for one in told} == {one["request"] for one in asked}
    assert {one["outcome"] for one in told} == {"succeeded"}
    assert "没有等待的动作请求" in convened("requests").out
    (letter,) = convened("inbox", "甲", "--json").json["letters"]
    assert "会议通知" in letter["text"]
    assert "会议通知" in convened("inbox", "甲").out
    assert "还没有收到通知" in convened("inbox", "丁").out
    assert convened("verify").code == 0


def test_what_is_parked_is_shown_with_its_reason_and_tried_again(
    convened: Any,
) -> None:
    service = open_service("sqlite:///plangate.db")
    with service.journal as journal:
        now = service.look("o").instance.at
        assert now is not None
        (taken,) = journal.claim(now=now, until=now, simulated=True)
        key = taken.request.key
        trouble = '{"code":"request.no_action","values":{"action":"notify"}}'
        journal.put_off(key, 1, until=None, trouble=trouble, tries=3)
    shown = convened("requests", "o", "--parked")
    assert "已搁置" in shown.out
    assert "没有名为“notify”的动作" in shown.out
    again = convened("requests", "--retry-parked")
    assert f"{key}：会再试" in again.err
    assert "没有等待的动作请求" in convened("requests", "--parked").out
    open_, *_ = convened("requests", "--retry", key, "--json").json["requests"]
    assert open_["tries"] == 0
    wrong = convened("requests", "--retry", "o/1/1")
    assert wrong.code == 2
    assert "没有待办的动作请求“o/1/1”" in wrong.err
