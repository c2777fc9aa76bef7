"""Whether a person's move could be made now, by whom, and what keeps it: asked only.

The answers are those that a decision would give, worked out from the same gates and
rights. A clause about what is handed in with the move cannot be answered before it
is handed in: such clauses are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.core import waiting
from engine.core.facts import Known
from engine.core.machine import rulebook
from engine.core.rights import Right, right_of
from engine.core.waiting import Obstacle
from engine.plan import expressions as ex
from engine.plan.gate_table import asked_of
from engine.plan.gates import Gate, Leaf, Outcome, leaves, unmet
from engine.plan.graph import Kind, Move, Node, Register
from engine.plan.terms import ANYONE, Env, many
from engine.ports import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A person's move of a node, as it stands now."""

    path: str
    move: Move
    in_state: bool
    """The node is in a state in which the move exists."""
    counted: bool = False
    """Its ballot box has been opened."""
    unmet: tuple[Obstacle, ...] = ()
    """Clauses that keep it, whatever is handed in."""
    asked: tuple[Outcome, ...] = ()
    """Clauses about what is handed in or by whom; answered when it is."""
    permit: int | None = None
    """The entry of an open permit to pass the gate."""

    @property
    def is_open(self) -> bool:
        """Somebody with the right, who hands in what is asked, can make it now."""
        if not self.in_state or self.counted:
            return False
        return self.permit is not None or not self.unmet


def gate_of(node: Node, move: Move) -> Gate:
    """What is asked of a person's move: the kind's own gate, then the move's."""
    return Gate(asked_of(node.kind, move))


def prospect(
    known: Known, path: str, move: Move, now: datetime, *, actor: str | None = None
) -> Prospect:
    """How a person's move stands now."""
    node = known.node(path)
    state = known.state(path)
    if not rulebook(node.kind).accepts(state, move.name):
        held = waiting.obstacles(known, path, now, towards=move.sources)
        return Prospect(path=path, move=move, in_state=False, unmet=tuple(held))
    env = Env(known, path, now, {}, actor)
    shut = unmet(gate_of(node, move).explain(env))
    told = tuple(one for one in shut if is_about_the_act(one))
    return Prospect(
        path=path,
        move=move,
        in_state=True,
        counted=is_counted(known, path, move),
        unmet=tuple(Obstacle(path, move, one) for one in shut if one not in told),
        asked=told,
        permit=permit_of(known, path, move),
    )


def is_about_the_act(outcome: Outcome) -> bool:
    """Whether a clause waits for what is handed in, or for who hands it in."""
    if outcome.verdict is not None:
        return False
    return any(
        any(sort == "input" for sort, _ in leaf.term.reads) or _names_actor(leaf)
        for leaf in leaves(outcome.clause)
    )


def _names_actor(leaf: Leaf) -> bool:
    found = () if leaf.tree is None else ex.names(leaf.tree)
    return any(name.parts == ("actor",) for name in found)


def is_counted(known: Known, path: str, move: Move) -> bool:
    """Whether the box of a secret move takes no more answers in this round."""
    if move.secret is None:
        return False
    box = known.fact(f"b/{path}/{known.round(path)}/{move.name}")
    return bool(box and box["opened"])


def permit_of(known: Known, path: str, move: Move) -> int | None:
    """The entry of an open permit to pass the gate of this move once.

    None opens a ballot box: with few answers in it, its totals would tell whose.
    """
    if any(effect.what == "open_box" for effect in move.then):
        return None
    found = known.facts.get(f"p/{path}/{known.round(path)}/{move.name}")
    return found.seq if found is not None and found.value else None


# -- people


def right_to(
    known: Known, path: str, move: Move, actor: str, now: datetime
) -> Right | dict[str, Json]:
    """A party's right to a move now, or the reason why there is none."""
    return right_of(known, move, actor, Env(known, path, now, {}, actor))


def holders(
    known: Known, path: str, asked: Move | Register, now: datetime
) -> tuple[str, ...]:
    """Whom the plan gives a move to, in its order; ``*`` is anybody."""
    if asked.by is None:
        return (ANYONE,) if isinstance(asked, Register) else ()
    return many(asked.by.run(Env(known, path, now)))


def able(known: Known, path: str, move: Move, now: datetime) -> tuple[str, ...]:
    """Who may make it now, by right or delegation.

    None who must stand aside, or who has done so once where once is all.
    """
    first = holders(known, path, move, now)
    acting = (known.delegate(who, path, now) for who in first)
    more = (found[0] for found in acting if found is not None)
    return tuple(
        who
        for who in dict.fromkeys((*first, *more))
        if who == ANYONE or isinstance(right_to(known, path, move, who, now), Right)
    )


# -- the moves of a node


def persons_moves(kind: Kind) -> Iterator[Move]:
    """The moves that people make, in the order of the kind."""
    for move in kind.moves.values():
        if move.trigger == "by":
            yield move


def is_called_for(known: Known, fresh: Known, path: str, prospect: Prospect) -> bool:
    """Whether something has happened that opened the gate of such a move.

    An extension that was asked for, a node on hold: at the start the gate was shut.
    """
    if not prospect.is_open:
        return False
    gate = gate_of(known.node(path), prospect.move)
    now = known.reached_at(path, known.state(path))
    at = now or datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    outcomes = unmet(gate.explain(Env(fresh, path, at)))
    return any(not is_about_the_act(one) for one in outcomes)
