"""A plan that cannot finish is told so, with the circle or the clause to blame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.plan.library import check_file
from engine.words import LANGUAGES
from engine.words.check import MESSAGES

UNSOUND = Path(__file__).parents[1] / "plans" / "unsound"
FILES = sorted(UNSOUND.glob("*.yaml"))


def marked(text: str, word: str) -> Iterator[str]:
    """What the first lines of an example say under a word."""
    for line in text.splitlines():
        if line.startswith(f"# {word}: "):
            yield line.removeprefix(f"# {word}: ")


def faults(file: Path) -> list[str]:
    """``line:column: path: sentence`` of every fault."""
    told = [one for one in check_file(file).faults if one.severity == "fault"]
    return [one.say("en").removeprefix(f"{one.place.file}:") for one in told]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_plan_that_cannot_be_is_told_why_and_nothing_else(file: Path) -> None:
    told = list(marked(file.read_text("utf-8"), "told"))
    assert told
    assert faults(file) == told


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_same_plan_mended_has_no_fault(file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    plan = text[text.index("plan:") :]
    for line in marked(text, "mend"):
        old, _, new = line.replace("\\n", "\n").partition(" =>")
        assert old in plan
        plan = plan.replace(old, new.strip())
    mended = tmp_path / "mended.yaml"
    mended.write_text(plan, "utf-8")
    assert faults(mended) == []


def test_every_sentence_is_there_in_both_languages() -> None:
    for code, sentences in MESSAGES.items():
        assert code.startswith("check.")
        assert len(sentences) == len(LANGUAGES)
        assert all(sentences)


HEAD = """\
plan: test/plan
title: 例子
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}}
  sets: {全体: {members: [甲, 乙, 丙]}, 群众: {members: [], open: true}}
deliverables: {材料: {}}
registers: {问题: {item: suggestion, by: 群众}}
stages:
- id: 阶段
  links:
  - {id: 一, owner: 甲, do: [{id: 办, kind: task}]}
  - id: 二
    owner: 甲
    entry: [%s]
    do: [{id: 办, kind: task}]
"""


@pytest.mark.parametrize(
    "clause",
    [
        "skipped(一.办)",  # a leader may excuse it: whoever says so means it
        "not done(一)",  # it opens first; nobody can tell who is faster
        "not: done(一)",
        "any: [approved(材料), done(一)]",
        "{at_least: 1, of: [exists(材料), done(一)]}",
        "'count(问题 where adopted(it)) >= 2'",
        "'all_of(问题: settled(it))'",
        "event(县委大会结束)",
        "count(群众) >= 30",  # an open set: the plan does not list everybody
        "'size(sample(全体, 1/3)) >= 1'",
        "now >= window.start + 5 workdays",
        "'working_days(window.start, today) > 3'",
        "round(一) >= 2",
        "outcome(一.办) == done",
        "'done_by(一.办, finish) != 乙'",
        "overdue(一.办) or done(一)",
        "'at(一.办, open) <= now'",
    ],
)
def test_what_may_happen_is_never_called_impossible(
    clause: str, tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(HEAD % clause, "utf-8")
    assert faults(file) == []


@pytest.mark.parametrize(
    ("clause", "why"),
    [
        ("done(一) and not done(一)", "contradicts itself"),
        ("approved(材料)", "nothing approves the document '材料'"),
        ("exists(材料)", "nothing makes the document '材料'"),
        ("'any_of(全体: false)'", "can never hold"),
        ("false", "can never hold"),
        ("entry", "'entry' in the entry gate of '阶段.二' can never hold"),
        ("not: entry", "'not(entry)' in the entry gate of '阶段.二' can never hold"),
        ("due < window.start and due > window.end", "contradicts itself"),
        ("'count(children where done(it)) >= 1'", "wait for each other"),
        ("settled(plan)", "wait for each other"),
        ("done(阶段)", "wait for each other"),
        ("done(二.办)", "wait for each other"),
        ("'acts(二.办, finish) >= 1'", "wait for each other"),
    ],
)
def test_what_cannot_happen_is_told(clause: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(HEAD % clause, "utf-8")
    told = faults(file)
    assert len(told) == 1
    assert why in told[0]


def test_what_merely_waits_for_a_circle_is_not_told_as_well(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    more = "  - {id: 三, owner: 甲, entry: [done(二)], do: [{id: 办, kind: task}]}\n"
    file.write_text(HEAD % "done(二.办)" + more, "utf-8")
    assert [one.partition(": ")[2].partition(": ")[0] for one in faults(file)] == [
        "阶段.二.entry"
    ]


def test_an_abstract_plan_leaves_its_people_to_whoever_uses_it(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    empty = (HEAD % "done(一)").replace("members: [甲, 乙, 丙]", "members: []")
    empty = empty.replace("owner: 甲", "owner: 全体")
    file.write_text(empty, "utf-8")
    assert len(faults(file)) == 3
    file.write_text(empty.replace("title:", "abstract: true\ntitle:"), "utf-8")
    assert faults(file) == []


KIND = """\
kind: visit
title: 走访
extends: activity
fields: {rhythm: {type: recurrence}}
states:
  praised: {title: 受表扬}
  done: {title: 已办, done: true}
moves:
- {name: close, from: open, to: done, every: rhythm}
"""


@pytest.mark.parametrize(
    ("keys", "entry", "sentence"),
    [
        (
            ", rhythm: {weekly: monday}",
            "praised(访)",
            "16:5: 阶段.二.entry: 'praised(访)' in the entry gate of '阶段.二' can "
            "never hold: no move of '阶段.一.访' leads to praised; ask for "
            "another state",
        ),
        (
            "",
            "done(访)",
            "13:28: 阶段.一.访: the move 'close' of '阶段.一.访' happens by the "
            "recurrence 'rhythm', which is not given; write rhythm",
        ),
    ],
)
def test_a_kind_of_ones_own_is_judged_like_the_shipped(
    keys: str, entry: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "visit.yaml").write_text(KIND, "utf-8")
    file = tmp_path / "plan.yaml"
    text = (HEAD % entry).replace("id: 办, kind: task", f"id: 访, kind: visit{keys}", 1)
    file.write_text(text, "utf-8")
    assert faults(file) == [sentence]
