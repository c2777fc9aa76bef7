"""What keeps a node where it is: the unmet clauses of the moves that lead on.

A node whose parent has not opened waits for what its parent waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.core.facts import Known
from engine.plan.gates import Gate, Leaf, Outcome, leaves, unmet
from engine.plan.graph import Move
from engine.plan.terms import Env


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An unmet clause of a move of a node."""

    path: str
    move: Move
    outcome: Outcome


def obstacles(
    known: Known, path: str, now: datetime, *, towards: Collection[str] | None = None
) -> Iterator[Obstacle]:
    """Unmet clauses of the automatic moves out of a node's state.

    ``towards`` names the states that count; None is any.
    """
    node = known.node(path)
    state = known.state(path)
    env = Env(known, path, now)
    for name in node.automatic[state]:
        move = node.kind.moves[name]
        leads = move.target is not None and move.target != state
        if not leads or (towards is not None and move.target not in towards):
            continue
        for outcome in unmet(move.when.explain(env)):
            parent = known.parent(path)
            if _asks_parent(outcome) and parent is not None:
                yield from obstacles(known, parent, now)
            else:
                yield Obstacle(path, move, outcome)


def _asks_parent(outcome: Outcome) -> bool:
    clause = outcome.clause
    if not isinstance(clause, Leaf) and clause.otherwise:
        return False
    return any(("parent", "") in leaf.term.reads for leaf in leaves(clause))


def missing(gate: Gate, env: Env) -> tuple[Outcome, ...]:
    """The unmet clauses of a gate, taken apart as far as that helps."""
    return unmet(gate.explain(env))
