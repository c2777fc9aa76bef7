"""Which moves of a kind lead where, and what they do on the way."""

from __future__ import annotations

from collections.abc import Collection

from engine.core.facts import Known
from engine.core.places import word
from engine.plan import expressions as ex
from engine.plan.graph import Kind, Move


def leading(known: Known, path: str, wanted: Collection[str]) -> tuple[Move, ...]:
    """Moves out of a node's state from which a wanted state can be reached.

    Without coming back to where it is. Moves that are there in every state (skip a
    node, …), and a new round, count only if nothing else leads there.
    """
    state = known.state(path)
    every = tuple(known.node(path).kind.moves.values())
    plain = tuple(one for one in every if not one.anywhere)
    this_round = tuple(one for one in plain if not one.next_round)
    return next(
        (
            found
            for some in (this_round, plain, every)
            if (found := _leading(some, state, wanted))
        ),
        (),
    )


def _leading(
    moves: tuple[Move, ...], state: str, wanted: Collection[str]
) -> tuple[Move, ...]:
    reach = set(wanted)
    while True:
        more = {
            source
            for move in moves
            if move.target in reach
            for source in move.sources
            if source != state
        }
        if more <= reach:
            break
        reach |= more
    return tuple(m for m in moves if state in m.sources and m.target in reach)


def settling(kind: Kind) -> frozenset[str]:
    return frozenset(s.name for s in kind.states.values() if s.settled or s.done)


def holding(kind: Kind, tree: ex.Call) -> frozenset[str] | None:
    """The states in which a call about a node is true."""
    match tree.name:
        case "done":
            return frozenset(s.name for s in kind.states.values() if s.done)
        case "settled":
            return settling(kind)
        case "started":
            return frozenset(kind.states) - {kind.initial}
        case "in_state":
            return frozenset({word(tree.arguments[-1])})
        case name if name in kind.states:
            return frozenset({name})
    return None
