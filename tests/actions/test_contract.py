"""What every action of ours keeps to, whatever it does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engine.action import Action, Attempt
from engine.bootstrap import installed_actions
from engine.runtime.trying import load, run

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
PAGES = Path(__file__).parents[2] / "docs" / "actions"
NAMES = sorted(installed_actions())


@pytest.fixture(params=NAMES)
def action(request: pytest.FixtureRequest) -> Action:
    return load(installed_actions()[request.param])


def page(action: Action) -> str:
    return (PAGES / f"{action.name}.md").read_text("utf-8")


def test_it_is_found_by_its_own_name(action: Action) -> None:
    assert installed_actions()[action.name] == f"actions.{action.name}:ACTION"


def test_it_speaks_both_languages(action: Action) -> None:
    for said in (action.title, action.again, *(one.what for one in action.settings)):
        assert set(said) == {"zh", "en"}
        assert all(said.values())


def test_parameters_that_nobody_knows_are_refused(action: Action) -> None:
    with pytest.raises(ValidationError, match="not permitted"):
        action.parameters.model_validate({"no_such_parameter": 1})


def test_its_page_tells_every_parameter_and_setting(action: Action) -> None:
    written = set(re.findall(r"`([\w.]+)`", page(action)))
    assert set(action.parameters.model_fields) <= written
    assert {one.name for one in action.settings} <= written


def test_its_page_says_what_a_second_run_does(action: Action) -> None:
    assert "**A second run**" in page(action)
    assert page(action).startswith(f"# {action.name}\n")


def test_a_secret_setting_is_marked_as_one(action: Action) -> None:
    for one in action.settings:
        told = one.what["en"].lower()
        assert one.secret or not any(
            word in told for word in ("secret", "password", "key of")
        ), one.name


def test_its_parameters_have_a_schema(action: Action) -> None:
    schema: dict[str, Any] = action.parameters.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]


@pytest.mark.parametrize(
    ("action", "rest"),
    [
        ("calendar", {"events": []}),
        ("document", {"template": "report"}),
        ("spreadsheet", {"columns": [{"key": "a", "title": "甲"}]}),
    ],
)
def test_a_file_has_its_name_in_the_plans_language(
    action: str, rest: dict[str, Any]
) -> None:
    named = {"name": {"zh": "蓝色督办单", "en": "blue slip"}, **rest}
    for lang, name in named["name"].items():
        attempt = Attempt(
            key="x/1/1",
            number=1,
            instance="x",
            node="办",
            titles={"plan": "方案", "node": "办"},
            requested=NOW,
            now=NOW,
            usual={"lang": lang, "zone": "Asia/Shanghai"},
        )
        done = run(installed_actions()[action], named, attempt).done
        assert done is not None
        assert done.files[0].name.rpartition(".")[0] == name
