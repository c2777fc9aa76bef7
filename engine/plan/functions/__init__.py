"""The facts that a gate may ask for: the closed list of functions.

``FUNCTIONS`` is the whole list; a call of anything else is a fault unless it is
the name of a state, as in ``held(会议)``. docs/plans.md §5 is tested equal to it.
A file each for what they ask about: ``nodes`` (where one stands), ``acts`` (what was
done there), ``members`` (many at once), ``records`` (deliverables, quotas, events),
``supervision`` (who owes what), ``times``, ``papers`` (what a person reads).
"""

from __future__ import annotations

from typing import Final

from engine.plan import expressions as ex
from engine.plan.faults import nearest
from engine.plan.functions import (
    acts,
    members,
    nodes,
    papers,
    records,
    supervision,
    times,
)
from engine.plan.functions.arguments import Handler
from engine.plan.functions.members import QUANTIFIERS
from engine.plan.functions.nodes import reached
from engine.plan.names import states_of
from engine.plan.scope import Compiler
from engine.plan.terms import BadName, Term

FUNCTIONS: Final[dict[str, Handler]] = {
    **nodes.FUNCTIONS,
    **acts.FUNCTIONS,
    **members.FUNCTIONS,
    **records.FUNCTIONS,
    **supervision.FUNCTIONS,
    **times.FUNCTIONS,
    **papers.FUNCTIONS,
}


def call(compiler: Compiler, tree: ex.Call) -> Term:
    """The term of a call."""
    handler = FUNCTIONS.get(tree.name)
    if handler is not None:
        if tree.where is not None and tree.name not in QUANTIFIERS:
            raise BadName("plan.no_where", tree.column, function=tree.name)
        return handler(compiler, tree)
    if tree.name in states_of(compiler.scope, None):
        return reached(compiler, tree)
    raise BadName(
        "plan.unknown_function",
        tree.column,
        name=tree.name,
        known=_near(tree.name, compiler),
    )


def _near(name: str, compiler: Compiler) -> tuple[str, ...]:
    return nearest(name, (*FUNCTIONS, *sorted(states_of(compiler.scope, None))))
