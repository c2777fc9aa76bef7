"""A plan names a program of the office's folder, and reaches nothing else."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from actions.command import FOLDER, OUTPUT_MAX, Parameters, run
from engine.action import Attempt, Done, Failed, TryAgain

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "commands"
    found.mkdir()
    return found


def program(folder: Path, text: str, name: str = "tool") -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


def ran(folder: Path, **given: Any) -> Done:
    attempt = Attempt(
        key="x/3/1",
        number=1,
        instance="x",
        node="办",
        titles={},
        requested=NOW,
        now=NOW,
        settings={FOLDER: str(folder)},
    )
    return run(Parameters.model_validate({"name": "tool", **given}), attempt)


def test_a_program_is_told_the_plans_values_as_one_json_text(folder: Path) -> None:
    program(folder, "cat")
    given = {"title": "'; rm -rf / #", "n": 3}
    done = ran(folder, given=given, output="a.json")
    (file,) = done.files
    assert json.loads(file.content) == {
        "key": "x/3/1",
        "instance": "x",
        "node": "办",
        "given": given,
    }
    assert file.name == "a.json"


def test_half_a_sign_in_the_plans_values_stops_nothing(folder: Path) -> None:
    program(folder, "cat")
    (file,) = ran(folder, given={"title": "题\ud800"}, output="a.json").files
    assert json.loads(file.content)["given"] == {"title": "题?"}


def test_a_program_that_is_just_being_written_is_tried_again(folder: Path) -> None:
    program(folder, "echo done")
    shutil.copyfile("/bin/true", folder / "tool")
    with (folder / "tool").open("ab"), pytest.raises(TryAgain, match="now"):
        ran(folder)
    assert ran(folder).detail == "tool"


def test_a_program_sees_nothing_of_the_workers_secrets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANGATE_SMTP", "smtp://secret")
    program(folder, "env")
    seen = ran(folder, output="env.txt").files[0].content.decode()
    assert "secret" not in seen
    assert "PLANGATE_KEY=x/3/1" in seen


def test_what_it_says_last_stands_in_the_history(folder: Path) -> None:
    program(folder, "echo first; echo 'second\033[0m'")
    assert ran(folder).detail == "tool: second[0m"


@pytest.mark.parametrize(("code", "error"), [(1, Failed), (75, TryAgain)])
def test_its_exit_code_says_whether_it_is_tried_again(
    folder: Path, code: int, error: type[Exception]
) -> None:
    program(folder, f"echo 没有网络 >&2; exit {code}")
    with pytest.raises(error, match="没有网络"):
        ran(folder)


def test_a_program_that_cannot_be_run_or_says_too_much_has_failed(
    folder: Path,
) -> None:
    (folder / "tool").write_text("no program", encoding="utf-8")
    with pytest.raises(Failed, match="tool：不能运行"):
        ran(folder)
    program(folder, f"head -c {OUTPUT_MAX + 1} /dev/zero")
    with pytest.raises(Failed, match="more than"):
        ran(folder, output="a.bin")


@pytest.mark.parametrize("name", ["../sh", "/bin/sh", "a/b", "-x", "", "sh\n", "工具"])
def test_a_name_that_is_no_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ValidationError):
        ran(folder, name=name)


@pytest.mark.parametrize("name", ["../a", "a/b", "a\0", "NUL.txt", "长" * 90, "\uffff"])
def test_an_output_that_is_no_name_of_a_file_is_refused(
    folder: Path, name: str
) -> None:
    with pytest.raises(ValidationError):
        ran(folder, output=name)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    folder: Path, tmp_path: Path
) -> None:
    program(tmp_path, "echo out", "outside")
    (folder / "tool").symlink_to(tmp_path / "outside")
    with pytest.raises(Failed, match="no such program"):
        ran(folder)
    (folder / "tool").unlink()
    with pytest.raises(Failed, match="no such program"):
        ran(folder)
