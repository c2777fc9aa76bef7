"""Broken plans: each fault is told at its line, none is missed, none is invented.

Beside each plan of ``tests/plans/bad`` stands what is told about it, word for word,
in both languages. A sentence that changes is read again by whoever changes it:
``python tests/plan/test_broken_plans.py`` writes the files anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.plan.faults import Fault
from engine.plan.library import Checked, check_file
from engine.words.plan import MESSAGES

BAD = Path(__file__).parents[1] / "plans" / "bad"


def broken_plans() -> tuple[Path, ...]:
    return (*sorted(BAD.glob("*.yaml")), *sorted(BAD.glob("*/plan.yaml")))


def name_of(path: Path) -> str:
    return path.relative_to(BAD).with_suffix("").as_posix()


def told(fault: Fault, language: str) -> str:
    """The line that is printed, its file named from the folder of broken plans."""
    place = fault.place
    file = Path(place.file).resolve().relative_to(BAD).as_posix()
    said = fault.say(language).removeprefix(str(place))
    places = re.sub(r"(?<=[ 在])\S*tests/plans/bad/", "", said)
    return f"{file}:{place.line}:{place.column}{places}"


def report(path: Path) -> str:
    checked = check_file(path)
    lines = [
        [told(fault, language) for fault in checked.faults] for language in ("en", "zh")
    ]
    return "\n".join([*lines[0], "", *lines[1]]) + "\n"


@pytest.mark.parametrize("path", broken_plans(), ids=name_of)
def test_all_faults_are_told_at_their_lines_and_none_is_invented(path: Path) -> None:
    assert report(path) == path.with_suffix(".txt").read_text("utf-8")


@pytest.mark.parametrize("path", broken_plans(), ids=name_of)
def test_a_broken_plan_is_no_plan_and_every_sentence_is_whole(path: Path) -> None:
    checked: Checked = check_file(path)
    assert checked.plan is None
    assert checked.faults
    for fault in checked.faults:
        assert fault.severity == "fault"
        for language in ("zh", "en"):
            sentence = fault.say(language)
            assert fault.code not in sentence
            assert not re.search(r"\?[a-z_]+", sentence), sentence


def test_every_sentence_about_plans_is_told_about_some_plan() -> None:
    """What no plan can bring about is no sentence; files are in test_source.py."""
    found = {fault.code for path in broken_plans() for fault in check_file(path).faults}
    elsewhere = {
        "plan.file_unreadable",
        "plan.file_large",
        "plan.file_encoding",
        "plan.file_many",
        "plan.more_faults",
        "plan.no_kinds",
        "plan.too_many",
        "plan.set_deep",
        "plan.expression_long",
        "plan.expression_parts",
        "plan.extends_deep",
        "plan.syntax",
        "plan.text_long",
    }
    assert sorted(set(MESSAGES) - found - elsewhere) == []
    assert sorted(found & elsewhere) == []


if __name__ == "__main__":
    for broken in broken_plans():
        broken.with_suffix(".txt").write_text(report(broken), "utf-8")
