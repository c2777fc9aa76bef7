"""For papers and notices: titles, rows, sentences and dates that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine import words
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
from engine.plan.terms import UNKNOWN, BadName, Dependency, Env, Term, many
from engine.plan.values import canonical

ROWS_MAX: Final = 20
"""Columns of ``rows``, parts of ``sentence``."""


def _title(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 0, 1)
    return about(
        lambda env, path: env.facts.title(path), node_of(compiler, tree), "any"
    )


def _state(compiler: Compiler, tree: ex.Call) -> Term:
    """``state(x)``: the title of the state that a node is in."""
    check_count(tree, 0, 1)
    node = node_of(compiler, tree)
    return about(lambda env, path: env.facts.state_title(path), node, "text")


def _rows(compiler: Compiler, tree: ex.Call) -> Term:
    """``rows(register, text, owner, state(it))``: a mapping for each member.

    A column is called as its name is written, or as the function is that gives it.
    """
    check_count(tree, 2, ROWS_MAX)
    ref, members = collection(compiler, tree)
    inner = compiler.inside(ref)
    columns = {_column(part): inner.handed(part) for part in tree.arguments[1:]}

    def run(env: Env) -> Any:
        found = members(env)
        if found is UNKNOWN:
            return UNKNOWN
        return tuple(_row(columns, env.within(member)) for member in found)

    reads = ref.reads.union(*(one.reads for one in columns.values()))
    return Term(run, "list", "", frozenset(dep for dep in reads if dep[0] != "it"))


def _column(tree: ex.Tree) -> str:
    match tree:
        case ex.Name(parts):
            return ".".join(parts)
        case ex.Call(name):
            return name
    raise BadName("plan.no_column", getattr(tree, "column", 1))


def _row(columns: dict[str, Term], env: Env) -> dict[str, Any]:
    """Without what is not known: an empty cell."""
    found = {name: term.run(env) for name, term in columns.items()}
    return {
        name: value
        for name, value in found.items()
        if value is not UNKNOWN and value is not None
    }


def _sentence(compiler: Compiler, tree: ex.Call) -> Term:
    """``sentence('共 ', count(问题))``: one text; what is not known is left blank."""
    check_count(tree, 1, ROWS_MAX)
    parts = [compiler.term(part) for part in tree.arguments]

    def run(env: Env) -> str:
        language = env.facts.language
        return "".join(_read_out(part.run(env), language) for part in parts)

    reads: frozenset[Dependency] = frozenset()
    return Term(run, "text", "", reads.union(*(part.reads for part in parts)))


def _read_out(value: Any, language: str) -> str:
    if value is UNKNOWN or value is None:
        return "　　"
    if isinstance(value, (tuple, list)):
        joint = "、" if language == "zh" else ", "
        return joint.join(_read_out(one, language) for one in value)
    if isinstance(value, Mapping):
        return words.bilingual(value, language)
    found = canonical(value)
    return found if isinstance(found, str) else str(found)


def _dates(compiler: Compiler, tree: ex.Call) -> Term:
    """``dates(party)``: last days and recurring times of what it answers for."""
    check_count(tree, 1, 1)
    who = compiler.term(tree.arguments[0])

    def run(env: Env) -> Any:
        found = who.run(env)
        if found is UNKNOWN:
            return UNKNOWN
        return owing.dates(env.facts, many(found), env.now, but=env.me)

    return Term(run, "list", "", who.reads)


FUNCTIONS: Final[dict[str, Handler]] = {
    "title": _title,
    "state": _state,
    "rows": _rows,
    "sentence": _sentence,
    "dates": _dates,
}
