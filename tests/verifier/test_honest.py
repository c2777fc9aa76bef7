"""Honest bundles are never accused; what is told can be read in both languages."""

import ast
import io
import json
import re
import string
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import verifier
from engine.verifier import SAYS, WHYS, Where, printed, sentences, verify
from tests.verifier.bundles import (
    PLAN,
    Log,
    bundle,
    canonical,
    sha256,
    story,
    zipped,
)

PAGE = Path(__file__).parents[2] / "docs" / "history-format.md"
SOURCE = Path(verifier.__file__)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**9),
    st.integers(1, 60),
    st.sampled_from(["log", "list"]),
    st.data(),
)
def test_an_honest_bundle_is_whole(
    seed: int, length: int, kind: str, data: st.DataObject
) -> None:
    log = story(seed, length=length)
    names = sorted(name for name in log.heads if name != "~log")
    scope = (
        "log"
        if kind == "log"
        else sorted(data.draw(st.lists(st.sampled_from(names), unique=True)))
    )
    written = bundle(log, scope)
    report = verify(written.verifiable(), written.policy)
    assert (report.exit, report.defects, report.undecided) == (0, (), ())
    assert report.covered.size == len(log.lines)
    assert report.covered.entries == written.members["entries"].count(b"\n")
    assert report.covered.moment == json.loads(log.lines[-1])["at"]


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4)
    ),
)


def in_nfc(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [in_nfc(inner) for inner in value]
    if isinstance(value, dict):
        return {in_nfc(key): in_nfc(inner) for key, inner in value.items()}
    return value


@settings(max_examples=300, deadline=None)
@given(values)
def test_whatever_is_recorded_in_form_is_whole(value: object) -> None:
    log = Log()
    plan = sha256(PLAN).hex()
    started = {"plan": plan, "id": "", "title": "", "by": "", "ledger": None}
    log.add("a", "started", {**started, "more": in_nfc(value)})
    log.seal()
    written = bundle(log)
    assert verify(written.verifiable(), written.policy).exit == 0


# --- What is told


def test_every_code_of_the_page_has_its_sentence_and_no_other_is_told() -> None:
    table = PAGE.read_text("utf-8").split("## 7.")[1].split("**Exit**")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line[:3] == "| `"]
    on_page = {code for row in rows for code in re.findall("`([^`]+)`", row)}
    others = {"checkpoint.none", "signature.none", "witness.quorum", "memory.limit"}
    others |= {"receipt.open", "receipt.form", "log.unproven", "log.nobody"}
    others |= {"policy.none", "policy.form", "scope.unknown", "unreadable"}
    others |= {"gates.none", "gates.large", "gates.costly"}
    assert {key.partition("/")[0] for key in SAYS} == on_page | others


@pytest.mark.parametrize("key", SAYS)
def test_each_sentence_is_said_in_both_languages_with_the_same_facts(key: str) -> None:
    zh, en = SAYS[key]
    fields = [{f for _, f, _, _ in string.Formatter().parse(t) if f} for t in (zh, en)]
    prefix = {"zh_due", "en_due"}
    assert fields[0] - prefix == fields[1] - prefix
    facts = dict.fromkeys(fields[0] | fields[1], "utf8")
    said = sentences(key, dict(facts))
    assert re.search("[\u4e00-\u9fff]", said[0])
    assert said[1].isascii()


def test_each_reason_is_said_in_both_languages() -> None:
    for zh, en in WHYS.values():
        assert re.search("[\u4e00-\u9fff]", zh)
        assert en.replace("⁹", "").replace("⁶", "").isascii()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_never_says_merely_that_all_is_well(lang: str) -> None:
    written = bundle(story(5))
    report = verify(written.verifiable(), written.policy)
    said = printed(report, lang)
    size = str(len(written.log.lines))
    for fact in (size, report.covered.moment or "", "office.example/log"):
        assert fact in said
    assert "audit.example/w1 (2023-11-14T22:13:20Z)" in said
    four = {
        "zh": ("真实性", "完整性", "可用性", "安全性"),
        "en": ("Authenticity", "Integrity", "Usability", "Safety"),
    }
    assert all(name in said for name in four[lang])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_defects_are_printed_with_code_place_and_sentence(lang: str) -> None:
    written = bundle(story(5, spoil={3: lambda e: e.update(recorded="now")}))
    written.members["extra"] = b""
    report = verify(written.verifiable(), None)
    said = printed(report, lang)
    for defect in report.defects:
        assert defect.code in said
        assert (defect.zh if lang == "zh" else defect.en) in said
    for item in report.undecided:
        assert (item.zh if lang == "zh" else item.en) in said
    assert ("成员 extra" if lang == "zh" else "member extra") in said


def test_nothing_that_a_terminal_obeys_is_printed() -> None:
    log = Log({1: lambda e: e.update(v=2)})
    name = "\x1b[2J\u202e\x07a"
    plan = sha256(PLAN).hex()
    started = {"plan": plan, "id": "", "title": "", "by": "", "ledger": 0}
    log.add(name, "started", started)
    log.add(name, "signalled", {})
    log.seal()
    written = bundle(log)
    written.members["\x1b[1m\r"] = b""
    for lang in ("zh", "en"):
        said = printed(verify(written.verifiable(), written.policy), lang)
        assert all(c.isprintable() or c == "\n" for c in said)
    report = verify(written.verifiable())
    assert report.defects[-1].where == Where(1, "\\x1b[2J\\u202e\\x07a", 2)


# --- The program


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SOURCE), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )


def test_the_program_leaves_with_the_code_of_the_page(tmp_path: Path) -> None:
    written = bundle(story(6))
    file, policy, bad = (tmp_path / name for name in ("b.zip", "policy", "bad.zip"))
    file.write_bytes(zipped(written.members))
    policy.write_text(written.policy, "utf-8")
    bad.write_bytes(zipped({**written.members, "x": b""}))
    assert run(str(file), "--policy", str(policy)).returncode == 0
    assert run(str(bad), "--policy", str(policy)).returncode == 1
    assert run(str(file)).returncode == 2
    assert run(str(policy)).returncode == 3
    assert run(str(tmp_path / "absent")).returncode == 3
    assert run().returncode == 3
    assert "缺陷：0 项" in run(str(file)).stdout
    assert "Defects: 0" in run(str(file), "--lang", "en").stdout
    said = json.loads(run(str(bad), "--json").stdout)
    assert said["exit"] == 1
    assert said["defects"][0]["where"]["member"] == "x"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.zip", "bad.zip", "policy"]


def test_it_is_one_file_for_python_3_9_and_its_standard_library() -> None:
    source = SOURCE.read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else name.name) or "."
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert not imported & {"socket", "urllib", "subprocess", "os", "shutil", "tempfile"}
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__", "getattr"}
    opened = [
        [ast.unparse(argument) for argument in node.args[1:]]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "open"
    ]
    assert opened == [["'rb'"]]
    # whether it is a plain file is asked before; nothing else is asked of a path
    paths = re.findall(r"\bPath\(.*", source)
    assert paths == ["Path(path).stat().st_mode):"]


def test_the_rest_of_the_defects_is_counted() -> None:
    written = bundle(Log())
    written.members["entries"] = b"x\n" * 10_000
    report = verify(written.verifiable(), written.policy)
    assert len(report.defects) == verifier.DEFECTS_KEPT
    assert report.more > 0
    assert str(10_000 + report.more) in printed(report, "en").splitlines()[0]


def test_what_is_remembered_is_bounded_and_what_was_not_checked_is_said() -> None:
    written = bundle(story(8, length=50))
    report = verify(written.verifiable(), written.policy, memory=5_000)
    assert report.exit == 2
    assert [item.code for item in report.undecided] == ["memory.limit"]


def test_a_version_or_format_that_is_not_known_is_unreadable() -> None:
    written = bundle(Log())
    said = json.loads(written.members["bundle.json"])
    for change in ({"version": 2}, {"format": "zip"}, {"version": "1"}):
        members = {**written.members, "bundle.json": canonical({**said, **change})}
        assert verify(io.BytesIO(zipped(members))).exit == 3
