"""The rulebook of moves: one ``transitions`` machine a kind, shared by all instances.

The machine is the authority on which move leads from which state to which. It is
built once for a kind, holds no instance, and is driven with a token that carries
only a state: nothing is registered, nothing is kept alive. It is given one bound
condition (the verdict we have already reached) and no string to import or call.
May import: transitions (nobody else does), the plan's graph.
"""

from __future__ import annotations

from typing import Any, Final

from transitions import Machine, MachineError

from engine.plan.graph import Kind


class Token:
    """Something in a state; all that the rulebook needs to know of a node."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _is_allowed(*, verdict: bool) -> bool:
    return verdict


class Rulebook:
    """The moves of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.machine = Machine(
            model=None,
            states=list(kind.states),
            initial=kind.initial,
            auto_transitions=False,
            transitions=[
                {
                    "trigger": move.name,
                    "source": list(move.sources),
                    "dest": move.target,
                    "conditions": _is_allowed,
                }
                for move in kind.moves.values()
            ],
        )
        self.known: dict[tuple[str, str], str | None] = {}

    def accepts(self, state: str, move: str) -> bool:
        """Whether the move may be asked for in this state at all."""
        event = self.machine.events.get(move)
        return event is not None and state in event.transitions

    def after(self, state: str, move: str) -> str | None:
        """The state that an allowed move leads to; None when there is no such move.

        The machine is asked once for each state and move: its rules do not change.
        """
        if (state, move) not in self.known:
            self.known[state, move] = self.trigger(state, move, verdict=True)
        return self.known[state, move]

    def trigger(self, state: str, move: str, *, verdict: bool) -> str | None:
        """What the machine says of a move with this verdict."""
        token = Token(state)
        try:
            moved: Any = self.machine.events[move].trigger(token, verdict=verdict)
        except (MachineError, KeyError):
            return None
        return token.state if moved else None


_BUILT: Final[dict[int, tuple[Kind, Rulebook]]] = {}


def rulebook(kind: Kind) -> Rulebook:
    """The rulebook of a kind, built the first time it is asked for."""
    found = _BUILT.get(id(kind))
    if found is None:
        # the kind is kept beside its rulebook so that its id cannot be given anew
        found = _BUILT[id(kind)] = (kind, Rulebook(kind))
    return found[1]
