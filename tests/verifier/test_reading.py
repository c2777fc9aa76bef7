"""What is handed to the verifier may be anything: no plain file is refused at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import verifier
from engine.verifier import verify
from tests.verifier.bundles import bundle, story, zipped

SOURCE = Path(verifier.__file__)
ODD = ["pipe", "zero", "null", "folder", "socket", "link", "loop", "absent", "unread"]
SECONDS = 20


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An honest bundle with its policy, and all that is no file."""
    written = bundle(story(6))
    (tmp_path / "b.zip").write_bytes(zipped(written.members))
    (tmp_path / "policy").write_text(written.policy, "utf-8")
    (tmp_path / "note").write_bytes(written.members["checkpoint"])
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "unread").write_bytes(b"")
    (tmp_path / "unread").chmod(0)
    with socket.socket(socket.AF_UNIX) as opened:
        here = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket must be short
        try:
            opened.bind("socket")
        finally:
            os.chdir(here)
        yield tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Raises TimeoutExpired for what hangs."""
    return subprocess.run(
        [sys.executable, "-I", str(SOURCE), *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
        timeout=SECONDS,
    )


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", ["bundle", "--policy", "--receipt", "--checkpoint"])
def test_what_is_no_plain_file_is_unreadable_at_once(
    folder: Path, place: str, odd: str
) -> None:
    if odd == "unread" and os.access(folder / odd, os.R_OK):
        pytest.skip("nothing is unreadable to root")
    words = (odd,) if place == "bundle" else ("b.zip", place, odd)
    began = time.monotonic()
    for lang, said in (("zh", "无法读取"), ("en", "unreadable")):
        told = run(folder, *words, "--lang", lang)
        assert (told.returncode, told.stdout) == (3, "")
        assert said in told.stderr
        assert odd in told.stderr
        assert "Traceback" not in told.stderr
    assert time.monotonic() - began < SECONDS


def test_a_plain_file_is_read_through_a_link(folder: Path) -> None:
    (folder / "to").symlink_to("b.zip")
    words = ("to", "--policy", "policy", "--checkpoint", "note")
    assert run(folder, *words).returncode == 0


def test_a_policy_without_end_is_not_read_to_its_end(folder: Path) -> None:
    with (folder / "policy").open("ab") as policy:
        policy.truncate(1 << 40)
    told = run(folder, "b.zip", "--policy", "policy", "--lang", "en")
    assert told.returncode == 2
    assert "policy.form" in told.stdout


def test_a_bundle_of_nothing_but_length_is_unreadable_soon(folder: Path) -> None:
    with (folder / "b.zip").open("r+b") as file:
        file.truncate(1 << 42)
        assert verify(file).exit == 3
