"""A bundle of some instances: proofs line by line, and trees against another hand's."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import Any

import pytest

from engine import verifier
from engine.verifier import (
    Heads,
    Report,
    Tree,
    Where,
    head_hash,
    root_of_head,
    root_of_inclusion,
    verify,
)
from tests.verifier.bundles import (
    NAMES,
    Entry,
    Log,
    Written,
    bundle,
    by_key,
    canonical,
    leaf_hash,
    proofs,
    quiet,
    sha256,
    siblings,
    tree_path,
    tree_root,
    trie_root,
    zipped,
)

OTHER = "ab" * 32
PROOFS = Where(member="proofs")


# --- Trees


@pytest.mark.parametrize("size", range(1, 34))
def test_a_path_leads_to_the_root_from_its_own_place_only(size: int) -> None:
    leaves = [leaf_hash(b"%d" % n) for n in range(size)]
    root, tree = tree_root(leaves), Tree()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == root
    for place, leaf in enumerate(leaves):
        path = tree_path(place, leaves)
        for other in range(size):
            found = root_of_inclusion(leaf, other, size, path)
            assert (found == root) is (other == place)
        for changed in (path[:-1], [*path, leaf], path[::-1]):
            if changed != path:
                assert root_of_inclusion(leaf, place, size, changed) != root
        assert root_of_inclusion(leaf, place, size, [*path, leaf]) is None


def test_the_tree_of_no_leaf_is_the_hash_of_nothing() -> None:
    assert Tree().root() == sha256(b"")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50, 400])
def test_the_root_of_the_heads_is_that_of_the_page(count: int) -> None:
    draw = random.Random(count)
    heads, trie = {}, Heads()
    for _ in range(2 * count):
        name, leaf = f"{draw.randrange(count)}", draw.randbytes(32)
        heads[name] = draw.randrange(1, 2**40), leaf
        trie.put(name, *heads[name])
        if draw.random() < 0.1:
            assert trie.root() == trie_root(by_key(heads))
    assert trie.root() == trie_root(by_key(heads))
    keyed = by_key(heads)
    for key, (seq, leaf) in keyed.items():
        way = siblings(keyed, key)
        head = head_hash(key, seq, leaf)
        assert root_of_head(key, head, way) == trie.root()
        if way:
            assert root_of_head(key, head, way[:-1]) != trie.root()
            other = bytes([key[0] ^ 128]) + key[1:]
            assert root_of_head(other, head, way) != trie.root()


def test_keys_that_part_late_are_forked_where_they_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hashes that begin alike do not come by chance: here they are made."""
    alike = {"a": bytes(31) + b"\0", "b": bytes(31) + b"\1", "c": bytes(30) + b"\1\0"}
    true = verifier.sha256
    monkeypatch.setattr(
        verifier, "sha256", lambda data: alike.get(data.decode("latin1")) or true(data)
    )
    trie = Heads()
    for name in "abcab":
        trie.put(name, 1, b"x" * 32)
    heads = dict.fromkeys(alike.values(), (1, b"x" * 32))
    assert trie.root() == trie_root(heads)
    way = siblings(heads, alike["a"])
    assert len(way) == 256
    head = head_hash(alike["a"], 1, b"x" * 32)
    assert root_of_head(alike["a"], head, way) == trie.root()
    assert root_of_head(alike["a"], head, [*way, bytes(32)]) is None


def test_a_head_that_stands_alone_is_a_leaf_higher_up() -> None:
    key, head = sha256(b"a"), sha256(b"b")
    assert root_of_head(key, head, []) == head
    assert root_of_head(key, head, [bytes(32)]) is None
    assert root_of_head(key, head, [b"x" * 32, bytes(32)]) is not None


# --- Lines of proofs


def two() -> Written:
    """A bundle of two instances, eight entries each but two seals."""
    return bundle(quiet(length=16), sorted(NAMES[:2]))


def report_of(written: Written) -> Report:
    file = io.BytesIO(zipped(written.members, zipfile.ZIP_STORED))
    return verify(file, written.policy)


def with_lines(change: Any) -> Report:
    """The report if lines of proofs were changed; there are 17 and 2 of them."""
    written = two()
    lines = written.members["proofs"].splitlines(keepends=True)
    lines = change(lines) or lines
    written.members["proofs"] = b"".join(lines)
    return report_of(written)


def told(report: Report) -> list[tuple[str, Where, str]]:
    return [(one.code, one.where, one.en) for one in report.defects]


def bad_line(line: int, why: str) -> tuple[str, Where, str]:
    said = f"line {line} of proofs is not as it must be: {why}."
    return ("bundle.form", PROOFS, said)


def no_proof(report: Report, why: str) -> list[int | None]:
    """The positions of which an inclusion is told not to hold, for this reason."""
    found = [one for one in report.defects if one.code == "log.proof"]
    return [one.where.position for one in found if f"not hold: {why}." in one.en]


def test_as_it_is_written_it_is_whole() -> None:
    report = with_lines(lambda lines: None)
    assert (report.exit, report.defects) == (0, ())
    assert report.covered.instances == 2
    assert report.covered.scope == tuple(sorted(NAMES[:2]))


EXTRA: dict[str, tuple[int, Entry]] = {
    "of a place before the first": (0, {"path": [], "position": 0}),
    "of no instance here": (19, {"instance": "~", "siblings": []}),
    "of an instance that is not asked for": (17, {"instance": "0", "siblings": []}),
}


@pytest.mark.parametrize("what", EXTRA)
def test_a_proof_that_belongs_to_nothing_is_told_with_its_line(what: str) -> None:
    place, proof = EXTRA[what]
    report = with_lines(lambda lines: lines.insert(place, canonical(proof) + b"\n"))
    due = [bad_line(place + 1, "it belongs to no entry or instance here")]
    if what == "of a place before the first":
        # It is taken for that of the entry, whose own proof comes too late.
        assert no_proof(report, "it leads to another root") == [0]
        due = [bad_line(2, "it belongs to no entry or instance here")]
    assert [one for one in told(report) if one[0] == "bundle.form"] == due


def test_a_proof_that_stands_twice_is_told() -> None:
    report = with_lines(lambda lines: lines.insert(3, lines[3]))
    assert told(report) == [bad_line(5, "it belongs to no entry or instance here")]
    report = with_lines(lambda lines: lines.insert(18, lines[17]))
    assert told(report) == [bad_line(19, "it belongs to no entry or instance here")]
    report = with_lines(lambda lines: lines.append(lines[-1]))
    assert told(report) == [bad_line(20, "it belongs to no entry or instance here")]


def test_a_proof_that_is_left_out_is_missed_at_its_entry_or_instance() -> None:
    report = with_lines(lambda lines: lines.pop(3) and None)
    assert no_proof(report, "there is none") == [3]
    assert len(report.defects) == 1
    for place, name in ((17, 0), (18, 1)):
        report = with_lines(lambda lines, place=place: lines.pop(place) and None)
        (found,) = report.defects
        where = Where(instance=sorted(NAMES[:2])[name], seq=8)
        assert (found.code, found.where) == ("seal.proof", where)
        assert "there is none" in found.en


def test_proofs_of_growth_rise_from_the_last_one_that_did() -> None:
    """Lines 20 to 23 are from these sizes; a log of 17 did not grow from 17."""
    sizes = (9, 5, 7, 17)
    grown = [canonical({"older": size, "path": []}) + b"\n" for size in sizes]
    report = with_lines(lambda lines: [*lines, *grown])
    extra = "it belongs to no entry or instance here"
    assert told(report) == [bad_line(line, extra) for line in (21, 22, 23)]


def test_proofs_of_instances_in_another_order_are_told() -> None:
    report = with_lines(lambda lines: [*lines[:17], lines[18], lines[17]])
    codes = [one.code for one in report.defects]
    assert codes == ["seal.proof", "bundle.form"]


BAD: dict[str, tuple[Any, str]] = {
    "no JSON": (b"{", "it is no JSON, or has numbers that are not allowed"),
    "no object": (b"[]", "it is no object"),
    "another form": (b'{"path":[], "position":3}', "it is not in the one form"),
    "a key more": ({"path": [], "position": 3, "z": 1}, "its keys or values are not"),
    "a key less": ({"position": 3}, "its keys or values are not"),
    "no number": ({"path": [], "position": "3"}, "its keys or values are not"),
    "less than nothing": ({"path": [], "position": -1}, "its keys or values are not"),
    "no list": ({"path": {}, "position": 3}, "its keys or values are not"),
    "no hashes": ({"path": ["x"], "position": 3}, "its keys or values are not"),
    "great digits": ({"path": ["A" * 64], "position": 3}, "its keys or values are"),
    "no name": ({"instance": "", "siblings": []}, "its keys or values are not"),
    "a number": ({"instance": 1, "siblings": []}, "its keys or values are not"),
    "no siblings": ({"instance": "a", "siblings": [1]}, "its keys or values are not"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_line_of_proofs_that_is_out_of_form_is_told(what: str) -> None:
    content, why = BAD[what]
    line = content if isinstance(content, bytes) else canonical(content)
    report = with_lines(lambda lines: lines.insert(3, line + b"\n"))
    found = [one for one in told(report) if one[0] == "bundle.form"]
    assert found[0][2].startswith(f"line 4 of proofs is not as it must be: {why}")
    assert len([one for one in found if "line 4 " in one[2]]) == 1


def test_a_proof_in_another_form_proves_nevertheless() -> None:
    report = with_lines(
        lambda lines: lines.__setitem__(3, lines[3].replace(b'","', b'", "'))
    )
    assert [code for code, _, _ in told(report)] == ["bundle.form"]


def test_a_position_beyond_the_tree_has_no_proof() -> None:
    written = two()
    rows = written.members["entries"].splitlines(keepends=True)
    lines = written.members["proofs"].splitlines(keepends=True)
    rows.append(b"17 " + rows[0].partition(b" ")[2])
    lines.insert(17, canonical({"path": [], "position": 17}) + b"\n")
    written.members |= {"entries": b"".join(rows), "proofs": b"".join(lines)}
    assert no_proof(report_of(written), "the position is beyond the tree") == [17]


def test_lines_of_proofs_are_not_longer_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = two()
    lines = written.members["proofs"].splitlines()
    longest = max(map(len, [*lines, *written.members["entries"].splitlines()]))
    monkeypatch.setattr(verifier, "LINE_MAX", longest)
    assert report_of(written).exit == 0
    lines.insert(4, b" " * (longest + 1))
    written.members["proofs"] = b"\n".join(lines) + b"\n"
    report = report_of(written)
    said = "from line 5 on nothing is read: a line is longer than 16 MiB."
    assert ("bundle.form", PROOFS, said) in told(report)
    assert no_proof(report, "there is none") == list(range(4, 17))


def test_a_last_line_of_proofs_without_a_line_feed_is_read_and_told() -> None:
    report = with_lines(lambda lines: lines.append(lines.pop()[:-1]))
    said = "line 19 is the last one and has no line feed."
    assert told(report) == [("bundle.form", PROOFS, said)]


@pytest.mark.parametrize(("most", "is_told"), [(3, False), (2, True)])
def test_after_so_many_lines_out_of_form_the_rest_of_proofs_is_left_unread(
    most: int, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    monkeypatch.setattr(verifier, "BROKEN_LINES_MAX", most)
    report = with_lines(lambda lines: [b"x\n"] * 3 + lines)
    said = "from line 4 on nothing is read: too many lines are not as they must be."
    assert (("bundle.form", PROOFS, said) in told(report)) is is_told
    assert bool(no_proof(report, "there is none")) is is_told
    assert [one for one in told(report) if " of proofs" in one[2]] == [
        bad_line(number, "it is no JSON, or has numbers that are not allowed")
        for number in (1, 2, 3)
    ]


def test_proofs_that_cannot_be_read_to_their_end_are_told_once() -> None:
    written = two()
    data = zipped(written.members, zipfile.ZIP_STORED)
    at = data.index(b'"position":5}')
    report = verify(io.BytesIO(data[:at] + b'"position":4}' + data[at + 13 :]))
    unread = [one for one in told(report) if one[0] == "bundle.member"]
    assert unread == [
        (
            "bundle.member",
            PROOFS,
            "the member cannot be read to its end: its length or checksum is another.",
        )
    ]


def test_without_proofs_only_that_is_told() -> None:
    written = two()
    del written.members["proofs"]
    found = [one[:2] for one in told(report_of(written))]
    assert found[0] == ("bundle.member", PROOFS)
    assert {code for code, _ in found[1:]} <= {"seal.proof"}


# --- What is in a bundle of some instances


def scoped(log: Log, scope: list[str], *more: int) -> Written:
    """A bundle with lines, and their proofs, that are not of its instances, too."""
    written = bundle(log, scope)
    rows = written.members["entries"].splitlines(keepends=True)
    shown = sorted({int(row.split(b" ")[0]) for row in rows} | set(more))
    lines = [b"%d %s\n" % (n, log.lines[n]) for n in shown]
    written.members["entries"] = b"".join(lines)
    written.members["proofs"] = proofs(log, shown, scope)
    return written


def test_an_entry_of_the_log_that_is_about_no_key_is_not_of_the_scope() -> None:
    log = quiet()
    log.add("~log", "retried", {"keys": ["a"]})
    for place in (12, 13):
        log.seal()
        found = told(report_of(scoped(log, [NAMES[0]], place)))
        assert [one[:2] for one in found] == [
            ("bundle.form", Where(place, "~log", place - 11))
        ]


def test_the_last_seal_of_a_bundle_is_at_its_end() -> None:
    log = quiet()
    written = bundle(log, [NAMES[0]])
    rows = written.members["entries"].splitlines(keepends=True)
    written.members["entries"] = b"".join(rows[:-1])
    found = told(report_of(written))
    assert ("seal.missing", Where(12, "~log")) in [one[:2] for one in found]
    assert any("position 12" in one[2] for one in found)


POSITIONS = [([0, 2, 4], True), ([0, 4, 2], False), ([0, 2, 2], False)]


@pytest.mark.parametrize(("order", "is_right"), POSITIONS)
def test_positions_of_some_instances_rise(order: list[int], *, is_right: bool) -> None:
    log = quiet()
    written = bundle(log, [NAMES[0]])
    rows = [b"%d %s\n" % (n, log.lines[n]) for n in order]
    written.members["entries"] = b"".join(rows)
    found = [one for one in told(report_of(written)) if one[0] == "log.position"]
    assert [one[1] for one in found] == ([] if is_right else [Where(order[2])])
    assert all("no less than" in one[2] for one in found)


@pytest.mark.parametrize("key", ["size", "root"])
def test_without_size_or_root_no_proof_is_held_against_anybody(key: str) -> None:
    written = two()
    said = json.loads(written.members["bundle.json"])
    written.members["bundle.json"] = canonical({**said, key: None})
    found = [one[:2] for one in told(report_of(written))]
    assert found == [("bundle.form", Where(member="bundle.json"))]


def test_a_bundle_of_no_instance_of_an_empty_log_is_whole() -> None:
    assert report_of(bundle(Log(), [])).exit == 0


def test_a_head_of_an_instance_that_has_no_entry_here_is_told() -> None:
    log = quiet()
    written = bundle(log, ["nobody"])
    (found,) = report_of(written).defects
    assert (found.code, found.where) == ("seal.proof", Where(instance="nobody"))
    assert "no entry of the instance" in found.en


def test_the_scope_of_a_head_is_json() -> None:
    assert json.loads(two().members["bundle.json"])["scope"] == sorted(NAMES[:2])


def test_what_covers_the_whole_log_names_no_instances() -> None:
    written = bundle(quiet())
    assert verify(written.verifiable(), written.policy).covered.scope is None
