"""What is printed, line by line in both languages, and how the program is asked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from engine import verifier
from engine.verifier import (
    Covered,
    Defect,
    Report,
    Told,
    Undecided,
    Where,
    as_json,
    main,
    printed,
    shown,
)
from tests.verifier.bundles import Log, bundle, quiet, receipt, zipped

COVERED = Covered(
    size=9,
    moment="2009-04-11T01:00:00Z",
    instances=2,
    entries=8,
    plans=3,
    files=4,
    seals=5,
    judged=6,
    recorded=7,
    opened=11,
    closed=12,
    erased=13,
    origin="o",
    signers=("o", "p"),
    witnesses=(("w", "2010-01-01T00:00:00Z"), ("v", "5s")),
)


def report(**parts: Any) -> Report:
    said = {"defects": (), "more": 0, "undecided": (), "covered": COVERED, **parts}
    return Report(**said)


def defect(code: str, **where: Any) -> Defect:
    return Defect(code, Where(**where), "坏了。", "it broke.")


LONG_EN = """Defects: 0

Covered: the whole log, 2 instances, 8 entries; up to entry 9 of the log and moment \
2009-04-11T01:00:00Z; signed by o, p; witnessed by w (2010-01-01T00:00:00Z), v (5s).

Not said by this check: whether what was recorded is true; whether clocks were right \
(`recorded` is a claim); what clauses asked that cannot be looked up in the record; \
whether the table of gates follows from the plan's own text (`plangate verify` looks \
at both).

The four properties (四性检测)
  Authenticity | no defect found | leaf hashes, chains and root of 8 entries were \
computed anew, and the gates of 6 moves and refusals (7 clauses stand as recorded); \
signed by o, p; witnessed by w (2010-01-01T00:00:00Z), v (5s)
  Integrity | no defect found | numbers of 2 instances, heads at 5 seals, and whether \
all of 3 plans and 4 files are here; 11 personal values were opened and fit, 12 are \
closed; 13, files among them, lawfully erased
  Usability | no defect found | format and version are known; entries are UTF-8, NFC \
and JSON in its one form; bytes of plans and files are those of their digests
  Safety | no defect found | no member that is foreign, double, encrypted, overlapping \
or beyond limits; nothing was unpacked. Not scanned for viruses: scan files/ by other \
means
"""


def test_a_report_is_printed_whole() -> None:
    assert printed(report(), "en") == LONG_EN


def lines(lang: str, **parts: Any) -> list[str]:
    return printed(report(**parts), lang).splitlines()


def test_in_chinese_the_same_is_said() -> None:
    said = lines("zh")
    assert said[0] == "缺陷：0 项"
    assert said[2] == (
        "核对范围：整个日志，2 个实例、8 条条目；截至日志第 9 条、"
        "时刻 2009-04-11T01:00:00Z；签名者：o, p；"
        "见证人：w (2010-01-01T00:00:00Z), v (5s)。"
    )
    assert said[4].startswith("本核对不能说明：")
    assert said[6] == "四性检测"
    assert [line.split(" | ")[:2] for line in said[7:]] == [
        [f"  {name}", "未见缺陷"] for name in ("真实性", "完整性", "可用性", "安全性")
    ]


def test_defects_are_counted_with_those_that_are_not_kept() -> None:
    place = {"position": 0, "instance": "i", "seq": 2, "member": "m"}
    parts = {"defects": (defect("log.root", **place),), "more": 3}
    assert lines("en", **parts)[:3] == [
        "Defects: 4",
        "  log.root  [position 0, instance i, seq 2, member m]  it broke.",
        "  … and 3 more",
    ]
    assert lines("zh", **parts)[:3] == [
        "缺陷：4 项",
        "  log.root  [位置 0，实例 i，序号 2，成员 m]  坏了。",
        "  …… 另有 3 项未逐一列出",
    ]
    assert lines("en", defects=(defect("log.root", seq=7),))[1] == (
        "  log.root  [seq 7]  it broke."
    )


def test_what_must_be_known_is_printed_before_all_is_well() -> None:
    told = (Told("key.handed", "交了。", "handed."),)
    assert lines("en", told=told)[:5] == [
        "Defects: 0",
        "",
        "To be known:",
        "  key.handed  handed.",
        "",
    ]
    assert lines("zh", told=told)[2:4] == ["请注意：", "  key.handed  交了。"]


def test_what_is_not_decidable_is_printed_after_what_was_covered() -> None:
    undecided = (Undecided("policy.none", "没有。", "none."),)
    assert lines("en", undecided=undecided)[4:6] == [
        "Not decidable:",
        "  policy.none  none.",
    ]
    assert lines("zh", undecided=undecided)[4:6] == [
        "无法判定：",
        "  policy.none  没有。",
    ]


def test_of_what_was_not_looked_at_there_is_none() -> None:
    rows = lines("en", covered=Covered())[-4:]
    assert "of 0 entries" in rows[0]
    assert "of 0 moves and refusals (0 clauses" in rows[0]
    assert "numbers of 0 instances, heads at 0 seals" in rows[1]
    assert "all of 0 plans and 0 files" in rows[1]
    assert "0 personal values were opened and fit, 0 are closed; 0, files" in rows[1]


def test_who_signed_nobody_says_if_it_could_not_be_confirmed() -> None:
    covered = Covered(scope=tuple("abc"))
    said = lines("en", covered=covered)[2]
    assert said == (
        "Covered: the instances a, b, c, 0 instances, 0 entries; up to entry None of "
        "the log and moment (none); signed by nobody (that could be confirmed); "
        "witnessed by nobody (that could be confirmed)."
    )
    said = lines("zh", covered=covered)[2]
    assert said == (
        "核对范围：实例 a, b, c，0 个实例、0 条条目；截至日志第 None 条、时刻 （无）；"
        "签名者：无人（未能确认）；见证人：无人（未能确认）。"
    )


@pytest.mark.parametrize(("count", "cut"), [(20, ","), (21, " …,")])
def test_at_most_twenty_instances_are_named(count: int, cut: str) -> None:
    names = tuple(f"n{number:02}" for number in range(count))
    said = lines("en", covered=Covered(scope=names))[2]
    assert f"the instances {', '.join(names[:20])}{cut} 0 instances" in said


def verdicts(lang: str = "en", **parts: Any) -> list[str]:
    return [line.split(" | ")[1] for line in lines(lang, **parts)[-4:]]


GOOD = "no defect found"
PROPERTIES: dict[str, list[int]] = {
    # in how many defects it shows: authenticity, integrity, usability, safety
    "entry.prev": [1, 0, 0, 0],
    "entry.seq": [1, 1, 0, 0],
    "entry.form": [1, 0, 1, 0],
    "gate.verdict": [1, 0, 0, 0],
    "log.root": [1, 0, 0, 0],
    "log.proof": [1, 0, 0, 0],
    "log.claim": [1, 0, 0, 0],
    "log.position": [0, 1, 0, 0],
    "log.size": [0, 1, 0, 0],
    "log.keys": [0, 1, 0, 0],
    "seal.proof": [0, 1, 0, 0],
    "checkpoint.form": [1, 0, 0, 0],
    "key.revoked": [1, 0, 0, 0],
    "epoch.restored": [1, 0, 0, 0],
    "private.commitment": [1, 0, 0, 0],
    "receipt.broken": [0, 1, 0, 0],
    "erased.present": [0, 1, 0, 0],
    "plan.missing": [0, 1, 1, 0],
    "file.missing": [0, 1, 1, 0],
    "plan.digest": [0, 0, 1, 0],
    "plan.gates": [0, 0, 1, 0],
    "file.digest": [0, 0, 1, 0],
    "bundle.form": [0, 0, 1, 1],
    "bundle.member": [0, 1, 0, 1],
}


@pytest.mark.parametrize("code", PROPERTIES)
def test_a_defect_counts_against_the_properties_that_it_touches(code: str) -> None:
    shows = PROPERTIES[code]
    due = ["failed, 2 defects" if one else GOOD for one in shows]
    assert verdicts(defects=(defect(code),) * 2) == due
    due = ["不合格，2 项缺陷" if one else "未见缺陷" for one in shows]
    assert verdicts("zh", defects=(defect(code),) * 2) == due


def test_every_defect_shows_in_some_property() -> None:
    codes = {key.partition("/")[0] for key in verifier.SAYS}
    for code in codes & {one.partition("/")[0] for one in PROPERTIES}:
        assert verdicts(defects=(defect(code),)) != [GOOD] * 4


OPEN_ALL = ["not decidable"] * 4
OPEN_WHO = ["not decidable who vouches", GOOD, GOOD, GOOD]


@pytest.mark.parametrize(
    ("code", "due"),
    [
        ("memory.limit", OPEN_ALL),
        ("scope.unknown", OPEN_ALL),
        ("policy.none", OPEN_WHO),
        ("signature.none", OPEN_WHO),
    ],
)
def test_what_is_not_decidable_leaves_properties_open(
    code: str, due: list[str]
) -> None:
    assert verdicts(undecided=(Undecided(code, "", ""),)) == due
    zh = verdicts("zh", undecided=(Undecided(code, "", ""),))
    assert zh[0] == ("未能判定" if due == OPEN_ALL else "未能判定由谁担保")
    assert zh[1] == ("未能判定" if due == OPEN_ALL else "未见缺陷")


def test_defects_that_were_not_kept_leave_properties_open() -> None:
    parts = {"defects": (defect("log.size"),), "more": 1}
    due = ["not decidable", "failed, 1 defects", "not decidable", "not decidable"]
    assert verdicts(**parts) == due


def test_what_cannot_be_read_is_said_in_one_line() -> None:
    unreadable = Undecided("unreadable", "不行。", "no.")
    assert printed(report(unreadable=unreadable), "en") == "no.\n"
    assert printed(report(unreadable=unreadable), "zh") == "不行。\n"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({}, 0),
        ({"undecided": (Undecided("a", "", ""),)}, 2),
        ({"defects": (defect("a"),)}, 1),
        ({"defects": (defect("a"),), "undecided": (Undecided("a", "", ""),)}, 1),
        ({"defects": (defect("a"),), "unreadable": Undecided("a", "", "")}, 3),
    ],
)
def test_the_code_says_the_worst(parts: dict[str, Any], code: int) -> None:
    assert report(**parts).exit == code
    assert json.loads(as_json(report(**parts)))["exit"] == code


def test_programs_get_all_of_it() -> None:
    parts = {"defects": (defect("log.root", position=3),), "more": 2}
    said = json.loads(as_json(report(told=(Told("k", "中", "en"),), **parts)))
    where = {"position": 3, "instance": None, "seq": None, "member": None}
    assert said["defects"] == [
        {"code": "log.root", "where": where, "zh": "坏了。", "en": "it broke."}
    ]
    assert said["told"] == [{"code": "k", "zh": "中", "en": "en"}]
    assert (said["more"], said["covered"]["judged"]) == (2, 6)
    assert "坏了" in as_json(report(**parts))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 199 + "…"),
        ("甲\n\x1b[1m", "甲\\n\\x1b[1m"),
        ("\u202e", "\\u202e"),
        (5, "5"),
        (None, "None"),
        (["a\n"], "['a\\n']"),
    ],
)
def test_a_value_is_shown_short_and_as_what_can_be_printed(
    value: object, text: str
) -> None:
    assert shown(value) == text


# --- The program


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    written = bundle(quiet())
    parts = {
        "bundle": zipped(written.members),
        "policy": written.policy.encode(),
        "receipt": receipt(written.log, 5, written.signer),
    }
    for name, content in parts.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in parts}


def test_what_is_asked_of_the_program_is_what_it_does(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    policy = ["--policy", files["policy"]]
    assert main([files["bundle"], *policy]) == 0
    assert capsys.readouterr().out.startswith("缺陷：0 项\n")
    assert main([files["bundle"], "--lang", "en"]) == 2
    assert "policy.none" in capsys.readouterr().out
    assert main([files["bundle"], *policy, "--receipt", files["receipt"]]) == 0
    assert "receipt.kept" in capsys.readouterr().out
    assert main([files["bundle"], *policy, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["covered"]["entries"] == 13
    assert main([files["bundle"], *policy, "--memory", "0"]) == 2
    assert "memory.limit" in capsys.readouterr().out
    assert main([files["bundle"], *policy, "--memory", "1"]) == 0


def test_a_file_that_is_not_there_is_said_in_the_language_that_was_asked_for(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("bundle", "policy", "receipt"):
        options = {"policy": "--policy", "receipt": "--receipt"}
        asked = [files["bundle"], options.get(name, ""), files[name] + "?"]
        asked = [files[name] + "?"] if name == "bundle" else asked
        for lang, word in (("zh", "无法读取："), ("en", "unreadable: ")):
            assert main([*asked, "--lang", lang]) == 3
            out, err = capsys.readouterr()
            assert (out, err[: len(word)]) == ("", word)
            assert files[name] + "?" in err


@pytest.mark.parametrize("asked", [[], ["a", "b"], ["a", "--lang", "fr"], ["--what"]])
def test_who_asks_what_it_does_not_know_is_left_with_3(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(asked)
    assert left.value.code == 3
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "is_read"), [(1 << 16, True), ((1 << 16) + 1, False)])
def test_a_receipt_is_64_kib_at_most(
    size: int,
    files: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    *,
    is_read: bool,
) -> None:
    written = bundle(quiet())
    short = receipt(written.log, 5, None, more="")
    content = receipt(written.log, 5, None, more="x" * (size - len(short)))
    Path(files["receipt"]).write_bytes(content)
    main([files["bundle"], "--receipt", files["receipt"]])
    said = capsys.readouterr().out
    assert ("receipt.kept" in said, "receipt.form" in said) == (is_read, not is_read)


def test_a_policy_is_1_mib_at_most_and_is_not_read_in_part(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    content = Path(files["policy"]).read_bytes()
    for size, code in ((1 << 20, 0), ((1 << 20) + 1, 2), (1 << 21, 2)):
        Path(files["policy"]).write_bytes(
            content + "#，，，".encode() + b"#" * (size - len(content) - 11) + b"\n"
        )
        assert main([files["bundle"], "--policy", files["policy"]]) == code
        said = capsys.readouterr().out
        assert ("policy.form" in said, "超过大小限度" in said) == (code == 2, code == 2)


# --- Why it is unreadable


def unreadable(content: bytes) -> str:
    found = verifier.verify(io.BytesIO(content)).unreadable
    assert found is not None
    return found.en


def test_why_a_bundle_is_unreadable_is_said() -> None:
    members = bundle(Log()).members
    head = "unreadable: no bundle.json that can be read"
    said = {
        b"": "unreadable: no ZIP file that can be read "
        "(there is no end of a directory).",
        zipped({**members, "bundle.json": b"[]"}): f"{head} (it is no object).",
        zipped({**members, "bundle.json": b"\xff"}): f"{head} (it is not UTF-8).",
        zipped({"entries": b""}): f"{head} (there is no such member).",
        zipped({**members, "bundle.json": b"{}"}): (
            "unreadable: the format or version is not plangate-bundle, version 1."
        ),
    }
    for content, sentence in said.items():
        assert unreadable(content) == sentence
