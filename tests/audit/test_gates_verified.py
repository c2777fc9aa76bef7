"""Whoever forges what was decided is found, though every hash was made anew.

The whole campaign of the shipped scenario, forged at random places: once under the
verifier that has only the bundle, once decided again by the plan's own text.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from engine import verifier
from engine.audit.exports.bundle import nobody, write
from engine.audit.verifying.redeciding import Redeciding
from engine.core import events
from engine.core.instance import Instance
from engine.plan.graph import Plan
from engine.plan.library import from_bundle
from engine.testing import CAMPAIGN, campaign
from tests.verifier import bundles

Entry = dict[str, Any]
PLACES = 12
"""Random places for each sort of forgery; the long campaign takes a thousand."""


@dataclass
class History:
    entries: list[Entry]
    members: dict[str, bytes]
    plan: Plan

    def forged(self, place: int, change: Callable[[Entry], object]) -> Forged:
        """The same with one entry changed, and every hash made anew behind it."""
        log = bundles.Log()
        written: list[Entry] = []
        for number, kept in enumerate(self.entries):
            entry = json.loads(json.dumps(kept)) if number == place else dict(kept)
            if number == place:
                change(entry)
            seq, prev = log.heads.get(entry["instance"], (0, bytes(32)))
            entry["prev"] = prev.hex()
            if entry["type"] == "sealed":
                mine = {n: h for n, h in log.heads.items() if n != "~log"}
                root = bundles.trie_root(bundles.by_key(mine)).hex()
                entry["data"] = {**entry["data"], "root": root}
            line = bundles.canonical(entry)
            log.lines.append(line)
            log.heads[entry["instance"]] = seq + 1, bundles.leaf_hash(line)
            written.append(entry)
        return Forged(self, log, written, place)


@dataclass
class Forged:
    of: History
    log: bundles.Log
    entries: list[Entry]
    place: int

    def told(self) -> set[tuple[str, int | None]]:
        """Codes and positions, by the verifier that has only the bundle."""
        size = len(self.log.lines)
        lines = enumerate(self.log.lines)
        members = {
            **self.of.members,
            "bundle.json": bundles.canonical(
                bundles.head(size, bundles.tree_root(self.log.leaves()), "log")
            ),
            "entries": b"".join(b"%d %s\n" % one for one in lines),
        }
        zipped = bundles.zipped(members, zipfile.ZIP_STORED)
        report = verifier.verify(io.BytesIO(zipped))
        return {(one.code, one.where.position) for one in report.defects}

    def redecided(self) -> set[tuple[str, int]]:
        """Codes and entries, by the plan's own text."""
        plan = self.of.plan
        instance = Instance(id=CAMPAIGN, plan=plan.digest, simulated=True)
        return set(Redeciding(plan, instance).over(self.history()))

    def history(self) -> Iterator[tuple[events.Event, datetime]]:
        for one in self.entries:
            if one["instance"] == CAMPAIGN:
                event = events.read(
                    one["type"], one.get("node"), one.get("actor"), one["data"]
                )
                yield event, datetime.fromisoformat(one["at"])

    @property
    def seq(self) -> int:
        found: int = self.entries[self.place]["seq"]
        return found


@pytest.fixture(scope="module")
def history() -> History:
    out = io.BytesIO()
    with campaign("memory:").journal as journal:
        write(
            journal,
            out,
            None,
            now=datetime.fromisoformat("2026-01-05T00:00:00Z"),
            sign=nobody,
        )
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lines = members["entries"].splitlines()
    entries = [json.loads(line.split(b" ", 1)[1]) for line in lines]
    (plan,) = (members[name] for name in members if name.startswith("plans/"))
    return History(entries, members, from_bundle(plan))


def why(entry: Entry) -> Any:
    judged = entry["type"] in {"moved", "refused"}
    return entry["data"].get("why") if judged else None


def lines_of(gate: list[Any]) -> Iterator[list[Any]]:
    for line in gate:
        yield line
        yield from lines_of(line[2] if len(line) > 2 else [])


# -- the forgeries


def other_verdict(entry: Entry, draw: random.Random) -> None:
    line = draw.choice(list(lines_of(why(entry)["gate"])))
    line[1] = line[1] is not True


def other_fact(entry: Entry, draw: random.Random) -> None:
    known = [line for line in why(entry)["facts"] if line[0][:2] in {"n/", "f/", "e/"}]
    line = draw.choice(known)
    line[1], line[2] = ["nowhere", 9], max(line[2], 1)


def other_source(entry: Entry, draw: random.Random) -> None:
    known = [line for line in why(entry)["facts"] if line[0][:2] in {"n/", "f/", "e/"}]
    line = draw.choice(known)
    line[2] = line[2] - 1 if line[2] else 1


def clause_left_out(entry: Entry, draw: random.Random) -> None:
    gate = why(entry)["gate"]
    gate.pop(draw.randrange(len(gate)))


def clause_reworded(entry: Entry, draw: random.Random) -> None:
    line = draw.choice(list(lines_of(why(entry)["gate"])))
    line[0] = "true"


def move_refused(entry: Entry, _: random.Random) -> None:
    moved = entry["data"]
    entry["type"] = "refused"
    entry["data"] = {"move": moved["move"], "reasons": [], "why": moved["why"]}


def sent_elsewhere(entry: Entry, _: random.Random) -> None:
    entry["data"]["to"] = "nowhere"


def refusal_allowed(entry: Entry, _: random.Random) -> None:
    refused = entry["data"]
    entry["type"] = "moved"
    entry["data"] = {
        "move": refused["move"],
        "from": "open",
        "to": "open",
        "round": 1,
        "cause": "person",
        "right": {"role": "owner"},
        "why": refused["why"],
    }


def refusal_allowed_throughout(entry: Entry, draw: random.Random) -> None:
    refusal_allowed(entry, draw)
    for line in lines_of(why(entry)["gate"]):
        line[1] = True


def has_gate(entry: Entry) -> bool:
    return bool(why(entry) and why(entry)["gate"])


def has_fact(entry: Entry) -> bool:
    sorts = {line[0][:2] for line in why(entry)["facts"]} if why(entry) else set()
    return bool(sorts & {"n/", "f/", "e/"})


def is_moved(entry: Entry) -> bool:
    """Through an open gate: what a permit let through could have been refused."""
    moved = entry["type"] == "moved" and has_gate(entry)
    return moved and "permit" not in entry["data"]["why"]


def is_refused(entry: Entry) -> bool:
    return entry["type"] == "refused" and has_gate(entry)


Forgery = Callable[[Entry, random.Random], None]
FORGERIES: dict[Forgery, Callable[[Entry], bool]] = {
    other_verdict: is_moved,
    other_fact: has_fact,
    other_source: has_fact,
    clause_left_out: has_gate,
    clause_reworded: has_gate,
    move_refused: is_moved,
    sent_elsewhere: is_moved,
    refusal_allowed: is_refused,
    refusal_allowed_throughout: is_refused,
}


def forge(history: History, forgery: Forgery, count: int) -> None:
    draw = random.Random(forgery.__name__)
    fits = FORGERIES[forgery]
    places = [number for number, one in enumerate(history.entries) if fits(one)]
    for _ in range(count):
        place = draw.choice(places)
        forged = history.forged(place, lambda entry: forgery(entry, draw))
        told = {code for code, position in forged.told() if position == place}
        assert any(code.startswith("gate.") for code in told), (place, told)
        # a refusal keeps no inputs: what its gate read for them is not read again
        if history.entries[place]["type"] == "moved":
            assert any(seq == forged.seq for _, seq in forged.redecided()), place


def test_what_was_decided_follows_from_the_plan(history: History) -> None:
    honest = history.forged(0, lambda _: None)
    assert honest.told() == set()
    assert honest.redecided() == set()


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda one: one.__name__)
def test_a_forged_decision_is_found_at_its_place(
    history: History, forgery: Forgery
) -> None:
    forge(history, forgery, PLACES)


@pytest.mark.slow
@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda one: one.__name__)
def test_a_thousand_forged_decisions_are_found(
    history: History, forgery: Forgery
) -> None:
    forge(history, forgery, 1_000)


EFFECTS: dict[str, tuple[str, Callable[[Entry], object]]] = {
    "a right": ("audit.right", lambda data: data.update(right={"role": "plan.leader"})),
    "an effect more": (
        "audit.effects",
        lambda data: data.setdefault("did", []).append(["set", "plan", "x", 1]),
    ),
    "a round": ("audit.transition", lambda data: data.update(round=7)),
    "a permit": ("audit.no_permit", lambda data: data["why"].update(permit=1)),
    "a move": ("audit.no_move", lambda data: data.update(move="whim")),
}


@pytest.mark.parametrize("what", EFFECTS)
def test_what_else_a_move_claims_is_decided_again(history: History, what: str) -> None:
    code, change = EFFECTS[what]
    draw = random.Random(what)
    places = [
        number
        for number, one in enumerate(history.entries)
        if is_moved(one) and one["data"]["cause"] == "person"
    ]
    for place in draw.sample(places, PLACES):
        forged = history.forged(place, lambda entry: change(entry["data"]))
        assert (code, forged.seq) in forged.redecided()
