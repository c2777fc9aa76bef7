"""What an expression is once every name in it is resolved: a term.

A :class:`Term` is a closure over an :class:`Env`; :mod:`engine.plan.compiling` makes
them. Nothing is looked up by name when it runs but facts, and those only through the
:class:`Facts` it is given.

Three answers: ``True``, ``False`` and :data:`UNKNOWN` (Kleene's logic). A fact that
is not there is unknown; a comparison with it is unknown; unknown opens nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any, Final, Protocol, TypeAlias

from msgspec import Struct, field

from engine.plan import expressions as ex
from engine.plan.values import Duration


class Unknown:
    """The third answer. There is one; it has no truth value of its own."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise TypeError("unknown is neither true nor false")

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()

ANYONE: Final = "*"
"""Among the members of a set: people whom the plan does not list belong to it too."""

Dependency: TypeAlias = tuple[str, str]
"""What a term reads: ("node", path), ("self", ""), ("register", id), …

("rest", path): only whether the node is done or settled, which most of what happens
to it does not change.
"""
OF_A_NODE: Final = frozenset({"node", "rest"})

Run: TypeAlias = Callable[["Env"], Any]


class Facts(Protocol):
    """What an instance knows, as gates ask for it. ``path`` names a live node."""

    @property
    def zone(self) -> tzinfo: ...
    @property
    def calendar(self) -> Any: ...
    @property
    def language(self) -> str: ...
    @property
    def plan(self) -> Any: ...
    def node(self, path: str) -> Any: ...
    def live(self, template: Any) -> Iterator[str]: ...
    def is_live(self, path: str) -> bool: ...
    def owner(self, path: str, env: Env) -> Any: ...
    def due(self, path: str, env: Env) -> datetime | None: ...
    def later(self, moment_: datetime, length: Any) -> datetime | None: ...
    def locate(self, template: str, seen_from: str) -> str: ...
    def gate(self, path: str, which: str) -> Any: ...
    def is_early(self, path: str) -> bool: ...
    def attribute(self, person: str, name: str) -> Any: ...
    def state(self, path: str) -> str: ...
    def state_title(self, path: str) -> Any: ...
    def flag(self, path: str, flag: str) -> bool: ...
    def reached(self, path: str, state: str) -> bool: ...
    def reached_at(self, path: str, state: str) -> datetime | None: ...
    def started(self, path: str) -> bool: ...
    def round(self, path: str) -> int: ...
    def overdue(self, path: str, now: datetime) -> bool: ...
    def late(self, path: str, now: datetime) -> int | None: ...
    def title(self, path: str) -> Any: ...
    def superior(self, path: str, env: Env) -> tuple[str, ...]: ...
    def deputies(self, people: tuple[str, ...]) -> tuple[str, ...]: ...
    def after(self, moment_: datetime, length: Duration) -> datetime | None: ...
    def parent(self, path: str) -> str | None: ...
    def children(self, path: str) -> tuple[str, ...]: ...
    def items(self, register: str) -> tuple[str, ...]: ...
    def field(self, path: str, name: str, env: Env) -> Any: ...
    def special(self, path: str, name: str, env: Env) -> Any: ...
    def acts(self, path: str, move: str) -> int: ...
    def actors(self, path: str, move: str) -> tuple[str, ...]: ...
    def principals(self, path: str, move: str) -> tuple[str, ...]: ...
    def tally(self, path: str, name: str, value: str) -> int: ...
    def tallies(self, path: str, name: str) -> Mapping[str, int]: ...
    def total(self, path: str, name: str) -> Fraction: ...
    def outcome(self, path: str) -> str | None: ...
    def versions(self, deliverable: str) -> int: ...
    def label(self, deliverable: str) -> str | None: ...
    def has_label(self, deliverable: str, label: str) -> bool: ...
    def approved(self, deliverable: str) -> bool: ...
    def unchanged(self, deliverable: str) -> bool: ...
    def quota(self, quota: str, env: Env) -> bool: ...
    def given_of(self, quota: str, env: Env) -> Any: ...
    def measure(self, measure: str, person: str) -> Fraction: ...
    def event(self, name: str) -> bool: ...
    def sample(
        self, members: tuple[str, ...], share: Fraction, salt: str
    ) -> tuple[str, ...]: ...


class Env(Struct):
    """Where a term runs: the facts, the node it belongs to, the act in hand."""

    facts: Facts
    me: str
    now: datetime
    inputs: Mapping[str, Any] = field(default_factory=dict)
    actor: str | None = None
    it: Any = None

    def within(self, it: Any) -> Env:
        """The same, looking at one member of a collection."""
        return Env(self.facts, self.me, self.now, self.inputs, self.actor, it)

    def at_node(self, path: str) -> Env:
        """The same, seen from another node."""
        return Env(self.facts, path, self.now, {}, self.actor, None)


@dataclass(frozen=True, slots=True)
class Ref:
    """What a name stands for: its sort (``node``, ``register``, …) and its id.

    ``run`` gives its value; ``kind`` names the kind of a node, if known.
    """

    sort: str
    id: str
    run: Run
    reads: frozenset[Dependency] = frozenset()
    kind: str | None = None
    item: str | None = None
    path: str | None = None
    """The path of a node that is always the same one."""


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled expression; ``alarms`` are the moments its clock clauses wait for."""

    run: Run
    sort: str
    text: str
    reads: frozenset[Dependency] = frozenset()
    alarms: tuple[Run, ...] = ()
    tree: ex.Tree | None = None
    """What was written, for whoever looks at it without running it."""


class BadName(ValueError):
    """A name, function or type in an expression does not fit."""

    def __init__(self, code: str, column: int, **values: Any) -> None:
        super().__init__(code, column, values)
        self.code, self.column, self.values = code, column, values


ANYTHING: Final = frozenset[str]()
PERSONAL: Final = "personal"
"""The sort of what is about a person: it may be handed on, and nothing else."""
NODE: Final = frozenset({"node"})
PARTIES: Final = frozenset({"parties", "party"})
COLLECTION: Final = frozenset({"register", "parties", "party", "list", "nodes"})
COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARABLE: Final = {
    "number": "number",
    "ratio": "number",
    "int": "number",
    "text": "text",
    "choice": "text",
    "party": "text",
    "date": "moment",
    "datetime": "moment",
    "moment": "moment",
    "duration": "duration",
    "bool": "bool",
}


def constant(value: Any, sort: str) -> Term:
    return Term(lambda _: value, sort, "")


def listed(members: tuple[Any, ...]) -> tuple[Any, ...]:
    """The members that can be named."""
    return tuple(one for one in members if one != ANYONE)


def many(value: Any) -> tuple[Any, ...]:
    """What a term gave, one by one: nothing if it is unknown, one as one of one."""
    if value is UNKNOWN or value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def every(values: Iterator[Any]) -> Any:
    """Kleene's AND: false beats unknown, unknown beats true."""
    verdict: Any = True
    for value in values:
        if value is False:
            return False
        if value is not True:
            verdict = UNKNOWN
    return verdict


def some(values: Iterator[Any]) -> Any:
    """Kleene's OR: true beats unknown, unknown beats false."""
    verdict: Any = False
    for value in values:
        if value is True:
            return True
        if value is not False:
            verdict = UNKNOWN
    return verdict


def negate(value: Any) -> Any:
    return UNKNOWN if value is not True and value is not False else not value
