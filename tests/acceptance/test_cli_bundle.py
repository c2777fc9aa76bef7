"""``export --to bundle``: what a person gets, and what is refused."""

from __future__ import annotations

import json
from typing import Any
from zipfile import ZipFile

import pytest

NOTED = ("--clock", "2009-04-13 09:00")
OUT = ("--to", "bundle", "-o", "b.zip")


@pytest.fixture
def house(plangate: Any) -> Any:
    """Two instances, a file that was handed in, and a key."""
    for name in ("o", "p"):
        assert plangate("start", "office", "--id", name, *NOTED).code == 0
    assert plangate("signal", "o", "通知到了", "--as", "乙").code == 0
    (plangate.folder / "记录.txt").write_text("会议记录", "utf-8")
    hold = ("do", "o", "会议", "hold", "--as", "甲", "--with", "present=甲,乙")
    assert plangate(*hold, "--file", "minutes=记录.txt").code == 0
    assert plangate("key", "log.key", "--name", "office.example/log").code == 0
    return plangate


def members(house: Any) -> dict[str, bytes]:
    with ZipFile(house.folder / "b.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_whole_log_is_written_signed(house: Any) -> None:
    told = house("export", *OUT, "--key", "log.key")
    assert (told.code, told.err) == (0, "")
    found = members(house)
    about = json.loads(found["bundle.json"])
    assert about["scope"] == "log"
    origin, size, *_ = found["checkpoint"].decode().splitlines()
    assert (origin, int(size)) == ("office.example/log", about["size"])
    assert len(found["entries"].splitlines()) == about["size"]
    assert f"第 {about['size']} 条" in told.out


def test_one_instance_is_written_with_its_proofs(house: Any) -> None:
    told = house("export", "o", *OUT, "--json").json
    found = members(house)
    assert json.loads(found["bundle.json"])["scope"] == ["o"]
    assert (told["instances"], told["signed"], told["missing"]) == (["o"], False, [])
    assert told["files"] == 1
    assert len(found["proofs"].splitlines()) == told["entries"] + 1


def test_who_signs_nothing_is_told_what_that_means(house: Any) -> None:
    told = house("export", "o", *OUT)
    assert told.code == 0
    assert "--key" in told.err


def test_a_bundle_that_is_there_is_not_written_over(house: Any) -> None:
    assert house("export", "o", *OUT).code == 0
    before = (house.folder / "b.zip").read_bytes()
    assert house("export", "p", *OUT).code == 2
    assert (house.folder / "b.zip").read_bytes() == before
    assert house("export", "p", *OUT, "--force").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--to", "csv", "-o", "x.csv"),
        ("export", "o", "--to", "csv", "-o", "x.csv", "--key", "log.key"),
        ("export", "o", "--to", "bundle", "-o", "-"),
    ],
)
def test_what_cannot_be_meant_is_refused(house: Any, words: tuple[str, ...]) -> None:
    told = house(*words)
    assert (told.code, told.out) == (2, "")


def test_an_instance_that_is_not_there_leaves_no_file(house: Any) -> None:
    assert house("export", "nobody", *OUT).code == 2
    assert not (house.folder / "b.zip").exists()
