"""A checkpoint that the reader has kept: what is shown later must begin with it."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import pytest

from engine.verifier import Report, grew, printed, verify
from tests.verifier.bundles import (
    ORIGIN,
    Log,
    Signer,
    Written,
    bundle,
    canonical,
    checkpoint,
    growth,
    leaf_hash,
    sha256,
    story,
    tree_growth,
    tree_root,
    zipped,
)

SEED, LENGTH = 4, 40


def log_of(size: int | None = None) -> Log:
    """A history, or as it stood when it was sealed at this size."""
    log = story(SEED, length=LENGTH)
    if size is None:
        return log
    cut = Log(lines=log.lines[:size])
    for line in cut.lines:
        entry = json.loads(line)
        cut.heads[entry["instance"]] = entry["seq"], leaf_hash(line)
    return cut


def seals() -> list[int]:
    """The sizes at which it was sealed."""
    lines = log_of().lines
    return [n for n, line in enumerate(lines, 1) if b'"type":"sealed"' in line]


WHOLE = len(log_of().lines)
EARLIER = seals()[1]
NAMES = sorted(name for name in log_of().heads if name != "~log")


def note_at(size: int, *by: Signer, origin: str = ORIGIN) -> bytes:
    return checkpoint(size, tree_root(log_of().leaves()[:size]), *by, origin=origin)


def held_against(written: Written, note: bytes, *, policy: str | None = None) -> Report:
    return verify(written.verifiable(), policy or written.policy, kept=note)


def kept(written: Written, size: int, **origin: str) -> bytes:
    return note_at(size, written.signer, written.witness, **origin)


def codes(report: Report) -> list[str]:
    """What is told of the kept checkpoint, and of nothing else."""
    every = [*report.defects, *report.undecided, *report.told]
    return [one.code for one in every]


@pytest.mark.parametrize("size", range(WHOLE + 1))
def test_a_log_that_has_only_grown_begins_with_every_checkpoint_of_before(
    size: int,
) -> None:
    written = bundle(log_of())
    report = held_against(written, kept(written, size))
    assert (report.exit, codes(report)) == (0, ["log.grown"])
    assert f"{size} entries" in report.told[0].en


@pytest.mark.parametrize("size", range(1, WHOLE))
def test_a_bundle_of_instances_shows_it_by_a_proof(size: int) -> None:
    written = bundle(log_of(), NAMES[:2], since=(size,))
    report = held_against(written, kept(written, size))
    assert (report.exit, codes(report)) == (0, ["log.grown"])


def test_more_than_one_reader_may_have_kept_one() -> None:
    written = bundle(log_of(), NAMES[:2], since=(3, 5, 8, WHOLE - 1))
    for size in (0, 3, 5, 8, WHOLE - 1, WHOLE):
        report = held_against(written, kept(written, size))
        assert (report.exit, codes(report)) == (0, ["log.grown"])
    assert verify(written.verifiable(), written.policy).exit == 0


def test_without_a_proof_a_bundle_of_instances_says_that_it_cannot_tell() -> None:
    for since in ((), (EARLIER + 1,)):
        written = bundle(log_of(), NAMES[:2], since=since)
        report = held_against(written, kept(written, EARLIER))
        assert (report.exit, codes(report)) == (2, ["log.unproven"])
        for sentence in (report.undecided[0].zh, report.undecided[0].en):
            assert f"--since {EARLIER}" in sentence


# -- what is found, though the right key signed it


@pytest.mark.parametrize("scope", ["log", "names"])
def test_what_was_cut_off_with_an_older_checkpoint_in_place_is_told(scope: str) -> None:
    short = log_of(EARLIER)
    names = sorted(name for name in short.heads if name != "~log")
    written = bundle(short, "log" if scope == "log" else names)
    assert verify(written.verifiable(), written.policy).exit == 0
    report = held_against(written, kept(written, WHOLE))
    assert (report.exit, codes(report)) == (1, ["log.shorter"])
    assert str(WHOLE) in report.defects[0].zh
    assert str(EARLIER) in report.defects[0].en


@pytest.mark.parametrize("scope", ["log", "names"])
def test_a_fork_is_told(scope: str) -> None:
    """The history was written anew from some entry on, and the log's key signed it."""
    fork = story(SEED, length=LENGTH, spoil={2: lambda e: e["data"].update(more=1)})
    written = bundle(fork)
    if scope != "log":
        written = bundle(fork, NAMES[:2], since=(EARLIER,))
    assert verify(written.verifiable(), written.policy).exit == 0
    assert len(fork.lines) == WHOLE
    for size in (EARLIER, WHOLE):
        report = held_against(written, kept(written, size))
        assert (report.exit, codes(report)) == (1, ["log.forked"])


@pytest.mark.parametrize(
    ("of", "now"),
    [
        ("other.example/log", ORIGIN),
        (f"{ORIGIN}/e2", ORIGIN),
        (ORIGIN, "other.example/log"),
        (f"{ORIGIN}/e3", f"{ORIGIN}/e2"),
    ],
)
def test_another_log_or_an_epoch_of_before_is_told(of: str, now: str) -> None:
    written = bundle(log_of())
    root = tree_root(written.log.leaves())
    written.members["checkpoint"] = checkpoint(
        WHOLE, root, written.signer, written.witness, origin=now
    )
    report = held_against(written, kept(written, EARLIER, origin=of))
    assert "log.forked" in codes(report)
    assert report.exit == 1
    assert of in next(d.en for d in report.defects if d.code == "log.forked")


def test_a_proof_that_is_false_is_told_and_none_is_believed() -> None:
    good = bundle(log_of(), NAMES[:2])
    path = tree_growth(EARLIER, good.log.leaves())
    lies = [[], path[:-1], [*path, path[0]], [bytes(32), *path[1:]], path[::-1]]
    lies.append([*path[:-1], bytes(32)])
    for lie in lies:
        if lie == path:
            continue
        line = canonical({"older": EARLIER, "path": [h.hex() for h in lie]}) + b"\n"
        members = {**good.members, "proofs": good.members["proofs"] + line}
        report = verify(
            io.BytesIO(zipped(members)), good.policy, kept=kept(good, EARLIER)
        )
        assert (report.exit, codes(report)) == (1, ["log.forked"])


def test_a_line_of_growth_in_a_wrong_place_or_form_is_told() -> None:
    good = bundle(log_of(), NAMES[:2])
    proofs, more = good.members["proofs"], growth(good.log, (3, 5))
    three, five = more.splitlines(keepends=True)
    for lines in (
        five + proofs,
        proofs + five + three,
        proofs + three + three,
        proofs + canonical({"older": 0, "path": []}) + b"\n",
        proofs + canonical({"older": WHOLE, "path": []}) + b"\n",
        proofs + canonical({"older": 3, "path": ["x"]}) + b"\n",
        proofs + canonical({"older": "3", "path": []}) + b"\n",
    ):
        members = {**good.members, "proofs": lines}
        report = verify(io.BytesIO(zipped(members)), good.policy)
        assert "bundle.form" in {d.code for d in report.defects}


# -- whose it is


def test_a_kept_checkpoint_is_believed_as_far_as_the_policy_says() -> None:
    written, stranger = bundle(log_of()), Signer(ORIGIN, 1)
    for note, found in (
        (note_at(EARLIER, stranger), "log.nobody"),
        (note_at(EARLIER, written.signer), "log.nobody"),
        (note_at(EARLIER, written.witness), "log.nobody"),
    ):
        report = held_against(written, note)
        assert (report.exit, codes(report)) == (2, [found, "log.grown"])
    note = kept(written, EARLIER)
    false = note.replace(b"\n%d\n" % EARLIER, b"\n%d\n" % (EARLIER + 1))
    report = held_against(written, false)
    assert report.exit == 1
    assert {"log.untrue", "log.forked"} <= set(codes(report))


def test_without_a_policy_it_is_compared_all_the_same() -> None:
    written = bundle(log_of())
    report = verify(written.verifiable(), None, kept=kept(written, EARLIER))
    assert (report.exit, codes(report)) == (2, ["policy.none", "log.grown"])
    short = bundle(log_of(EARLIER))
    report = verify(short.verifiable(), None, kept=kept(short, WHOLE))
    assert (report.exit, codes(report)) == (1, ["log.shorter", "policy.none"])


@pytest.mark.parametrize("junk", [b"", b"junk", b"x" * 70_000, b"\xff\n\n\xff\n"])
def test_what_is_no_checkpoint_is_unreadable(junk: bytes) -> None:
    written = bundle(log_of())
    report = verify(written.verifiable(), written.policy, kept=junk)
    assert report.exit == 3
    assert "--checkpoint" in printed(report, "en")
    assert "--checkpoint" in printed(report, "zh")
    is_large = len(junk) > 1 << 16
    assert ("larger than allowed" in printed(report, "en")) is is_large


def test_a_bundle_without_a_checkpoint_of_its_own_is_held_against_it_too() -> None:
    written = bundle(log_of(EARLIER))
    del written.members["checkpoint"]
    found = codes(held_against(written, kept(written, WHOLE)))
    assert found == ["log.shorter", "checkpoint.none"]


# -- proofs of growth


def test_a_proof_of_growth_leads_from_each_size_to_each_and_no_other_does() -> None:
    leaves = [sha256(bytes([n])) for n in range(34)]
    for newer in range(2, 35):
        for older in range(1, newer):
            path = tree_growth(older, leaves[:newer])
            root, before = tree_root(leaves[:newer]), tree_root(leaves[:older])
            assert grew(before, older, newer, path) == root
            assert grew(bytes(32), older, newer, path) != root
            for wrong in (path[1:], path[:-1], [*path, bytes(32)]):
                assert grew(before, older, newer, wrong) != root
    for older, newer in pairwise((0, 5, 5, 3)):
        assert grew(tree_root(leaves[:older]), older, newer, []) is None
