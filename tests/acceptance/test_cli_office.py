"""What the office does with the history is in the history."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import verifier
from engine.bootstrap import open_service

NOTED = ("--clock", "2009-04-13 09:00")


@pytest.fixture
def house(plangate: Any) -> Any:
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    assert plangate("signal", "o", "通知到了", "--as", "乙").code == 0
    return plangate


def deeds(house: Any, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house(
        "history", "~log", "--type", kind, "--json"
    ).json["entries"]
    return found


def verified(file: Path) -> verifier.Report:
    with file.open("rb") as opened:
        return verifier.verify(opened)


@pytest.mark.parametrize("form", ["csv", "bundle"])
def test_an_export_is_recorded_with_the_digest_of_the_file(
    house: Any, form: str
) -> None:
    assert house("export", "o", "--to", form, "-o", "x", "--as", "甲").code == 0
    (one,) = deeds(house, "exported")
    content = (house.folder / "x").read_bytes()
    assert one["actor"] == "甲"
    assert one["data"]["form"] == form
    assert one["data"]["scope"] == ["o"]
    assert one["data"]["bytes"] == len(content)
    assert one["data"]["digest"] == hashlib.sha256(content).hexdigest()


def test_what_goes_to_standard_output_is_recorded_too(house: Any) -> None:
    words = [sys.executable, "-m", "engine", "export", "o", "--to", "csv", "-o", "-"]
    told = subprocess.run(words, cwd=house.folder, capture_output=True, check=True)
    (one,) = deeds(house, "exported")
    assert one["data"]["digest"] == hashlib.sha256(told.stdout).hexdigest()


def test_a_file_that_could_not_be_made_was_not_exported(house: Any) -> None:
    assert house("export", "o", "--to", "csv", "-o", "none/x").code == 4
    assert house("export", "nobody", "--to", "bundle", "-o", "x").code == 2
    assert deeds(house, "exported") == []


def test_requests_that_are_taken_again_are_recorded(house: Any) -> None:
    convene = ("do", "o", "会议", "convene", "--as", "甲")
    assert house(*convene, "--with", "starts=2009-04-14 09:00").code == 0
    key = house("requests", "--json").json["requests"][0]["request"]
    assert house("requests", "--retry", key, "--as", "乙").code == 0
    (one,) = deeds(house, "retried")
    assert (one["actor"], one["data"]) == ("乙", {"keys": [key]})
    assert house("requests", "--retry", "o/1/1").code == 2
    assert len(deeds(house, "retried")) == 1


def test_the_log_s_own_entries_are_told_in_both_languages(house: Any) -> None:
    house("export", "--to", "bundle", "-o", "x", "--as", "甲")
    zh, en = house("history", "~log"), house("history", "~log", "--lang", "en")
    assert (zh.code, en.code) == (0, 0)
    assert "甲 导出了 整个日志" in zh.out
    assert "甲 exported the whole log" in en.out
    assert "封存" in zh.out
    assert house("history", "~log", "--actor", "乙").out.strip() == "没有符合条件的记录"
    assert house("history", "~log", "--limit", "1", "--json").json["entries"][0]["seq"]


@pytest.mark.parametrize(
    "words",
    [("--node", "会议"), ("--csv",), ("--known-at", "1"), ("--from", "2009-01-01")],
)
def test_what_the_log_s_own_entries_do_not_have_is_wrong_use(
    house: Any, words: tuple[str, ...]
) -> None:
    assert house("history", "~log", *words).code == 2


def test_a_bundle_shows_what_the_office_did_before_it(house: Any) -> None:
    assert house("export", "o", "--to", "csv", "-o", "o.csv").code == 0
    for names in ((), ("o",)):
        out = ("--to", "bundle", "-o", "b.zip", "--force")
        assert house("export", *names, *out).code == 0
        assert verified(house.folder / "b.zip").defects == ()
    service = open_service("sqlite:///plangate.db")
    with service.journal as journal:
        kinds = [one.type for one in journal.entries("~log")]
    assert kinds == ["exported", "sealed", "exported", "sealed", "exported"]
