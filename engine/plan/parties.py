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
from engine.plan.source import Mapping as Written
from engine.plan.source import Value

ANYONE: Final = "*"
_SIGNS: Final = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


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
        _read(reading, found, path)
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


def _read(reading: _Reading, found: shapes.PartiesDefinition, path: str) -> None:
    reading.ranks = found.ranks
    for name, value in _entries(found.people):
        attributes = literal_at(value)
        reading.people[name] = dict(attributes) if isinstance(attributes, dict) else {}
        rank = reading.people[name].get("rank")
        if rank is not None and rank not in reading.ranks:
            reading.faults.add(
                "plan.unknown_rank",
                value,
                f"{path}.people.{name}",
                rank=rank,
                known=reading.ranks,
            )
    _outside(reading, found.outside, f"{path}.outside")
    for name, value in _entries(found.bodies):
        _body(reading, name, value, f"{path}.bodies.{name}")
    pending = dict(_entries(found.sets))
    for name in list(pending):
        _set(reading, name, pending, f"{path}.sets", ())
    for name, value in _entries(found.roles):
        reading.roles[name] = _members(reading, value, f"{path}.roles.{name}")


def _entries(table: Any) -> list[tuple[str, Value]]:
    if not isinstance(table, Written):
        return []
    return [(key.text, value) for key, value in table.entries]


def _outside(reading: _Reading, value: Any, path: str) -> None:
    if isinstance(value, Written):
        for name, one in _entries(value):
            definition = None
            if isinstance(one, Written):
                definition = shapes.read(
                    shapes.OutsideDefinition, one, reading.faults, f"{path}.{name}"
                )
            reading.outside[name] = (definition and definition.title) or name
    elif value is not None:
        for name in literal_at(value) or ():
            reading.outside[str(name)] = str(name)
    reading.titles.update(reading.outside)


def _body(reading: _Reading, name: str, value: Value, path: str) -> None:
    found = shapes.read(shapes.BodyDefinition, value, reading.faults, path)
    if found is None:
        return
    roles = {
        role: _members(reading, one, f"{path}.roles.{role}")
        for role, one in _entries(found.roles)
    }
    if found.members is not None:
        roles.setdefault("成员", _members(reading, found.members, f"{path}.members"))
    reading.is_open = reading.is_open or found.open
    for role in found.deputies:
        if role not in roles:
            reading.faults.add(
                "plan.unknown_role", value, path, role=role, known=tuple(roles)
            )
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
    found = shapes.read(shapes.SetDefinition, value, reading.faults, f"{path}.{name}")
    reading.sets[name] = ()
    if found is None:
        return ()
    if name in above:
        reading.faults.add(
            "plan.set_circle", value, f"{path}.{name}", sets=(*above, name)
        )
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
        if name in above:
            reading.faults.add("plan.set_circle", value, path, sets=(*above, name))
            return ()
        return _set(reading, name, pending, path, above)
    if name in reading.bodies:
        return reading.bodies[name].members
    reading.faults.add(
        "plan.unknown_party", value, path, name=name, near=nearest(name, tuple(pending))
    )
    return ()


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
        return tuple(who for who in whole if _holds(reading, found.where, who, path))
    outside = [who for who in members if who not in whole and who != ANYONE]
    if outside and ANYONE not in whole:
        reading.faults.add(
            "plan.set_outside", value, path, people=outside, whole=found.within
        )
    return members


def _holds(reading: _Reading, where: Value, who: str, path: str) -> bool:
    """``rank >= 副科级``, ``office == 秘书股``: one attribute against one word."""
    try:
        tree = ex.parse(str(literal_at(where)))
    except ex.BadExpression as wrong:
        reading.faults.add(wrong.code, where, path, **wrong.values)
        return False
    match tree:
        case ex.Operation(sign, (ex.Name((name,)), other)) if sign in _SIGNS:
            mine = reading.people.get(who, {}).get(name)
            wanted = _word(other)
            if mine is None or wanted is None:
                return False
            if name == "rank" and wanted not in reading.ranks:
                reading.faults.add(
                    "plan.unknown_rank", where, path, rank=wanted, known=reading.ranks
                )
                return False
            if name == "rank":
                return bool(
                    _SIGNS[sign](reading.ranks.index(mine), reading.ranks.index(wanted))
                )
            return bool(_SIGNS[sign](mine, wanted))
    reading.faults.add("plan.shape_where", where, path)
    return False


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
    written = literal_at(reading.substitute(value))
    names = written if isinstance(written, list) else [written]
    found: list[str] = []
    for name in names:
        if name in (None, ""):
            continue
        found.extend(_named(reading, str(name), value, path, pending or {}, above))
    return tuple(dict.fromkeys(found))


def _named(
    reading: _Reading,
    name: str,
    value: Value,
    path: str,
    pending: Mapping[str, Value],
    above: tuple[str, ...],
) -> tuple[str, ...]:
    if name in reading.people or name in reading.outside:
        return (name,)
    if name in pending and name not in above:
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
    reading.faults.add(
        "plan.unknown_party", value, path, name=name, near=nearest(name, known)
    )
    return ()
