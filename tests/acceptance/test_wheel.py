"""The wheel carries everything: the demo runs from it in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the wheel, as an installer lays them out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def run(unpacked: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "engine", *words],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_wheel_holds_the_engine_the_actions_and_the_plans(unpacked: Path) -> None:
    names = {one.name for one in unpacked.iterdir()}
    assert {"engine", "actions"} <= names
    assert not {"tests", "plans", "docs"} & names
    library = unpacked / "engine" / "library"
    shipped = {one.relative_to(library).as_posix() for one in library.rglob("*.yaml")}
    plans = ROOT / "plans"
    assert shipped == {
        one.relative_to(plans).as_posix() for one in plans.rglob("*.yaml")
    }


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(
    unpacked: Path, tmp_path: Path
) -> None:
    done = run(unpacked, tmp_path, "demo", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("*.db"))
    assert str(ROOT) not in done.stdout
