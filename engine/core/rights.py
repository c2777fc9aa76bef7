"""Who may make a move, and in what role. A right is shown, never assumed."""

from __future__ import annotations

from msgspec import Struct

from engine.core.facts import Known
from engine.plan.graph import Move, Register
from engine.plan.terms import ANYONE, UNKNOWN, Env, many
from engine.ports import Json


class Right(Struct, frozen=True, kw_only=True):
    """A right that holds: as whom the move says, and on whose behalf."""

    role: str
    behalf_of: str | None = None
    granted: int = 0
    """Entry of the delegation; 0 when the plan itself grants it."""

    def record(self) -> Json:
        found: dict[str, Json] = {"role": self.role}
        if self.behalf_of is not None:
            found |= {"behalf_of": self.behalf_of, "granted": self.granted}
        return found


def right_of(
    known: Known, asked: Move | Register, actor: str, env: Env
) -> Right | dict[str, Json]:
    """The right of a party to a move, or the reason why there is none."""
    may = asked.by.run(env) if asked.by is not None else UNKNOWN
    holders = many(may)
    if isinstance(asked, Register) and asked.by is None:
        holders = (ANYONE,)
    right = _right(known, holders, actor, asked.by_text, env)
    if right is None:
        return {
            "code": "core.no_right",
            "actor": actor,
            "who": [who for who in holders if who != ANYONE],
            "role": asked.by_text,
        }
    if isinstance(asked, Move):
        refusal = _barred(known, asked, actor, right, env)
        if refusal is not None:
            return refusal
    return right


def _right(
    known: Known, holders: tuple[str, ...], actor: str, role: str, env: Env
) -> Right | None:
    if actor in holders or ANYONE in holders:
        return Right(role=role)
    for giver in holders:
        to, granted = known.delegate(giver, env.me, env.now) or ("", 0)
        if to == actor:
            return Right(role=role, behalf_of=giver, granted=granted)
    return None


def _barred(
    known: Known, move: Move, actor: str, right: Right, env: Env
) -> dict[str, Json] | None:
    """Separation of duties and one act each, through any delegation."""
    persons = [actor, *([right.behalf_of] if right.behalf_of else [])]
    if right.behalf_of and any(effect.what == "delegate" for effect in move.then):
        return {"code": "core.delegate_on", "actor": actor, "giver": right.behalf_of}
    barred = _who_stand_aside(known, move, env)
    for who in persons:
        if who in barred:
            return {"code": "core.not_by", "actor": who}
        if move.once_each and known.has_acted(env.me, move.name, who):
            return {"code": "core.once_each", "actor": who}
    return None


def _who_stand_aside(known: Known, move: Move, env: Env) -> tuple[str, ...]:
    """Who did it themselves, or had it done by a delegate."""
    if move.not_by is None:
        return ()
    known.through_others = True
    try:
        found = move.not_by.run(env)
    finally:
        known.through_others = False
    return many(found)
