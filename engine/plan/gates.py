"""Gates 关口: the conditions of a move, each able to say why it is not met.

A gate is clauses that must all hold. A clause is a leaf (an expression) or a group
(``any``, ``all``, ``at_least``, ``not``) of clauses; each may carry the words that a
person reads when it refuses. Running a gate gives a verdict; explaining it gives
the same verdict with a line for every clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

from msgspec import Struct

from engine.plan import expressions as ex
from engine.plan.terms import (
    UNKNOWN,
    Dependency,
    Env,
    Run,
    Term,
    Unknown,
    every,
    negate,
    some,
)
from engine.ports import Json


class Reckoning:
    """How a clause follows from what it asks: see :mod:`engine.plan.reckoning`.

    ``make`` answers the form and what it asks. It is called when somebody first wants
    to know: most clauses of a plan are never asked in one process.
    """

    def __init__(self, make: Callable[[], tuple[Json, tuple[Run, ...]]]) -> None:
        self._make = make

    @cached_property
    def made(self) -> tuple[Json, tuple[Run, ...]]:
        return self._make()

    @property
    def form(self) -> Json:
        return self.made[0]

    @property
    def asked(self) -> tuple[Run, ...]:
        return self.made[1]

    @property
    def is_plain(self) -> bool:
        """The clause is all that it asks, and its verdict says what that was."""
        return isinstance(self.form, list) and self.form[:2] == ["?", 0]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One expression of a gate, with its own text and the words of refusal."""

    term: Term
    text: str
    otherwise: Mapping[str, str] | str | None
    tree: ex.Tree | None = None
    reckoning: Reckoning | None = field(default=None, compare=False)
    own_gate: str | None = field(init=False, compare=False)
    """``entry`` or ``exit`` when the clause asks for the node's own gate."""

    def __post_init__(self) -> None:
        match self.tree:
            case ex.Name((("entry" | "exit") as which,)):
                object.__setattr__(self, "own_gate", which)
            case _:
                object.__setattr__(self, "own_gate", None)

    def verdict(self, env: Env) -> Any:
        return self.term.run(env)


@dataclass(frozen=True, slots=True)
class Group:
    """``any`` · ``all`` · ``not`` · ``at_least`` (``least`` of the clauses)."""

    sort: str
    clauses: tuple[Clause, ...]
    otherwise: Mapping[str, str] | str | None
    least: Term | None = None
    reckoning: Reckoning | None = field(default=None, compare=False)
    """Of ``least``."""

    @property
    def text(self) -> str:
        inner = ", ".join(clause.text for clause in self.clauses)
        return f"{self.sort}({inner})"

    def verdict(self, env: Env) -> Any:
        return self.joined((clause.verdict(env) for clause in self.clauses), env)

    def joined(self, verdicts: Iterator[Any], env: Env) -> Any:
        """The verdict that follows from those of the clauses."""
        match self.sort:
            case "any":
                return some(verdicts)
            case "not":
                return negate(every(verdicts))
            case "at_least":
                return self._enough(list(verdicts), env)
            case _:
                return every(verdicts)

    def _enough(self, verdicts: list[Any], env: Env) -> Any:
        least: Any = self.least.run(env) if self.least else UNKNOWN
        if isinstance(least, Unknown):
            return UNKNOWN
        true = sum(1 for verdict in verdicts if verdict is True)
        open_ = sum(1 for verdict in verdicts if verdict is UNKNOWN)
        if true >= least:
            return True
        return UNKNOWN if true + open_ >= least else False


Clause: TypeAlias = Leaf | Group


class Outcome(Struct, frozen=True):
    """A clause and what it answered: ``verdict`` True, False or None (unknown)."""

    clause: Clause
    verdict: bool | None
    parts: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """All clauses must hold. The empty gate is open."""

    clauses: tuple[Clause, ...] = ()
    runs: tuple[Run, ...] = field(init=False, repr=False, compare=False)
    """What to run for each clause: a decision asks many gates."""
    reads: frozenset[Dependency] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        runs = tuple(
            clause.term.run if isinstance(clause, Leaf) else clause.verdict
            for clause in self.clauses
        )
        object.__setattr__(self, "runs", runs)
        reads = (leaf.term.reads for leaf in self.leaves())
        object.__setattr__(self, "reads", frozenset().union(*reads))

    def verdict(self, env: Env) -> Any:
        for run in self.runs:
            found = run(env)
            if found is not True:
                return found
        return True

    def explain(self, env: Env) -> tuple[Outcome, ...]:
        """Every clause with its verdict, none left out."""
        return tuple(_outcome(clause, env) for clause in self.clauses)

    @property
    def alarms(self) -> tuple[Run, ...]:
        return tuple(alarm for leaf in self.leaves() for alarm in leaf.term.alarms)

    def leaves(self) -> Iterator[Leaf]:
        for clause in self.clauses:
            yield from leaves(clause)


OPEN: Final = Gate()


def leaves(clause: Clause) -> Iterator[Leaf]:
    if isinstance(clause, Leaf):
        yield clause
        return
    for inner in clause.clauses:
        yield from leaves(inner)


def unmet(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """The clauses that keep a gate shut, taken apart as far as that helps.

    An ``all`` is told by its unmet parts; an ``any`` as a whole, since each of its
    parts would do. A clause with its own words is never taken apart.
    """
    found: list[Outcome] = []
    for outcome in outcomes:
        if outcome.verdict is True:
            continue
        clause = outcome.clause
        conjunction = isinstance(clause, Leaf) or clause.sort == "all"
        if conjunction and outcome.parts and not clause.otherwise:
            found.extend(unmet(outcome.parts))
        else:
            found.append(outcome)
    return tuple(found)


def _outcome(clause: Clause, env: Env) -> Outcome:
    """A clause is asked once: what its parts answered is its answer."""
    parts: tuple[Outcome, ...] = ()
    if isinstance(clause, Group):
        parts = tuple(_outcome(inner, env) for inner in clause.clauses)
        verdict = clause.joined((_answer(one) for one in parts), env)
    elif clause.own_gate is not None:
        parts = env.facts.gate(env.me, clause.own_gate).explain(env)
        shut = (one for one in parts if one.verdict is not True)
        verdict = _answer(next(shut, None))
    else:
        verdict = clause.term.run(env)
    # what is neither true nor false opens nothing: it is unknown
    told = verdict if verdict is True or verdict is False else None
    return Outcome(clause, told, parts)


def _answer(outcome: Outcome | None) -> Any:
    """What an outcome says in three answers; no outcome says yes."""
    if outcome is None:
        return True
    return UNKNOWN if outcome.verdict is None else outcome.verdict
