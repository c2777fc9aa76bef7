"""Reading the seed's campaign at the command line, in both languages."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli.layout import width_of
from engine.cli.main import COMMANDS
from engine.testing import CAMPAIGN, campaign

READING = ("status", "work", "why", "whynot", "history", "verify")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The campaign as it stood while the analysis was being discussed."""
    file = tmp_path_factory.mktemp("reading") / "june.db"
    campaign(f"sqlite:///{file}", until="2009-06-12 09:05").journal.close()
    return file


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ask(
    plangate: Any, database: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setenv("PLANGATE_LANG", language)
    monkeypatch.setenv("PLANGATE_DB", f"sqlite:///{database}")
    return plangate


QUESTIONS = [
    ("status",),
    ("status", CAMPAIGN),
    ("status", CAMPAIGN, "--all"),
    ("status", CAMPAIGN, "--node", "问题"),
    ("work", "王磊"),
    ("work", "夏寅江", CAMPAIGN, "--all"),
    ("whynot", CAMPAIGN, "剖析材料.报送"),
    ("whynot", CAMPAIGN, "讨论", "agree", "--as", "石绍岚"),
    ("whynot", CAMPAIGN, "问题#1"),
    ("why", CAMPAIGN, "100"),
    ("history", CAMPAIGN, "--limit", "50"),
    ("verify",),
]


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_every_answer_is_sentences_of_the_readers_language(
    ask: Any, language: str, words: tuple[str, ...]
) -> None:
    told = ask(*words)
    assert (told.code, told.err) == (0, "")
    assert told.out.strip()
    # a code that has no sentence, or a value that it lacks, would be shown bare
    for bare in ("view.", "cli.", "audit.", "core.", "?who", "None", "{"):
        assert bare not in told.out


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_json_says_the_same_in_every_language(
    plangate: Any,
    words: tuple[str, ...],
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = []
    for language in ("zh", "en"):
        monkeypatch.setenv("PLANGATE_LANG", language)
        told.append(plangate(*words, "--json", "--db", f"sqlite:///{database}").json)
    assert told[0] == told[1]


@pytest.fixture
def asked(plangate: Any, database: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Where the language is of no matter."""
    monkeypatch.setenv("PLANGATE_DB", f"sqlite:///{database}")
    return plangate


def test_tables_fit_eighty_columns_with_chinese_signs(ask: Any) -> None:
    _, tree, *_ = ask("status", CAMPAIGN, "--all").out.split("\n\n")
    rows = tree.splitlines()
    assert len(rows) > 150
    assert max(map(width_of, rows)) <= 80
    # every column begins at the same place
    dates = {width_of(row[: row.index("2009-")]) for row in rows if "2009-" in row}
    assert len(dates) == 1
    work = [row for row in ask("work", "王磊").out.splitlines() if row[:2] == "  "]
    assert max(map(width_of, work)) <= 80


def test_whynot_names_the_missing_approvals(ask: Any, language: str) -> None:
    said = ask("whynot", CAMPAIGN, "剖析材料.报送", "send").out
    joined = "".join(line.strip() for line in said.splitlines())
    if language == "zh":
        assert "材料尚未通过审议" in said
        assert "已有 2，需 4（还没有：王磊、颜能昌、刘兴星）" in joined
    else:
        assert "the document has not passed review" in said
        assert "missing: 王磊, 颜能昌, 刘兴星" in said


def test_what_is_unknown_is_told_with_what_there_is(ask: Any, language: str) -> None:
    for words, near in (
        (("status", "maguan"), "maguan"),
        (("whynot", CAMPAIGN, "剖析村料"), "剖析"),
        (("whynot", CAMPAIGN, "讨论", "agre"), "agree"),
        (("why", CAMPAIGN, "99999"), "515"),
        (("history", CAMPAIGN, "--node", "没有"), "没有"),
        (("history", CAMPAIGN, "--from", "昨天"), "昨天"),
        (("history", CAMPAIGN, "--json", "--csv"), "--csv"),
    ):
        told = ask(*words)
        assert (told.code, told.out) == (2, "")
        if near != "515":
            assert near in told.err


def test_history_pages_without_gap_or_overlap(asked: Any) -> None:
    whole = asked("history", CAMPAIGN, "--json").json["entries"]
    paged: list[Any] = []
    while page := asked(
        "history",
        CAMPAIGN,
        "--json",
        "--limit",
        "200",
        "--after",
        str(paged[-1]["seq"] if paged else 0),
    ).json["entries"]:
        paged += page
    assert paged == whole
    assert [one["seq"] for one in whole] == list(range(1, len(whole) + 1))


def test_history_of_a_day_is_that_day(asked: Any) -> None:
    words = ("history", CAMPAIGN, "--from", "2009-05-20", "--to", "2009-05-20")
    entries = asked(*words, "--json").json["entries"]
    assert entries
    assert {one["at"][:10] for one in entries} == {"2009-05-20"}


def test_refusals_are_in_the_history_and_why_gives_their_reasons(asked: Any) -> None:
    refused = asked("history", CAMPAIGN, "--refused", "--json").json["entries"]
    assert {one["type"] for one in refused} == {"refused"}
    told = asked("why", CAMPAIGN, str(refused[0]["seq"]), "--json").json
    assert told["reasons"]


def test_csv_opens_in_a_spreadsheet(asked: Any) -> None:
    out = asked("history", CAMPAIGN, "--csv").out
    assert out.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows[1:4]] == ["1", "2", "3"]
    assert not any(cell[:1] in "=+-@\t" for row in rows for cell in row if cell)


def test_a_damaged_history_is_told_and_ends_with_1(
    plangate: Any, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "damaged.db"
    shutil.copy(database, copy)
    changed = sqlite3.connect(copy)
    changed.execute("UPDATE fact SET value = '99' WHERE key = 'm/学时/何建道'")
    changed.commit()
    changed.close()
    told = plangate("verify", "--db", f"sqlite:///{copy}", "--json")
    assert told.code == 1
    (instance,) = told.json["instances"]
    assert [one["code"] for one in instance["defects"]] == ["audit.fact"]
    said = plangate("verify", CAMPAIGN, "--db", f"sqlite:///{copy}")
    assert said.code == 1
    assert "m/学时/何建道" in said.out.replace("\n", "")


def test_a_file_that_is_no_database_is_unreadable(
    plangate: Any, tmp_path: Path
) -> None:
    file = tmp_path / "broken.db"
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    for words in (("verify",), ("status",)):
        told = plangate(*words, "--db", f"sqlite:///{file}")
        assert (told.code, told.out) == (3, "")
        assert told.err


def test_verify_of_an_instance_that_is_not_there_is_wrong_use(asked: Any) -> None:
    assert asked("verify", "nobody").code == 2


def test_reading_writes_nothing(asked: Any) -> None:
    before = asked("verify", "--json").json
    for words in QUESTIONS:
        asked(*words)
    assert asked("verify", "--json").json == before


def test_the_output_is_plain_when_nobody_looks(database: Path) -> None:
    """Through a pipe: no colours, UTF-8 whatever the locale says."""
    environment = os.environ | {"PLANGATE_LANG": "zh", "LC_ALL": "C"}
    for words in (("status", CAMPAIGN), ("work", "王磊"), ("verify",)):
        told = subprocess.run(
            [sys.executable, "-m", "engine", *words, "--db", f"sqlite:///{database}"],
            capture_output=True,
            check=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        said = told.stdout.decode("utf-8")
        assert "\x1b" not in said
        assert said.strip()


def test_a_reader_that_goes_away_is_no_error(database: Path) -> None:
    command = [sys.executable, "-m", "engine", "history", CAMPAIGN, "--json"]
    process = subprocess.Popen(
        [*command, "--db", f"sqlite:///{database}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline() + b"]}")["instance"] == CAMPAIGN
    process.stdout.close()
    assert process.wait() == 0
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


def test_the_reading_commands_are_there() -> None:
    assert set(READING) <= set(COMMANDS)


def test_a_row_that_cannot_be_read_is_damaged_data(
    plangate: Any, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "damaged.db"
    shutil.copy(database, copy)
    changed = sqlite3.connect(copy)
    changed.execute("UPDATE fact SET value = '{' WHERE key = 'r/问题'")
    changed.commit()
    changed.close()
    told = plangate("status", CAMPAIGN, "--db", f"sqlite:///{copy}")
    assert (told.code, told.out) == (3, "")
    assert "r/问题" in told.err
    assert plangate("verify", "--db", f"sqlite:///{copy}").code == 1
