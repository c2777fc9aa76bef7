"""docs/first-plan.md: whoever types what it says sees what it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli.main import run

PAGE = Path(__file__).parents[2] / "docs" / "first-plan.md"
SECTIONS = {"zh": "中文", "en": "English"}
BLOCK = re.compile(
    r"<!-- file: (?P<file>\S+) -->\n```\w+\n(?P<text>.*?)```"
    r"|```console\n(?P<typed>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True)
class Typed:
    """A command of the page, its exit code, and what it is said to print."""

    words: tuple[str, ...]
    code: int
    shown: str


def section(language: str) -> str:
    text = PAGE.read_text("utf-8")
    return text.partition(f"\n## {SECTIONS[language]}\n")[2].partition("\n## ")[0]


def typed(block: str) -> Iterator[Typed]:
    for part in block.split("$ plangate ")[1:]:
        line, _, shown = part.partition("\n")
        command, _, code = line.partition("  # exit ")
        yield Typed(tuple(shlex.split(command)), int(code or 0), shown.strip())


def like(shown: str) -> re.Pattern[str]:
    """``…`` on the page stands for what it leaves out."""
    return re.compile(".*".join(map(re.escape, shown.split("…"))), re.DOTALL)


@pytest.mark.parametrize("language", SECTIONS)
def test_every_step_of_the_page_ends_as_it_shows(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLANGATE_LANG", language)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PLANGATE_DB", raising=False)
    seen = 0
    for found in BLOCK.finditer(section(language)):
        if found["file"]:
            (tmp_path / found["file"]).write_text(found["text"], "utf-8")
            continue
        for step in typed(found["typed"]):
            code = run(list(step.words))
            told = capsys.readouterr()
            printed = f"{told.out}{told.err}".strip()
            assert like(step.shown).fullmatch(printed), (step.words, printed)
            assert code == step.code, step.words
            seen += 1
    assert seen >= len(STEPS)


STEPS = ("check", "start", "do", "whynot", "work", "status", "history", "verify")


@pytest.mark.parametrize("language", SECTIONS)
def test_the_page_leads_from_an_empty_file_to_a_history_that_is_whole(
    language: str,
) -> None:
    blocks = [found["typed"] for found in BLOCK.finditer(section(language))]
    steps = [one for block in blocks if block for one in typed(block)]
    assert set(STEPS) <= {one.words[0] for one in steps}
    assert any(one.code == 1 for one in steps), "a gate refuses"
    assert any(one.code == 2 for one in steps), "a fault is told"
