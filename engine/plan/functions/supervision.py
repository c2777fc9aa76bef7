"""Who owes what and since when, who answers for it, and who stands in for whom."""

from __future__ import annotations

from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan import owing
from engine.plan.functions.arguments import (
    Handler,
    about,
    check_count,
    collection,
    node_of,
)
from engine.plan.scope import Compiler
from engine.plan.terms import PARTIES, UNKNOWN, BadName, Env, Term, many


def _overdue(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 0, 1)
    node = node_of(compiler, tree)
    made = about(lambda env, path: env.facts.overdue(path, env.now), node, "bool")

    def due(env: Env) -> Any:
        path = node.run(env)
        if path in (UNKNOWN, None):
            return UNKNOWN
        return env.facts.special(path, "due", env)

    return Term(made.run, "bool", "", made.reads, (due,))


def _late(compiler: Compiler, tree: ex.Call) -> Term:
    """Whole working days since it was due; 0 while it is not."""
    check_count(tree, 0, 1)

    def asked(env: Env, path: str) -> Any:
        found = env.facts.late(path, env.now)
        return UNKNOWN if found is None else found

    return about(asked, node_of(compiler, tree), "number")


def _superior(compiler: Compiler, tree: ex.Call) -> Term:
    """Who answers for what the node stands in and not for the node itself."""
    check_count(tree, 0, 1)
    node = node_of(compiler, tree)
    return about(lambda env, path: env.facts.superior(path, env), node, "parties")


def _deputies(compiler: Compiler, tree: ex.Call) -> Term:
    """``deputies(party)`` in order, or ``deputies(party, n)``: the n-th, if any."""
    check_count(tree, 1, 2)
    made = [compiler.term(side) for side in tree.arguments]
    if made[0].sort not in {*PARTIES, "list", "any"}:
        at, found = tree.column, made[0].sort
        raise BadName("plan.wrong_value", at, wanted=["parties"], is_=found)

    def run(env: Env) -> Any:
        people, *number = (term.run(env) for term in made)
        if UNKNOWN in (people, *number):
            return UNKNOWN
        found = env.facts.deputies(many(people))
        if not number:
            return found
        return found[int(number[0]) - 1 : int(number[0])] if number[0] >= 1 else ()

    return Term(run, "parties", "", frozenset().union(*(one.reads for one in made)))


def _owed(compiler: Compiler, tree: ex.Call) -> Term:
    """The open nodes without children that a party answers for, soonest due first."""
    check_count(tree, 1, 1)
    who = compiler.term(tree.arguments[0])

    def run(env: Env) -> Any:
        parties = who.run(env)
        return (
            UNKNOWN
            if parties is UNKNOWN
            else owing.owed(env.facts, many(parties), env.now, but=env.me)
        )

    return Term(run, "nodes", "", who.reads)


def _digest(compiler: Compiler, tree: ex.Call) -> Term:
    """A line for each node, in both languages: its mark, title, state and last day."""
    check_count(tree, 1, 1)
    ref, members = collection(compiler, tree)

    def run(env: Env) -> Any:
        found = members(env)
        return UNKNOWN if found is UNKNOWN else owing.digest(env.facts, found, env.now)

    return Term(run, "any", "", ref.reads)


FUNCTIONS: Final[dict[str, Handler]] = {
    "overdue": _overdue,
    "late": _late,
    "superior": _superior,
    "deputies": _deputies,
    "owed": _owed,
    "digest": _digest,
}
