"""The command as a process: exit codes, pipes, signals, what it loads."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

PLANGATE = (sys.executable, "-P", "-m", "engine")
ENVIRONMENT = {**os.environ, "PLANGATE_LANG": "zh", "PYTHONUTF8": "1"}


def typed(
    folder: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PLANGATE, *words],
        cwd=folder,
        check=False,
        env=ENVIRONMENT | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_an_act_a_refusal_and_wrong_use_have_their_codes(office: Path) -> None:
    clock = ("--clock", "2009-04-11 08:00")
    assert typed(office, "start", "office", "--id", "o", *clock).returncode == 0
    refused = typed(office, "do", "o", "会议", "hold", "--as", "甲")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "通知还没有到" in refused.stderr
    assert typed(office, "do", "o", "会仪", "hold", "--as", "甲").returncode == 2
    assert (office / "plangate.db").is_file()


def test_help_and_check_load_no_database_library(office: Path) -> None:
    code = (
        "import sys\n"
        "from engine.cli.main import run\n"
        "run(sys.argv[1:])\n"
        "print(sorted({'sqlalchemy', 'alembic', 'pydantic'} & set(sys.modules)))\n"
    )
    for words, loaded in ((["--help"], "[]"), (["check", "office"], "['pydantic']")):
        told = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=office,
            check=True,
            env=ENVIRONMENT,
            capture_output=True,
            encoding="utf-8",
        )
        assert told.stdout.splitlines()[-1] == loaded


def test_a_reader_who_goes_away_is_no_error(office: Path) -> None:
    many = " ".join(PLANGATE) + " show units/maguan-gov-office --format json"
    told = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {many} | head -n 1"],
        cwd=office,
        check=False,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "{\n", "")


# a test run in the background ignores interrupts, and so would what it starts
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from engine.cli.main import main
main()
"""


def test_an_interrupt_ends_with_130_and_a_sentence(office: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "demo"],
        cwd=office,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    while process.poll() is None and not (office / "plangate-demo.db").exists():
        time.sleep(0.01)
    # it has its database and hundreds of acts before it
    process.send_signal(signal.SIGINT)
    said, wrong = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert wrong.strip() == "已中断；已经记录的仍然有效"


def test_a_terminal_without_chinese_gets_numbers_and_no_traceback(office: Path) -> None:
    told = typed(office, "check", "office", PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    assert told.returncode == 0
    assert "\\u65b9\\u6848" in told.stdout


def test_words_that_are_no_utf8_are_told(office: Path) -> None:
    begun = typed(office, "start", "office", "--id", "o")
    assert begun.returncode == 0
    words = [b"do", b"o", "会议".encode(), b"hold", b"--as", b"\xff"]
    told = subprocess.run(
        [*PLANGATE, *words],
        cwd=office,
        check=False,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
    )
    assert told.returncode == 2
    assert told.stderr
    assert "Traceback" not in told.stderr


def test_a_folder_that_may_not_be_written_is_unavailable(office: Path) -> None:
    told = typed(office, "start", "office", "--id", "o", "--db", "sqlite:////proc/x.db")
    assert told.returncode == 4
    assert "数据库暂不可用" in told.stderr


def test_a_database_without_its_plans_is_damaged(office: Path) -> None:
    assert typed(office, "start", "office", "--id", "o").returncode == 0
    with closing(sqlite3.connect(office / "plangate.db")) as connection:
        connection.execute("DELETE FROM plan_text")
        connection.commit()
    told = typed(office, "do", "o", "会议", "hold", "--as", "甲")
    assert told.returncode == 3
    assert "数据受损" in told.stderr
