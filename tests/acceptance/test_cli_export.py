"""``export``: files for other tools, as a person asks for them."""

from __future__ import annotations

import csv
import io
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.audit.exports.formats import FORMATS
from engine.audit.placing import NotWritten, placed

ROOT = Path(__file__).parents[2]
NOTED = ("--clock", "2009-04-13 09:00")
TEXTS = [name for name, one in FORMATS.items() if one.is_text]
OTHERS = [name for name, one in FORMATS.items() if not one.is_text and name != "pdf"]


@pytest.fixture
def held(plangate: Any) -> Any:
    """An instance with an act, a refusal and a file; another one that has begun."""
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    assert plangate("start", "office", "--id", "p", *NOTED).code == 0
    assert plangate("do", "o", "会议", "hold", "--as", "甲").code == 1
    assert plangate("signal", "o", "通知到了", "--as", "乙").code == 0
    hold = ("do", "o", "会议", "hold", "--as", "甲", "--with", "present=甲,乙")
    assert plangate(*hold, "--file", "minutes=scenario.yaml").code == 0
    return plangate


@pytest.mark.parametrize("name", [*TEXTS, *OTHERS])
def test_every_form_is_written_and_told_in_both_languages(held: Any, name: str) -> None:
    for language, begins in (("zh-CN", "已导出 o："), ("en", "exported o: ")):
        file = f"{language}.{name}"
        told = held("export", "o", "--to", name, "-o", file, "--lang", language)
        assert (told.code, told.err) == (0, "")
        assert told.out.startswith(begins)
        assert (held.folder / file).stat().st_size > 0
    assert not list(held.folder.glob(".*.part"))


@pytest.mark.parametrize("name", [*TEXTS, *OTHERS])
def test_the_same_history_gives_the_same_bytes(held: Any, name: str) -> None:
    for file in ("one", "two"):
        assert held("export", "o", "p", "--to", name, "-o", file).code == 0
    one, two = ((held.folder / file).read_bytes() for file in ("one", "two"))
    assert one == two


def test_several_instances_stand_in_one_file(held: Any) -> None:
    told = held("export", "o", "p", "o", "--to", "csv", "-o", "-")
    table = csv.reader(io.StringIO(told.out.removeprefix("\ufeff"), newline=""))
    assert {row[0] for row in list(table)[1:]} == {"o", "p"}
    found = held("export", "p", "o", "--to", "csv", "-o", "x.csv", "--json").json
    assert [one["instance"] for one in found["instances"]] == ["p", "o"]


def test_a_file_that_is_there_is_not_written_over(held: Any) -> None:
    file = held.folder / "there.csv"
    file.write_text("mine", "utf-8")
    told = held("export", "o", "--to", "csv", "-o", "there.csv")
    assert (told.code, told.out) == (2, "")
    assert "已经存在" in told.err
    assert "--force" in told.err
    assert file.read_text("utf-8") == "mine"
    assert held("export", "o", "--to", "csv", "-o", "there.csv", "--force").code == 0
    assert file.read_text("utf-8-sig").startswith("实例,")


def test_a_file_that_comes_meanwhile_is_not_written_over_either(
    tmp_path: Path,
) -> None:
    file = tmp_path / "x"

    def late() -> None:
        with placed(file) as out:
            out.write(b"ours")
            file.write_bytes(b"theirs")

    with pytest.raises(NotWritten) as wrong:
        late()
    assert wrong.value.is_there
    assert file.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [file]


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"old")

    def broken(file: Path, wrong: Exception) -> None:
        with placed(file, force=True) as out:
            out.write(b"half")
            raise wrong

    with pytest.raises(ZeroDivisionError):
        broken(old, ZeroDivisionError())
    with pytest.raises(NotWritten):
        broken(tmp_path / "new", OSError(28, "No space left on device"))
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "csv", "-o", "none/x.csv"), 4, "没有文件夹 none"),
        (("--to", "csv", "-o", ".", "--force"), 4, "是文件夹"),
        (("--to", "csv", "-o", "plangate.db", "--force"), 2, "数据库本身"),
        (("--to", "csv", "-o", "plangate.db.lock", "--force"), 2, "数据库本身"),
        (("--to", "csv", "-o", "-", "--json"), 2, "只留一个"),
        (("--to", "csv", "-o", "x", "--case", "node"), 2, "--to xes"),
        (("--to", "cvs", "-o", "x"), 2, "csv"),
        (("--to", "csv"), 2, "--output"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    held: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    before = sorted(held.folder.iterdir())
    told = held("export", "o", *words)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert sorted(held.folder.iterdir()) == before
    assert held("verify").code == 0


def test_an_instance_that_is_not_there_writes_nothing(held: Any) -> None:
    told = held("export", "nobody", "--to", "csv", "-o", "x.csv")
    assert told.code == 2
    assert "nobody" in told.err
    assert not (held.folder / "x.csv").exists()


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_text_does_not_go_to_a_terminal(held: Any, name: str) -> None:
    told = held("export", "o", "--to", name, "-o", "-")
    assert (told.code, told.out) == (2, "")
    assert "用 -o 文件名" in told.err


def test_numbers_that_are_missing_are_told(held: Any) -> None:
    with closing(sqlite3.connect(held.folder / "plangate.db")) as database:
        database.execute("DROP TRIGGER entry_keeps_DELETE")
        database.execute("DELETE FROM entry WHERE instance = 'o' AND seq = 3")
        database.commit()
    told = held("export", "o", "p", "--to", "csv", "-o", "x.csv")
    assert told.code == 3
    assert "plangate verify o" in told.err
    assert (held.folder / "x.csv").is_file()


def test_a_device_is_not_taken_the_place_of(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(NotWritten) as wrong, placed(pipe, force=True):
        pass
    assert wrong.value.code == "export.special"
    assert pipe.is_fifo()


def test_the_page_lists_every_form() -> None:
    page = (ROOT / "docs" / "exports.md").read_text("utf-8")
    listed, _, _ = page.partition("\n## ")
    assert re.findall(r"^\| `([\w-]+)` \|", listed, re.M)[1:] == list(FORMATS)


@pytest.mark.parametrize(
    ("library", "file"), [("xlsxwriter", "xlsx_file"), ("docx", "docx_file")]
)
def test_a_library_is_imported_in_one_file(library: str, file: str) -> None:
    wanted = re.compile(rf"^\s*(?:from|import) {library}\b", re.M)
    found = [
        path.stem
        for path in sorted((ROOT / "engine").rglob("*.py"))
        if wanted.search(path.read_text("utf-8"))
    ]
    assert found == [file]


def test_a_reader_who_goes_away_is_no_error(held: Any) -> None:
    line = f"{sys.executable} -m engine export o --to csv -o - | head -c 10 >/dev/null"
    told = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=held.folder,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert (told.returncode, told.stderr) == (0, "")


CODE = """
import sys
from engine.cli.main import run
assert run(sys.argv[1:]) == 0
print(sorted({'xlsxwriter', 'docx'} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "words", [("--help",), ("status",), ("export", "o", "--to", "csv", "-o", "t.csv")]
)
def test_libraries_of_other_forms_are_not_loaded(
    held: Any, words: tuple[str, ...]
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        cwd=held.folder,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert told.stdout.splitlines()[-1] == "[]"
