"""Where a node stands: its state, its round, since when, how it came out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.functions.arguments import (
    Handler,
    about,
    check_count,
    named_node,
    node_of,
    word_of,
)
from engine.plan.names import states_of
from engine.plan.scope import Compiler
from engine.plan.terms import UNKNOWN, BadName, Dependency, Env, Ref, Term


def _flag(flag: str) -> Handler:
    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        check_count(tree, 0, 1)
        made = about(
            lambda env, path: env.facts.flag(path, flag),
            node_of(compiler, tree),
            "bool",
        )
        return replace(made, reads=frozenset(_at_rest(one) for one in made.reads))

    return handler


def _at_rest(dependency: Dependency) -> Dependency:
    sort, name = dependency
    return ("rest", name) if sort == "node" else dependency


def _started(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 0, 1)
    return about(
        lambda env, path: env.facts.started(path), node_of(compiler, tree), "bool"
    )


def reached(compiler: Compiler, tree: ex.Call) -> Term:
    """``held(x)``: x has been in that state in its present round."""
    check_count(tree, 0, 1)
    node = node_of(compiler, tree)
    state = tree.name
    _check_state(compiler, node, state, tree.column)
    return about(lambda env, path: env.facts.reached(path, state), node, "bool")


def _check_state(compiler: Compiler, node: Ref, state: str, column: int) -> None:
    known = states_of(compiler.scope, node.kind)
    if state not in known:
        raise BadName(
            "plan.unknown_state",
            column,
            state=state,
            node=node.id or "self",
            known=tuple(sorted(known)),
        )


def _in_state(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 1, 2)
    node = named_node(compiler, tree, 1)
    state = word_of(tree.arguments[-1])
    _check_state(compiler, node, state, tree.column)
    return about(lambda env, path: env.facts.state(path) == state, node, "bool")


def _at(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 1, 2)
    node = named_node(compiler, tree, 1)
    state = word_of(tree.arguments[-1])
    _check_state(compiler, node, state, tree.column)

    def asked(env: Env, path: str) -> Any:
        found = env.facts.reached_at(path, state)
        return UNKNOWN if found is None else found

    return about(asked, node, "datetime")


def _round(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 0, 1)
    return about(
        lambda env, path: env.facts.round(path), node_of(compiler, tree), "number"
    )


def _outcome(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 0, 1)

    def asked(env: Env, path: str) -> Any:
        found = env.facts.outcome(path)
        return UNKNOWN if found is None else found

    return about(asked, node_of(compiler, tree), "text")


FUNCTIONS: Final[dict[str, Handler]] = {
    "done": _flag("done"),
    "settled": _flag("settled"),
    "started": _started,
    "in_state": _in_state,
    "at": _at,
    "round": _round,
    "outcome": _outcome,
}
