"""Whatever a file holds, reading it ends soon, with a plan or with faults told."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from engine.errors import PlanRejected
from engine.plan.faults import FAULTS_MAX
from engine.plan.library import check_file, shipped
from engine.plan.source import BYTES_MAX, DEPTH_MAX, VALUES_MAX, Scalar, parse, read

HEAD = """\
plan: example/hostile
title: 例子
leader: 甲
window: {from: 2009-04-11, to: 2009-04-30}
parties: {people: {甲: {}}}
"""


def codes(content: bytes | str) -> set[str]:
    """Codes of the faults of a text."""
    with pytest.raises(PlanRejected) as caught:
        parse(content, "x.yaml")
    for fault in caught.value.faults:
        assert fault.place.line >= 1
        assert fault.place.column >= 1
    return {fault.code for fault in caught.value.faults}


def codes_of_plan(folder: Path, text: str) -> set[str]:
    """Codes of the faults of a whole plan, compiled."""
    path = folder / "plan.yaml"
    path.write_text(text, "utf-8")
    checked = check_file(path)
    assert checked.plan is None
    for fault in checked.faults:
        assert len(fault.say("zh")) < 1_000
    return {fault.code for fault in checked.faults if fault.severity == "fault"}


LAUGHS = "a: &a [ha, ha, ha]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(LAUGHS, "plan.file_alias", id="a billion laughs"),
        pytest.param("a: &a x\n", "plan.file_anchor", id="an anchor"),
        pytest.param("a: {<<: {b: c}}\n", "plan.file_merge", id="a merge key"),
        pytest.param("a: !!python/object x\n", "plan.file_tag", id="a tag"),
        pytest.param("a: " + "[" * 10_000, "plan.file_deep", id="brackets"),
        pytest.param("a: " + "{a: " * 10_000, "plan.file_deep", id="braces"),
        pytest.param("? " * 10_000 + "x", "plan.file_deep", id="question marks"),
        pytest.param("a:\n" + "- " * 10_000, "plan.file_deep", id="dashes"),
        pytest.param(
            "".join(" " * depth + "a:\n" for depth in range(500)),
            "plan.file_deep",
            id="blocks",
        ),
        pytest.param("[" + "a," * VALUES_MAX + "]", "plan.file_many", id="values"),
        pytest.param("a: " + "x" * BYTES_MAX, "plan.file_large", id="bytes"),
        pytest.param("a: b\0c\n", "plan.file_hidden", id="NUL"),
        pytest.param("a: \u202eb\n", "plan.file_hidden", id="a turned text"),
        pytest.param('a: "\\x07"\n', "plan.file_hidden", id="an escaped bell"),
        pytest.param("\u200b" * 100_000, "plan.file_hidden", id="nothing but hidden"),
        pytest.param(HEAD.encode("utf-16"), "plan.file_encoding", id="UTF-16"),
        pytest.param(HEAD.encode("utf-16-be"), "plan.file_encoding", id="UTF-16-BE"),
        pytest.param(HEAD.encode("utf-32"), "plan.file_encoding", id="UTF-32"),
        pytest.param(HEAD.encode("gb18030"), "plan.file_encoding", id="GB 18030"),
        pytest.param("a: é".encode("latin-1"), "plan.file_encoding", id="latin-1"),
        pytest.param(b"a: \xed\xa0\x80", "plan.file_encoding", id="a lone surrogate"),
        pytest.param("a: \ud800", "plan.file_encoding", id="a surrogate in a text"),
        pytest.param(
            random.Random(1).randbytes(10_000), "plan.file_encoding", id="noise"
        ),
        pytest.param("\t\n" * 100_000, "plan.file_tab", id="tabs"),
        pytest.param("%YAML 1.2\n" * 10_000, "plan.file_directive", id="directives"),
        pytest.param("a: b\n---\na: c\n", "plan.file_documents", id="documents"),
        pytest.param("? [a]\n: b\n", "plan.file_key", id="a list as a key"),
        pytest.param("", "plan.file_empty", id="nothing"),
        pytest.param("# a\n" * 1_000, "plan.file_empty", id="comments"),
        pytest.param("- a\n- b\n", "plan.file_no_mapping", id="a list"),
        pytest.param('a: "' + "b\n" * 10_000, "plan.syntax_quote", id="open quotes"),
        pytest.param("：" * 100_000, "plan.file_width", id="wide colons"),
    ],
)
def test_what_a_plan_does_not_need_is_refused(content: bytes | str, code: str) -> None:
    assert code in codes(content)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_any_line_break_and_the_mark_before_a_text_are_read(line_break: str) -> None:
    text = "\ufeff" + HEAD.replace("\n", line_break)
    source = parse(text.encode(), "x.yaml")
    people = source.tree.key("parties")
    assert source.id == "example/hostile"
    assert people is not None
    assert people.place.line == 5


@pytest.mark.parametrize(
    "text", ["no", "on", "yes", "19:30", "010", "2009-05-01", "1e3", "0x10", ".inf"]
)
def test_a_plain_text_is_text_as_key_and_as_value(text: str) -> None:
    tree = parse(f"{text}: {text}\n", "x.yaml").tree
    assert tree.plain() == {text: text}


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_written_in_three_ways(text: str) -> None:
    tree = parse(f"a: {text}\nb: '{text}'\n", "x.yaml").tree
    assert tree.plain() == {"a": None, "b": text}
    assert tree.get("a") is None


@pytest.mark.parametrize(
    ("written", "wanted", "place"),
    [
        ("a: held(会议)", "会议", "x.yaml:1:9"),
        ("a: 'held(会议)'", "会议", "x.yaml:1:10"),
        ("a: 'it''s 会议'", "会议", "x.yaml:1:11"),
        ('a: "\\u4f1a \\x41 会议"', "会议", "x.yaml:1:17"),
        ("a: held(动员)\n  and 会议", "会议", "x.yaml:2:7"),
        ("a: >-\n  held(动员)\n  and 会议", "会议", "x.yaml:3:7"),
        ("a: |\n  held(动员)\n    会议", "会议", "x.yaml:3:5"),
        ('a: "held\\\n  会议"', "会议", "x.yaml:2:3"),
    ],
)
def test_the_place_of_a_character_is_where_it_is_written(
    written: str, wanted: str, place: str
) -> None:
    value = parse(written, "x.yaml").tree.get("a")
    assert isinstance(value, Scalar)
    assert str(value.at(value.text.index(wanted))) == place


def test_text_is_composed_and_keys_that_differ_by_composition_are_one() -> None:
    assert codes("é: 1\ne\u0301: 2\n") == {"plan.duplicate_key"}


def test_a_text_of_the_deepest_level_is_read() -> None:
    # the mapping at the top is a level of its own
    lists = DEPTH_MAX - 1
    assert parse("a: " + "[" * lists + "]" * lists, "x.yaml").tree.keys() == ("a",)
    assert codes("a: " + "[" * (lists + 2) + "]" * (lists + 2)) == {"plan.file_deep"}


def test_a_file_with_too_many_faults_tells_the_first_and_that_there_are_more() -> None:
    with pytest.raises(PlanRejected) as caught:
        parse("".join(f"k{n}: &a{n} x\n" for n in range(1_000)), "x.yaml")
    assert len(caught.value.faults) == FAULTS_MAX + 1
    assert caught.value.faults[-1].code == "plan.more_faults"


# -- files


def unreadable(folder: Path) -> dict[str, Path]:
    found = {
        name: folder / name
        for name in ("missing", "folder", "pipe", "loop", "dangling", "n" * 300)
    }
    found["folder"].mkdir()
    os.mkfifo(found["pipe"])
    found["loop"].symlink_to("loop")
    found["dangling"].symlink_to("nowhere")
    return found


def test_what_is_no_readable_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    for path in unreadable(tmp_path).values():
        with pytest.raises(PlanRejected) as caught:
            read(path)
        assert [fault.code for fault in caught.value.faults] == ["plan.file_unreadable"]
        assert check_file(path).plan is None


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(10 * BYTES_MAX)
    assert [fault.code for fault in check_file(path).faults] == ["plan.file_large"]


def test_a_file_of_kinds_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    kinds = tmp_path / "kinds"
    kinds.mkdir()
    (kinds / "gone.yaml").symlink_to("nowhere")
    assert codes_of_plan(tmp_path, HEAD) == {"plan.file_unreadable"}


# -- whole plans


def gate(text: str) -> str:
    return f'{HEAD}stages:\n- {{id: 学习, entry: ["{text}"]}}\n'


def entries(pattern: str, count: int) -> str:
    return "".join(pattern.format(n, n + 1) for n in range(count))


PARAMETERS = entries("  p{0}: {{type: text, default: $p{1}}}\n", 500)
BOMB = entries(
    "  p{0}: {{type: 'list[text]', default: [$p{1}, $p{1}, $p{1}, $p{1}, $p{1}]}}\n", 12
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(gate("(" * 150 + "1"), "plan.expression_deep", id="brackets"),
        pytest.param(gate("[" * 150), "plan.expression_deep", id="lists"),
        pytest.param(gate("+1" * 150), "plan.expression_unexpected", id="a sign first"),
        pytest.param(gate("1" + "+1" * 150), "plan.expression_deep", id="a long sum"),
        pytest.param(gate("a" * 10_000), "plan.expression_long", id="a long text"),
        pytest.param(gate("1," * 300), "plan.expression_parts", id="many parts"),
        pytest.param(gate("not " * 301 + "7"), "plan.no_condition", id="denials"),
        pytest.param(gate("9**9**9"), "plan.expression_unexpected", id="powers"),
        pytest.param(
            HEAD + "stages: [{id: a, expect: " + "9" * 10_000 + "}]\n",
            "plan.shape_whole",
            id="a huge number",
        ),
        pytest.param(
            HEAD + "stages:\n" + entries("- {{id: s{0}}}\n", 5_001),
            "plan.too_many",
            id="nodes",
        ),
        pytest.param(
            HEAD + entries("k{0}: v\n", 3_000), "plan.more_faults", id="unknown keys"
        ),
        pytest.param(
            HEAD.replace("甲: {}", "甲: {}}, sets: {")[:-3]
            + entries("s{0}: {{within: s{1}}}, ", 450)
            + "s450: {members: [甲]}}}\n",
            "plan.set_deep",
            id="sets in sets",
        ),
        pytest.param(
            HEAD.replace("甲: {}", "甲: {}}, sets: {")[:-3]
            + entries("s{0}: {{members: [甲]}}, ", 501)
            + "}}\n",
            "plan.too_many",
            id="many sets",
        ),
        pytest.param(
            f"{HEAD}params:\n{PARAMETERS}  p500: {{type: text, default: x}}\n",
            "plan.parameter_circle",
            id="parameters on parameters",
        ),
        pytest.param(
            f"{HEAD}params:\n{BOMB}  p12: {{type: text, default: x}}\n",
            "plan.too_many",
            id="parameters that multiply",
        ),
        pytest.param(
            HEAD.replace("例子", "$p" * 10_000)
            + "params: {p: {type: text, default: "
            + "好" * 10_000
            + "}}\n",
            "plan.text_long",
            id="a title that swells",
        ),
        pytest.param(
            HEAD + "stages: [{id: " + "好" * 100_000 + "}]\n",
            "plan.bad_id",
            id="a long id",
        ),
        pytest.param(
            HEAD + f"extends: {'a' * 10_000}\n", "plan.base_name", id="a long base"
        ),
    ],
)
def test_a_plan_that_would_cost_much_is_refused(
    tmp_path: Path, text: str, code: str
) -> None:
    assert code in codes_of_plan(tmp_path, text)


def test_a_kind_has_no_more_moves_than_anybody_reads(tmp_path: Path) -> None:
    kinds = tmp_path / "kinds"
    kinds.mkdir()
    moves = entries("- {{name: m{0}, from: w, to: same, by: owner}}\n", 300)
    text = f"kind: many\nstates: {{w: {{initial: true}}}}\nmoves:\n{moves}"
    (kinds / "many.yaml").write_text(text, "utf-8")
    assert codes_of_plan(tmp_path, HEAD) == {"plan.too_many"}


def test_bases_stand_on_bases_only_so_far(tmp_path: Path) -> None:
    for number in range(10):
        text = f"plan: b{number}\nextends: b{number + 1}\n"
        (tmp_path / f"b{number}.yaml").write_text(text, "utf-8")
    checked = check_file(tmp_path / "b0.yaml")
    assert [fault.code for fault in checked.faults] == ["plan.extends_deep"]


def test_without_its_two_kinds_no_plan_can_be_made() -> None:
    from engine.plan.compiler import compile_plan
    from engine.plan.faults import Faults
    from engine.plan.overlay import resolve

    faults = Faults()
    resolved = resolve(parse(HEAD, "x.yaml"), {}.get)
    assert compile_plan(resolved, {}, faults) is None
    assert [fault.code for fault in faults.all()] == ["plan.no_kinds"]


def test_every_shipped_file_is_read() -> None:
    files = sorted(shipped().glob("kinds/*.yaml"))
    assert files
    for file in files:
        assert read(file).tree.key("kind") is not None


def test_a_key_that_stands_twice_hides_no_other_fault(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "plan: x\ntitle: t\ntitle: u\nleader: 甲\nparties: {people: {甲: {}}}\n"
        "stages:\n- {id: s, links: [{id: l, do: [{id: t, kind: tusk}]}]}\n",
        "utf-8",
    )
    found = [(fault.code, fault.place.line) for fault in check_file(file).faults]
    assert found == [("plan.duplicate_key", 3), ("plan.unknown_kind", 7)]
