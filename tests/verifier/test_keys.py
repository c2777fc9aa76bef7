"""Handovers, revocations and epochs: what holds, what is told, and what is forged."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from engine import verifier
from engine.verifier import Report, epoch_of, printed, verify
from tests.verifier.bundles import (
    ORIGIN,
    Entry,
    Log,
    Signer,
    bundle,
    checkpoint,
    quiet,
    tree_root,
    zipped,
)
from tests.verifier.key_acts import (
    E2,
    act,
    begun,
    handover,
    policy_of,
    report_of,
    restored,
    revoke,
    scopes,
    seal,
)


def codes(report: Report) -> list[str]:
    return [one.code for one in report.defects]


def told(report: Report) -> list[str]:
    return [one.code for one in report.told]


# -- handovers


@pytest.mark.parametrize("scope", [0, 1])
@pytest.mark.parametrize("names", ["old", "new", "both"])
def test_a_handover_is_followed_and_told(scope: int, names: str) -> None:
    log, old, new = begun()
    at = act(log, "rekeyed", handover(old, new, len(log.lines)))
    seal(log)
    trusted = {"old": [old], "new": [new], "both": [old, new]}[names]
    report = report_of(log, new, policy_of(*trusted), scopes(log)[scope])
    assert (report.exit, codes(report), told(report)) == (0, [], ["key.handed"])
    for language in ("zh", "en"):
        said = printed(report, language)
        assert old.id.hex() in said
        assert new.id.hex() in said
        assert str(at) in said
    assert report.covered.signers == (ORIGIN,)


def test_handovers_are_followed_one_after_another() -> None:
    log, first, second = begun()
    third = Signer(ORIGIN, 1)
    act(log, "rekeyed", handover(first, second, len(log.lines)))
    seal(log)
    act(log, "rekeyed", handover(second, third, len(log.lines)))
    seal(log)
    report = report_of(log, third, policy_of(first))
    assert (report.exit, told(report)) == (0, ["key.handed", "key.handed"])


def test_a_key_that_has_handed_over_signs_nothing_larger() -> None:
    log, old, new = begun()
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    seal(log)
    report = report_of(log, old, policy_of(old))
    assert codes(report) == ["checkpoint.key"]
    assert [one.code for one in report.undecided] == ["signature.none"]


def test_a_key_to_which_a_stranger_handed_over_is_not_believed() -> None:
    log, old, new = begun()
    stranger = Signer(ORIGIN, 1)
    act(log, "rekeyed", handover(stranger, new, len(log.lines)))
    seal(log)
    report = report_of(log, new, policy_of(old))
    assert (report.exit, codes(report)) == (2, [])
    assert [one.code for one in report.undecided] == ["signature.none"]


def forged_by_new(data: Entry, _: Signer, new: Signer) -> Entry:
    """Who has only the new key signs for the old one with it."""
    return {**data, "signed_old": data["signed_new"]}


FORGED: dict[str, Callable[[Entry, Signer, Signer], Entry]] = {
    "the old key's signature is the new one's": forged_by_new,
    "the new key never agreed": lambda d, o, n: {**d, "signed_new": d["signed_old"]},
    "of another place": lambda d, o, n: handover(o, n, d["size"] + 1),
    "signed for another place": lambda d, o, n: {
        **handover(o, n, d["size"] + 1),
        "size": d["size"],
    },
    "of another log": lambda d, o, n: handover(o, n, d["size"], "else.example/log"),
    "of another epoch": lambda d, o, n: handover(o, n, d["size"], E2),
    "another key slipped in": lambda d, o, n: {**d, "new": Signer(ORIGIN, 1).vkey},
    "to itself": lambda d, o, n: handover(o, o, d["size"]),
    "to a key of another name": lambda d, o, n: handover(
        o, Signer("else.example/log", 1), d["size"]
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_handover_is_a_defect_and_makes_no_key_known(name: str) -> None:
    log, old, new = begun()
    at = len(log.lines)
    act(log, "rekeyed", FORGED[name](handover(old, new, at), old, new))
    seal(log)
    report = report_of(log, new, policy_of(old))
    assert [(d.code, d.where.position) for d in report.defects] == [
        ("key.handover", at)
    ]
    assert report.covered.signers == ()
    assert told(report) == []


def test_a_key_hands_over_once() -> None:
    log, old, new = begun()
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    again = act(log, "rekeyed", handover(old, Signer(ORIGIN, 1), len(log.lines)))
    seal(log)
    report = report_of(log, new, policy_of(old))
    assert [(d.code, d.where.position) for d in report.defects] == [
        ("key.handover", again)
    ]


# -- what is held back


def test_an_entry_about_keys_that_is_held_back_is_missed() -> None:
    log, old, new = begun()
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    seal(log)
    scope = scopes(log)[1]
    written = bundle(log, scope)  # without them
    size, root = len(log.lines), tree_root(log.leaves())
    written.members["checkpoint"] = checkpoint(size, root, new)
    report = verify(io.BytesIO(zipped(written.members)), policy_of(new))
    assert codes(report) == ["log.keys"]


@pytest.mark.parametrize("keys", [{"keys": 3}, {"keys": None}, {"other": 1}])
def test_a_seal_that_names_another_entry_about_keys_is_told(keys: Entry) -> None:
    log, old, new = begun()
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    seal(log, **keys)
    assert codes(report_of(log, new, policy_of(old))) == ["log.keys"]


def test_an_entry_about_keys_that_names_another_before_it_is_told() -> None:
    log, old, new = begun()
    said = handover(old, new, len(log.lines))
    log.add("~log", "rekeyed", {**said, "before": 4})
    seal(log)
    assert codes(report_of(log, new, policy_of(old))) == ["log.keys"]


# -- revocations


def test_a_revoked_key_is_not_believed_beyond_its_size() -> None:
    log, old, new = begun()
    revoke(log, old, new, reason="钥匙丢了")
    seal(log)
    report = report_of(log, old, policy_of(old, new))
    assert (codes(report), told(report)) == (["checkpoint.key"], ["key.ended"])
    good = report_of(log, new, policy_of(new))
    assert (good.exit, told(good)) == (0, ["key.ended"])
    for language in ("zh", "en"):
        said = printed(good, language)
        for word in ("钥匙丢了", "甲, 乙", old.id.hex(), new.id.hex()):
            assert word in said


@pytest.mark.parametrize("signs", ["old", "new"])
def test_a_revocation_by_a_key_that_nobody_knows_is_doubted(signs: str) -> None:
    log, old, new = begun()
    at = revoke(log, old, new)
    seal(log)
    signer = {"old": old, "new": new}[signs]
    report = report_of(log, signer, policy_of(old))
    assert (report.exit, codes(report), told(report)) == (2, [], ["key.doubted"])
    open_ = [one.code for one in report.undecided]
    assert open_ == ["signature.none", "key.doubted"]
    assert report.covered.signers == ()
    for language in ("zh", "en"):
        said = printed(report, language)
        for word in (str(at), old.id.hex(), new.id.hex()):
            assert word in said


def test_a_doubted_revocation_keeps_no_other_known_key_from_counting() -> None:
    log, old, new = begun()
    revoke(log, old, Signer(ORIGIN, 1))
    seal(log)
    report = report_of(log, new, policy_of(old, new))
    assert (report.exit, told(report)) == (0, ["key.doubted"])


def test_who_stole_a_key_does_not_revoke_with_it_the_one_that_went_on() -> None:
    log, stolen, new = begun()
    revoke(log, stolen, new)
    revoke(log, new, Signer(ORIGIN, 1), after=0)
    seal(log)
    report = report_of(log, stolen, policy_of(stolen, new))
    assert codes(report) == ["checkpoint.key"]
    assert told(report) == ["key.ended", "key.doubted"]
    # what the stranger wrote is told, and keeps the right key from being believed
    report = report_of(log, new, policy_of(stolen, new))
    assert (report.exit, codes(report)) == (2, [])


def by_old(log: Log, old: Signer, new: Signer) -> int:
    return revoke(log, old, new, signer=old)


def altered(log: Log, old: Signer, new: Signer, **keys: Any) -> int:
    """Signed as it was, and then written otherwise."""
    at = len(log.lines)
    log.spoil[at] = lambda entry: entry["data"].update(keys)
    return revoke(log, old, new)


UNTRUE: dict[str, Callable[[Log, Signer, Signer], int]] = {
    "signed by the old key": by_old,
    "signed by a stranger": lambda g, o, n: revoke(g, o, n, signer=Signer(ORIGIN, 1)),
    "another size": lambda g, o, n: altered(g, o, n, after=4),
    "another reason": lambda g, o, n: altered(g, o, n, reason="换人"),
    "other people": lambda g, o, n: altered(g, o, n, approvers=["甲", "丙"]),
    "a key more": lambda g, o, n: altered(g, o, n, lost=True),
    "another key slipped in": lambda g, o, n: altered(
        g, o, n, key=Signer(ORIGIN, 1).vkey
    ),
    "of another place": lambda g, o, n: revoke(g, o, n, size=len(g.lines) + 1),
    "of another epoch": lambda g, o, n: revoke(g, o, n, origin=E2),
    "of itself": lambda g, o, n: revoke(g, n, n),
    "of a key of another name": lambda g, o, n: revoke(
        g, Signer("else.example/log", 1), n
    ),
    "of what is to come": lambda g, o, n: revoke(g, o, n, after=99),
}


@pytest.mark.parametrize("name", UNTRUE)
def test_an_untrue_revocation_is_a_defect_and_ends_no_key(name: str) -> None:
    log, old, new = begun()
    at = UNTRUE[name](log, old, new)
    seal(log)
    report = report_of(log, old, policy_of(old, new))
    assert [(d.code, d.where.position) for d in report.defects] == [("key.revoked", at)]
    assert report.covered.signers == (ORIGIN,)
    assert told(report) == []


@pytest.mark.parametrize("key", ["signed", "new", "approvers", "origin", "size"])
def test_a_revocation_without_what_it_must_say_has_no_form(key: str) -> None:
    log, old, new = begun()
    log.spoil[len(log.lines)] = lambda entry: entry["data"].pop(key)
    revoke(log, old, new)
    seal(log)
    report = report_of(log, new, policy_of(new))
    assert codes(report) == ["entry.form"]


def test_a_key_that_has_handed_over_or_was_revoked_revokes_nothing() -> None:
    log, old, new = begun()
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    second = revoke(log, new, old)
    seal(log)
    report = report_of(log, new, policy_of(old))
    assert [(d.code, d.where.position) for d in report.defects] == [
        ("key.revoked", second)
    ]


def test_what_a_revoked_key_handed_over_later_is_not_believed() -> None:
    log, old, new = begun()
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    revoke(log, old, new)
    seal(log)
    # what signed the revocation is known by nothing but what it takes away
    report = report_of(log, new, policy_of(old))
    assert (report.covered.signers, told(report)[1:]) == ((), ["key.doubted"])
    good = report_of(log, new, policy_of(new))
    assert (good.exit, told(good)) == (0, ["key.handed", "key.ended"])


def test_a_revoked_key_hands_nothing_over() -> None:
    log, old, new = begun()
    revoke(log, old, new)
    act(log, "rekeyed", handover(old, new, len(log.lines)))
    seal(log)
    assert codes(report_of(log, new, policy_of(new))) == ["key.handover"]


# -- epochs


@pytest.mark.parametrize("scope", [0, 1])
def test_a_restore_is_told_with_what_is_lost(scope: int) -> None:
    log, key, _ = begun()
    act(log, "restored", restored(log, key))
    seal(log)
    report = report_of(log, key, policy_of(key), scopes(log)[scope], E2)
    assert (report.exit, codes(report), told(report)) == (0, [], ["epoch.begun"])
    assert report.covered.signers == (ORIGIN,)
    zh, en = printed(report), printed(report, "en")
    assert "第 4 条至第 40 条已丢失或被替换" in zh
    assert "磁盘坏了" in zh
    assert "of which 4 to 40 are lost or replaced" in en
    assert "signed by a known key" in en


@pytest.mark.parametrize("scope", [0, 1])
@pytest.mark.parametrize("who", ["old", "new", "both"])
def test_who_signed_before_a_restore_is_known_though_he_has_handed_over_since(
    scope: int, who: str
) -> None:
    """The sizes of the lost epoch are beyond the position of the later handover."""
    log, old, new = begun()
    act(log, "restored", restored(log, old))
    act(log, "rekeyed", handover(old, new, len(log.lines), E2))
    seal(log)
    policy = policy_of(*{"old": (old,), "new": (new,), "both": (old, new)}[who])
    report = report_of(log, new, policy, scopes(log)[scope], E2)
    assert (report.exit, codes(report)) == (0, [])
    is_known = who != "new"
    assert ("signed by a known key" in report.told[0].en) is is_known


def test_what_the_next_key_signed_of_an_epoch_before_its_time_is_not_believed() -> None:
    log, old, new = begun()
    act(log, "restored", restored(log, new))
    act(log, "rekeyed", handover(old, new, len(log.lines), E2))
    seal(log)
    report = report_of(log, new, policy_of(old), origin=E2)
    assert "No key that the policy knows" in report.told[0].en


def test_a_key_that_was_stolen_signed_nothing_of_before_either() -> None:
    log, old, new = begun()
    act(log, "restored", restored(log, old))
    revoke(log, old, new, after=12, origin=E2)
    seal(log)
    report = report_of(log, new, policy_of(old, new), origin=E2)
    assert (report.exit, codes(report)) == (0, [])
    assert "No key that the policy knows" in report.told[0].en


def test_a_checkpoint_of_then_that_nobody_known_signed_is_told_as_such() -> None:
    log, key, other = begun()
    act(log, "restored", restored(log, other))
    seal(log)
    report = report_of(log, key, policy_of(key), origin=E2)
    assert report.exit == 0
    assert "No key that the policy knows" in report.told[0].en


def test_an_epoch_after_one_of_which_nothing_is_left_is_right() -> None:
    log, key, _ = begun()
    note = checkpoint(40, bytes(32), key, origin=E2).decode()
    e3 = f"{ORIGIN}/e3"
    act(log, "restored", restored(log, key, checkpoint=note, origin=e3))
    seal(log)
    assert report_of(log, key, policy_of(key), origin=e3).exit == 0


def test_keys_go_on_in_a_new_epoch() -> None:
    log, old, new = begun()
    act(log, "restored", restored(log, old))
    act(log, "rekeyed", handover(old, new, len(log.lines), E2))
    seal(log)
    report = report_of(log, new, policy_of(old), origin=E2)
    assert (report.exit, told(report)) == (0, ["epoch.begun", "key.handed"])


@pytest.mark.parametrize("key", ["checkpoint", "approvers", "reason", "kept", "origin"])
def test_a_restore_without_what_it_must_say_is_told(key: str) -> None:
    log, signer, _ = begun()
    said = restored(log, signer)
    del said[key]
    act(log, "restored", said)
    seal(log)
    assert "entry.form" in codes(report_of(log, signer, policy_of(signer), origin=E2))


@pytest.mark.parametrize(
    "approvers",
    [["甲"], ["甲", "甲"], ["Amy", "amy "], ["\uff21", "A"], ["甲", ""], "甲乙"],
)
def test_one_person_does_not_approve_twice(approvers: Any) -> None:
    log, key, _ = begun()
    act(log, "restored", restored(log, key, approvers=approvers))
    seal(log)
    assert "entry.form" in codes(report_of(log, key, policy_of(key), origin=E2))


WRONG: dict[str, Entry] = {
    "no next epoch": {"origin": f"{ORIGIN}/e3"},
    "the same epoch": {"origin": ORIGIN},
    "another log": {"origin": "else.example/log/e2"},
    "another place": {"size": 5},
    "more than there was": {"kept": 40},
    "more than is here": {"kept": 13, "size": 12},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_restore_that_cannot_have_been_is_told(name: str) -> None:
    log, key, _ = begun()
    act(log, "restored", restored(log, key, **WRONG[name]))
    seal(log)
    assert "epoch.restored" in codes(report_of(log, key, policy_of(key), origin=E2))


def test_a_signature_under_the_checkpoint_of_then_that_is_false_is_told() -> None:
    log, key, other = begun()
    note = checkpoint(40, bytes(32), key).decode()
    forged = note.replace("\n40\n", "\n41\n")
    act(log, "restored", restored(log, key, checkpoint=forged))
    seal(log)
    assert codes(report_of(log, key, policy_of(key), origin=E2)) == ["epoch.restored"]
    assert report_of(log, other, policy_of(other), origin=E2).exit == 0


def test_an_epoch_that_no_entry_begins_is_told() -> None:
    log, key, _ = begun()
    seal(log)
    report = report_of(log, key, policy_of(key), origin=E2)
    assert codes(report) == ["checkpoint.origin"]


def test_a_log_that_was_restored_is_not_signed_as_if_it_had_not_been() -> None:
    log, key, _ = begun()
    act(log, "restored", restored(log, key))
    seal(log)
    assert codes(report_of(log, key, policy_of(key))) == ["checkpoint.origin"]


@pytest.mark.parametrize("origin", [f"{ORIGIN}/e1", f"{ORIGIN}/e02", f"{ORIGIN}/f2"])
def test_what_is_no_origin_of_an_epoch_has_no_key(origin: str) -> None:
    log, key, _ = begun()
    seal(log)
    assert report_of(log, key, policy_of(key), origin=origin).exit == 2


# -- limits


def test_entries_about_keys_are_bounded() -> None:
    log, old, new = begun()
    last = revoke(log, old, new)
    for _ in range(1_000):
        last = revoke(log, old, new, before=last)
    revoke(log, old, new, before=last, reason="x" * 20_000)
    report = report_of(log, new, policy_of(new))
    assert {"bundle.form", "entry.form"} <= set(codes(report))
    assert len(report.told) == 1_000


@pytest.mark.parametrize(("most", "is_told"), [(2, False), (1, True)])
def test_beyond_so_many_entries_about_keys_none_counts(
    most: int, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    monkeypatch.setattr(verifier, "ACTS_MAX", most)
    log, first, second = begun()
    third = Signer(ORIGIN, 1)
    act(log, "rekeyed", handover(first, second, len(log.lines)))
    act(log, "rekeyed", handover(second, third, len(log.lines)))
    seal(log)
    report = report_of(log, third, policy_of(first))
    assert codes(report) == ["bundle.form"] * is_told
    assert told(report) == ["key.handed"] * most
    assert bool(report.covered.signers) is not is_told


@pytest.mark.parametrize("checkpoint", ["x", 5, None, "x" * 65_537])
def test_a_restore_whose_checkpoint_is_none_is_told(checkpoint: Any) -> None:
    log, key, _ = begun()
    act(log, "restored", restored(log, key, checkpoint=checkpoint))
    seal(log)
    assert "entry.form" in codes(report_of(log, key, policy_of(key), origin=E2))


def test_a_log_is_of_its_last_epoch() -> None:
    log, key, _ = begun()
    act(log, "restored", restored(log, key))
    note = checkpoint(40, bytes(32), key, origin=E2).decode()
    e3 = f"{ORIGIN}/e3"
    act(log, "restored", restored(log, key, checkpoint=note, origin=e3))
    seal(log)
    assert report_of(log, key, policy_of(key), origin=e3).exit == 0
    assert "checkpoint.origin" in codes(report_of(log, key, policy_of(key), origin=E2))


def test_a_name_that_ends_in_e1_is_a_name_like_any_other() -> None:
    """Epochs are written from 2 on: the second one of this log is …/e1/e2."""
    name = f"{ORIGIN}/e1"
    log, key = quiet(), Signer(name, 1)
    note = checkpoint(40, bytes(32), key, origin=name).decode()
    second = f"{name}/e2"
    act(log, "restored", restored(log, key, checkpoint=note, origin=second))
    seal(log)
    report = report_of(log, key, policy_of(key), origin=second)
    assert (report.exit, report.covered.signers) == (0, (name,))


@pytest.mark.parametrize(
    ("origin", "epoch"),
    [
        ("a", 1),
        ("a/e2", 2),
        ("a/e10", 10),
        ("a/e999999999", 999_999_999),
        ("a/e1", None),
        ("a/e0", None),
        ("a/e02", None),
        ("a/e1000000000", None),
        ("a/e\u0662", None),
        ("a/e2/e2", None),
        ("b/e2", None),
        ("ab", None),
        ("a/e2\n", None),
    ],
)
def test_an_epoch_is_the_name_and_its_number(origin: str, epoch: int | None) -> None:
    assert epoch_of(origin, "a") == epoch
