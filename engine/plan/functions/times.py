"""Reckoning with moments and days, by the plan's calendar and in its zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.functions.arguments import Handler, check_count
from engine.plan.scope import Compiler
from engine.plan.terms import UNKNOWN, Env, Term
from engine.plan.values import Duration


def _after(compiler: Compiler, tree: ex.Call) -> Term:
    """``after(t, 3 workdays)``: what ends at midnight ends the day before."""
    check_count(tree, 2, 2)
    start, length = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        moment, duration = start.run(env), length.run(env)
        if not isinstance(moment, datetime) or not isinstance(duration, Duration):
            return UNKNOWN
        found = env.facts.after(moment, duration)
        return UNKNOWN if found is None else found

    return Term(run, "datetime", "", start.reads | length.reads)


def _working_days(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 2, 2)
    start, end = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        a, b = start.run(env), end.run(env)
        if a in (UNKNOWN, None) or b in (UNKNOWN, None):
            return UNKNOWN
        return env.facts.calendar.working_days_between(_day(a, env), _day(b, env))

    return Term(run, "number", "", start.reads | end.reads)


def _day(moment: Any, env: Env) -> Any:
    return (
        moment.astimezone(env.facts.zone).date() if hasattr(moment, "hour") else moment
    )


FUNCTIONS: Final[dict[str, Handler]] = {
    "after": _after,
    "working_days": _working_days,
}
