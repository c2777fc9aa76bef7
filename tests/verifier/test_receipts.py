"""A receipt that is given to the verifier: kept, broken, or not to be told."""

from typing import Any

import pytest

from engine.verifier import Report, verify
from tests.verifier.bundles import (
    NAMES,
    ORIGIN,
    Signer,
    Written,
    bundle,
    quiet,
    receipt,
    tree_root,
)
from tests.verifier.key_acts import policy_of, revoke, seal


def report_of(content: bytes, written: Written) -> Report:
    return verify(written.verifiable(), written.policy, receipt=content)


@pytest.mark.parametrize("scope", ["log", [NAMES[1]]])
def test_an_entry_that_is_here_is_told_as_kept(scope: Any) -> None:
    written = bundle(quiet(), scope)
    for signer, word in ((written.signer, "by a known key"), (None, "no known key")):
        report = report_of(receipt(written.log, 5, signer), written)
        assert (report.exit, [one.code for one in report.told]) == (0, ["receipt.kept"])
        assert word in report.told[0].en


BROKEN = {
    "dropped": {"seq": 99, "position": 200},
    "altered": {"leaf": "0" * 64},
    "moved": {"position": 6},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_receipt_is_a_defect_that_says_how(name: str) -> None:
    written = bundle(quiet())
    report = report_of(receipt(written.log, 5, None, **BROKEN[name]), written)
    assert [one.code for one in report.defects] == ["receipt.broken"]
    assert {"dropped": "dropped", "altered": "altered", "moved": "position 5"}[
        name
    ] in report.defects[0].en


@pytest.mark.parametrize(
    ("scope", "said"),
    [("log", {"seq": 99, "by": "2010-01-01T00:00:00Z"}), ([NAMES[0]], {})],
)
def test_beyond_the_bundle_nothing_is_told(scope: Any, said: dict[str, Any]) -> None:
    written = bundle(quiet(), scope)
    report = report_of(receipt(written.log, 5, None, **said), written)
    assert (report.exit, [one.code for one in report.undecided]) == (
        2,
        ["receipt.open"],
    )


def test_a_forged_receipt_accuses_nobody() -> None:
    written = bundle(quiet())
    genuine = receipt(written.log, 5, written.signer)
    other = Signer(ORIGIN, 1)
    forged = genuine.replace(b'"seq":3', b'"seq":9')
    for content in (forged, b"", b"\xff", genuine + b"x", b"x" * 70_000):
        report = report_of(content, written)
        assert report.defects == ()
        assert [one.code for one in report.undecided] == ["receipt.form"]
    stranger = report_of(receipt(written.log, 5, other), written)
    assert "no known key" in stranger.told[0].en


def test_a_log_that_was_rewritten_around_the_entry_is_told() -> None:
    """The entry stands where it stood, and something before the receipt does not."""
    log = quiet()
    root = tree_root(log.leaves()[:10])
    place = {"position": 5, "size": 10, "root": root.hex(), "path": []}
    written = bundle(log)
    kept = report_of(receipt(log, 5, written.signer, **place), written)
    assert (kept.exit, [one.code for one in kept.told]) == (0, ["receipt.kept"])
    other = {**place, "root": tree_root(log.leaves()[:9]).hex()}
    report = report_of(receipt(log, 5, written.signer, **other), written)
    assert [one.code for one in report.defects] == ["receipt.broken"]
    assert "rewritten" in report.defects[0].en
    # of one instance nobody can tell, and nothing is claimed
    one = bundle(log, [NAMES[1]])
    report = report_of(receipt(log, 5, one.signer, **other), one)
    assert (report.exit, [one.code for one in report.told]) == (0, ["receipt.kept"])


@pytest.mark.parametrize(
    "place",
    [{"size": "10"}, {"size": 10}, {"size": 10, "root": 5}, {"size": -1, "root": "0"}],
)
def test_a_receipt_whose_place_is_none_is_in_no_form(place: dict[str, Any]) -> None:
    written = bundle(quiet())
    report = report_of(receipt(written.log, 5, written.signer, **place), written)
    assert [one.code for one in report.undecided] == ["receipt.form"]


def test_what_a_key_signed_beyond_where_it_counts_is_signed_by_nobody_known() -> None:
    log = quiet()
    old, new = Signer(ORIGIN, 1), Signer(ORIGIN, 1)
    revoke(log, old, new, after=8)
    seal(log)
    written = bundle(log)
    for size, word in ((8, "by a known key"), (9, "no known key")):
        root = tree_root(log.leaves()[:size]).hex()
        content = receipt(log, 5, old, size=size, root=root)
        report = verify(written.verifiable(), policy_of(old, new), receipt=content)
        assert word in report.told[-1].en
