"""Whatever somebody does to a plan's text, checking it answers and never breaks."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.plan.faults import Fault
from engine.plan.library import check_file, shipped

PLANS = Path(__file__).parents[1] / "plans"
SMALL = (
    PLANS / "bad" / "base" / "office.yaml",
    PLANS / "bad" / "effects.yaml",
    PLANS / "bad" / "names-in-parties.yaml",
    PLANS / "good" / "texts.yaml",
    PLANS / "good" / "numbers.yaml",
    PLANS / "good" / "folded.yaml",
)
LARGE = shipped() / "base" / "study-practice.yaml"
KINDS = tuple(sorted((shipped() / "kinds").glob("*.yaml")))
WORDS = (
    *("甲", "动员", "会议", "组长", "plan", "self", "it", "owner", "$each", "$hours"),
    *("done", "held", "count", "tally", "and", "or", "not", "in", "where", "now"),
    *("~", "null", "true", "[]", "{}", "''", "[a]", "{a: b}", "1", "2/3", "-1"),
    *("2009-02-30", "19:30", "3 days", "...", "---", ":", ",", "- ", "#", "&a", "*a"),
    *("!t", "%", "@", "`", "|", ">", "? ", '"', "'", "（", "）", "：", "，", "“"),
)
WORD = re.compile(r"[\w$.]+")
EMPTY_PLAN = """\
plan: example/mutated
title: 例子
leader: 甲
window: {from: 2009-04-11, to: 2009-04-30}
parties: {people: {甲: {}}}
"""
TRIED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

Change = tuple[str, int, int, str]


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def moved_lines(lines: list[str], slip: str, at: int, other: int) -> None:
    match slip:
        case "delete line":
            del lines[at]
        case "double line":
            lines.insert(at, lines[at])
        case "swap lines":
            lines[at], lines[other] = lines[other], lines[at]


def spoilt(line: str, slip: str, column: int, word: str) -> str:
    cut = column % (len(line) + 1)
    words = list(WORD.finditer(line))
    found = words[column % len(words)] if words else None
    changes = {
        "swap characters": line[:cut] + line[cut : cut + 2][::-1] + line[cut + 2 :],
        "delete character": line[:cut] + line[cut + 1 :],
        "indent": " " * (1 + column % 4) + line,
        "outdent": line[column % 3 :],
        "insert": line[:cut] + word + line[cut:],
        "replace word": line
        if found is None
        else line[: found.start()] + word + line[found.end() :],
    }
    return changes[slip]


def changed(text: str, change: Change) -> str:
    """A text after one slip of whoever edits it."""
    slip, row, column, word = change
    lines = text.split("\n")
    at = row % len(lines)
    if slip in OF_LINES:
        moved_lines(lines, slip, at, column % len(lines))
    else:
        lines[at] = spoilt(lines[at], slip, column, word)
    return "\n".join(lines)


OF_LINES = ("delete line", "double line", "swap lines")
SLIPS = (
    *OF_LINES,
    *("swap characters", "delete character", "indent", "outdent"),
    *("insert", "replace word"),
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(SLIPS),
        st.integers(0, 1_000),
        st.integers(0, 1_000),
        st.sampled_from(WORDS),
    ),
    min_size=1,
    max_size=8,
)


def lines_of(file: str) -> list[str]:
    return re.split("\r\n|\r|\n", Path(file).read_bytes().decode("utf-8", "replace"))


def is_inside(fault: Fault) -> bool:
    """Whether a fault's place is in its file; behind the last character is."""
    lines = [*lines_of(fault.place.file), ""]
    line, column = fault.place.line, fault.place.column
    return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


def answers(path: Path) -> None:
    """Checking answers with a plan, or with faults that an author can find."""
    checked = check_file(path)
    faults = [fault for fault in checked.faults if fault.severity == "fault"]
    assert (checked.plan is None) == bool(faults)
    for fault in faults:
        assert is_inside(fault), fault
    for fault in checked.faults:
        for language in ("zh", "en"):
            assert fault.code not in fault.say(language)
    if checked.plan is not None:
        again = check_file(path)
        assert again.plan is not None
        assert again.plan.digest == checked.plan.digest
        assert again.faults == checked.faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    base = tmp_path / "base"
    base.mkdir()
    (base / "office.yaml").write_text(text_of(SMALL[0]), "utf-8")
    (tmp_path / "kinds").mkdir()
    return tmp_path


def written(path: Path, text: str, changes: list[Change]) -> Path:
    for change in changes:
        text = changed(text, change)
    path.write_text(text, "utf-8")
    return path


@TRIED
@given(plan=st.sampled_from(SMALL), changes=CHANGES)
def test_a_small_plan_that_somebody_spoilt(
    folder: Path, plan: Path, changes: list[Change]
) -> None:
    answers(written(folder / "plan.yaml", text_of(plan), changes))


@settings(TRIED, max_examples=15)
@given(changes=CHANGES)
def test_the_shipped_base_that_somebody_spoilt(
    folder: Path, changes: list[Change]
) -> None:
    answers(written(folder / "plan.yaml", text_of(LARGE), changes))


@settings(TRIED, max_examples=10)
@given(kind=st.sampled_from(KINDS), changes=CHANGES)
def test_a_kind_that_somebody_spoilt(
    folder: Path, kind: Path, changes: list[Change]
) -> None:
    (folder / "plan.yaml").write_text(EMPTY_PLAN, "utf-8")
    written(folder / "kinds" / kind.name, text_of(kind), changes)
    try:
        answers(folder / "plan.yaml")
    finally:
        (folder / "kinds" / kind.name).unlink()


@TRIED
@given(content=st.binary(max_size=200))
def test_any_bytes(folder: Path, content: bytes) -> None:
    (folder / "plan.yaml").write_bytes(content)
    answers(folder / "plan.yaml")


@settings(TRIED, max_examples=150)
@given(parts=st.lists(st.sampled_from([*WORDS, " ", "\n", "\n  ", "a: "]), max_size=40))
def test_any_text_of_the_signs_of_a_plan(folder: Path, parts: list[str]) -> None:
    (folder / "plan.yaml").write_text("".join(parts), "utf-8")
    answers(folder / "plan.yaml")


@settings(TRIED, max_examples=150)
@given(parts=st.lists(st.sampled_from([*WORDS, " ", "(", ")", "[", "]"]), max_size=25))
def test_any_condition_of_the_signs_of_a_gate(folder: Path, parts: list[str]) -> None:
    quoted = "".join(parts).replace("'", "''")
    text = f"{EMPTY_PLAN}stages:\n- id: 动员\n  entry: ['{quoted}']\n"
    (folder / "plan.yaml").write_text(text, "utf-8")
    answers(folder / "plan.yaml")
