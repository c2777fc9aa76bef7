"""An instance: what a run of a plan knows, as a fold of its events.

Knowledge is facts: a key, a JSON value, and the entry it came from. A fact that is
not there has its default (a node waits in its initial state, in round 1), so a new
instance costs nothing, and an act changes a handful of facts however long the
history is. The map is persistent: a former instance stays what it was.

    n/<path>                       node: {"s": state, "r": round, "at": {state: [time,
                                   entry]}, "by": {move: [actor]}}
    f/<path>/<field>               a field that acts have set
    a/<path>/<round>/<move>        how often a move that stays was made
    a/<path>/<round>/<move>/#      how many parties made it
    a/<path>/<round>/<move>/<n>    the n-th of them
    w/<path>/<round>/<move>/<who>  how often that party made it
    t/<path>/<round>/<input>/<answer>   a tally: "+" the sum, "#" how many
    c/<path>                       keys of a container's members
    k/<path>/<move>                the last time of a recurring move that was dealt with
    r/<register>                   number of items
    d/<deliverable>                latest version; d/<deliverable>/<n> each
    m/<measure>/<person>           exact amount
    e/<name>                       an event that was recorded
    p/<path>/<round>/<move>        a permit to pass the gate once
    g/<party>                      rights it has handed on: {node: [to, until, entry]}
    h/<path>/<round>/<move>        on whose behalf others made it: [party]
    x/<path>                       outcome of the last action requested there
    q/<key>                        the node of a request that has no outcome yet
    o/<path>                       the clock of its due date: {"r": round, "since":
                                   stopped since or None, "held": working days}
    z/<entry>                      what that entry asked to be erased: {"by", "of",
                                   "basis", "commitments", "files",
                                   "approved": [[who, entry]]}; once it is, "erased"
    z/<digest>                     the entry that says that a value or file is gone
    b/<path>/<round>/<move>        a ballot box: {"casts": n, "opened": bool}
    s/<path>/<round>/<move>        what is in it (:mod:`engine.core.ballot_box`);
                                   the one fact that no history tells
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from engine.core.events import (
    Added,
    Counted,
    Erased,
    Erasure,
    Event,
    Missed,
    Moved,
    Reported,
    Signalled,
)
from engine.plan.values import canonical
from engine.ports import Json

KEPT_MAX: Final = 2**53
"""Whole numbers from here on are not the same in every reader of JSON."""
PERMITS: Final = "p"
"""There only if some permit was ever given: most instances never ask."""


class Fact(NamedTuple):
    """A value and the entry it came from."""

    value: Json
    seq: int


Facts = Map[str, Fact]
Change = tuple[str, Json]


class Instance(Struct, frozen=True, kw_only=True):
    """One run of a plan. ``revision`` is the number of its entries."""

    id: str
    plan: str
    simulated: bool = False
    revision: int = 0
    at: datetime | None = None
    facts: Facts = field(default_factory=Map)


def evolve(
    instance: Instance, event: Event, *, at: datetime
) -> tuple[Instance, tuple[Change, ...]]:
    """The instance after an event, and the facts that it changed.

    None takes a fact away.
    """
    seq = instance.revision + 1
    changes = tuple(_changes(instance.facts, event, at=at, seq=seq))
    facts = instance.facts
    if changes:
        with facts.mutate() as left:
            for key, value in changes:
                if value is not None:
                    left[key] = Fact(value, seq)
                else:
                    left.pop(key, None)
            facts = left.finish()
    after = Instance(
        id=instance.id,
        plan=instance.plan,
        simulated=instance.simulated,
        revision=seq,
        at=at,
        facts=facts,
    )
    return after, changes


def with_sealed(instance: Instance, boxes: Mapping[str, Json]) -> Instance:
    """The instance with ballot boxes as a decision left them; None takes one away.

    They are of no entry: which answer came last would be told by its number.
    """
    facts = instance.facts
    for key, box in boxes.items():
        if box is not None:
            facts = facts.set(key, Fact(box, 0))
        elif key in facts:
            facts = facts.delete(key)
    return replace(instance, facts=facts)


@lru_cache(maxsize=64)
def _written(at: datetime) -> str:
    """A moment as facts hold it: one act writes the same moment many times."""
    return str(canonical(at))


def _changes(facts: Facts, event: Event, *, at: datetime, seq: int) -> Iterator[Change]:
    match event:
        case Moved():
            return _moved(facts, event, at=at, seq=seq)
        case Added():
            return _added(event, at=at, seq=seq)
        case Missed():
            return iter(((f"k/{event.node}/{event.move}", event.last),))
        case Signalled():
            given = {"at": event.occurred or _written(at)}
            return iter(((f"e/{event.name}", given),))
        case Counted():
            return _counted(facts, event)
        case Reported():
            outcome = (f"x/{event.node}", event.outcome)
            return iter((outcome, (f"q/{event.key}", None)))
    return _besides(facts, event, seq=seq)


def _besides(facts: Facts, event: Event, *, seq: int) -> Iterator[Change]:
    """What is no work under the plan; that it began, or was refused, is no fact."""
    match event:
        case Erasure():
            return _erasure(facts, event, seq=seq)
        case Erased():
            return _erased(facts, event, seq=seq)
    return iter(())


def _added(event: Added, *, at: datetime, seq: int) -> Iterator[Change]:
    yield f"r/{event.register}", event.number
    yield from _born(event.node, event.state, event.fields, at=at, seq=seq)


def _erasure(facts: Facts, event: Erasure, *, seq: int) -> Iterator[Change]:
    if event.step == "approved":
        key = f"z/{event.asked}"
        asked = facts[key].value
        yield key, {**asked, "approved": [*asked["approved"], [event.actor, seq]]}
        return
    yield (
        f"z/{seq}",
        {
            "by": event.actor,
            "of": event.entry,
            "basis": event.basis,
            "commitments": list(event.commitments),
            "files": list(event.files),
            "approved": [],
        },
    )


def _erased(facts: Facts, event: Erased, *, seq: int) -> Iterator[Change]:
    asked = facts[f"z/{event.asked}"].value
    yield f"z/{event.asked}", {**asked, "erased": seq}
    for digest in (*event.commitments, *event.files):
        yield f"z/{digest}", seq


def _counted(facts: Facts, event: Counted) -> Iterator[Change]:
    yield from _tallied(facts, event.node, event.round, event.tally)
    box = f"b/{event.node}/{event.round}/{event.move}"
    yield box, {"casts": event.casts, "opened": True}


def _born(
    path: str, state: str, fields: Mapping[str, Json], *, at: datetime, seq: int
) -> Iterator[Change]:
    yield f"n/{path}", _node(state, 1, at, seq)
    for name, value in fields.items():
        yield f"f/{path}/{name}", value


def _node(state: str, round_: int, at: datetime, seq: int) -> dict[str, Any]:
    return {"s": state, "r": round_, "at": {state: [_written(at), seq]}, "by": {}}


def _moved(facts: Facts, event: Moved, *, at: datetime, seq: int) -> Iterator[Change]:
    known = facts.get(f"n/{event.node}")
    stays = event.source == event.target
    if stays and event.cause == "person":
        yield from _acted(facts, event)
    if event.right and event.right.get("behalf_of"):
        behalf = f"h/{event.node}/{event.round}/{event.move}"
        before = facts.get(behalf)
        yield behalf, [*(before.value if before else ()), event.right["behalf_of"]]
    if event.sealed:
        box = f"b/{event.node}/{event.round}/{event.move}"
        inside = facts.get(box)
        casts = 1 + (inside.value["casts"] if inside else 0)
        yield box, {"casts": casts, "opened": False}
    if not stays or known is None or known.value["r"] != event.round:
        yield f"n/{event.node}", _after(known, event, at=at, seq=seq)
    yield from _tallied(facts, event.node, event.round, event.tally)
    if event.cause == "clock" and event.due:
        yield f"k/{event.node}/{event.move}", event.due
    if event.did:
        yield from _with_effects(facts, event, at=at, seq=seq)


def _with_effects(
    facts: Facts, event: Moved, *, at: datetime, seq: int
) -> Iterator[Change]:
    """Effects of one move see each other: each is applied to what the former left."""
    left: dict[str, Json] = {}
    for line in event.did:
        for key, value in _done(_Layered(facts, left), line, at=at, seq=seq):
            left[key] = value
            yield key, value


class _Layered(Struct, frozen=True):
    """Facts with the changes of the same event on top."""

    below: Facts
    above: Mapping[str, Json]

    def value(self, key: str, default: Json = None) -> Json:
        if key in self.above:
            return self.above[key]
        found = self.below.get(key)
        return default if found is None else found.value


def _after(known: Fact | None, event: Moved, *, at: datetime, seq: int) -> Json:
    """A node's fact after a move; a new round begins with a clean sheet."""
    same_round = known is not None and known.value["r"] == event.round
    node: dict[str, Any] = {"s": "", "r": event.round, "at": {}, "by": {}}
    if known is not None and same_round:
        node = known.value
    by = node["by"]
    if event.actor is not None and event.source != event.target:
        by = {**by, event.move: [*by.get(event.move, ()), event.actor]}
    # the first time in a state is when it was reached; coming back does not undo it
    reached = {event.target: [event.occurred or _written(at), seq]}
    return {
        "s": event.target,
        "r": event.round,
        "at": {**reached, **node["at"]}
        if event.source == event.target
        else {**node["at"], **reached},
        "by": by,
    }


def _acted(facts: Facts, event: Moved) -> Iterator[Change]:
    """A move that stays may be made any number of times: one row for each party."""
    base = f"{event.node}/{event.round}/{event.move}"
    count = facts.get(f"a/{base}")
    yield f"a/{base}", (count.value if count else 0) + 1
    if event.actor is not None:
        who = f"w/{base}/{event.actor}"
        before = facts.get(who)
        if before is None:
            parties = facts.get(f"a/{base}/#")
            number = (parties.value if parties else 0) + 1
            yield f"a/{base}/#", number
            yield f"a/{base}/{number}", event.actor
        yield who, (before.value if before else 0) + 1


def _tallied(
    facts: Facts,
    path: str,
    round_: int,
    tally: Iterable[tuple[str, str, Json]],
) -> Iterator[Change]:
    for name, answer, amount in tally:
        key = f"t/{path}/{round_}/{name}/{answer}"
        before = facts.get(key)
        yield key, added(before.value if before else 0, amount)


def added(sum_: Json, amount: Json) -> Json:
    """An exact sum; text once it is larger than every reader of JSON keeps."""
    total = canonical(Fraction(sum_) + Fraction(amount))
    too_large = isinstance(total, int) and abs(total) >= KEPT_MAX
    return str(total) if too_large else total


def _done(
    facts: _Layered, line: tuple[Json, ...], *, at: datetime, seq: int
) -> Iterator[Change]:
    """The facts that one line of ``did`` changes."""
    word, *rest = line
    made = _LINES.get(word)
    if made is not None:
        yield from made(_Moment(facts, at, seq), *rest)


class _Moment(Struct, frozen=True):
    """What a line is applied to, when, and in which entry."""

    facts: _Layered
    at: datetime
    seq: int


def _set(_: _Moment, path: str, name: str, value: Json) -> Iterator[Change]:
    yield f"f/{path}/{name}", value


def _begin(now: _Moment, path: str, round_: int, state: str) -> Iterator[Change]:
    yield f"n/{path}", _node(state, round_, now.at, now.seq)


def _version(now: _Moment, deliverable: str, version: Json) -> Iterator[Change]:
    yield f"d/{deliverable}/{version['n']}", version
    yield f"d/{deliverable}", _latest(now.facts, deliverable, version)


def _approve(now: _Moment, deliverable: str, digest: str) -> Iterator[Change]:
    latest = now.facts.value(f"d/{deliverable}", {"n": 0})
    yield f"d/{deliverable}", {**latest, "approved": digest}


def _credit(now: _Moment, measure: str, person: str, amount: Json) -> Iterator[Change]:
    key = f"m/{measure}/{person}"
    yield key, added(now.facts.value(key, 0), amount)


def _add(
    now: _Moment, path: str, _: str, container: str, key: str, state: str, fields: Json
) -> Iterator[Change]:
    members = now.facts.value(f"c/{container}", [])
    yield f"c/{container}", [*members, key]
    yield from _born(path, state, fields, at=now.at, seq=now.seq)


def _item(
    now: _Moment, path: str, register: str, number: int, state: str, fields: Json
) -> Iterator[Change]:
    yield f"r/{register}", number
    yield from _born(path, state, fields, at=now.at, seq=now.seq)


def _permit(_: _Moment, path: str, round_: int, move: str) -> Iterator[Change]:
    yield f"p/{path}/{round_}/{move}", True
    yield PERMITS, True


def _used(_: _Moment, path: str, round_: int, move: str) -> Iterator[Change]:
    yield f"p/{path}/{round_}/{move}", False


def _delegate(
    now: _Moment, giver: str, to: str, until: str, path: str
) -> Iterator[Change]:
    """One delegate at a time for a node: a later one takes the place of the former."""
    handed = now.facts.value(f"g/{giver}", {})
    yield f"g/{giver}", {**handed, path: [to, until, now.seq]}


def _clock(
    _: _Moment, path: str, round_: int, since: str | None, held: Json
) -> Iterator[Change]:
    yield f"o/{path}", {"r": round_, "since": since, "held": held}


def _signal(now: _Moment, name: str) -> Iterator[Change]:
    yield f"e/{name}", {"at": _written(now.at)}


def _request(
    _: _Moment, key: str, action: str, path: str, given: Json
) -> Iterator[Change]:
    del action, given
    yield f"x/{path}", "requested"
    yield f"q/{key}", path


_LINES: Final[dict[str, Callable[..., Iterator[Change]]]] = {
    "set": _set,
    "begin": _begin,
    "version": _version,
    "approve": _approve,
    "credit": _credit,
    "add": _add,
    "item": _item,
    "permit": _permit,
    "used": _used,
    "delegate": _delegate,
    "clock": _clock,
    "signal": _signal,
    "request": _request,
}
"""What each word of ``did`` changes; ``escalate`` only tells."""


def _latest(facts: _Layered, deliverable: str, version: Mapping[str, Json]) -> Json:
    """The latest version; who approved an earlier one approved other bytes."""
    before = facts.value(f"d/{deliverable}", {"labels": [], "authors": []})
    authors = [*before.get("authors", []), version["by"]]
    return {
        "n": version["n"],
        "label": version["label"],
        "digest": version["digest"],
        "approved": before.get("approved"),
        "labels": [*before.get("labels", []), version["label"]],
        "authors": list(dict.fromkeys(authors)),
    }


def replay(instance: Instance, recorded: Iterable[tuple[Event, datetime]]) -> Instance:
    """An instance from its history: the fold itself."""
    for event, at in recorded:
        instance, _ = evolve(instance, event, at=at)
    return instance
