"""Many at once: the members of a collection, and people put into groups.

A collection is a register, a set of parties, a list, or what stands below a node.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.functions.arguments import Handler, check_count, collection
from engine.plan.scope import Compiler
from engine.plan.terms import ANYONE, UNKNOWN, BadName, Env, Term, every, listed, some

QUANTIFIERS: Final = frozenset({"count", "all_of", "any_of"})


def _quantifier(fold: Callable[[list[Any]], Any], sort: str, *, bare: bool) -> Handler:
    """``f(collection where condition)``; ``bare`` allows it without a condition."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        check_count(tree, 1, 1)
        ref, members = collection(compiler, tree)
        if tree.where is None:
            if not bare:
                raise BadName("plan.where_wanted", tree.column, function=tree.name)
            return Term(
                lambda env: _folded(members(env), lambda _: True, fold),
                sort,
                "",
                ref.reads,
            )
        inner = compiler.inside(ref)
        condition = inner.truth(tree.where)
        reads = ref.reads | {dep for dep in condition.reads if dep[0] != "it"}

        def run(env: Env) -> Any:
            return _folded(
                members(env), lambda one: condition.run(env.within(one)), fold
            )

        return Term(run, sort, "", reads, condition.alarms)

    return handler


def _folded(
    members: Any, condition: Callable[[Any], Any], fold: Callable[[list[Any]], Any]
) -> Any:
    if members is UNKNOWN:
        return UNKNOWN
    return fold([condition(member) for member in members])


def _number_true(verdicts: list[Any]) -> Any:
    return sum(1 for verdict in verdicts if verdict is True)


def _per_member(pick: Callable[[list[Any]], Any], sort: str) -> Handler:
    """``sum(register, field)``, ``least(…)``, ``values(…)``."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        check_count(tree, 2, 2)
        ref, members = collection(compiler, tree)
        inner = compiler.inside(ref).term(tree.arguments[1])

        def run(env: Env) -> Any:
            found = members(env)
            if found is UNKNOWN:
                return UNKNOWN
            values = [inner.run(env.within(member)) for member in found]
            return pick([v for v in values if v is not UNKNOWN and v is not None])

        reads = ref.reads | {dep for dep in inner.reads if dep[0] != "it"}
        return Term(run, sort, "", reads)

    return handler


def _distinct(values: list[Any]) -> tuple[Any, ...]:
    flat = [one for v in values for one in (v if isinstance(v, tuple) else (v,))]
    return tuple(dict.fromkeys(flat))


def _size(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 1, 1)
    made = compiler.term(tree.arguments[0])

    def run(env: Env) -> Any:
        found = made.run(env)
        if found is UNKNOWN or found is None:
            return UNKNOWN
        if isinstance(found, tuple):
            return len(listed(found))
        return len(found) if isinstance(found, dict) else 1

    return Term(run, "number", "", made.reads)


def _covers(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 2, 2)
    whole, part = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        a, b = whole.run(env), part.run(env)
        if a in (UNKNOWN, None) or b in (UNKNOWN, None):
            return UNKNOWN
        whole_ = members_of(a)
        return ANYONE in whole_ or set(listed(members_of(b))) <= set(whole_)

    return Term(run, "bool", "", whole.reads | part.reads)


def members_of(value: Any) -> tuple[Any, ...]:
    """What a value holds, one by one; of groups their members."""
    if isinstance(value, dict):  # groups: {name: {leader, members}}
        return tuple(who for group in value.values() for who in group["members"])
    return value if isinstance(value, tuple) else (value,)


def _of_groups(read: Callable[[dict[str, Any]], Any], sort: str) -> Handler:
    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        check_count(tree, 1, 1)
        made = compiler.term(tree.arguments[0])

        def run(env: Env) -> Any:
            found = made.run(env)
            return read(found) if isinstance(found, dict) else UNKNOWN

        return Term(run, sort, "", made.reads)

    return handler


def _are_disjoint(groups: dict[str, Any]) -> bool:
    members = members_of(groups)
    return len(members) == len(set(members))


def _leaders(groups: dict[str, Any]) -> tuple[str, ...]:
    return tuple(group["leader"] for group in groups.values() if group.get("leader"))


def _sample(compiler: Compiler, tree: ex.Call) -> Term:
    """A seeded draw: the same instance always draws the same people."""
    check_count(tree, 2, 2)
    members, share = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        who, ratio = members.run(env), share.run(env)
        if who in (UNKNOWN, None) or ratio in (UNKNOWN, None):
            return UNKNOWN
        return env.facts.sample(members_of(who), Fraction(ratio), env.me)

    return Term(run, "parties", "", members.reads | share.reads)


def _needed(compiler: Compiler, tree: ex.Call) -> Term:
    """``needed(share, n)``: the whole number of members that makes the share."""
    check_count(tree, 2, 2)
    share, size = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        a, b = share.run(env), size.run(env)
        if not (isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction))):
            return UNKNOWN
        return math.ceil(Fraction(a) * Fraction(b))

    return Term(run, "number", "", share.reads | size.reads)


FUNCTIONS: Final[dict[str, Handler]] = {
    "count": _quantifier(_number_true, "number", bare=True),
    "all_of": _quantifier(lambda found: every(iter(found)), "bool", bare=False),
    "any_of": _quantifier(lambda found: some(iter(found)), "bool", bare=False),
    "sum": _per_member(lambda found: sum(map(Fraction, found), Fraction()), "number"),
    "least": _per_member(lambda found: min(found) if found else UNKNOWN, "any"),
    "values": _per_member(_distinct, "parties"),
    "size": _size,
    "covers": _covers,
    "disjoint": _of_groups(_are_disjoint, "bool"),
    "leaders": _of_groups(_leaders, "parties"),
    "members": _of_groups(members_of, "parties"),
    "sample": _sample,
    "needed": _needed,
}
