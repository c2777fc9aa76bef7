"""Everything that can ever be reached from the start of a plan: a least fixpoint.

Nothing is taken back here: rework, rounds and resets only make less true. So a plan
that can finish is never accused, and what is not reached cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.plan.check.judge import Judge, able_for, kind_judge
from engine.plan.check.possible import NOTHING
from engine.plan.check.reach import Job, Key, Reached, is_exception
from engine.plan.gates import Gate
from engine.plan.graph import Move, Node, Plan

MAKES: Final = {
    "version": ("deliverable", "of"),
    "approve": ("approved", "what"),
    "credit": ("measure", "measure"),
    "add": ("register", "to"),
}
"""Effect -> what it makes, and the argument that names it."""


def explore(plan: Plan) -> Reached:
    """What can be reached, and who asked for what cannot."""
    reached = Reached(plan)
    for register in plan.registers.values():
        by = None if register.by is None else reached.written.value(register.by, "plan")
        if by != ():
            reached.add_thing("register", register.id)
    for node in plan.nodes.values():
        for move in node.kind.moves.values():
            if is_telling(move, node) and not is_exception(move, node):
                _expect(reached, node, move)
    while reached.queue:
        _try(reached, reached.take())
    return reached


def _expect(reached: Reached, node: Node, move: Move) -> None:
    """A move to be looked at, and what it would make."""
    job = (node.path, move.name)
    reached.look_at(job)
    for made in _made(reached, node, move):
        reached.makers[made].append(job)


def is_telling(move: Move, node: Node) -> bool:
    """It leads to another state, or makes something that a gate may ask for."""
    return move.target is not None or any(
        effect.what in MAKES for effect in node.effects_of(move)
    )


def _try(reached: Reached, job: Job) -> None:
    path, name = job
    node = reached.plan.nodes[path]
    move = node.kind.moves[name]
    reached.asking = job
    made = is_possible(reached, node, move)
    reached.asking = None
    if not made:
        return
    reached.add_move(job)
    if move.target is not None:
        reached.add_state(path, move.target)
    for sort, thing in _made(reached, node, move):
        reached.add_thing(sort, thing)


def _made(reached: Reached, node: Node, move: Move) -> Iterator[Key]:
    """What a move makes; an empty name is any, for nobody can tell which."""
    for effect in node.effects_of(move):
        if effect.what not in MAKES:
            continue
        sort, argument = MAKES[effect.what]
        term = effect.terms.get(argument)
        name = NOTHING if term is None else reached.written.value(term, node.path)
        if name is not NOTHING:
            yield sort, name if isinstance(name, str) else ""


def is_possible(reached: Reached, node: Node, move: Move) -> bool:
    """Whether a move may ever be made."""
    if not reached.has_state(node.path, move.sources):
        return False
    if move.trigger == "by" and able_for(reached, node.path, move) == ():
        return False
    if move.trigger == "every" and move.every not in node.fields:
        return False
    return all(judge.opens(gate) for judge, gate in gates_of(reached, node, move))


def gates_of(reached: Reached, node: Node, move: Move) -> Iterator[tuple[Judge, Gate]]:
    """The gates of a move, each with who judges it."""
    judge = kind_judge(reached, node, move.takes)
    if move.trigger == "by" and not move.free:
        yield judge, node.kind.gate
    yield judge, move.gate if move.trigger == "by" else move.when
