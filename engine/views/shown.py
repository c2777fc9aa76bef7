"""How nodes, people and moments appear in every view: plain data, both languages.

Moments are in the plan's zone with their offset; texts are ``{"zh": …, "en": …}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from fractions import Fraction

from engine import words
from engine.core.facts import Known
from engine.plan.graph import Node, Parties, Plan, Words
from engine.plan.terms import ANYONE, UNKNOWN, Env
from engine.plan.values import decimal
from engine.ports import Json


def moment(at: datetime | None, zone: tzinfo) -> Json:
    """``2009-05-08T17:00:00+08:00``."""
    return None if at is None else at.astimezone(zone).isoformat()


def day(value: date | None) -> Json:
    return None if value is None else value.isoformat()


def titled(title: Words) -> dict[str, str]:
    return {one: words.bilingual(title, one) for one in words.LANGUAGES}


def state_of(known: Known, path: str) -> dict[str, Json]:
    state = known.node(path).kind.states[known.state(path)]
    return {
        "name": state.name,
        "title": titled(state.title),
        "done": state.done,
        "settled": state.settled or state.done,
    }


def move_title(node: Node, name: str) -> dict[str, str]:
    move = node.kind.moves.get(name)
    return titled(name if move is None else move.title)


def people(plan: Plan, who: Iterable[str]) -> dict[str, Json]:
    """Some people, with the name of the party that is just them, if there is one."""
    found = tuple(who)
    if ANYONE in found:
        return {"party": words.both("view.anyone"), "who": list(found)}
    return {"party": party_of(plan.parties, found), "who": list(found)}


def party_of(parties: Parties, who: tuple[str, ...]) -> Json:
    """The body or set that has exactly these members; None for others."""
    if len(who) < 2:  # noqa: PLR2004 -- one person has a name
        return None
    wanted = frozenset(who)
    for body in parties.bodies.values():
        if frozenset(body.members) == wanted:
            return titled(body.title)
    for name, members in parties.sets.items():
        if frozenset(members) == wanted:
            return titled(parties.titles.get(name, name))
    return None


def owner_of(known: Known, path: str, now: datetime) -> tuple[str, ...]:
    found = known.owner(path, Env(known, path, now))
    if found is UNKNOWN or found is None:
        return ()
    return tuple(found) if isinstance(found, tuple) else (str(found),)


def window_of(node: Node) -> Json:
    start, end = node.window
    if start is None and end is None:
        return None
    return {"from": day(start), "to": day(end), "text": node.window_text}


def amount(value: int | Fraction) -> str:
    """An exact amount as text: ``40``, ``2.5``, ``1/3``."""
    return decimal(Fraction(value))
