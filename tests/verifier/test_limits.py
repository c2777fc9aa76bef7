"""The limits of section 7: just so much is read, and what is left unread is told."""

import io
import zipfile
from typing import Any

import pytest

from engine import verifier
from engine.verifier import Report, Where, verify
from tests.verifier.bundles import (
    NAMES,
    PLAN,
    Log,
    Written,
    bundle,
    canonical,
    quiet,
    sha256,
    story,
    zipped,
)

ENTRIES = Where(member="entries")


def stored(written: Written, **limits: Any) -> Report:
    file = io.BytesIO(zipped(written.members, zipfile.ZIP_STORED))
    return verify(file, written.policy, **limits)


def told(report: Report) -> list[tuple[str, Where, str]]:
    return [(one.code, one.where, one.en) for one in report.defects]


def rest(line: int, why: str) -> tuple[str, Where, str]:
    said = f"from line {line} on nothing is read: {why}."
    return ("bundle.form", ENTRIES, said)


# --- Lines


@pytest.mark.parametrize("piece", [1, 7, 1 << 17])
@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("line", [0, 5, 12])
def test_a_line_is_as_long_as_allowed_and_no_longer(
    line: int, over: int, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = quiet()
    log.add(NAMES[0], "signalled", {"name": "x" * 1000})
    log.lines[line], log.lines[-1] = log.lines[-1], log.lines[line]
    written = bundle(log)
    longest = len(b"%d " % line + log.lines[line])
    monkeypatch.setattr(verifier, "LINE_MAX", longest - over)
    monkeypatch.setattr(verifier, "CHUNK", piece)
    said = rest(line + 1, "a line is longer than 16 MiB")
    assert (said in told(stored(written))) is bool(over)


def test_a_line_that_does_not_end_is_given_up_when_it_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verifier, "LINE_MAX", 1000)
    monkeypatch.setattr(verifier, "CHUNK", 100)
    written = bundle(Log())
    written.members["entries"] = b"0 {}\n" + b"x" * 1000
    ended = ("bundle.form", ENTRIES, "line 2 is the last one and has no line feed.")
    assert ended in told(stored(written))
    written.members["entries"] += b"x"
    said = rest(2, "a line is longer than 16 MiB")
    assert said in told(stored(written))


def test_a_last_line_without_a_line_feed_is_read_and_told() -> None:
    written = bundle(quiet())
    written.members["entries"] = written.members["entries"][:-1]
    report = stored(written)
    assert told(report) == [
        ("bundle.form", ENTRIES, "line 13 is the last one and has no line feed.")
    ]
    assert report.covered.entries == 13


NOT_IN_FORM = {
    "no position": b"x\n",
    "no object": b"0 []\n",
    "lacks all keys": b"0 {}\n",
    "a key twice": b'0 {"v":1,"v":1}\n',
    "too deep": b"0 " + b"[" * 65 + b"\n",
}


@pytest.mark.parametrize("what", NOT_IN_FORM)
def test_after_so_many_lines_that_are_not_in_form_the_rest_is_left_unread(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much is wrong with each; the last one of them is read and told."""
    monkeypatch.setattr(verifier, "BROKEN_LINES_MAX", 10)
    said = rest(12, "too many lines are not as they must be")
    for lines, is_left in ((10, False), (11, True)):
        written = bundle(Log())
        written.members["entries"] = NOT_IN_FORM[what] * lines
        report = stored(written)
        assert (said in told(report)) is is_left
        assert report.covered.entries == lines
        written.members["entries"] += NOT_IN_FORM[what]
        assert stored(written).covered.entries == 11


@pytest.mark.parametrize(("most", "is_told"), [(12, True), (13, False)])
def test_more_entries_than_allowed_are_not_read(
    most: int, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    monkeypatch.setattr(verifier, "ENTRIES_MAX", most)
    report = stored(bundle(quiet()))
    said = rest(13, "there are more than 10⁹ entries")
    assert told(report) == ([said] if is_told else [])
    assert report.covered.entries == most


# --- Members


def test_there_are_as_many_members_as_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bundle(quiet())
    monkeypatch.setattr(verifier, "MEMBERS_MAX", len(written.members))
    assert stored(written).exit == 0
    monkeypatch.setattr(verifier, "MEMBERS_MAX", len(written.members) - 1)
    report = stored(written)
    assert report.exit == 3
    assert report.unreadable is not None
    assert "more than 10⁶ members" in report.unreadable.en


SIZES = {
    "FILE_MAX": "files/",
    "PLAN_MAX": "plans/",
    "NOTE_MAX": "checkpoint",
    "SMALL_MAX": "bundle.json",
}


@pytest.mark.parametrize("limit", SIZES)
@pytest.mark.parametrize("piece", [10, 1 << 17])
def test_a_member_is_as_large_as_allowed_and_no_larger(
    limit: str, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = quiet()
    content = b"x" * 1000
    digest = sha256(content).hex()
    log.add(NAMES[0], "signalled", {"name": "x", "size": 1000, "sha256": digest})
    log.seal()
    written = bundle(log)
    written.members[f"files/{digest}"] = content
    name = next(name for name in written.members if name.startswith(SIZES[limit]))
    monkeypatch.setattr(verifier, "CHUNK", piece)
    monkeypatch.setattr(verifier, limit, len(written.members[name]))
    assert stored(written).exit == 0
    monkeypatch.setattr(verifier, limit, len(written.members[name]) - 1)
    report = stored(written)
    if name == "bundle.json":
        assert report.unreadable is not None
        assert "larger than allowed" in report.unreadable.en
        return
    code = "checkpoint.form" if name == "checkpoint" else "bundle.member"
    assert [(one.code, one.where.member) for one in report.defects] == [(code, name)]
    assert "larger than allowed" in report.defects[0].en


@pytest.mark.parametrize("name", ["entries", "proofs"])
def test_lines_swell_a_hundredfold_beyond_what_is_free_and_no_more(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = bundle(quiet(), [NAMES[0]])
    more = {"instance": "x" * 9_000, "siblings": []}
    written.members["proofs"] += canonical(more) + b"\n"
    packed = zipfile.ZipFile(written.verifiable()).getinfo(name).compress_size
    size = len(written.members[name])
    monkeypatch.setattr(verifier, "SWELLING_MAX", 1)
    monkeypatch.setattr(verifier, "SWELLING_FREE", size - packed)
    said = "the member cannot be read to its end: it swells beyond measure"
    swollen = ("bundle.member", Where(member=name), f"{said} when inflated.")
    assert swollen not in told(verify(written.verifiable(), written.policy))
    monkeypatch.setattr(verifier, "SWELLING_FREE", size - packed - 1)
    assert swollen in told(verify(written.verifiable(), written.policy))


# --- What is kept, told and remembered


def test_defects_beyond_those_that_are_kept_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = bundle(Log())
    written.members |= {f"x{number}": b"" for number in range(5)}
    monkeypatch.setattr(verifier, "DEFECTS_KEPT", 5)
    report = stored(written)
    assert (len(report.defects), report.more) == (5, 0)
    monkeypatch.setattr(verifier, "DEFECTS_KEPT", 4)
    report = stored(written)
    assert (len(report.defects), report.more) == (4, 1)


def test_what_must_be_remembered_grows_with_names_nodes_states_and_facts() -> None:
    """What is given is enough, and the least byte less is not."""

    def least(*additions: dict[str, Any]) -> int:
        log = Log()
        log.add("a", "added", {"state": "s"}, node="n")
        for data in additions:
            log.add("a", "added", data, node=data.pop("node"))
        log.seal()
        written, low, high = bundle(log), 0, 100_000
        while low < high:
            middle = (low + high) // 2
            report = stored(written, memory=middle)
            is_open = "memory.limit" in {one.code for one in report.undecided}
            low, high = (middle + 1, high) if is_open else (low, middle)
        return low

    one = least()
    assert one == 2 * 1_500 + 4 * len("a~log") + 400 + 4 * len("n") + 8
    assert least({"node": "n", "state": "s"}) - one == 8
    assert least({"node": "m", "state": "s"}) - one == 400 + 4 + 8
    assert least({"node": "m" * 1000, "state": "s"}) - one == 400 + 4_000 + 8
    # Both states that were said in this round are remembered.
    assert least({"node": "n", "state": "s" * 200}) - one == 2 * 8
    assert least({"node": "n", "state": "s" * 201}) - one == 2 * 8 + 4 * 201
    fields = {"f": 1, "g": 2}
    assert least({"node": "n", "state": "s", "fields": fields}) - one == 8 + 2 * 200


LIMITS = {
    "LINE_MAX": 16 << 20,
    "PLAN_MAX": 64 << 20,
    "FILE_MAX": 1 << 30,
    "PRIVATE_MAX": 1 << 20,
    "NOTE_MAX": 64 << 10,
    "ENTRIES_MAX": 10**9,
    "SIZE_MAX": 2**63,
    "DEPTH_MAX": 64,
    "VALUES_MAX": 250_000,
    "MEMBERS_MAX": 10**6,
    "SIGNATURES_MAX": 100,
    "SWELLING_FREE": 4 << 20,
    "SWELLING_MAX": 100,
    "ACTS_MAX": 1_000,
    "ACT_MAX": 16 << 10,
    "BROKEN_LINES_MAX": 10_000,
    "PLAN_READ_MAX": 8 << 20,
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_that_of_the_page(limit: str) -> None:
    assert getattr(verifier, limit) == LIMITS[limit]


def test_all_that_is_remembered_fits_in_256_mib_with_what_is_read() -> None:
    """What is remembered, one plan's gates beside it, and lines of 16 MiB twice."""
    remembered = verifier.MEMORY + verifier.PERSONAL_MEMORY
    assert remembered + 2 * verifier.LINE_MAX <= 256 << 20
    assert verifier.PLAN_READ_MAX * verifier.TABLE_COST <= verifier.TABLES_MEMORY


def test_a_plan_whose_gates_are_too_large_to_be_read_is_not_decidable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = bundle(story(4))
    for limit, enough in (
        ("PLAN_READ_MAX", len(PLAN)),
        ("TABLES_MEMORY", verifier.TABLE_COST * len(PLAN)),
        ("PLANS_READ_MAX", 1),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(verifier, limit, enough)
            assert stored(written).exit == 0
            patch.setattr(verifier, limit, enough - 1)
            report = stored(written)
            assert [one.code for one in report.undecided] == ["gates.large"]
            assert sha256(PLAN).hex() in report.undecided[0].en


def test_a_whole_number_of_bundle_json_may_be_as_great_as_any() -> None:
    written = bundle(Log())
    said = {"format": "plangate-bundle", "version": 1, "scope": "log"}
    said |= {"size": 2**53 - 1, "root": "0" * 64, "made": "2010-01-01T00:00:00Z"}
    written.members["bundle.json"] = canonical(said)
    assert stored(written).covered.size == 2**53 - 1
