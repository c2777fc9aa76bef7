"""What a function is given, and how it asks about the node that it names.

A function is made a term once, when a plan is loaded: a :data:`Handler` looks at the
arguments, refuses what does not fit, and leaves a closure that only asks for facts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from engine.plan import expressions as ex
from engine.plan.scope import Compiler
from engine.plan.terms import (
    ANYTHING,
    COLLECTION,
    NODE,
    UNKNOWN,
    BadName,
    Dependency,
    Env,
    Ref,
    Run,
    Term,
    every,
    listed,
)

Handler: TypeAlias = Callable[[Compiler, ex.Call], Term]

SELF: Final = Ref(
    "node", "", lambda env: env.me, frozenset({("self", "state")}), kind="self"
)


def check_count(tree: ex.Call, least: int, most: int) -> None:
    if not least <= len(tree.arguments) <= most:
        raise BadName(
            "plan.arguments",
            tree.column,
            function=tree.name,
            found=len(tree.arguments),
            wanted=str(least) if least == most else f"{least}-{most}",
        )


def node_of(compiler: Compiler, tree: ex.Call, at: int = 0) -> Ref:
    """The node an argument names; this node when it is left out."""
    if len(tree.arguments) <= at:
        return SELF
    return compiler.reference(tree.arguments[at], NODE)


def named_node(compiler: Compiler, tree: ex.Call, others: int) -> Ref:
    """The node written before ``others`` arguments; this node when it is left out."""
    return node_of(compiler, tree) if len(tree.arguments) > others else SELF


def word_of(tree: ex.Tree) -> str:
    if isinstance(tree, ex.Name) and len(tree.parts) == 1:
        return tree.parts[0]
    if isinstance(tree, ex.Text):
        return tree.value
    raise BadName("plan.word_wanted", tree.column)


def acts_of(node: Ref) -> frozenset[Dependency]:
    """Acts of this node are an aspect of their own; another node is watched whole."""
    if node.kind == "self":
        return frozenset({("self", "acts")})
    return node.reads


def about(asked: Callable[[Env, str], Any], node: Ref, sort: str) -> Term:
    """A fact about one node; unknown while the node is not there."""
    if node.kind == "self":
        return Term(lambda env: asked(env, env.me), sort, "", node.reads)
    if node.path is not None:
        path = node.path
        return Term(lambda env: asked(env, path), sort, "", node.reads)
    find = node.run

    def run(env: Env) -> Any:
        path = find(env)
        if path is UNKNOWN or path is None:
            return UNKNOWN
        if isinstance(path, tuple):
            return every(asked(env, one) for one in path) if path else UNKNOWN
        return asked(env, path)

    return Term(run, sort, "", node.reads)


def _collected(compiler: Compiler, tree: ex.Tree) -> Ref:
    """A name is a collection first, and a node only if there is no such collection."""
    if isinstance(tree, ex.Name):
        found = compiler.scope.resolve(tree.parts, COLLECTION)
        if isinstance(found, Ref) and found.sort in COLLECTION:
            return found
    return compiler.reference(tree, ANYTHING)


def collection(compiler: Compiler, tree: ex.Call) -> tuple[Ref, Run]:
    """A collection's reference and its members as a tuple."""
    ref = _collected(compiler, tree.arguments[0])
    if ref.sort == "node":
        nodes = Ref("nodes", ref.id, ref.run, ref.reads, None)
        return nodes, lambda env: env.facts.children(ref.run(env))
    if ref.sort not in COLLECTION and ref.sort != "any":
        raise BadName("plan.no_collection", tree.column, is_=ref.sort)

    def run(env: Env) -> Any:
        found = ref.run(env)
        if found is UNKNOWN or found is None:
            return UNKNOWN
        if ref.sort == "register" and isinstance(found, str):
            # a field of a kind holds the register's id
            return env.facts.items(found)
        return listed(found) if isinstance(found, tuple) else (found,)

    return ref, run
