"""Who may make a move, and in what role. A right is shown, never assumed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.facts import Known
from engine.plan.graph import Move, Register
from engine.plan.terms import UNKNOWN, Env
from engine.ports import Json

ANYONE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
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
    holders = () if may is UNKNOWN or may is None else _many(may)
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
    for giver in known.handed_on(actor, env.now):
        if giver in holders:
            fact = known.facts[f"g/{actor}"]
            granted = next(seq for who, _, seq in reversed(fact.value) if who == giver)
            return Right(role=role, behalf_of=giver, granted=granted)
    return None


def _barred(
    known: Known, move: Move, actor: str, right: Right, env: Env
) -> dict[str, Json] | None:
    """Separation of duties and one act each, through any delegation."""
    persons = [actor, *([right.behalf_of] if right.behalf_of else [])]
    if move.not_by is not None:
        barred = move.not_by.run(env)
        for who in persons:
            if barred is not UNKNOWN and who in _many(barred):
                return {"code": "core.not_by", "actor": who}
    if move.once_each:
        for who in persons:
            if known.has_acted(env.me, move.name, who):
                return {"code": "core.once_each", "actor": who}
    return None


def _many(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)
