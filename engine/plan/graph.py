"""A plan 方案, every name resolved: what the core runs. Frozen; shapes only.

A plan is a tree of nodes; each runs a kind; a kind is states and moves. Fields of a
node are plain values or terms (parties, conditions) that are evaluated when asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from engine.plan.faults import Place, nearest
from engine.plan.gates import OPEN, Gate
from engine.plan.terms import Dependency, Run, Term

Words: TypeAlias = Mapping[str, str] | str
"""What people read: one text, or ``{zh: …, en: …}``."""
OUTCOMES: Final = ("succeeded", "failed")
"""How an action may end."""
CAUSES: Final = ("timed_out", "crashed")
"""Why it failed, if it did not say so itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A typed place for a value: ``of`` names choices, criteria or a deliverable."""

    name: str
    type: str
    title: Words
    default: Any = None
    required: bool = False
    of: Any = None
    scale: tuple[int, int] | None = None
    is_reserved: bool = False
    """Set by the plan and by what the kind does; nobody who adds an item gives it."""
    is_personal: bool = False
    """About a person: kept beside the history, which holds a commitment to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    name: str
    title: Words
    initial: bool = False
    done: bool = False
    settled: bool = False
    final: bool = False

    @property
    def is_underway(self) -> bool:
        """Begun and not yet done, settled or final."""
        return not (self.initial or self.done or self.settled or self.final)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing a move does; ``what`` is a word of docs/plans.md §8."""

    what: str
    terms: Mapping[str, Term]
    """Arguments; each evaluated when the move is made."""
    text: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are plain text (names of fields, actions, registers)."""
    place: Place | None = None
    """Where it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A named transition and the one reason for which it happens."""

    name: str
    title: Words
    sources: tuple[str, ...]
    target: str | None
    """None: the state stays."""
    trigger: str
    """by · when · at · every · on"""
    anywhere: bool = False
    """From every state that is not final: it is about the node's running."""
    by: Term | None = None
    by_text: str = ""
    when: Gate = OPEN
    """Of an automatic move: all of its conditions, ``gate`` included."""
    still: Gate = OPEN
    """The clauses of ``when`` that time alone cannot change."""
    clocked: Gate = OPEN
    """The other clauses: those that wait for a moment, or may."""
    moment: Run | None = None
    """The moment, if ``clocked`` is just ``now >= moment``."""
    at: Term | None = None
    every: str | None = None
    on: str | None = None
    gate: Gate = OPEN
    not_by: Term | None = None
    once_each: bool = False
    takes: Mapping[str, Field] = field(default_factory=dict)
    then: tuple[Effect, ...] = ()
    next_round: bool = False
    reset: tuple[str, ...] = ()
    secret: Term | None = None
    free: bool = False
    signs: Words | None = None
    """What whoever makes it puts a name to: the meaning of the signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What may stand below a node: a kind for all, or any kind (None).

    What stands in a section that ``outlives`` its node does not end with it.
    """

    name: str
    kind: str | None
    required: bool = True
    outlives: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The state machine of one sort of node."""

    name: str
    title: Words
    fields: Mapping[str, Field]
    facts: Mapping[str, Term]
    states: Mapping[str, State]
    initial: str
    moves: Mapping[str, Move]
    sections: Mapping[str, Section]
    gate: Gate = OPEN
    ancestors: tuple[str, ...] = ()
    """Names of the kinds it extends, nearest first."""
    automatic: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """State -> moves that may happen by themselves in it."""
    aspects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Automatic move -> what it reads of its own node: "acts", "f/<field>", "" all."""
    waking: tuple[str, ...] = ()
    """Automatic moves that wait for a moment."""
    rank: Mapping[str, int] = field(default_factory=dict)
    """Place of a move in its kind: what may happen at once happens in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element of the plan's tree; also the template of dynamic nodes."""

    path: str
    id: str
    parent: str | None
    kind: Kind
    title: Words
    order: int
    """Place in the document: automatic moves run in this order."""
    fields: Mapping[str, Any]
    owner: Term | None
    automatic: Mapping[str, tuple[str, ...]]
    """State -> moves that may happen by themselves here: of the kind's, those that
    the plan has not switched off."""
    window: tuple[Any, Any] = (None, None)
    """First and last day, either may be None."""
    window_text: str = ""
    due: Term | None = None
    within: Any = None
    """Duration after opening."""
    entry: Gate = OPEN
    exit: Gate = OPEN
    children: tuple[str, ...] = ()
    required: bool = True
    early: bool = False
    each: Term | None = None
    member: str | None = None
    """Path of the template of this container's members."""
    enough: Any = None
    effects: Mapping[str, tuple[Effect, ...]] = field(default_factory=dict)
    src: tuple[str, ...] = ()
    section: str = ""
    dynamic: bool = False
    """A template: live nodes are made from it while the plan runs."""
    note: str = ""
    place: Any = None

    def effects_of(self, move: Move) -> tuple[Effect, ...]:
        """What a move of this node does: as its kind says, then as the plan adds."""
        return (*move.then, *self.effects.get(move.name, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """People with roles; deputies stand in for the first role, in order."""

    id: str
    title: Words
    roles: Mapping[str, tuple[str, ...]]
    deputies: tuple[str, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """Who holds the first role."""
        return next(iter(self.roles.values()), ())

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(who for who_all in self.roles.values() for who in who_all)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who there is. ``sets`` hold members with every ``where`` already applied."""

    people: Mapping[str, Mapping[str, str]]
    ranks: tuple[str, ...]
    sets: Mapping[str, tuple[str, ...]]
    bodies: Mapping[str, Body]
    roles: Mapping[str, tuple[str, ...]]
    outside: Mapping[str, Words]
    titles: Mapping[str, Words] = field(default_factory=dict)
    is_open: bool = False
    """Some set has members that the plan does not list."""

    def nearest(self, name: str) -> tuple[str, ...]:
        """Names to suggest for one that nobody has."""
        known = (*self.people, *self.outside, *self.sets, *self.roles, *self.bodies)
        return nearest(name, known) or known[:5]

    def deputies(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Who stands in for these people, in order: of each body that one of them
        heads, the holders of its deputies' roles. A role that nobody holds is passed.
        """
        headed = (one for one in self.bodies.values() if set(one.heads) & set(people))
        roles = (body.roles[role] for body in headed for role in body.deputies)
        return tuple(dict.fromkeys(who for holders in roles for who in holders))

    def members(self, name: str) -> tuple[str, ...] | None:
        """Whom a name means, in order; None if it means nobody known."""
        if name in self.people or name in self.outside:
            return (name,)
        for known in (self.sets, self.roles):
            if name in known:
                return known[name]
        if name in self.bodies:
            return self.bodies[name].members
        body, _, role = name.partition(".")
        if body in self.bodies:
            return self.bodies[body].roles.get(role)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    id: str
    title: Words
    template: str
    """Path of the node template of its items."""
    by: Term | None
    takes: Mapping[str, Field]
    """What may be said of an item when it is added."""
    by_text: str = ""
    src: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    id: str
    title: Words
    by: Term | None = None
    sections: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    src: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Each of ``owed_by`` owes ``least`` of the measures' sum by ``due``."""

    id: str
    title: Words
    owed_by: Term
    measures: tuple[str, ...]
    least: Any
    due: Term | None = None
    src: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often and how soon an action is tried."""

    tries: int = 8
    wait: timedelta = timedelta(seconds=30)
    """Before the second try; doubled before each further one."""
    longest: timedelta = timedelta(hours=1)
    """That a doubled wait may grow to."""
    timeout: timedelta | None = None
    """Of one try; None: as the action says."""
    a_minute: int | None = None
    """Tries that one worker begins in a minute; None: as many as it can."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A line of the ledger: what the text leaves open or the encoder supplied."""

    id: str
    sort: str
    """open · assumed · treatment · undefined"""
    about: Words
    value: str = ""
    src: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan with every name resolved, known by the digest of its sources."""

    id: str
    title: Words
    version: str
    digest: str
    zone: ZoneInfo
    calendar: Any
    nodes: Mapping[str, Node]
    """By path, in document order; templates of dynamic nodes included."""
    root: str
    kinds: Mapping[str, Kind]
    parties: Parties
    registers: Mapping[str, Register]
    deliverables: Mapping[str, Deliverable]
    measures: Mapping[str, Mapping[str, Any]]
    quotas: Mapping[str, Quota]
    parameters: Mapping[str, Any]
    ledger: tuple[Assumption, ...]
    aliases: Mapping[str, str]
    requirements: Mapping[str, tuple[str, ...]]
    """Requirement id -> elements that carry it."""
    document: Mapping[str, str]
    watch: Mapping[Dependency, tuple[tuple[str, str], ...]]
    """What reads a dependency: (node path, automatic move), in document order."""
    clock: Mapping[tuple[str, str], tuple[Run, ...]]
    """Moments that an automatic move waits for: (node path, move)."""
    elements: Any = None
    """Names of every element (:class:`engine.plan.names.Elements`)."""
    abstract: bool = False
    backdated: tuple[str, ...] | None = None
    """Nodes whose acts may be dated before the plan was issued; None: not stated."""
    issued: datetime | None = None
    erasers: tuple[str, ...] | None = None
    """Who may approve that something is erased; None: not stated."""
    has_personal: bool = False
    """Some field or input of its nodes is personal."""
    language: str = "zh"
    """Of papers and notices that say nothing else: zh or en."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """By the name of the action."""
