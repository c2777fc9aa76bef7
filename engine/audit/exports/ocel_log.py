"""What an entry is in OCEL 2.0: an event, and the objects it is about.

Objects are instances, nodes (typed by their kind), register items (typed by their
register), parties, deliverables and files. Parties belong to a plan, files to nobody:
the same person, the same bytes are one object however many instances mention them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from engine.audit.exports.cells import plain
from engine.audit.exports.record import History, Record
from engine.core.events import Added, Moved, Refused, Reported, Signalled
from engine.core.facts import template_of
from engine.plan.graph import Field, Plan
from engine.words import bilingual

Value: TypeAlias = str | int | bool | datetime | None

PEOPLE: Final = frozenset({"party", "parties", "groups"})
"""Types of inputs that name somebody."""
NO_NODE: Final = "node"
"""Type of a node that the plan no longer has."""


class Thing(Struct, frozen=True, kw_only=True):
    """An object as it is first heard of."""

    id: str
    type: str
    first: Mapping[str, Value] = field(default_factory=dict)
    """Attributes at the beginning of time, as OCEL has it."""
    related: tuple[tuple[str, Thing], ...] = ()
    """Other objects it belongs to, each with how."""


class Change(Struct, frozen=True, kw_only=True):
    """An attribute of an object has another value from the event on."""

    thing: Thing
    name: str
    value: Value


# -- objects


def instance_of(history: History) -> Thing:
    head = history.head
    return Thing(
        id=f"instance:{head.instance}",
        type="instance",
        first={
            "title": history.title,
            "plan": history.plan.id,
            "plan_digest": head.plan,
            "simulated": head.simulated,
            "state": history.plan.nodes[history.plan.root].kind.initial,
        },
    )


def node_of(history: History, path: str) -> Thing:
    """A node, a member of a container, or an item of a register."""
    plan = history.plan
    template = template_of(path)
    node = plan.nodes.get(path) or plan.nodes.get(template)
    register = template[:-1] if template.endswith("#") else None
    related = [("in", instance_of(history))]
    parent = None if node is None or register else node.parent
    if parent is not None:
        how = "member of" if template.endswith("]") else "part of"
        related.append((how, node_of(history, parent)))
    first: dict[str, Value] = {"path": path}
    if node is not None:
        first["title"] = bilingual(node.title, history.language)
        first["kind"] = node.kind.name
        if not node.dynamic:
            first |= {"state": node.kind.initial, "round": 1}
    kind = NO_NODE if node is None else f"node {node.kind.name}"
    return Thing(
        id=f"node:{history.instance}/{path}",
        type=f"item {register}" if register else kind,
        first=first,
        related=tuple(related),
    )


def party_of(plan: Plan, name: str) -> Thing:
    parties = plan.parties
    sorts = (
        ("person", parties.people),
        ("outside", parties.outside),
        ("body", parties.bodies),
        ("role", parties.roles),
        ("set", parties.sets),
    )
    sort = next((sort for sort, known in sorts if name in known), "other")
    first = {"name": name, "sort": sort, "plan": plan.id}
    bodies = [one for one in parties.bodies.values() if name in one.members]
    return Thing(
        id=f"party:{plan.id}/{name}",
        type="party",
        first=first,
        related=tuple(("member of", party_of(plan, one.id)) for one in bodies),
    )


def deliverable_of(history: History, name: str) -> Thing:
    known = history.plan.deliverables.get(name)
    title = bilingual(known.title, history.language) if known else name
    return Thing(
        id=f"deliverable:{history.instance}/{name}",
        type="deliverable",
        first={"name": name, "title": title},
        related=(("in", instance_of(history)),),
    )


def file_of(digest: str, name: str, size: Any) -> Thing:
    first: dict[str, Value] = {"name": name, "size": size, "sha256": digest}
    return Thing(id=f"file:{digest}", type="file", first=first)


# -- events


def type_of(record: Record) -> str:
    """What was done, as far as it is the same for all nodes of a kind."""
    event, entry = record.event, record.entry
    if isinstance(event, Added):
        return f"register {event.register} add"
    if isinstance(event, Reported):
        return f"action {record.action or 'unknown'} {event.outcome}"
    if entry.node is None:
        return entry.type
    kind = record.node.kind.name if record.node else NO_NODE
    if entry.node in record.plan.registers:
        kind = f"register {entry.node}"
    done = f"{kind} {record.move}"
    return done if isinstance(event, Moved) else f"{done} {entry.type}"


def attributes(record: Record) -> Mapping[str, Value]:
    """The same names for every entry of a type; None where it says nothing."""
    event = record.event
    found: dict[str, Value] = {
        "seq": record.entry.seq,
        "type": record.entry.type,
        "text": record.history.told(event),
        "move": record.move,
        "cause": record.cause,
        "round": record.round,
        "led_by": _text(record.said("cause")),
        "command": _text(record.said("cmd")),
        "recorded": record.moment(record.said("rec")),
        "plan": _text(record.said("plan")),
        "simulated": bool(record.body.get("simulated", False)),
        "hash": record.entry.hash.hex(),
        "previous": record.body.get("prev"),
        "data": json.dumps(record.data, ensure_ascii=False),
    }
    if isinstance(event, (Moved, Added, Signalled)):
        found["occurred"] = record.moment(event.occurred)
    if isinstance(event, (Moved, Added)):
        found |= {"from": record.source, "to": record.target, "role": record.role}
    if isinstance(event, Moved):
        found["due"] = record.moment(event.due)
    if isinstance(event, Refused):
        found["reasons"] = "\n".join(record.reasons())
    return found


def _text(value: Any) -> str | None:
    found = plain(value)
    return None if found is None else str(found)


# -- how they belong together


def objects_of(record: Record) -> Iterator[tuple[str, Thing]]:
    """Each object that the event is about, and how."""
    history, entry, plan = record.history, record.entry, record.plan
    yield "instance", instance_of(history)
    if entry.node is not None and entry.node not in plan.registers:
        node = node_of(history, entry.node)
        yield "node", node
        yield from (("within", one) for one in _above(node))
    if entry.actor is not None:
        yield "by", party_of(plan, entry.actor)
    if record.right.get("behalf_of"):
        yield "on behalf of", party_of(plan, str(record.right["behalf_of"]))
    for one in record.papers():
        how = "made" if isinstance(record.event, Reported) else "handed in"
        yield how, file_of(str(one["sha256"]), str(one["name"]), one["size"])
    yield from _given(record)
    if isinstance(record.event, Moved):
        for line in record.event.did:
            yield from _done(history, line)


def _above(node: Thing) -> Iterator[Thing]:
    for how, one in node.related:
        if how != "in":
            yield one
            yield from _above(one)


def _given(record: Record) -> Iterator[tuple[str, Thing]]:
    """Parties that were named by whoever acted."""
    event = record.event
    given = event.fields if isinstance(event, Added) else getattr(event, "inputs", {})
    inputs: Mapping[str, Any] = given or {}
    takes = _takes(record)
    known = record.plan.parties
    for name, value in inputs.items():
        if name in takes and takes[name].type not in PEOPLE:
            continue  # a text may happen to be somebody's name
        for one in _names(value):
            if one in known.people or one in known.outside or one in known.bodies:
                yield f"named as {name}", party_of(record.plan, one)


def _takes(record: Record) -> Mapping[str, Field]:
    """What is asked of whoever makes the move, by the plan."""
    if isinstance(record.event, Added):
        register = record.plan.registers.get(record.event.register)
        return register.takes if register else {}
    move = record.node.kind.moves.get(record.move or "") if record.node else None
    return move.takes if move else {}


def _names(value: Any) -> Iterator[str]:
    """Every text in a value: of groups, of who leads and who belongs to each."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _names(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _names(one)


def _done(history: History, line: tuple[Any, ...]) -> Iterator[tuple[str, Thing]]:
    """What a line of ``did`` (:mod:`engine.core.events`) is about."""
    word, *rest = line
    if word in _ABOUT_NODES:
        yield _ABOUT_NODES[word], node_of(history, str(rest[0]))
    elif word in _ABOUT_DELIVERABLES:
        yield from _of_paper(history, word, str(rest[0]), rest[1])
    else:
        yield from _of_parties(history.plan, line)


_ABOUT_NODES: Final = {
    "begin": "begins anew",
    "add": "adds",
    "item": "adds",
    "permit": "permits",
    "used": "was permitted",
    "set": "sets",
}
_ABOUT_DELIVERABLES: Final = frozenset({"version", "approve"})


def _of_paper(
    history: History, word: str, name: str, what: Any
) -> Iterator[tuple[str, Thing]]:
    if word == "approve":
        yield "approves", deliverable_of(history, name)
        yield "approved", file_of(str(what), name, None)
    else:
        yield "new version of", deliverable_of(history, name)
        yield "version", _version(what)


def _of_parties(plan: Plan, line: tuple[Any, ...]) -> Iterator[tuple[str, Thing]]:
    match line:
        case ("credit", _, str(who), _):
            yield "credits", party_of(plan, who)
        case ("delegate", str(giver), str(taker), *_):
            yield "delegates", party_of(plan, giver)
            yield "delegate", party_of(plan, taker)
        case ("escalate", whom, *_):
            for one in _names(whom):
                yield "escalates to", party_of(plan, one)
        case ("request", _, _, _, Mapping() as given):
            for one in _names(given.get("to")):
                yield "asks to reach", party_of(plan, one)


def _version(version: Mapping[str, Any]) -> Thing:
    name = str(version.get("name", version.get("label", "")))
    return file_of(str(version["digest"]), name, version.get("size"))


def belongings_of(record: Record) -> Iterator[tuple[Thing, str, Thing]]:
    """What belongs to what from this entry on: files to deliverables."""
    if isinstance(record.event, Moved):
        for line in record.event.did:
            if line[0] == "version":
                deliverable = deliverable_of(record.history, str(line[1]))
                yield _version(line[2]), "version of", deliverable


# -- what changes


def changes_of(record: Record) -> Iterator[Change]:
    history, event = record.history, record.event
    if isinstance(event, Added):
        yield from _born(history, event.node, event.state, event.fields)
    if not isinstance(event, Moved):
        return
    node = node_of(history, event.node)
    if event.source != event.target or event.round > 1:
        yield Change(thing=node, name="state", value=event.target)
        yield Change(thing=node, name="round", value=event.round)
    if event.node == history.plan.root:
        yield Change(thing=instance_of(history), name="state", value=event.target)
    for line in event.did:
        yield from _changed(history, line)


def _changed(history: History, line: tuple[Any, ...]) -> Iterator[Change]:
    match line:
        case ("set", str(path), str(name), value):
            node = node_of(history, path)
            yield Change(thing=node, name=f"field {name}", value=_value(value))
        case ("begin", str(path), int(round_), str(state)):
            node = node_of(history, path)
            yield Change(thing=node, name="state", value=state)
            yield Change(thing=node, name="round", value=round_)
        case ("add" | "item", str(path), _, _, *rest):
            state, fields = rest[-2], rest[-1]
            yield from _born(history, path, str(state), fields)
        case ("version", str(name), version):
            made = deliverable_of(history, name)
            yield Change(thing=made, name="version", value=version.get("n"))
            yield Change(thing=made, name="label", value=version.get("label"))
            yield Change(thing=made, name="digest", value=version["digest"])
        case ("approve", str(name), digest):
            made = deliverable_of(history, name)
            yield Change(thing=made, name="approved", value=digest)


def _born(
    history: History, path: str, state: str, fields: Mapping[str, Any]
) -> Iterator[Change]:
    node = node_of(history, path)
    yield Change(thing=node, name="state", value=state)
    yield Change(thing=node, name="round", value=1)
    for name, value in fields.items():
        yield Change(thing=node, name=f"field {name}", value=_value(value))


def _value(value: Any) -> Value:
    """As text: a field may hold now a number, now a list."""
    return None if value is None else str(plain(value))
