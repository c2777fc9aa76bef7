"""Faults as SARIF 2.1.0, which editors and CI systems read."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from engine.plan.faults import Fault
from engine.words import say

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Final = {"fault": "error", "warning": "warning", "note": "note"}


def sarif(faults: Iterable[Fault]) -> dict[str, Any]:
    """One run with one rule for each code that occurs; messages in English."""
    told = list(faults)
    codes = list(dict.fromkeys(one.code for one in told))
    driver = {
        "name": "plangate",
        "version": _version(),
        "rules": [{"id": code} for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code)) for one in told],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _version() -> str:
    try:
        return version("plangate")
    except PackageNotFoundError:
        # run from a folder of sources that was never installed
        return "0"


def _result(fault: Fault, rule: int) -> dict[str, Any]:
    where = f"{fault.path}: " if fault.path else ""
    message = where + say(fault.code, "en", **fault.values)
    place = fault.place
    region = {"startLine": place.line, "startColumn": place.column}
    artifact = {"uri": quote(Path(place.file).as_posix())}
    return {
        "ruleId": fault.code,
        "ruleIndex": rule,
        "level": LEVELS[fault.severity],
        "message": {"text": message},
        "locations": [
            {"physicalLocation": {"artifactLocation": artifact, "region": region}}
        ],
    }
