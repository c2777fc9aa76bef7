"""A great many instances that are due at once: people see how far it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from engine.bootstrap import open_service
from engine.cli import draining, news
from engine.cli.command import Session
from engine.cli.news import Newsreader
from engine.plan.library import load
from engine.runtime.firing import Fired, Runner
from engine.runtime.service import Service
from engine.testing import HEAD, START

PLAN = f"""{HEAD}
stages:
- id: 阶段
  window: {{from: 2009-04-11, to: 2009-04-12}}
  links: [{{id: 环节, owner: 甲, do: [{{id: 事, kind: span}}]}}]
"""
LATER = START.replace(day=13)
MANY = 7


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Seven instances whose stage has ended, which is many here."""
    monkeypatch.setattr(news, "MANY", MANY)
    monkeypatch.setattr(draining, "TOLD_EVERY", 0.5)
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN, encoding="utf-8")
    plan, bundle = load(file)
    service = open_service(f"sqlite:///{tmp_path / 'x.db'}")
    for number in range(MANY):
        service.start(plan, bundle, instance=f"x{number}", now=START)
    yield service
    service.journal.close()


def told(service: Service, language: str, *, is_json: bool = False) -> None:
    """Tells of a drain in four passes, each as long as a telling waits."""
    runner = Runner(service, limit=2)
    halves = count()
    reader = Newsreader(
        Session(language, ""),
        service,
        is_json=is_json,
        due=lambda: runner.due_instances(LATER),
        ticks=lambda: next(halves) / 2,
    )
    is_more = True
    while is_more:
        fired = runner.fire(LATER)
        assert isinstance(fired, Fired)
        reader.tell(fired)
        is_more = fired.is_more


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "7 instances are due at once and are not listed one by one; "
                "plangate history shows what was done",
                "4 of 7 instances that were due are done, 8 a second",
                "6 of 7 instances that were due are done, 6 a second",
                "all 7 instances that were due have had their turn, 5 a second",
            ],
        ),
        (
            "zh",
            [
                "同时到期的实例有 7 个，不再逐个列出；"
                "办了什么，用 plangate history 查看",
                "到期的实例已办 4/7，每秒 8 个",
                "到期的实例已办 6/7，每秒 6 个",
                "到期的 7 个实例都已办过，每秒 5 个",
            ],
        ),
    ],
)
def test_of_many_it_is_told_how_many_are_done_of_how_many_and_how_fast(
    service: Service,
    capsys: pytest.CaptureFixture[str],
    language: str,
    lines: list[str],
) -> None:
    told(service, language)
    said = capsys.readouterr()
    assert said.err.splitlines() == lines
    assert said.out == ""


def test_a_program_that_reads_is_told_of_each_of_them_all_the_same(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    told(service, "en", is_json=True)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(one["instance"] for one in found) == [f"x{n}" for n in range(MANY)]


def test_one_less_than_many_is_told_one_by_one(
    service: Service,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(news, "MANY", MANY + 1)
    told(service, "en")
    said = capsys.readouterr()
    assert said.err == ""
    assert all(f"x{number}  2009-04-13" in said.out for number in range(MANY))
