"""What the verifier tells of a bundle that the tests have written."""

import json

from engine.verifier import Defect, Report, Where, verify
from tests.verifier.bundles import Log, Written


def report_of(written: Written) -> Report:
    return verify(written.verifiable(), written.policy)


def told(report: Report) -> list[tuple[str, Where]]:
    return [(defect.code, defect.where) for defect in report.defects]


def codes(report: Report) -> set[str]:
    return {defect.code for defect in report.defects}


def place(log: Log, index: int) -> Where:
    entry = json.loads(log.lines[index])
    return Where(index, entry["instance"].replace("\n", "\\n"), entry["seq"])


def at(report: Report, code: str, position: int) -> Defect:
    return next(
        defect
        for defect in report.defects
        if defect.code == code and defect.where.position == position
    )
