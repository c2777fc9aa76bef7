"""A folder with an office's plan in it, and a terminal to type in."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import run

OFFICE = Path(__file__).parent / "office"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Types command lines in a folder, in one process."""

    folder: Path
    captured: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Answer:
        self.captured.readouterr()
        code = run(list(words))
        said = self.captured.readouterr()
        return Answer(code, said.out, said.err)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a plan, its trace table, its document and a scenario."""
    shutil.copytree(OFFICE, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def plangate(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """``plangate`` typed in that folder, in Chinese unless it says otherwise."""
    monkeypatch.chdir(office)
    monkeypatch.setenv("PLANGATE_LANG", "zh")
    monkeypatch.delenv("PLANGATE_DB", raising=False)
    return Terminal(office, capsys)
