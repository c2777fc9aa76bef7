"""What was done at a node: how often, by whom, and what was answered.

An answer is an input of a move; counts, means and shares are of one round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.faults import nearest
from engine.plan.functions.arguments import (
    Handler,
    about,
    acts_of,
    check_count,
    named_node,
    word_of,
)
from engine.plan.names import inputs_of, moves_of
from engine.plan.scope import Compiler
from engine.plan.terms import NODE, UNKNOWN, BadName, Env, Ref, Term


def _of_move(
    read: Callable[[Env, str, str], Any], sort: str
) -> Callable[[Compiler, ex.Call], Term]:
    """``f(move)`` or ``f(x, move)``."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        check_count(tree, 1, 2)
        node = named_node(compiler, tree, 1)
        move = word_of(tree.arguments[-1])
        known = moves_of(compiler.scope, node.kind)
        if move not in known:
            raise BadName(
                "plan.unknown_act", tree.column, move=move, known=tuple(sorted(known))
            )

        made = about(lambda env, path: read(env, path, move), node, sort)
        return Term(made.run, sort, "", acts_of(node))

    return handler


def _done_by(compiler: Compiler, tree: ex.Call) -> Term:
    """By whom: one node's move, or all acts of a node."""
    if len(tree.arguments) == 1 and not _is_move(compiler, tree.arguments[0]):
        node = compiler.reference(tree.arguments[0], NODE)
        return _about_all(lambda env, path: env.facts.actors(path, ""), node)
    return _of_move(lambda env, path, move: env.facts.actors(path, move), "parties")(
        compiler, tree
    )


def _principals(env: Env, path: str, move: str) -> tuple[str, ...]:
    return env.facts.principals(path, move)


def _is_move(compiler: Compiler, tree: ex.Tree) -> bool:
    return (
        isinstance(tree, ex.Name)
        and len(tree.parts) == 1
        and tree.parts[0] in moves_of(compiler.scope, "self")
    )


def _about_all(asked: Callable[[Env, str], tuple[str, ...]], node: Ref) -> Term:
    def run(env: Env) -> Any:
        path = node.run(env)
        if path is UNKNOWN or path is None:
            return UNKNOWN
        paths = path if isinstance(path, tuple) else (path,)
        return tuple(dict.fromkeys(who for one in paths for who in asked(env, one)))

    return Term(run, "parties", "", node.reads | acts_of(node))


def _input(compiler: Compiler, node: Ref, tree: ex.Tree) -> str:
    """The name of something that a move of the node takes."""
    name = word_of(tree)
    known = inputs_of(compiler.scope, node.kind)
    if name not in known:
        raise BadName(
            "plan.unknown_input",
            tree.column,
            name=name,
            node=node.id or "self",
            near=nearest(name, known) or tuple(known),
        )
    if known[name].is_personal:
        raise BadName("plan.personal_read", tree.column, name=name)
    return name


def _answer(compiler: Compiler, node: Ref, name: str, tree: ex.Tree) -> str:
    """One of the answers to choose from, where the kind lists them."""
    value = word_of(tree)
    taken = inputs_of(compiler.scope, node.kind).get(name)
    known = taken.of if taken is not None and isinstance(taken.of, tuple) else (value,)
    if value not in known:
        near = nearest(value, known) or known
        raise BadName(
            "plan.unknown_answer", tree.column, value=value, input=name, near=near
        )
    return value


def _tally(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 2, 3)
    node = named_node(compiler, tree, 2)
    name = _input(compiler, node, tree.arguments[-2])
    value = _answer(compiler, node, name, tree.arguments[-1])
    node = replace(node, reads=acts_of(node))
    return about(lambda env, path: env.facts.tally(path, name, value), node, "number")


def _total(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 1, 2)
    node = named_node(compiler, tree, 1)
    name = _input(compiler, node, tree.arguments[-1])
    node = replace(node, reads=acts_of(node))
    return about(lambda env, path: env.facts.total(path, name), node, "number")


def _mean(compiler: Compiler, tree: ex.Call) -> Term:
    """The mean of a number or of scores (all criteria); unknown without answers."""
    check_count(tree, 1, 2)
    node = named_node(compiler, tree, 1)
    name = _input(compiler, node, tree.arguments[-1])

    def asked(env: Env, path: str) -> Any:
        count = env.facts.tally(path, name, "#")
        return UNKNOWN if not count else Fraction(env.facts.total(path, name), count)

    return about(asked, replace(node, reads=acts_of(node)), "number")


ABSTENTIONS: Final = frozenset({"abstain", "弃权"})


def _share(compiler: Compiler, tree: ex.Call) -> Term:
    """Answers ``value`` among the valid ones; abstentions are not valid answers."""
    check_count(tree, 1, 2)
    last = tree.arguments[-1]
    node = named_node(compiler, tree, 1)
    if len(tree.arguments) == 1 and isinstance(last, ex.Name) and len(last.parts) > 1:
        node = compiler.reference(ex.Name(last.parts[:-1], last.column), NODE)
        last = ex.Name(last.parts[-1:], last.column)
    value = _answer(compiler, node, "choice", last)

    def asked(env: Env, path: str) -> Any:
        given = env.facts.tallies(path, "choice")
        valid = sum(n for answer, n in given.items() if answer not in ABSTENTIONS)
        return UNKNOWN if valid == 0 else Fraction(given.get(value, 0), valid)

    return about(asked, replace(node, reads=acts_of(node)), "number")


FUNCTIONS: Final[dict[str, Handler]] = {
    "acts": _of_move(lambda env, path, move: env.facts.acts(path, move), "number"),
    "done_by": _done_by,
    "done_for": _of_move(_principals, "parties"),
    "tally": _tally,
    "total": _total,
    "mean": _mean,
    "share": _share,
}
