"""A gate's expression made ready to run: every name resolved, every type checked.

:func:`compile_tree` turns a tree of :mod:`engine.plan.expressions` into a
:class:`Term`. The functions of :mod:`engine.plan.functions` are the only calls.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any, Final, cast

from engine.plan import expressions as ex
from engine.plan.calendar import CalendarExhausted
from engine.plan.functions import call
from engine.plan.readers import read_date
from engine.plan.scope import Scope
from engine.plan.terms import (
    ANYONE,
    ANYTHING,
    COMPARABLE,
    COMPARE,
    PARTIES,
    PERSONAL,
    UNKNOWN,
    BadName,
    Dependency,
    Env,
    Facts,
    Ref,
    Run,
    Term,
    constant,
    negate,
)
from engine.plan.values import Duration, Unit, ValueReadError


def compile_tree(
    tree: ex.Tree, scope: Scope, text: str = "", *, handed: bool = False
) -> Term:
    """The term of a tree; raises BadName at the first name that does not fit.

    ``handed``: its value is only handed on, so that it may be personal.
    """
    compiling = Compiling(scope)
    made = compiling.handed(tree) if handed else compiling.term(tree)
    return Term(made.run, made.sort, text, made.reads, made.alarms, tree)


@dataclass(frozen=True, slots=True)
class Compiling:
    scope: Scope

    def inside(self, member: Ref) -> Compiling:
        """Expressions on each member of a collection."""
        return Compiling(self.scope.inside(member))

    def term(self, tree: ex.Tree) -> Term:
        match tree:
            case ex.Number() | ex.Text() | ex.Amount() | ex.Date():
                return _literal(tree)
            case ex.Name() | ex.Parameter():
                return self.named(tree)
            case ex.Many(items):
                return self.many(items)
            case ex.Logic(word, clauses, column):
                return self.logic(word, clauses, column)
            case ex.Operation(sign, sides, column):
                return self.operation(sign, sides, column)
            case ex.Call():
                return call(self, tree)

    def handed(self, tree: ex.Tree) -> Term:
        """A value that is only handed on: the one place for a personal one."""
        if isinstance(tree, (ex.Name, ex.Parameter)):
            ref = self.resolved(tree, ANYTHING)
            return Term(ref.run, ref.sort, "", ref.reads)
        return self.term(tree)

    def reference(self, tree: ex.Tree, wanted: frozenset[str]) -> Ref:
        """The same, of what may be read: nothing is worked out from a personal one."""
        found = self.resolved(tree, wanted)
        if found.sort == PERSONAL:
            raise BadName("plan.personal_read", tree.column, name=_shown(tree))
        return found

    def resolved(self, tree: ex.Tree, wanted: frozenset[str]) -> Ref:
        """The reference of a name that must be of one of the wanted sorts."""
        if isinstance(tree, ex.Name):
            found = self.scope.resolve(tree.parts, wanted)
            shown = ".".join(tree.parts)
        elif isinstance(tree, ex.Parameter):
            found, shown = self.scope.parameter(tree.name), "$" + tree.name
        else:
            made = self.term(tree)
            if wanted and made.sort not in wanted and made.sort != "any":
                names = sorted(wanted)
                raise BadName(
                    "plan.wrong_value", tree.column, wanted=names, is_=made.sort
                )
            return Ref(made.sort, "", made.run, made.reads)
        if isinstance(found, tuple) and wanted and isinstance(tree, ex.Name):
            # there is such a name, but it is not what belongs here
            other = self.scope.resolve(tree.parts, ANYTHING)
            found = other if isinstance(other, Ref) else found
        if isinstance(found, tuple):
            raise _unknown(shown, tree.column, found)
        if wanted and found.sort not in {*wanted, "any", PERSONAL}:
            raise BadName(
                "plan.wrong_sort",
                tree.column,
                name=shown,
                wanted=sorted(wanted),
                is_=found.sort,
            )
        return found

    def named(self, tree: ex.Name | ex.Parameter) -> Term:
        ref = self.reference(tree, ANYTHING)
        alarms: tuple[Run, ...] = ()
        return Term(ref.run, ref.sort, "", ref.reads, alarms)

    def many(self, items: tuple[ex.Tree, ...]) -> Term:
        made = [self.term(item) for item in items]
        runs = tuple(term.run for term in made)
        sorts = {term.sort for term in made}
        sort = "parties" if sorts and sorts <= PARTIES else "list"

        def run(env: Env) -> Any:
            values: list[Any] = []
            for one in runs:
                value = one(env)
                if value is UNKNOWN:
                    return UNKNOWN
                # a set of parties inside a list is meant as its members
                values.extend(value if isinstance(value, tuple) else (value,))
            return tuple(dict.fromkeys(values))

        return Term(run, sort, "", _reads(made), _alarms(made))

    def truth(self, tree: ex.Tree) -> Term:
        made = self.term(tree)
        if made.sort not in {"bool", "any", "condition"}:
            raise BadName("plan.no_condition", tree.column, is_=made.sort)
        return made

    def logic(self, word: str, clauses: tuple[ex.Tree, ...], _: int) -> Term:
        made = [self.truth(clause) for clause in clauses]
        runs = tuple(term.run for term in made)
        if word == "not":
            inner = runs[0]
            return Term(
                lambda env: negate(inner(env)), "bool", "", _reads(made), _alarms(made)
            )
        decides = word == "or"

        def run(env: Env) -> Any:
            verdict: Any = not decides
            for one in runs:
                found = one(env)
                if found is decides:
                    return decides
                if found is not verdict:
                    verdict = UNKNOWN
            return verdict

        return Term(run, "bool", "", _reads(made), _alarms(made))

    def operation(self, sign: str, sides: tuple[ex.Tree, ...], column: int) -> Term:
        if len(sides) == 1:
            inner = self.term(sides[0])
            return Term(lambda env: _minus(inner.run(env)), "number", "", inner.reads)
        if sign in {"in", "not in"}:
            return self.membership(sign, sides)
        if sign in COMPARE:
            return self.comparison(sign, sides, column)
        return self.arithmetic(sign, sides, column)

    def membership(self, sign: str, sides: tuple[ex.Tree, ...]) -> Term:
        left = self.word(sides[0])
        right = self.term(sides[1])
        self.fits(left, right, sides[0])
        made = (left, right)

        def run(env: Env) -> Any:
            one, many = left.run(env), right.run(env)
            if one is UNKNOWN or many is UNKNOWN or one is None or many is None:
                return UNKNOWN
            members = many if isinstance(many, tuple) else (many,)
            wanted = one if isinstance(one, tuple) else (one,)
            inside = ANYONE in members or all(one in members for one in wanted)
            return inside == (sign == "in")

        return Term(run, "bool", "", _reads(made), ())

    def word(self, tree: ex.Tree) -> Term:
        """A side of a comparison: a name that means nothing else is its own text."""
        if isinstance(tree, ex.Name) and len(tree.parts) == 1:
            found = self.scope.resolve(tree.parts, ANYTHING)
            if isinstance(found, tuple):
                return constant(tree.parts[0], "word")
        return self.term(tree)

    def comparison(self, sign: str, sides: tuple[ex.Tree, ...], column: int) -> Term:
        left, right = (self.word(side) for side in sides)
        self.fits(left, right, sides[0])
        self.fits(right, left, sides[1])
        _agree(left, right, column)
        compare = COMPARE[sign]
        moments = "moment" in (
            COMPARABLE.get(left.sort, ""),
            COMPARABLE.get(right.sort, ""),
        )
        one, other = left.run, right.run

        def run(env: Env) -> Any:
            a, b = one(env), other(env)
            if isinstance(a, tuple) != isinstance(b, tuple) and not moments:
                a, b = _alone(a), _alone(b)
            if a is UNKNOWN or b is UNKNOWN or a is None or b is None:
                return UNKNOWN
            if moments:
                a, b = moment_in(a, env), moment_in(b, env)
            try:
                return bool(compare(a, b))
            except TypeError:
                return UNKNOWN

        alarms = _alarms((left, right)) + _clock_alarms(sign, sides, left, right)
        return Term(run, "bool", "", _reads((left, right)), alarms)

    def fits(self, term: Term, other: Term, tree: ex.Tree) -> None:
        """A lone word is a text; nobody's name, if the plan lists everybody."""
        if term.sort != "word" or not isinstance(tree, ex.Name):
            return
        sort = COMPARABLE.get(other.sort, other.sort)
        is_person = other.sort in PARTIES
        if sort not in WORDED or (is_person and not self.scope.has_strangers()):
            found = self.scope.resolve(tree.parts, ANYTHING)
            candidates = found if isinstance(found, tuple) else ()
            raise _unknown(tree.parts[0], tree.column, candidates)

    def arithmetic(self, sign: str, sides: tuple[ex.Tree, ...], column: int) -> Term:
        made = left, right = self.term(sides[0]), self.term(sides[1])
        sorts = tuple(COMPARABLE.get(term.sort, term.sort) for term in made)
        apply = _ARITHMETIC[sign]
        if sorts[0] == "moment" and sorts[1] in {"duration", "any"} and sign in "+-":
            return Term(
                _shifted(left.run, right.run, -1 if sign == "-" else 1),
                "datetime",
                "",
                _reads(made),
            )
        if not set(sorts) <= {"number", "any", "duration"}:
            raise BadName("plan.no_number", column, left=left.sort, right=right.sort)
        if sorts == ("duration", "number") and sign == "*":
            return Term(_repeated(left.run, right.run), "duration", "", _reads(made))

        def run(env: Env) -> Any:
            a, b = left.run(env), right.run(env)
            if not (isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction))):
                return UNKNOWN
            if sign == "/" and b == 0:
                return UNKNOWN
            return apply(Fraction(a), Fraction(b))

        return Term(run, "number", "", _reads(made))


WORDED: Final = frozenset({"text", "any", "list", "parties", "register", "nodes"})
"""Sorts that a lone word can be compared with."""
_NAMED: Final = frozenset({"word", "parties", "node"})
"""Sorts that are compared as names."""
_ARITHMETIC: Final[dict[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _reads(terms: tuple[Term, ...] | list[Term]) -> frozenset[Dependency]:
    return frozenset().union(*(term.reads for term in terms)) if terms else frozenset()


def _alarms(terms: tuple[Term, ...] | list[Term]) -> tuple[Run, ...]:
    return tuple(alarm for term in terms for alarm in term.alarms)


def _shown(tree: ex.Tree) -> str:
    if isinstance(tree, ex.Parameter):
        return "$" + tree.name
    return ".".join(tree.parts) if isinstance(tree, ex.Name) else type(tree).__name__


def _literal(tree: ex.Number | ex.Text | ex.Amount | ex.Date) -> Term:
    try:
        match tree:
            case ex.Number(value):
                return constant(value, "number")
            case ex.Amount(value, unit):
                return constant(Duration(value, cast("Unit", unit)), "duration")
            case ex.Date(text):
                return constant(read_date(text), "date")
            case ex.Text(text):
                return constant(text, "text")
    except ValueReadError as wrong:
        raise BadName(wrong.code, tree.column, **wrong.values) from None


def _alone(value: Any) -> Any:
    """A party field with one holder compares as that holder."""
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def moment_in(value: Any, env: Env) -> Any:
    """A day is compared as the moment at which it begins."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=env.facts.zone)
    return value


def _minus(value: Any) -> Any:
    return -value if isinstance(value, (int, Fraction)) else UNKNOWN


SHIFTS_MAX: Final = 1024
"""Moments that one sum remembers: working days are counted once for each."""


def _shifted(moment: Run, duration: Run, direction: int) -> Run:
    kept: dict[Any, tuple[Any, Any, Any, Any]] = {}

    def run(env: Env) -> Any:
        start = moment(env)
        if start is UNKNOWN or start is None:
            return UNKNOWN
        length = duration(env)
        if not isinstance(length, Duration):
            return UNKNOWN
        calendar, zone = env.facts.calendar, env.facts.zone
        of = kept.get(start)
        if of is None or of[0] != length or of[1] is not calendar or of[2] is not zone:
            if len(kept) >= SHIFTS_MAX:
                kept.clear()
            made = _moved(moment_in(start, env), length, direction, env.facts)
            of = kept[start] = (length, calendar, zone, made)
        return of[3]

    return run


def _repeated(duration: Run, times: Run) -> Run:
    """``1 workdays * n``; unknown where a part of a day would be left."""

    def run(env: Env) -> Any:
        length, number = duration(env), times(env)
        if not (isinstance(length, Duration) and isinstance(number, (int, Fraction))):
            return UNKNOWN
        try:
            return Duration(length.amount * number, length.unit)
        except ValueReadError:
            return UNKNOWN

    return run


def _moved(start: Any, length: Duration, direction: int, facts: Facts) -> Any:
    moved = Duration(length.amount * direction, length.unit)
    try:
        return moved.add_to(start, facts.calendar, facts.zone)
    except (CalendarExhausted, ValueReadError):
        return UNKNOWN  # beyond the calendar nobody guesses


def _agree(left: Term, right: Term, column: int) -> None:
    """Two sides compare when their sorts do."""
    sorts = [
        "text" if term.sort in _NAMED else COMPARABLE.get(term.sort)
        for term in (left, right)
    ]
    if None not in sorts and sorts[0] != sorts[1]:
        raise BadName("plan.no_comparison", column, left=left.sort, right=right.sort)


def _clock_alarms(
    sign: str, sides: tuple[ex.Tree, ...], left: Term, right: Term
) -> tuple[Run, ...]:
    """``now >= x`` waits for x; so does ``x <= now``."""
    if sign in {">=", ">", "=="} and is_clock(sides[0]):
        return (right.run,)
    if sign in {"<=", "<", "=="} and is_clock(sides[1]):
        return (left.run,)
    return ()


def is_clock(tree: ex.Tree) -> bool:
    return isinstance(tree, ex.Name) and tree.parts in {("now",), ("today",)}


def _unknown(name: str, column: int, found: tuple[str, ...]) -> BadName:
    """A name that nothing has, or that several have."""
    if len(found) > 1 and all(one.endswith(f".{name}") for one in found):
        return BadName("plan.ambiguous_name", column, name=name, names=found)
    return BadName("plan.unknown_name", column, name=name, near=found)
