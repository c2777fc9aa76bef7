"""``files``: what was handed in and what was made, listed and taken out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

NOTED = ("--clock", "2009-04-13 09:00")


@pytest.fixture
def held(plangate: Any) -> Any:
    """A meeting at which a file with a wicked name was handed in."""
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    assert plangate("signal", "o", "通知到了", "--as", "乙").code == 0
    (plangate.folder / "记录:1.txt").write_text("会议记录", "utf-8")
    hold = ("do", "o", "会议", "hold", "--as", "甲", "--with", "present=甲,乙")
    assert plangate(*hold, "--file", "minutes=记录:1.txt").code == 0
    return plangate


def test_a_file_that_was_handed_in_is_listed_with_its_entry(held: Any) -> None:
    (found,) = held("files", "o", "--json").json["files"]
    assert (found["name"], found["is_made"]) == ("记录:1.txt", False)
    assert f"第 {found['seq']} 条" in held("files", "o").out
    assert "还没有文件" in held("files", "o", "--made").out


def test_files_are_taken_out_under_names_that_are_no_paths(
    held: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = held("files", "o", "--to", str(out), "--json").json["files"][0]
    (file,) = out.iterdir()
    assert told["file"] == str(file)
    assert file.name == f"{told['seq']:05}-记录_1.txt"
    assert file.read_text("utf-8") == "会议记录"


def test_a_file_that_is_there_is_not_written_over(held: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert held("files", "o", "--to", str(out)).code == 0
    (file,) = out.iterdir()
    file.write_text("mine", "utf-8")
    again = held("files", "o", "--to", str(out))
    assert again.code == 2
    assert "已经存在" in again.err
    assert file.read_text("utf-8") == "mine"


def test_an_instance_that_is_not_there_has_no_files(plangate: Any) -> None:
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    assert plangate("files", "nobody").code == 2


@pytest.mark.parametrize("name", ["扫描件.pdf", f"{'长' * 99}.pdf", "nul"])
def test_files_of_one_entry_and_one_name_are_all_taken_out(
    tmp_path: Path, plangate: Any, name: str
) -> None:
    from engine.bootstrap import open_service
    from engine.cli.files import write
    from engine.views.files import Kept

    service = open_service("memory://")
    files = [
        Kept(
            seq=7,
            at=datetime(2009, 4, 13, tzinfo=UTC),
            node="办",
            name=name,
            size=1,
            sha256=service.journal.put_blob(content),
            is_made=False,
        )
        for content in (b"a", b"b", b"c")
    ]
    written = write(service, files, tmp_path / "out")
    assert all(len(Path(one).name.encode()) <= 255 for one in written.values())
    assert [Path(written[one]).read_bytes() for one in files] == [b"a", b"b", b"c"]
