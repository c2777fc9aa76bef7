"""How a clause's verdict follows from what it asked: for whoever checks it later.

A clause is taken apart where its logic ends: ``min_chars == 0 or chars >= min_chars``
asks for two things, and the rest is reckoned from what they were. The form is part of
what a plan is known by, the values stand in the entry; docs/history-format.md §6 says
how the one follows from the other, for readers who do not have this engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.compiling import Compiling, moment_in
from engine.plan.functions.arguments import collection, named_node, node_of
from engine.plan.functions.members import QUANTIFIERS, members_of
from engine.plan.gates import Reckoning
from engine.plan.names import SPECIALS, states_of
from engine.plan.terms import (
    ANYTHING,
    COMPARABLE,
    COMPARE,
    UNKNOWN,
    Env,
    Ref,
    Run,
    Term,
)
from engine.plan.values import Duration, canonical
from engine.ports import Json

WHOLE_MAX: Final = 2**53
"""Whole numbers below this are the same to every reader of JSON."""
LISTED_MAX: Final = 32
"""Members of a list that are written into an entry."""
MEMBERS_MAX: Final = 100
"""Members of a collection whose conditions are written out."""
WRITTEN_MAX: Final = 1_000
"""Characters of a text that are written into an entry."""
NUMBERS: Final = frozenset({"number", "any"})
SORTS: Final[dict[type, str]] = {datetime: "t", date: "d", Duration: "p"}
TRUTHS: Final = {"true": True, "false": False}
PAPERS: Final = frozenset({"exists", "approved", "unchanged_since_approval", "version"})


def taken_apart(compiling: Compiling, tree: ex.Tree) -> Reckoning:
    """The form of a clause that compiles, and what it asks, in reading order."""

    def make() -> tuple[Json, tuple[Run, ...]]:
        apart = _Apart(compiling)
        form = apart.truth(tree)
        return form, tuple(apart.asked)

    return Reckoning(make)


def counted(compiling: Compiling, tree: ex.Tree) -> Reckoning:
    """The same of a number."""

    def make() -> tuple[Json, tuple[Run, ...]]:
        apart = _Apart(compiling)
        form = apart.value(tree, compiling.term(tree))
        return form, tuple(apart.asked)

    return Reckoning(make)


class TooMany:
    """More members than are written out."""


def _owed(quota: Run) -> Run:
    """The least that each owes, and what each has given; unknown for who owes."""

    def run(env: Env) -> Any:
        name = quota(env)
        return UNKNOWN if name is UNKNOWN else env.facts.given_of(name, env)

    return run


def _named(term: Term) -> Term:
    """Of groups their names: as many as there are groups."""

    def run(env: Env) -> Any:
        found = term.run(env)
        return tuple(found) if isinstance(found, dict) else found

    return replace(term, run=run)


@dataclass(slots=True)
class _Apart:
    compiling: Compiling
    asked: list[Run] = field(default_factory=list)

    def truth(self, tree: ex.Tree) -> Json:
        match tree:
            case ex.Logic(word, clauses):
                return [word, *(self.truth(one) for one in clauses)]
            case ex.Operation(sign, (_, _) as sides) if sign in COMPARE:
                return self.comparison(tree, sign, sides)
            case ex.Operation(("in" | "not in") as sign, (one, among)):
                left = self.value(one, self.compiling.word(one))
                return [sign, left, self.value(among, self.compiling.term(among))]
            case ex.Call():
                made = self.called(tree)
                if made is not None:
                    return made
        return self.hole(self.compiling.term(tree).run, self.meaning(tree))

    def comparison(self, tree: ex.Tree, sign: str, sides: tuple[ex.Tree, ...]) -> Json:
        terms = [self.compiling.word(side) for side in sides]
        sorts = {COMPARABLE.get(term.sort, term.sort) for term in terms}
        if "duration" in sorts:
            return self.hole(self.compiling.term(tree).run)
        if "moment" in sorts:
            return [sign, *map(self.moment, sides, terms)]
        return [sign, *map(self.value, sides, terms)]

    def moment(self, tree: ex.Tree, term: Term) -> Json:
        """A side of a comparison of times: a day is its beginning."""
        if isinstance(tree, ex.Name) and tree.parts == ("now",):
            return ["now"]
        run = term.run
        return self.hole(lambda env: moment_in(run(env), env))

    def value(self, tree: ex.Tree, term: Term) -> Json:
        match tree:
            case ex.Number(value) | ex.Text(value):
                return ["v", told(value)]
            case ex.Name((name,)) if term.sort == "word" or name in TRUTHS:
                return ["v", TRUTHS.get(name, name)]
            case ex.Name(("actor",)):
                return ["actor"]
            case ex.Operation(("+" | "-" | "*" | "/") as sign, sides):
                return self.sum(sign, sides, term)
            case ex.Logic() | ex.Operation() | ex.Call():
                return self.truth(tree)
        return self.hole(term.run, self.meaning(tree))

    def sum(self, sign: str, sides: tuple[ex.Tree, ...], term: Term) -> Json:
        """Of numbers; what is reckoned with times is asked as a whole."""
        terms = [self.compiling.term(side) for side in sides]
        if {COMPARABLE.get(one.sort, one.sort) for one in terms} <= NUMBERS:
            return [sign, *map(self.value, sides, terms)]
        return self.hole(term.run)

    def called(self, tree: ex.Call) -> Json:
        """A call that is reckoned from what it was given; None of another one."""
        match tree:
            case ex.Call("covers", (whole, part), None):
                return ["covers", self.members(whole), self.members(part)]
            case ex.Call("size", (what,), None):
                return ["size", self.value(what, _named(self.compiling.term(what)))]
            case ex.Call("quota", (what,), None):
                ref = self.compiling.reference(what, frozenset({"quota"}))
                return ["quota", self.hole(_owed(ref.run))]
            case ex.Call(word, (_,), where) if word in QUANTIFIERS:
                return self.each(word, tree, where)
        return None

    def members(self, tree: ex.Tree) -> Json:
        term = self.compiling.term(tree)

        def run(env: Env) -> Any:
            found = term.run(env)
            unknown = found is UNKNOWN or found is None
            return UNKNOWN if unknown else members_of(found)

        return self.hole(run, self.meaning(tree))

    def each(self, word: str, tree: ex.Call, where: ex.Tree | None) -> Json:
        """A condition on each member: ``asked`` has a list for every one of them."""
        ref, members = collection(self.compiling, tree)
        inner = _Apart(self.compiling.inside(ref))
        form = ["v", True] if where is None else inner.truth(where)
        runs = tuple(inner.asked)

        def run(env: Env) -> Any:
            found = members(env)
            if found is UNKNOWN:
                return UNKNOWN
            if len(found) > MEMBERS_MAX:
                return TooMany()
            within = ((one, env.within(one)) for one in found)
            return tuple((one, tuple(run(at) for run in runs)) for one, at in within)

        meaning = ["items", ref.id] if ("register", ref.id) in ref.reads else None
        return [word, self.hole(run, meaning), form]

    def hole(self, run: Run, meaning: Json = None) -> Json:
        self.asked.append(run)
        number = len(self.asked) - 1
        return ["?", number] if meaning is None else ["?", number, meaning]

    # -- what a reader can look up in the record

    def meaning(self, tree: ex.Tree) -> Json:
        match tree:
            case ex.Name(parts):
                return self.named(self.compiling.scope.resolve(parts, ANYTHING))
            case ex.Call("event", (ex.Name((name,)) | ex.Text(name),), None):
                return ["event", name]
            case ex.Call(name, (what,), None) if name in PAPERS:
                return self.paper(name, what)
            case ex.Call(("done" | "settled" | "started" | "round") as name, _, None):
                return self.placed([name], node_of(self.compiling, tree))
            case ex.Call("acts", (*_, ex.Name((move,))), None):
                node = named_node(self.compiling, tree, 1)
                return self.placed(["acts", move], node)
            case ex.Call("in_state", (*_, ex.Name((state,))), None):
                node = named_node(self.compiling, tree, 1)
                return self.placed(["in", state], node)
            case ex.Call(name, _, None) if name in states_of(
                self.compiling.scope, None
            ):
                return self.placed(["been", name], node_of(self.compiling, tree))
        return None

    def named(self, found: Ref | tuple[str, ...]) -> Json:
        if isinstance(found, Ref) and found.id not in SPECIALS:
            for sort, name in found.reads:
                if sort in {"input", "field"} and name == found.id:
                    return [sort, name]
        return None

    def placed(self, asked: list[Json], node: Ref) -> Json:
        if node.kind == "self":
            return [*asked, ""]
        if node.reads == frozenset({("it", "")}):
            return [*asked, "@"]
        if node.reads == frozenset({("parent", "")}):
            return [*asked, "^"]
        return None if node.path is None else [*asked, node.path]

    def paper(self, name: str, what: ex.Tree) -> Json:
        """A deliverable that is named here, or that a field names."""
        ref = self.compiling.reference(what, frozenset({"deliverable"}))
        if ("deliverable", ref.id) in ref.reads:
            return [name, ref.id]
        return [name, self.hole(ref.run, self.named(ref))]


# -- values as an entry holds them


def told(value: Any) -> Json:
    """A value as an entry holds it: truths, whole numbers, texts and lists as they
    are; ``{"n": "3/4"}``, ``{"t": moment}``, ``{"d": day}``, ``{"p": "5 workdays"}``;
    ``{"x": …}`` for what is not written out; None for unknown.
    """
    if value is UNKNOWN or value is None or isinstance(value, bool):
        return None if value is UNKNOWN else value
    if isinstance(value, (int, Fraction)):
        kept = canonical(value)
        is_small = isinstance(kept, int) and abs(kept) < WHOLE_MAX
        return kept if is_small else {"n": str(kept)}
    if isinstance(value, (list, tuple)) and _is_short(value):
        return [told(one) for one in value]
    if isinstance(value, str) and len(value) <= WRITTEN_MAX:
        return value
    sort = SORTS.get(type(value))
    return (
        {"x": type(value).__name__.lower()}
        if sort is None
        else {sort: canonical(value)}
    )


def _is_short(value: Sequence[Any]) -> bool:
    """Few enough; of members with what was asked of each there may be more."""
    if len(value) <= LISTED_MAX:
        return True
    return len(value) <= MEMBERS_MAX and all(isinstance(one, tuple) for one in value)
