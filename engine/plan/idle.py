"""Moves that a plan has switched off at a node: nothing of them is ever looked at.

A move that asks first of all for a field that is ``false`` in the plan, and that no
act can set, never happens there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.plan import expressions as ex
from engine.plan.gates import Leaf
from engine.plan.graph import Effect, Kind, Move


def automatic_at(
    kind: Kind, fields: Mapping[str, Any], effects: Mapping[str, tuple[Effect, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """State -> the moves of a kind that may happen by themselves at such a node."""
    kept = {name for name, value in fields.items() if value is False}
    kept -= {name for effect in _every(kind, effects) for name in effect.terms}
    if not kept:
        return kind.automatic
    return {
        state: tuple(one for one in moves if _asked_first(kind.moves[one]) not in kept)
        for state, moves in kind.automatic.items()
    }


def _every(kind: Kind, effects: Mapping[str, tuple[Effect, ...]]) -> Iterator[Effect]:
    """What may set a field: what the kind does, and what the plan adds."""
    for does in (*(move.then for move in kind.moves.values()), *effects.values()):
        yield from (effect for effect in does if effect.what == "set")


def _asked_first(move: Move) -> str | None:
    """The field that is the whole of a move's first clause."""
    match move.when.clauses[:1]:
        case (Leaf(tree=ex.Name((name,))),):
            return name
    return None
