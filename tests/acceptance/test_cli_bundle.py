"""``export --to bundle``: what a person gets, and what is refused."""

from __future__ import annotations

import json
import os
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
    key = plangate("key", "log.key", "--name", "office.example/log")
    assert key.code == 0
    (plangate.folder / "log.key.vkey").write_text(key.out, "utf-8")
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
        ("export", "o", "--to", "csv", "-o", "x.csv", "--checkpoint", "log.key"),
        ("export", *OUT, "--checkpoint", "log.key"),
        ("export", *OUT, "--policy", "log.key"),
        ("export", *OUT, "--since", "1"),
        ("export", "o", *OUT, "--since", "99"),
        ("export", "o", "--to", "csv", "-o", "x.csv", "--since", "1"),
        ("export", *OUT, "--key", "log.key", "--policy", "log.key"),
        (
            *("export", *OUT, "--checkpoint", "log.key"),
            *("--key", "log.key", "--policy", "log.key"),
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(house: Any, words: tuple[str, ...]) -> None:
    told = house(*words)
    assert (told.code, told.out) == (2, "")


def test_an_instance_that_is_not_there_leaves_no_file(house: Any) -> None:
    assert house("export", "nobody", *OUT).code == 2
    assert not (house.folder / "b.zip").exists()


# -- a checkpoint that was witnessed


@pytest.fixture
def watched(house: Any) -> Any:
    """The house, and an auditor with a key and a policy that asks for it."""
    key = ("key", "w.key", "--name", "audit.example/w", "--witness")
    log = (house.folder / "log.key.vkey").read_text("utf-8").strip()
    policy = f"log {log}\nwitness w {house(*key).out.strip()}\nquorum w\n"
    (house.folder / "policy").write_text(policy, "utf-8")
    return house


def cosigned(house: Any) -> None:
    """A note that the witness has signed, and more that was recorded since."""
    asked = house("checkpoint", "--key", "log.key", "--since", "0").out
    (house.folder / "request").write_text(asked, "utf-8")
    line = house("witness", "request", "--key", "w.key", "--policy", "policy")
    (house.folder / "note").write_text(line.out, "utf-8")
    assert house("signal", "o", "通知到了", "--as", "乙").code == 0


@pytest.mark.parametrize("names", [(), ("o",)])
@pytest.mark.parametrize("whom", [("--policy", "policy"), ("--key", "log.key")])
def test_a_bundle_holds_the_checkpoint_that_a_witness_cosigned(
    watched: Any, names: tuple[str, ...], whom: tuple[str, ...]
) -> None:
    check = ("verify", "--bundle", "b.zip", "--policy", "policy")
    assert watched("export", *names, *OUT, "--key", "log.key").code == 0
    assert watched(*check).code == 2  # of a checkpoint that no witness has seen
    cosigned(watched)
    told = watched(
        "export", *names, *OUT, "--checkpoint", "note", *whom, "--force", "--json"
    )
    assert (told.code, told.json["signed"]) == (0, True)
    said = members(watched)["checkpoint"]
    assert said == (watched.folder / "note").read_bytes()
    assert told.json["size"] == int(said.splitlines()[1])
    found = watched(*check, "--json")
    assert found.code == 0
    assert found.json["covered"]["witnesses"][0][0] == "audit.example/w"


def test_a_checkpoint_of_another_database_leaves_no_file(watched: Any) -> None:
    cosigned(watched)
    other = ("--db", "sqlite:///other.db")
    assert watched("start", "office", "--id", "o", *NOTED, *other).code == 0
    asked = ("export", *OUT, "--checkpoint", "note", "--key", "log.key", *other)
    for lang, why in (("zh", "数据库"), ("en", "database")):
        told = watched("--lang", lang, *asked)
        assert (told.code, told.out) == (3, "")
        assert why in told.err
    assert not (watched.folder / "b.zip").exists()


# -- a checkpoint that the auditor has kept


def checked(house: Any, *more: str) -> tuple[int, list[str]]:
    """Of b.zip against the kept checkpoint: the exit code, and what was told of it."""
    told = house(
        *("verify", "--bundle", "b.zip", "--checkpoint", "kept", "--json"),
        *("--policy", "policy", *more),
    )
    said = told.json
    every = [*said["defects"], *said["undecided"], *said["told"]]
    return told.code, [one["code"] for one in every if one["code"][:4] == "log."]


@pytest.fixture
def grown(watched: Any) -> Any:
    """The auditor has kept the checkpoint of a bundle, and the office went on."""
    log = (watched.folder / "log.key.vkey").read_text("utf-8").strip()
    (watched.folder / "policy").write_text(f"log {log}\nquorum none\n", "utf-8")
    assert watched("export", *OUT, "--key", "log.key").code == 0
    (watched.folder / "kept").write_bytes(members(watched)["checkpoint"])
    (watched.folder / "b.zip").rename(watched.folder / "old.zip")
    assert watched("signal", "o", "通知到了", "--as", "乙").code == 0
    return watched


def test_the_next_bundle_begins_with_the_checkpoint_that_was_kept(grown: Any) -> None:
    assert grown("export", *OUT, "--key", "log.key").code == 0
    assert checked(grown) == (0, ["log.grown"])


def test_a_bundle_of_one_instance_does_so_with_the_proof(grown: Any) -> None:
    size = (grown.folder / "kept").read_text("utf-8").splitlines()[1]
    asked = ("export", "o", *OUT, "--key", "log.key", "--force")
    assert grown(*asked).code == 0
    assert checked(grown) == (2, ["log.unproven"])
    assert grown(*asked, "--since", size).code == 0
    assert checked(grown) == (0, ["log.grown"])


def test_a_bundle_of_before_is_no_answer_to_a_later_checkpoint(grown: Any) -> None:
    note = grown("checkpoint", "--key", "log.key").out
    (grown.folder / "kept").write_text(note, "utf-8")
    (grown.folder / "old.zip").rename(grown.folder / "b.zip")
    assert checked(grown) == (1, ["log.shorter"])
    assert "末尾" in grown("verify", "--bundle", "b.zip", "--checkpoint", "kept").out


# -- what is no file


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--bundle", "pipe"),
        ("verify", "--bundle", "b.zip", "--policy", "pipe"),
        ("verify", "--bundle", "b.zip", "--checkpoint", "pipe"),
        ("verify", "--checkpoint", "pipe"),
        ("verify", "--policy", "pipe"),
        ("receipt", "pipe"),
        ("receipt", "kept", "--policy", "pipe"),
        ("receipt", "kept", "--bundle", "pipe"),
        ("witness", "pipe", "--key", "w.key", "--policy", "policy"),
        ("witness", "request", "--key", "w.key", "--policy", "pipe"),
        ("export", *OUT, "--checkpoint", "pipe", "--policy", "policy"),
        ("export", *OUT, "--checkpoint", "note", "--policy", "pipe"),
    ],
)
@pytest.mark.parametrize("odd", ["pipe", "folder", "absent"])
def test_what_is_no_file_is_not_waited_for(
    watched: Any, words: tuple[str, ...], odd: str
) -> None:
    refused = ("do", "o", "会议", "hold", "--as", "丙", "--receipt", "kept")
    assert watched(*refused).code == 1
    cosigned(watched)
    if "export" not in words:
        assert watched("export", *OUT).code == 0
    os.mkfifo(watched.folder / "pipe")
    (watched.folder / "folder").mkdir()
    told = watched(*(odd if word == "pipe" else word for word in words))
    assert (told.code, told.out) == (3, "")
    assert odd in told.err
