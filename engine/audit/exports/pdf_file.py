"""The report as PDF, by LibreOffice where it is at hand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from engine.audit.exports import docx_file
from engine.audit.exports.record import Export
from engine.audit.placing import NotWritten

PROGRAMS: Final = ("soffice", "libreoffice")
SECONDS_MAX: Final = 1800
"""A long history has many pages."""


def write(export: Export, out: BinaryIO) -> None:
    """Raises NotWritten if there is no LibreOffice, or if it does not manage."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NotWritten("export.no_office")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "report.docx").open("wb") as report:
            docx_file.write(export, report)
        told = _converted(program, folder)
        made = folder / "report.pdf"
        if not made.is_file():
            raise NotWritten("export.office_failed", why=told or "–")
        with made.open("rb") as pdf:
            shutil.copyfileobj(pdf, out)


def _converted(program: str, folder: Path) -> str:
    """Its words; with a profile of its own it meets no other one that runs."""
    profile = (folder / "profile").as_uri()
    try:
        ended = subprocess.run(  # noqa: S603 -- a program of the system, no shell
            [
                program,
                "--headless",
                "--norestore",
                f"-env:UserInstallation={profile}",
                "--convert-to",
                "pdf",
                "--outdir",
                str(folder),
                str(folder / "report.docx"),
            ],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        return f"> {SECONDS_MAX} s"
    except OSError as wrong:
        return str(wrong)
    return " ".join(ended.stderr.split())[-300:]
