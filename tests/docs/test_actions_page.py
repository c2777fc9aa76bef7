"""docs/actions.md: the list is whole, and the example on it works as it stands."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.action import Attempt
from engine.bootstrap import installed_actions
from engine.runtime.trying import load, run

PAGE = (Path(__file__).parents[2] / "docs" / "actions.md").read_text("utf-8")
NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


def test_every_action_is_in_the_list() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\(actions/(\w+)\.md\) \|", PAGE, re.M)
    assert {name for name, page in listed if name == page} == set(installed_actions())


def test_the_example_is_an_action_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n# greetings\.py\n(.*?)```", PAGE, re.S)
    (tmp_path / "greetings.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert load("greetings:ACTION").name == "greet"
    attempt = Attempt(
        key="x/1/1",
        number=1,
        instance="x",
        node="办",
        titles={},
        requested=NOW,
        now=NOW,
        settings={"GREETING": "同志们好"},
    )
    ended = run("greetings:ACTION", {"to": ["甲"], "text": "开会了"}, attempt)
    assert ended.done is not None
    assert ended.done.messages[0].text == "同志们好，开会了"
    assert run("greetings:ACTION", {"to": [], "text": ""}, attempt).sort == "failed"
    wrong = run("greetings:ACTION", {"whom": "甲"}, attempt)
    assert (wrong.sort, wrong.done) == ("failed", None)
    assert "whom" in wrong.detail
