"""The people, sets, bodies, roles and outside parties of a plan, resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import expressions as ex
from engine.plan.clauses import literal_at
from engine.plan.faults import Faults, nearest
from engine.plan.graph import Body, Parties
from engine.plan.naming import is_free, name_fits, named_entries
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value, is_empty
from engine.plan.terms import ANYONE, COMPARE

SETS_MAX: Final = 500
SETS_DEEP_MAX: Final = 32
"""Sets that stand on sets; more is a mistake, and more than the stack bears."""


@dataclass(slots=True)
class _Reading:
    faults: Faults
    substitute: Any
    """Replaces ``$name`` by its value."""
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outside: dict[str, Any] = field(default_factory=dict)
    titles: dict[str, Any] = field(default_factory=dict)
    ranks: tuple[str, ...] = ()
    is_open: bool = False


def read_parties(
    value: Value | None, faults: Faults, substitute: Any, path: str = "parties"
) -> Parties:
    """Who there is. Faults: unknown names, sets within each other, unknown ranks."""
    reading = _Reading(faults, substitute)
    found = (
        shapes.read(shapes.PartiesDefinition, value, faults, path)
        if value is not None
        else None
    )
    if found is not None:
        _read(reading, found, value, path)
    return Parties(
        people=reading.people,
        ranks=reading.ranks,
        sets=reading.sets,
        bodies=reading.bodies,
        roles=reading.roles,
        outside=reading.outside,
        titles=reading.titles,
        is_open=reading.is_open,
    )


def _read(
    reading: _Reading, found: shapes.PartiesDefinition, written: Any, path: str
) -> None:
    reading.ranks = found.ranks
    _distinct(reading, found, path)
    if found.people is None and isinstance(written, Written):
        # a list is a fault that was told; who is in it is clear all the same
        listed = written.get("people")
        for item in listed.items if isinstance(listed, Sequence) else ():
            reading.people[str(literal_at(item))] = {}
    for name, value in named_entries(found.people, reading.faults, f"{path}.people"):
        _person(reading, name, value, f"{path}.people.{name}")
    _outside(reading, found.outside, f"{path}.outside")
    for name, value in named_entries(found.bodies, reading.faults, f"{path}.bodies"):
        _body(reading, name, value, f"{path}.bodies.{name}")
    pending = dict(named_entries(found.sets, reading.faults, f"{path}.sets"))
    if len(pending) > SETS_MAX:
        most = SETS_MAX
        reading.faults.add("plan.too_many", found.sets, f"{path}.sets", most=most)
        pending = {}
    for name in list(pending):
        _set(reading, name, pending, f"{path}.sets", ())
    for name, value in named_entries(found.roles, reading.faults, f"{path}.roles"):
        reading.roles[name] = _members(reading, value, f"{path}.roles.{name}")


def _distinct(reading: _Reading, found: shapes.PartiesDefinition, path: str) -> None:
    """One name, one party: who is asked for must not depend on a table's order."""
    seen: set[str] = set()
    for sort in ("people", "outside", "sets", "bodies", "roles"):
        table = getattr(found, sort)
        for key, _ in table.entries if isinstance(table, Written) else ():
            if key.text in seen:
                inner = f"{path}.{sort}.{key.text}"
                reading.faults.add("plan.duplicate_id", key, inner, id=key.text)
            else:
                is_free(key.text, key, reading.faults, f"{path}.{sort}.{key.text}")
            seen.add(key.text)


def _person(reading: _Reading, name: str, value: Value, path: str) -> None:
    """A person's attributes, each a text; ``rank`` is one of the ranks."""
    reading.people[name] = {}
    if not isinstance(value, Written):
        if not is_empty(value):
            reading.faults.add("plan.shape_mapping", value, path)
        return
    for key, inner in value.entries:
        if not isinstance(inner, Scalar) or not inner.text:
            reading.faults.add("plan.shape_text", inner, f"{path}.{key.text}")
        elif key.text == "rank" and inner.text not in reading.ranks:
            known = nearest(inner.text, reading.ranks) or reading.ranks
            reading.faults.add(
                "plan.unknown_rank", inner, f"{path}.rank", rank=inner.text, known=known
            )
        else:
            reading.people[name][key.text] = inner.text


def _outside(reading: _Reading, value: Any, path: str) -> None:
    if isinstance(value, Sequence):
        for item in value.items:
            if not isinstance(item, Scalar):
                reading.faults.add("plan.shape_text", item, path)
            elif name_fits(item.text, item, reading.faults, path):
                reading.outside[item.text] = item.text
    elif value is not None and not isinstance(value, Written):
        reading.faults.add("plan.shape_mapping", value, path)
    for name, one in named_entries(value, reading.faults, path):
        definition = None
        if not is_empty(one):
            definition = shapes.read(
                shapes.OutsideDefinition, one, reading.faults, f"{path}.{name}"
            )
        reading.outside[name] = (definition and definition.title) or name
    reading.titles.update(reading.outside)


def _body(reading: _Reading, name: str, value: Value, path: str) -> None:
    found = shapes.read(shapes.BodyDefinition, value, reading.faults, path)
    if found is None:
        return
    roles = {
        role: _members(reading, one, f"{path}.roles.{role}")
        for role, one in named_entries(found.roles, reading.faults, f"{path}.roles")
    }
    if found.members is not None:
        roles.setdefault("成员", _members(reading, found.members, f"{path}.members"))
    reading.is_open = reading.is_open or found.open
    for role in found.deputies:
        if role not in roles:
            at = value.get("deputies") if isinstance(value, Written) else value
            inner = f"{path}.deputies"
            known = nearest(role, roles) or tuple(roles)
            reading.faults.add("plan.unknown_role", at, inner, role=role, known=known)
    title = found.title or name
    reading.titles[name] = title
    reading.bodies[name] = Body(
        id=name, title=title, roles=roles, deputies=found.deputies
    )


def _set(
    reading: _Reading,
    name: str,
    pending: Mapping[str, Value],
    path: str,
    above: tuple[str, ...],
) -> tuple[str, ...]:
    """A set's members, the sets it stands on read first."""
    if name in reading.sets:
        return reading.sets[name]
    value = pending[name]
    if name in above:
        line = (*above[above.index(name) :], name)
        reading.faults.add("plan.set_circle", value, f"{path}.{name}", sets=line)
        return ()
    if len(above) > SETS_DEEP_MAX:
        most = SETS_DEEP_MAX
        reading.faults.add("plan.set_deep", value, f"{path}.{name}", most=most)
        return ()
    found = shapes.read(shapes.SetDefinition, value, reading.faults, f"{path}.{name}")
    if found is None:
        reading.sets[name] = ()
        return ()
    members: tuple[str, ...] = ()
    if found.members is not None:
        members = _members(
            reading, found.members, f"{path}.{name}", pending, (*above, name)
        )
    if found.within is not None:
        whole = _whole(reading, found.within, value, pending, path, (*above, name))
        members = _narrowed(reading, found, members, whole, value, f"{path}.{name}")
    if found.open:
        reading.is_open = True
        members = (*members, ANYONE)
    reading.titles[name] = found.title or name
    reading.sets[name] = tuple(dict.fromkeys(members))
    return reading.sets[name]


def _whole(
    reading: _Reading,
    name: str,
    value: Value,
    pending: Mapping[str, Value],
    path: str,
    above: tuple[str, ...],
) -> tuple[str, ...]:
    if name in pending:
        return _set(reading, name, pending, path, above)
    if name in reading.bodies:
        return reading.bodies[name].members
    known = (*pending, *reading.bodies)
    at = value.get("within") if isinstance(value, Written) else value
    inner = f"{path}.{above[-1]}.within"
    near = nearest(name, known) or known
    reading.faults.add("plan.unknown_party", at, inner, name=name, near=near)
    return (ANYONE,)


def _narrowed(
    reading: _Reading,
    found: shapes.SetDefinition,
    members: tuple[str, ...],
    whole: tuple[str, ...],
    value: Value,
    path: str,
) -> tuple[str, ...]:
    """Members must lie within; without members of its own, ``where`` picks them."""
    if found.members is None:
        if found.where is None:
            return whole
        if not whole:
            _asked(reading, found.where, f"{path}.where")
        return tuple(who for who in whole if _holds(reading, found.where, who, path))
    outside = [who for who in members if who not in whole and who != ANYONE]
    if outside and ANYONE not in whole:
        at = value.get("members") if isinstance(value, Written) else value
        reading.faults.add(
            "plan.set_outside", at, path, people=outside, whole=found.within
        )
    return members


def _holds(reading: _Reading, where: Value, who: str, path: str) -> bool:
    """``rank >= 副科级``, ``office == 秘书股``: one attribute against one word."""
    asked = _asked(reading, where, f"{path}.where")
    if asked is None:
        return False
    name, sign, wanted = asked
    mine = reading.people.get(who, {}).get(name)
    if mine is None:
        return False
    if name == "rank":
        order = reading.ranks.index
        return bool(COMPARE[sign](order(mine), order(wanted)))
    return bool(COMPARE[sign](mine, wanted))


def _asked(reading: _Reading, where: Value, path: str) -> tuple[str, str, str] | None:
    """The attribute, the sign and the word of a ``where``; None after a fault."""
    if not isinstance(where, Scalar):
        reading.faults.add("plan.shape_where", where, path)
        return None
    try:
        tree = ex.parse(where.text)
    except ex.BadExpression as wrong:
        column = wrong.column - 1
        reading.faults.add(wrong.code, where, path, column=column, **wrong.values)
        return None
    match tree:
        case ex.Operation(sign, (ex.Name((name,)), other)) if sign in COMPARE:
            wanted = _word(other)
            if wanted is not None:
                return _known(reading, where, path, (name, sign, wanted))
    reading.faults.add("plan.shape_where", where, path)
    return None


def _known(
    reading: _Reading, where: Value, path: str, asked: tuple[str, str, str]
) -> tuple[str, str, str] | None:
    """What is asked of people, if anybody can have it."""
    name, _, wanted = asked
    if name == "rank":
        if wanted in reading.ranks:
            return asked
        known = nearest(wanted, reading.ranks) or reading.ranks
        reading.faults.add("plan.unknown_rank", where, path, rank=wanted, known=known)
        return None
    attributes = {key: None for one in reading.people.values() for key in one}
    if attributes and name not in attributes:
        near = nearest(name, attributes) or tuple(attributes)
        reading.faults.add("plan.unknown_name", where, path, name=name, near=near)
        return None
    return asked


def _word(tree: ex.Tree) -> str | None:
    match tree:
        case ex.Name((name,)):
            return name
        case ex.Text(value):
            return value
        case ex.Number(value):
            return str(value)
    return None


def _members(
    reading: _Reading,
    value: Value,
    path: str,
    pending: Mapping[str, Value] | None = None,
    above: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The persons that a list of names means."""
    written = reading.substitute(value)
    items = written.items if isinstance(written, Sequence) else (written,)
    found: list[str] = []
    for item in items:
        if isinstance(item, Scalar) and item.text:
            found.extend(_named(reading, item, path, pending or {}, above))
        elif not is_empty(item):
            reading.faults.add("plan.shape_text", item, path)
    return tuple(dict.fromkeys(found))


def _named(
    reading: _Reading,
    item: Scalar,
    path: str,
    pending: Mapping[str, Value],
    above: tuple[str, ...],
) -> tuple[str, ...]:
    name = item.text
    if name in reading.people or name in reading.outside:
        return (name,)
    if name in pending:
        root = path.rpartition(".")[0]
        return _set(reading, name, pending, root, above)
    if name in reading.sets:
        return reading.sets[name]
    if name in reading.bodies:
        return reading.bodies[name].members
    body, _, role = name.partition(".")
    if body in reading.bodies and role in reading.bodies[body].roles:
        return reading.bodies[body].roles[role]
    known = (*reading.people, *reading.outside, *reading.bodies, *pending)
    known = (*known, *reading.sets)
    near = nearest(name, known) or known
    reading.faults.add("plan.unknown_party", item, path, name=name, near=near)
    return ()
