"""Who changes a history that others check: every attack, from every hand, anywhere.

Rows are attacks. Columns are who attacks: A edits rows; B makes every hash anew and has
no key; X signs with a key of his own; C holds the office's key, and somebody outside
has kept one earlier checkpoint. Nothing may pass as whole.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import pytest

from engine.audit.exports.bundle import write
from engine.testing import CAMPAIGN, campaign
from engine.verifier import Report, verify
from tests.verifier.bundles import (
    FILES,
    ORIGIN,
    PLAN,
    Log,
    Signer,
    bundle,
    by_key,
    canonical,
    checkpoint,
    growth,
    leaf_hash,
    sha256,
    story,
    tree_root,
    trie_root,
    zipped,
)

Entry: TypeAlias = dict[str, Any]
Attack: TypeAlias = Callable[[random.Random, list[Entry]], int]
"""Changes entries; the first position that is another then."""

SHORT, LONG, OF_THE_OFFICE = 25, 1_000, 6


@dataclass(frozen=True)
class History:
    """Entries as they were written, and the contents that they name."""

    lines: tuple[bytes, ...]
    blobs: tuple[bytes, ...]

    def entries(self) -> list[Entry]:
        return [json.loads(line) for line in self.lines]


@lru_cache(maxsize=50)
def told(seed: int) -> History:
    log = story(seed, length=25)
    return History(tuple(log.lines), (PLAN, *FILES))


@lru_cache(maxsize=1)
def of_the_office() -> History:
    """A real one: its first weeks."""
    from datetime import UTC, datetime
    from zipfile import ZipFile

    service = campaign("memory://", until="2009-04-20 17:30")
    out = io.BytesIO()
    write(service.journal, out, None, now=datetime(2009, 6, 1, tzinfo=UTC))
    with ZipFile(out) as archive:
        lines = archive.read("entries").splitlines()
        blobs = [archive.read(n) for n in archive.namelist() if "/" in n]
    return History(tuple(line.partition(b" ")[2] for line in lines), tuple(blobs))


def rebuilt(entries: list[Entry]) -> Log:
    """The history with every number, link, root and seal made anew."""
    log = Log()
    for entry in entries:
        name = entry["instance"]
        seq, prev = log.heads.get(name, (0, bytes(32)))
        entry |= {"seq": seq + 1, "prev": prev.hex()}
        if entry["type"] == "sealed":
            heads = {n: head for n, head in log.heads.items() if n != "~log"}
            root = trie_root(by_key(heads)).hex()
            entry["data"] |= {"size": len(log.lines), "root": root}
        line = canonical(entry)
        log.lines.append(line)
        log.heads[name] = seq + 1, leaf_hash(line)
    return log


def as_was(history: History) -> Log:
    log = Log(lines=list(history.lines))
    for line in log.lines:
        entry = json.loads(line)
        log.heads[entry["instance"]] = entry["seq"], leaf_hash(line)
    return log


@dataclass
class Case:
    """A bundle of the whole log or of some instances, and whoever reads it."""

    history: History
    draw: random.Random
    is_log: bool

    def __post_init__(self) -> None:
        self.office, self.thief = Signer(ORIGIN, 1), Signer(ORIGIN, 1)
        self.witness = Signer("audit.example/w1", 4)
        self.policy = f"log {self.office.vkey}\nquorum none\n"
        names = sorted({e["instance"] for e in self.history.entries()} - {"~log"})
        few = sorted(self.draw.sample(names, self.draw.randint(1, len(names))))
        self.scope: Any = "log" if self.is_log else few

    def members(self, log: Log, *signers: Signer, since: int = 0) -> dict[str, bytes]:
        scope = self.scope
        if not self.is_log:  # an instance may be gone
            scope = [name for name in self.scope if name in log.heads]
        made = bundle(log, scope).members
        for name in [name for name in made if "/" in name]:
            del made[name]
        for blob in self.history.blobs:
            digest = sha256(blob).hex()
            if f'"plan":"{digest}"'.encode() in made["entries"]:
                made[f"plans/{digest}"] = blob
            if f'"sha256":"{digest}"'.encode() in made["entries"]:
                made[f"files/{digest}"] = blob
        del made["checkpoint"]
        if signers:
            root = tree_root(log.leaves())
            made["checkpoint"] = checkpoint(len(log.lines), root, *signers)
        if not self.is_log and 0 < since < len(log.lines):
            made["proofs"] += growth(log, (since,))
        return made

    def honest(self) -> dict[str, bytes]:
        return self.members(as_was(self.history), self.office)

    def kept(self, size: int) -> bytes:
        leaves = as_was(self.history).leaves()[:size]
        return checkpoint(size, tree_root(leaves), self.office)

    def report(self, members: dict[str, bytes], kept: bytes | None = None) -> Report:
        return verify(io.BytesIO(zipped(members)), self.policy, kept=kept)


# -- the attacks


def edited(draw: random.Random, entries: list[Entry]) -> int:
    at = draw.randrange(len(entries))
    entry = entries[at]
    changes: list[Callable[[], object]] = [
        lambda: entry.update(recorded="2009-04-11T01:00:00.5Z"[:19] + ".500000Z"),
        lambda: entry.update(actor=f"{entry.get('actor', '')}乙"),
        lambda: entry.update(command="forged"),
        lambda: entry["data"].update(more=[1]),
    ]
    draw.choice(changes)()
    return at


def deleted(draw: random.Random, entries: list[Entry]) -> int:
    at = draw.randrange(len(entries))
    del entries[at]
    return at


def inserted(draw: random.Random, entries: list[Entry]) -> int:
    whose = draw.choice([e for e in entries if e["instance"] != "~log"])
    at = draw.randint(entries.index(whose) + 1, len(entries) - 1)
    keys = ("v", "instance", "at", "recorded", "plan", "simulated")
    said = {key: whose[key] for key in keys if key in whose}
    more = {"type": "signalled", "data": {"name": "forged"}, "seq": 1, "prev": "0" * 64}
    entries.insert(at, {**said, **more})
    return at


def reordered(draw: random.Random, entries: list[Entry]) -> int:
    at = draw.randrange(len(entries) - 1)
    other = draw.randrange(at + 1, len(entries))
    entries[at], entries[other] = entries[other], entries[at]
    return at


def truncated(draw: random.Random, entries: list[Entry]) -> int:
    """At a seal, where a log can end."""
    seals = [n for n, e in enumerate(entries, 1) if e["type"] == "sealed"]
    at = draw.choice(seals[:-1] or [len(entries) - 1])
    del entries[at:]
    return at


def digest_swapped(draw: random.Random, entries: list[Entry]) -> int:
    """An entry names another file, which is there."""
    named = [n for n, e in enumerate(entries) if '"sha256"' in json.dumps(e)]
    if not named:
        return edited(draw, entries)
    at = draw.choice(named)
    text = json.dumps(entries[at])
    first = text.index('"sha256": "') + 11
    old = text[first : first + 64]
    entries[at] = json.loads(text.replace(old, sha256(b"forged").hex()))
    return at


def gate_forged(draw: random.Random, entries: list[Entry]) -> int:
    """A verdict that does not follow; all else is made to fit."""
    decided = [
        n
        for n, e in enumerate(entries)
        if e["type"] == "moved" and any(len(c) > 2 for c in e["data"]["why"]["gate"])
    ]
    if not decided:
        return edited(draw, entries)
    at = draw.choice(decided)
    gate = entries[at]["data"]["why"]["gate"]
    clause = draw.choice([c for c in gate if len(c) > 2])
    clause[1] = draw.choice([v for v in (True, False, None) if v is not clause[1]])
    return at


ATTACKS: dict[str, Attack] = {
    "edited": edited,
    "deleted": deleted,
    "inserted": inserted,
    "reordered": reordered,
    "truncated": truncated,
    "digest swapped": digest_swapped,
    "gate forged": gate_forged,
}
SCOPES = ["log", "instances"]


def cases(count: int, word: str, *, is_log: bool) -> list[Case]:
    draw = random.Random(word)
    of_stories = [
        Case(told(draw.randrange(40)), random.Random(f"{word} {n}"), is_log)
        for n in range(count)
    ]
    of_offices = [
        Case(of_the_office(), random.Random(f"{word} office {n}"), is_log)
        for n in range(max(1, count * OF_THE_OFFICE // 100))
    ]
    return of_stories + of_offices


def codes(report: Report) -> set[str]:
    return {d.code for d in report.defects}


def said(case: Case, attack: str, report: Report) -> str:
    """For whoever reads that an attack was not told."""
    found = sorted(codes(report)), [one.code for one in report.undecided]
    return f"{attack} {case.scope} {found}"


# -- what each hand comes to


def a_edits_rows(case: Case, attack: str) -> None:
    """Nothing is made anew; of instances he takes the proofs of what he left out."""
    good, entries = case.honest(), case.history.entries()
    for position, entry in enumerate(entries):
        entry["position"] = position
    if not case.is_log:
        shown = {int(line.split(b" ")[0]) for line in good["entries"].splitlines()}
        entries = [e for e in entries if e["position"] in shown]
    ATTACKS[attack](case.draw, entries)
    lines, left = [], set()
    for number, entry in enumerate(entries):
        at = entry.pop("position", None)
        left.add(at)
        at = number if case.is_log else (0 if at is None else at)
        lines.append(b"%d %s\n" % (at, canonical(entry)))
    bad = {**good, "entries": b"".join(lines)}
    if not case.is_log and case.draw.random() < 0.5:
        kept = [
            line
            for line in good["proofs"].splitlines(keepends=True)
            if json.loads(line).get("position", None) in left | {None}
        ]
        bad["proofs"] = b"".join(kept)
    if bad["entries"] == good["entries"]:
        return
    report = case.report(bad)
    assert report.exit == 1, said(case, attack, report)
    expected = {"log.root", "log.size", "log.position", "log.proof", "seal.proof"}
    expected |= {"seal.missing", "entry.seq", "entry.prev"}
    assert codes(report) & expected, said(case, attack, report)


def remade(case: Case, attack: str) -> tuple[Log, int]:
    """The history, and the first position at which it is another."""
    entries = case.history.entries()
    at = ATTACKS[attack](case.draw, entries)
    log = rebuilt(entries)
    # of two seals in a row the second is the first when that is gone
    was = case.history.lines
    while log.lines[at : at + 1] == list(was[at : at + 1]) and at < len(was) - 1:
        at += 1
    return log, at


def is_the_same(case: Case, log: Log) -> bool:
    return tuple(log.lines) == case.history.lines


def b_has_no_key(case: Case, attack: str) -> None:
    """He leaves the checkpoint that was, with or without its own size; or none."""
    log, _ = remade(case, attack)
    if is_the_same(case, log):
        return
    good, bad = case.honest(), case.members(log)
    report = case.report({**bad, "checkpoint": good["checkpoint"]})
    assert report.exit == 1, said(case, attack, report)
    assert "checkpoint.form" in codes(report)
    head = {**json.loads(good["bundle.json"])}
    head["scope"] = json.loads(bad["bundle.json"])["scope"]
    old = {**bad, "checkpoint": good["checkpoint"], "bundle.json": canonical(head)}
    report = case.report(old)
    assert report.exit == 1, said(case, attack, report)
    report = case.report(bad)
    assert report.exit in {1, 2}, said(case, attack, report)
    assert "checkpoint.none" in {one.code for one in report.undecided}


def x_signs_himself(case: Case, attack: str) -> None:
    log, _ = remade(case, attack)
    report = case.report(case.members(log, case.thief))
    assert report.exit in {1, 2}, said(case, attack, report)
    assert "signature.none" in {one.code for one in report.undecided}
    assert report.covered.signers == ()


def c_holds_the_key(case: Case, attack: str) -> None:
    """Somebody kept a checkpoint that reaches beyond what was changed."""
    log, at = remade(case, attack)
    if is_the_same(case, log):
        return
    kept = case.draw.randint(at + 1, len(case.history.lines))
    members = case.members(log, case.office, since=kept)
    report = case.report(members, case.kept(kept))
    assert report.exit == 1, said(case, attack, report)
    assert codes(report) & {"log.forked", "log.shorter"}, said(case, attack, report)
    if attack == "truncated":
        assert "log.shorter" in codes(report)


HANDS = [a_edits_rows, b_has_no_key, x_signs_himself, c_holds_the_key]


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_was_changed_passes_as_whole(
    attack: str, scope: str, hand: Callable[[Case, str], None]
) -> None:
    word = f"{attack} {scope} {hand.__name__}"
    for case in cases(SHORT, word, is_log=scope == "log"):
        hand(case, attack)


@pytest.mark.slow
@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_passes_in_a_thousand_places(
    attack: str, scope: str, hand: Callable[[Case, str], None]
) -> None:
    word = f"long {attack} {scope} {hand.__name__}"
    for case in cases(LONG, word, is_log=scope == "log"):
        hand(case, attack)


@pytest.mark.parametrize("scope", SCOPES)
def test_the_same_histories_unchanged_are_whole(scope: str) -> None:
    for case in cases(SHORT, f"honest {scope}", is_log=scope == "log"):
        size = case.draw.randint(0, len(case.history.lines))
        log = as_was(case.history)
        assert is_the_same(case, rebuilt(case.history.entries()))
        members = case.members(log, case.office, since=size)
        report = case.report(members, case.kept(size))
        assert (report.exit, report.defects) == (0, ()), said(case, "none", report)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_forged_verdict_is_told_though_the_office_itself_forged_it(
    scope: str,
) -> None:
    """No checkpoint is needed: it does not follow from the plan and the record."""
    found = 0
    for case in cases(SHORT, f"gates {scope}", is_log=scope == "log"):
        log, at = remade(case, "gate forged")
        entry = json.loads(log.lines[at])
        is_shown = case.is_log or entry["instance"] in case.scope
        if entry["type"] != "moved" or not is_shown:
            continue
        found += 1
        report = case.report(case.members(log, case.office))
        places = {d.where.position for d in report.defects if d.code[:5] == "gate."}
        assert report.exit == 1
        assert at in places, said(case, "gate forged", report)
    assert found > SHORT // 4


@pytest.mark.parametrize("kind", ["plans", "files"])
@pytest.mark.parametrize("scope", SCOPES)
def test_swapped_contents_are_told_by_their_digest(scope: str, kind: str) -> None:
    for case in cases(SHORT, f"{kind} {scope}", is_log=scope == "log"):
        members = case.honest()
        named = [name for name in members if name.startswith(kind)]
        if not named:
            continue
        name = case.draw.choice(named)
        other = bytearray(members[name] or b"x")
        other[case.draw.randrange(len(other))] ^= 1 << case.draw.randrange(8)
        report = case.report({**members, name: bytes(other)})
        assert report.exit == 1
        assert (f"{kind[:-1]}.digest", name) in {
            (d.code, d.where.member) for d in report.defects
        }
        renamed = {n: c for n, c in members.items() if n != name}
        renamed[f"{kind}/{sha256(bytes(other)).hex()}"] = bytes(other)
        report = case.report(renamed)
        assert {f"{kind[:-1]}.missing", "bundle.member"} <= codes(report)


def test_a_campaign_has_a_file_to_swap_and_a_gate_to_forge() -> None:
    text = b"".join(of_the_office().lines)
    assert b'"sha256"' in text
    assert CAMPAIGN.encode() in text
