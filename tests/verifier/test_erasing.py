"""Section 8 of the page: values under their commitments, and what was erased."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from engine import verifier
from engine.verifier import Report, Where, verify
from tests.verifier.bundles import (
    FILES,
    NAMES,
    Entry,
    Log,
    Written,
    bundle,
    canonical,
    quiet,
    sha256,
    zipped,
)
from tests.verifier.test_second import differences

SALT = "0f" * 32
NAME = NAMES[0]


def commitment(field: str, value: object, salt: str = SALT) -> str:
    parts = (field.encode(), canonical(value))
    content = b"".join(struct.pack(">Q", len(part)) + part for part in parts)
    return sha256(b"plangate-private/1" + bytes.fromhex(salt) + content).hex()


VALUE = commitment("电话", "555-0100")
OTHER = commitment("电话", "555-0101")
MEMBER: Entry = {"field": "电话", "salt": SALT, "value": "555-0100"}
FILE = sha256(FILES[0]).hex()
SHARED = sha256(FILES[2]).hex()


def a_file(digest: str) -> Entry:
    size = {FILE: len(FILES[0]), SHARED: len(FILES[2])}[digest]
    return {"name": "a.txt", "size": size, "sha256": digest}


def holding(*values: object) -> Log:
    """A history whose entry at position 13 holds these."""
    log = quiet()
    log.add(NAME, "signalled", {"name": "n", "with": list(values)})
    return log


def report_of(log: Log, private: dict[str, bytes] | None = None) -> Report:
    log.seal()
    written = bundle(log)
    written.members |= {f"private/{k}": v for k, v in (private or {}).items()}
    return verify(written.verifiable(), written.policy)


def told(report: Report) -> list[tuple[str, Where]]:
    return [(one.code, one.where) for one in report.defects]


def counted(report: Report) -> tuple[int, int, int]:
    covered = report.covered
    return covered.opened, covered.closed, covered.erased


# --- Commitments


@pytest.mark.parametrize(
    ("value", "closed"),
    [
        ({"private": VALUE}, 1),
        ([[{"a": {"private": VALUE}}], {"private": VALUE}], 1),
        ([{"private": VALUE}, {"private": OTHER}], 2),
        ({"private": VALUE, "more": 1}, 0),
        ({"private": VALUE.upper()}, 0),
        ({"private": VALUE[1:]}, 0),
        ({"private": {"private": VALUE}}, 1),
    ],
)
def test_a_token_is_an_object_of_one_key_wherever_it_stands(
    value: object, closed: int
) -> None:
    report = report_of(holding(value))
    assert (report.exit, counted(report)) == (0, (0, closed, 0))


def test_a_value_that_is_here_and_fits_is_counted_as_opened() -> None:
    log = holding({"private": VALUE}, {"private": OTHER})
    report = report_of(log, {VALUE: canonical(MEMBER)})
    assert (report.exit, counted(report)) == (0, (1, 1, 0))


SPOILT: dict[str, tuple[bytes, str]] = {
    "no object": (b"[]", "it is no object"),
    "no JSON": (b"{", "it is no JSON"),
    "another form": (canonical(MEMBER) + b"\n", "not in the one form"),
    "a key more": (canonical({**MEMBER, "a": 1}), "not field, salt and value"),
    "a key less": (canonical({"field": "", "salt": SALT}), "not field, salt and"),
    "no text": (canonical({**MEMBER, "field": 1}), "not field, salt and value"),
    "a short salt": (canonical({**MEMBER, "salt": "00"}), "not field, salt and"),
    "great digits": (canonical({**MEMBER, "salt": "0F" * 32}), "not field, salt"),
    "another salt": (canonical({**MEMBER, "salt": "00" * 32}), "otherwise"),
    "another value": (canonical({**MEMBER, "value": "555-0101"}), "otherwise"),
    "another field": (canonical({**MEMBER, "field": "电"}), "otherwise"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_member_that_is_not_what_its_name_commits_to_is_told(what: str) -> None:
    content, why = SPOILT[what]
    report = report_of(holding({"private": VALUE}), {VALUE: content})
    assert told(report) == [("private.commitment", Where(member=f"private/{VALUE}"))]
    assert why in report.defects[0].en


@pytest.mark.parametrize(("size", "codes"), [(0, []), (1, ["bundle.member"])])
def test_a_personal_value_is_1_mib_at_most(size: int, codes: list[str]) -> None:
    rest = (1 << 20) - len(canonical({**MEMBER, "value": ""})) + size
    digest = commitment("电话", "x" * rest)
    content = canonical({**MEMBER, "value": "x" * rest})
    report = report_of(holding({"private": digest}), {digest: content})
    assert [one.code for one in report.defects] == codes


def test_a_personal_value_that_no_entry_holds_has_no_business_here() -> None:
    report = report_of(holding({"private": OTHER}), {VALUE: canonical(MEMBER)})
    assert told(report) == [("bundle.member", Where(member=f"private/{VALUE}"))]
    assert counted(report) == (0, 1, 0)


def test_a_personal_value_that_stands_twice_is_told() -> None:
    log = holding({"private": VALUE})
    log.seal()
    written = bundle(log)
    file, name = written.verifiable(), f"private/{VALUE}"
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, canonical(MEMBER))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(name, canonical(MEMBER))
    report = verify(file, written.policy)
    assert told(report) == [("bundle.member", Where(member=name))]
    assert counted(report) == (1, 0, 0)


def test_more_tokens_than_can_be_remembered_are_not_decidable() -> None:
    log = holding(*({"private": f"{number:064x}"} for number in range(100)))
    log.seal()
    written = bundle(log)
    for memory, open_codes in ((100_000, ["memory.limit"]), (200_000, [])):
        report = verify(written.verifiable(), written.policy, memory=memory)
        assert [one.code for one in report.undecided] == open_codes


# --- Erasing


REQUEST: Entry = {
    "step": "asked",
    "entry": 7,
    "basis": "申请",
    "commitments": [VALUE],
    "files": [FILE, SHARED],
}
Steps = list[tuple[str, Entry, dict[str, Any]]]


def steps() -> Steps:
    """What is recorded of an erasure, in order; 8 is the request of instance NAME."""
    done = {
        "asked": 8,
        "requested_by": "甲",
        "approved_by": [["乙", 9], ["丙", 10]],
        "basis": "申请",
        "commitments": [VALUE],
        "files": [FILE],
        "shared": [SHARED],
    }
    return [
        ("erasure", dict(REQUEST), {"actor": "甲"}),
        ("erasure", {"step": "approved", "asked": 8}, {"actor": "乙"}),
        ("erasure", {"step": "approved", "asked": 8}, {"actor": "丙"}),
        ("erased", done, {}),
    ]


def erased(made: Steps, after: Entry | None = None) -> tuple[Written, Where]:
    """A history with an erasure, and where its `erased` stands."""
    log = holding({"private": VALUE}, a_file(FILE), a_file(SHARED))
    last = Where()
    for kind, data, keys in made:
        log.add(NAME, kind, data, **keys)
        if kind == "erased":
            last = Where(len(log.lines) - 1, NAME, log.heads[NAME][0])
    if after is not None:
        log.add(NAME, "signalled", {"name": "n", "again": after})
    log.seal()
    return bundle(log), last


def seen(written: Written, *absent: str) -> Report:
    for name in absent:
        del written.members[name]
    return verify(written.verifiable(), written.policy)


def test_what_was_asked_for_and_approved_by_two_is_rightly_not_here() -> None:
    report = seen(erased(steps())[0], f"files/{FILE}")
    assert (report.exit, told(report), counted(report)) == (0, [], (0, 0, 2))


def changed(step: int, /, **data: object) -> Callable[[Steps], object]:
    return lambda made: made[step][1].update(data)


def by(step: int, **keys: object) -> Callable[[Steps], object]:
    return lambda made: made[step][2].update(keys)


UNAPPROVED: dict[str, tuple[Callable[[Steps], object], str]] = {
    "no request": (changed(3, asked=9), "no such request"),
    "a request that is no number": (changed(3, asked="8"), "no such request"),
    "another who asked": (changed(3, requested_by="丁"), "no such request"),
    "nobody who asked": (lambda made: made[3][1].pop("requested_by"), "no such req"),
    "a request that came after": (
        lambda made: (made.append(made.pop(0)), changed(2, asked=11)(made)),
        "no such request",
    ),
    "other values": (changed(3, commitments=[OTHER]), "not what was asked for"),
    "more values": (changed(3, commitments=[VALUE, OTHER]), "not what was asked"),
    "no values": (changed(3, commitments=None), "not what was asked for"),
    "values that are none": (changed(3, commitments=[VALUE, 1]), "not what was"),
    "values that are no texts": (changed(3, commitments=[[VALUE]]), "not what was"),
    "a request of no texts": (changed(0, files=[[FILE]]), "not what was asked for"),
    "not all files": (changed(3, shared=[]), "not what was asked for"),
    "files in both": (changed(3, files=[FILE, SHARED]), "not what was asked for"),
    "no list of files": (changed(3, files=FILE), "not what was asked for"),
    "no list of shared": (changed(3, shared={}), "not what was asked for"),
    "a request without values": (changed(0, commitments=None), "not what was"),
    "a request without files": (changed(0, files=[1]), "not what was asked for"),
    "one approved": (changed(3, approved_by=[["乙", 9]]), "fewer than two"),
    "one approved twice": (
        changed(3, approved_by=[["乙", 9], ["乙", 9]]),
        "fewer than two",
    ),
    "nobody approved": (changed(3, approved_by=[]), "fewer than two"),
    "no list of approvals": (changed(3, approved_by={"乙": 9}), "fewer than two"),
    "who asked approved": (
        lambda made: (
            by(1, actor="甲")(made),
            changed(3, approved_by=[["甲", 9], ["丙", 10]])(made),
        ),
        "who asked approved it too",
    ),
    "who asked is a third": (
        lambda made: (
            made.insert(3, (*made[2][:2], {"actor": "甲"})),
            changed(4, approved_by=[["乙", 9], ["丙", 10], ["甲", 11]])(made),
        ),
        "who asked approved it too",
    ),
    "another approved": (
        changed(3, approved_by=[["乙", 9], ["丁", 10]]),
        "no such approval",
    ),
    "at another entry": (
        changed(3, approved_by=[["乙", 9], ["丙", 9]]),
        "no such approval",
    ),
    "another request was approved": (changed(2, asked=7), "no such approval"),
    "an approval of nothing": (changed(2, asked=None), "no such approval"),
    "another step": (changed(2, step="refused"), "no such approval"),
    "nobody is named": (
        lambda made: made[2][2].pop("actor"),
        "no such approval",
    ),
    "nobody of that name": (
        lambda made: (
            made[2][2].pop("actor"),
            changed(3, approved_by=[["乙", 9], ["None", 10]])(made),
        ),
        "no such approval",
    ),
    "nobody at no entry": (
        changed(3, approved_by=[["乙", 9], ["丙", 10], [None, 99]]),
        "no such approval",
    ),
    "a line that is none": (changed(3, approved_by=["乙", "丙"]), "no such approval"),
    "a line too long": (
        changed(3, approved_by=[["乙", 9], ["丙", 10, 0]]),
        "no such approval",
    ),
    "a number that is none": (
        changed(3, approved_by=[["乙", 9], ["丙", "10"]]),
        "no such approval",
    ),
    "a name that is none": (
        changed(3, approved_by=[["乙", 9], [None, 10]]),
        "no such approval",
    ),
}


@pytest.mark.parametrize("what", UNAPPROVED)
def test_an_erasure_that_does_not_follow_is_told_and_excuses_nothing(what: str) -> None:
    change, why = UNAPPROVED[what]
    made = steps()
    change(made)
    written, last = erased(made)
    report = seen(written, f"files/{FILE}")
    assert told(report) == [
        ("erased.approval", last),
        ("file.missing", Where(13, NAME, 7)),
    ]
    assert why in report.defects[0].en
    assert counted(report) == (0, 1, 0)


def test_an_erasure_is_of_its_own_instance_only() -> None:
    """A request of another instance with the same number is another one."""
    made = steps()
    log = holding({"private": VALUE}, a_file(FILE), a_file(SHARED))
    log.add(NAMES[1], "signalled", {"name": "n"})
    for kind, data, keys in made[:3]:
        log.add(NAME, kind, data, **keys)
    log.add(NAMES[1], *made[3][:2])
    report = report_of(log)
    assert [one.code for one in report.defects] == ["erased.approval"]
    assert "no such request" in report.defects[0].en


def test_what_was_erased_and_is_here_is_told_at_its_entry() -> None:
    written, last = erased(steps())
    written.members[f"private/{VALUE}"] = canonical(MEMBER)
    report = seen(written)
    assert sorted(told(report)) == sorted(
        ("erased.present", last._replace(member=member))
        for member in (f"files/{FILE}", f"private/{VALUE}")
    )
    assert "entry 11 says" in report.defects[0].en


def test_a_file_that_is_named_again_after_it_was_erased_must_be_here() -> None:
    written, last = erased(steps(), a_file(FILE))
    assert seen(written).exit == 0
    report = seen(written, f"files/{FILE}")
    assert told(report) == [("file.missing", Where(13, NAME, 7))]
    assert last.seq == 11


def test_a_file_that_is_erased_again_is_gone() -> None:
    log = holding({"private": VALUE}, a_file(FILE), a_file(SHARED))
    for kind, data, keys in steps():
        log.add(NAME, kind, data, **keys)
    log.add(NAME, "signalled", {"name": "n", "again": a_file(FILE)})
    for kind, data, keys in steps():
        later = {"asked": 13, "approved_by": [["乙", 14], ["丙", 15]]}
        log.add(NAME, kind, data | {k: later[k] for k in later if k in data}, **keys)
    log.seal()
    assert seen(bundle(log), f"files/{FILE}").exit == 0


def test_a_file_that_another_instance_names_is_missed_there() -> None:
    log = holding({"private": VALUE}, a_file(FILE), a_file(SHARED))
    log.add(NAMES[1], "signalled", {"name": "n", "with": a_file(FILE)})
    for kind, data, keys in steps():
        log.add(NAME, kind, data, **keys)
    log.seal()
    report = seen(bundle(log), f"files/{FILE}")
    assert told(report) == [("file.missing", Where(14, NAMES[1], 7))]


# --- A file that two instances share


Said = tuple[str, str, Entry]


def names(name: str, digest: str, **more: object) -> Said:
    return (name, "signalled", {"name": "n", "with": a_file(digest), **more})


def lets_go(name: str, word: str, digest: str) -> list[Said]:
    """What is recorded of an erasure; ``word``: where its `erased` has the file."""
    both: Entry = {"files": [], "shared": []}
    return [
        (name, "erasure", {**REQUEST, "commitments": [], "files": [digest]}),
        (name, "erasure", {"step": "approved"}),
        (name, "erasure", {"step": "approved"}),
        (name, "erased", {"basis": "申请", "commitments": [], **both, word: [digest]}),
    ]


def history(*said: Said) -> Written:
    log = quiet()
    asked: dict[str, int] = {}
    for name, kind, data in said:
        seq = log.heads[name][0] + 1 if name in log.heads else 1
        keys: dict[str, Any] = {}
        more: Entry = {}
        if data.get("step") == "asked":
            asked[name], keys = seq, {"actor": "甲"}
        elif kind == "erasure":
            more = {"asked": asked[name]}
            keys = {"actor": "乙" if seq == asked[name] + 1 else "丙"}
        elif kind == "erased":
            by = [["乙", seq - 2], ["丙", seq - 1]]
            more = {"asked": asked[name], "requested_by": "甲", "approved_by": by}
        log.add(name, kind, {**data, **more}, **keys)
    log.seal()
    return bundle(log)


ONE, TWO = NAMES[:2]
A, B = names(ONE, FILE), names(TWO, FILE)
READ = [["f/会议/minutes", a_file(FILE), 1]]
AGAIN = names(ONE, FILE)
ONLY_READ: Said = (
    ONE,
    "signalled",
    {"name": "n", "why": {"gate": [], "facts": READ}},
)


def gone(name: str) -> list[Said]:
    return lets_go(name, "files", FILE)


def shared(name: str) -> list[Said]:
    return lets_go(name, "shared", FILE)


SHARING: dict[str, tuple[list[Said], str, str]] = {
    "both name it": ([A, B], "", "file.missing"),
    "one let go": ([A, B, *shared(ONE)], "", "file.missing"),
    "one let go before": ([A, *shared(ONE), B], "", "file.missing"),
    "one had it erased": ([A, B, *gone(ONE)], "", "file.missing"),
    "one had it erased before": ([A, *gone(ONE), B], "", "file.missing"),
    "both let go": ([A, B, *shared(ONE), *shared(TWO)], "", ""),
    "the last one had it erased": (
        [A, B, *shared(ONE), *gone(TWO)],
        "erased.present",
        "",
    ),
    "the first one had it erased": (
        [A, B, *gone(ONE), *shared(TWO)],
        "erased.present",
        "",
    ),
    "one names it again": (
        [A, B, *shared(ONE), *gone(TWO), AGAIN],
        "",
        "file.missing",
    ),
    "one only reads what was": (
        [A, B, *shared(ONE), *gone(TWO), ONLY_READ],
        "erased.present",
        "",
    ),
    "one lets go again": (
        [A, B, *shared(ONE), AGAIN, *gone(TWO), *gone(ONE)],
        "erased.present",
        "",
    ),
    "nobody else ever had it": ([A, *shared(ONE)], "", ""),
    "nobody ever named it": (gone(ONE), "erased.present bundle.member", ""),
}
"""What happened; what is told of the file if it is here, and if it is not."""


@pytest.mark.parametrize("what", SHARING)
def test_a_file_must_be_here_as_long_as_an_instance_holds_it(what: str) -> None:
    said, here, absent = SHARING[what]
    for codes, names_absent in ((here, ()), (absent, (f"files/{FILE}",))):
        written = history(*said)
        report = seen(written, *names_absent)
        assert {one.code for one in report.defects} == set(codes.split())
        # the second verifier, by another hand, tells the same at the same places
        data = zipped(written.members)
        assert differences(data, written.policy) == []


def test_a_file_that_is_missed_is_told_of_who_holds_it() -> None:
    report = seen(history(A, B, *shared(ONE)), f"files/{FILE}")
    ((code, where),) = told(report)
    assert (code, where.instance) == ("file.missing", TWO)


def test_who_shares_more_files_than_can_be_remembered_is_not_decidable() -> None:
    papers = [f"paper {number}".encode() for number in range(100)]
    files = [
        {"name": "a.txt", "size": len(one), "sha256": sha256(one).hex()}
        for one in papers
    ]
    limits: dict[str, list[str]] = {ONE: [], TWO: ["memory.limit"]}
    for other, open_codes in limits.items():
        log = quiet()
        for name in (ONE, other):
            log.add(name, "signalled", {"name": "n", "with": files})
        log.seal()
        written = bundle(log)
        written.members |= {f"files/{sha256(one).hex()}": one for one in papers}
        report = verify(written.verifiable(), written.policy, memory=100_000)
        assert [one.code for one in report.undecided] == open_codes
        assert verify(written.verifiable(), written.policy).exit == 0


def test_a_file_that_is_not_here_is_told_once_of_all_instances() -> None:
    log = holding(a_file(FILE), a_file(FILE))
    log.add(NAMES[1], "signalled", {"name": "n", "with": a_file(FILE)})
    log.seal()
    report = seen(bundle(log), f"files/{FILE}")
    assert told(report) == [("file.missing", Where(13, NAME, 7))]


def test_more_files_than_defects_are_kept_may_have_been_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether a file that is not here was erased is said only after it is missed."""
    monkeypatch.setattr(verifier, "DEFECTS_KEPT", 1)
    made = steps()
    changed(0, files=[SHARED, FILE])(made)
    changed(3, files=[FILE, SHARED], shared=[])(made)
    report = seen(erased(made)[0], f"files/{FILE}", f"files/{SHARED}")
    assert (report.exit, counted(report)) == (0, (0, 0, 3))


def test_without_its_last_lines_nothing_is_said_to_be_unnamed() -> None:
    written, _ = erased(steps())
    written.members[f"private/{OTHER}"] = canonical({**MEMBER, "value": "555-0101"})
    written.members["entries"] += b"x" * ((16 << 20) + 1) + b"\n"
    file = io.BytesIO(zipped(written.members, zipfile.ZIP_STORED))
    found = {one.code for one in verify(file, written.policy).defects}
    assert found == {"bundle.form", "erased.present"}
