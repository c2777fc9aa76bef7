"""What is kept beside the nodes: deliverables, quotas and measures, events."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.functions.arguments import Handler, about, check_count, word_of
from engine.plan.scope import Compiler
from engine.plan.terms import UNKNOWN, Dependency, Env, Term


def _document(read: Callable[[Env, str], Any], sort: str = "bool") -> Handler:
    """A fact about a deliverable, or about every one of several."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        check_count(tree, 1, 1)
        return about(
            read,
            compiler.reference(tree.arguments[0], frozenset({"deliverable"})),
            sort,
        )

    return handler


def _label(env: Env, deliverable: str) -> Any:
    found = env.facts.label(deliverable)
    return UNKNOWN if found is None else found


def _has_version(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 2, 2)
    ref = compiler.reference(tree.arguments[0], frozenset({"deliverable"}))
    label = compiler.word(tree.arguments[1])

    def asked(env: Env, deliverable: str) -> Any:
        wanted = label.run(env)
        if wanted is UNKNOWN or wanted is None:
            return UNKNOWN
        return env.facts.has_label(deliverable, str(wanted))

    return about(asked, ref, "bool")


def _quota(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 1, 1)
    ref = compiler.reference(tree.arguments[0], frozenset({"quota"}))
    return about(lambda env, quota: env.facts.quota(quota, env), ref, "bool")


def _measure(compiler: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 2, 2)
    ref = compiler.reference(tree.arguments[0], frozenset({"measure"}))
    who = compiler.term(tree.arguments[1])

    def asked(env: Env, measure: str) -> Any:
        person = who.run(env)
        if isinstance(person, tuple):
            return sum((env.facts.measure(measure, one) for one in person), Fraction())
        if not isinstance(person, str):
            return UNKNOWN
        return env.facts.measure(measure, person)

    made = about(asked, ref, "number")
    return Term(made.run, "number", "", ref.reads | who.reads)


def _event(_: Compiler, tree: ex.Call) -> Term:
    check_count(tree, 1, 1)
    name = word_of(tree.arguments[0])
    reads: frozenset[Dependency] = frozenset({("event", name)})
    return Term(lambda env: env.facts.event(name), "bool", "", reads)


FUNCTIONS: Final[dict[str, Handler]] = {
    "exists": _document(lambda env, what: env.facts.versions(what) > 0),
    "approved": _document(lambda env, what: env.facts.approved(what)),
    "unchanged_since_approval": _document(lambda env, what: env.facts.unchanged(what)),
    "version": _document(_label, "text"),
    "has_version": _has_version,
    "quota": _quota,
    "measure": _measure,
    "event": _event,
}
