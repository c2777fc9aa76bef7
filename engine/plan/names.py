"""What a name means: in a kind, in a plan, and inside a condition on members.

A kind is compiled once for all plans, so its names are its own: fields, facts,
inputs, and a few words. A plan's names are its elements: the nearest node, then
registers, deliverables, measures, quotas, parties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from engine.plan.faults import nearest
from engine.plan.graph import Field, Kind, Parties
from engine.plan.scope import Scope
from engine.plan.terms import (
    ANYONE,
    ANYTHING,
    PARTIES,
    PERSONAL,
    UNKNOWN,
    Dependency,
    Env,
    Ref,
    Run,
    Term,
)

SPECIALS: Final[dict[str, str]] = {
    "owner": "parties",
    "due": "datetime",
    "window.start": "datetime",
    "window.end": "datetime",
    "each": "text",
    "enough": "number",
}
SELF_READS: Final[frozenset[Dependency]] = frozenset({("self", "state")})
"""A node's own state is always looked at anew when it changes."""
NOWHERE: Final[frozenset[Dependency]] = frozenset()


def clock_refs() -> dict[str, Ref]:
    return {
        "now": Ref("datetime", "now", lambda env: env.now),
        "today": Ref("date", "today", _today),
    }


def _today(env: Env) -> date:
    return env.now.astimezone(env.facts.zone).date()


CLOCK: Final = clock_refs()

SORT_OF: Final = {
    "int": "number",
    "ratio": "number",
    "list[text]": "list",
    "list[date]": "list",
    "window": "window",
    "recurrence": "recurrence",
    "condition": "bool",
    "move": "text",
}


def sort_of(type_: str) -> str:
    """The sort that a value of a type has in an expression."""
    if type_.startswith("list["):
        inner = type_[5:-1]
        return {"node": "node", "deliverable": "deliverable"}.get(inner, "list")
    return SORT_OF.get(type_, type_)


def sort_of_field(declared: Field) -> str:
    return PERSONAL if declared.is_personal else sort_of(declared.type)


def field_ref(
    name: str, declared: Field, path: Run, reads: frozenset[Dependency]
) -> Ref:
    """A field of a node: as acts have set it, else as the plan says."""
    if path is _me:
        own: Run = lambda env: env.facts.field(env.me, name, env)  # noqa: E731
    else:
        own = lambda env: _at(env, path, lambda p: env.facts.field(p, name, env))  # noqa: E731
    return Ref(
        sort_of_field(declared),
        name,
        own,
        frozenset({("field", name)}) if reads == SELF_READS else reads,
    )


def special_ref(name: str, path: Run, reads: frozenset[Dependency]) -> Ref:
    if reads == SELF_READS and name in {"owner", "due"}:
        reads = frozenset({("field", name)})
    if path is _me:
        own: Run = lambda env: env.facts.special(env.me, name, env)  # noqa: E731
    else:
        own = lambda env: _at(env, path, lambda p: env.facts.special(p, name, env))  # noqa: E731
    return Ref(SPECIALS.get(name, "any"), name, own, reads)


def fact_ref(name: str, term: Term, path: Run, reads: frozenset[Dependency]) -> Ref:
    """A kind's named expression, seen from its node."""
    kept = reads if reads != SELF_READS else reads | term.reads
    return Ref(
        term.sort,
        name,
        lambda env: _at(
            env, path, lambda p: term.run(env if p == env.me else env.at_node(p))
        ),
        kept,
    )


def _at(env: Env, path: Run, ask: Callable[[str], Any]) -> Any:
    found = path(env)
    return UNKNOWN if found is UNKNOWN or found is None else ask(found)


def member_of(
    kind: Kind | None, node: Ref, name: str, among: Mapping[str, Kind]
) -> Ref | None:
    """``x.name``: a field, a fact or a word of a node."""
    if name in SPECIALS or name in {"end", "start"}:
        return special_ref(name, node.run, node.reads)
    if name == "round":
        run: Run = lambda env: _at(env, node.run, env.facts.round)  # noqa: E731
        return Ref("number", "round", run, node.reads)
    kinds = [kind] if kind is not None else list(among.values())
    for one in kinds:
        if name in one.fields:
            return field_ref(name, one.fields[name], node.run, node.reads)
        if name in one.facts:
            return fact_ref(name, one.facts[name], node.run, node.reads)
    return None


@dataclass(frozen=True, slots=True)
class KindScope:
    """Names inside a kind: fields, facts, inputs of the move in hand."""

    kind: Kind
    kinds: Mapping[str, Kind]
    takes: Mapping[str, Field] = field(default_factory=dict)

    def resolve(
        self, parts: tuple[str, ...], wanted: frozenset[str]
    ) -> Ref | tuple[str, ...]:
        del wanted
        first = parts[0]
        if ".".join(parts) in SPECIALS:
            return special_ref(".".join(parts), _me, SELF_READS)
        found = self.single(first)
        if found is None:
            return nearest(first, self.known()) or tuple(self.known())
        for name in parts[1:]:
            kind = (
                self.kind if found.kind == "self" else self.kinds.get(found.kind or "")
            )
            inner = member_of(kind, found, name, self.kinds)
            if inner is None:
                fields = tuple(kind.fields) if kind else ()
                return nearest(name, fields) or fields
            found = inner
        return found

    def single(self, name: str) -> Ref | None:
        if name in self.takes:
            taken = self.takes[name]
            reads = frozenset({("input", name)})
            sort = sort_of_field(taken)
            return Ref(sort, name, lambda env: _input(env, name), reads)
        if name in self.kind.fields:
            return field_ref(name, self.kind.fields[name], _me, SELF_READS)
        if name in self.kind.facts:
            return fact_ref(name, self.kind.facts[name], _me, SELF_READS)
        return _WORDS.get(name) or CLOCK.get(name)

    def known(self) -> Iterator[str]:
        yield from self.takes
        yield from self.kind.fields
        yield from self.kind.facts
        yield from _WORDS

    def parameter(self, name: str) -> Ref | tuple[str, ...]:
        return self.resolve((name,), ANYTHING)

    def kinds_of(self, kind: str | None) -> tuple[Kind, ...]:
        return kinds_of(self.kinds, kind, self.kind)

    def has_strangers(self) -> bool:
        return False

    def inside(self, member: Ref) -> Scope:
        return MemberScope(self, member, self.kinds)


def _me(env: Env) -> str:
    return env.me


def _input(env: Env, name: str) -> Any:
    found = env.inputs.get(name)
    return UNKNOWN if found is None else found


def _parent(env: Env) -> Any:
    found = env.facts.parent(env.me)
    return UNKNOWN if found is None else found


_WORDS: Final[dict[str, Ref]] = {
    "self": Ref("node", "", _me, SELF_READS, kind="self"),
    "parent": Ref("node", "", _parent, frozenset({("parent", "")})),
    "plan": Ref(
        "node", "plan", lambda _: "plan", frozenset({("node", "plan")}), "plan"
    ),
    "children": Ref(
        "nodes",
        "children",
        lambda env: env.facts.children(env.me),
        frozenset({("children", "")}),
    ),
    "entry": Ref(
        "bool",
        "entry",
        lambda env: env.facts.gate(env.me, "entry").verdict(env),
        frozenset({("entry", "")}),
    ),
    "exit": Ref(
        "bool",
        "exit",
        lambda env: env.facts.gate(env.me, "exit").verdict(env),
        frozenset({("exit", "")}),
    ),
    "early": Ref("bool", "early", lambda env: env.facts.is_early(env.me), NOWHERE),
    "round": Ref("number", "round", lambda env: env.facts.round(env.me), SELF_READS),
    "actor": Ref(
        "party", "actor", lambda env: UNKNOWN if env.actor is None else env.actor
    ),
    "anyone": Ref("parties", "anyone", lambda _: (ANYONE,)),
    "it": Ref("any", "it", lambda env: env.it),
    "true": Ref("bool", "true", lambda _: True),
    "false": Ref("bool", "false", lambda _: False),
}
WORDS: Final = frozenset(_WORDS) | frozenset(SPECIALS) | frozenset(CLOCK)
"""Names that no element of a plan may take."""


def kinds_of(
    kinds: Mapping[str, Kind], kind: str | None, mine: Kind | None
) -> tuple[Kind, ...]:
    """The kind of that name; every kind when it is not known."""
    if kind == "self" and mine is not None:
        return (mine,)
    if kind is not None and kind in kinds:
        return (kinds[kind],)
    return (*kinds.values(), *(() if mine is None else (mine,)))


def states_of(scope: Scope, kind: str | None) -> frozenset[str]:
    return frozenset(s for one in scope.kinds_of(kind) for s in one.states)


def moves_of(scope: Scope, kind: str | None) -> frozenset[str]:
    return frozenset(m for one in scope.kinds_of(kind) for m in one.moves)


def inputs_of(scope: Scope, kind: str | None) -> dict[str, Field]:
    """What the moves of a kind take."""
    kinds = scope.kinds_of(kind)
    moves = (move for one in kinds for move in one.moves.values())
    return {name: taken for move in moves for name, taken in move.takes.items()}


@dataclass(frozen=True, slots=True)
class MemberScope:
    """Names inside a condition on each member: ``it`` and what it has."""

    outer: Scope
    member: Ref
    kinds: Mapping[str, Kind]

    def resolve(
        self, parts: tuple[str, ...], wanted: frozenset[str]
    ) -> Ref | tuple[str, ...]:
        it = self.it()
        if parts == ("it",):
            return it
        names = parts[1:] if parts[0] == "it" else parts
        if len(names) == 1:
            found = self.of_it(it, names[0], alone=parts[0] != "it")
            if found is not None:
                return found
        if parts[0] == "it":
            return nearest(names[0], self.columns()) or self.columns()
        return self.outer.resolve(parts, wanted)

    def it(self) -> Ref:
        sort = {"register": "node", "nodes": "node", "node": "node"}.get(
            self.member.sort, "party"
        )
        return Ref(
            sort,
            "it",
            lambda env: env.it,
            frozenset({("it", "")}),
            kind=self.member.item,
        )

    def of_it(self, it: Ref, name: str, *, alone: bool) -> Ref | None:
        """A field of an item, an attribute of a person."""
        if it.sort == "node":
            kind = self.kinds.get(it.kind or "")
            if kind is None and alone:
                return None
            return member_of(kind, it, name, self.kinds)
        if alone:
            return None
        return Ref("any", name, lambda env: env.facts.attribute(env.it, name))

    def columns(self) -> tuple[str, ...]:
        kind = self.kinds.get(self.member.item or "")
        return tuple(kind.fields) if kind else ()

    def parameter(self, name: str) -> Ref | tuple[str, ...]:
        return self.outer.parameter(name)

    def kinds_of(self, kind: str | None) -> tuple[Kind, ...]:
        return self.outer.kinds_of(kind)

    def has_strangers(self) -> bool:
        return self.outer.has_strangers()

    def inside(self, member: Ref) -> Scope:
        return MemberScope(self, member, self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """Every named element of a plan in the making, and the kind of each node."""

    nodes: Mapping[str, str]
    """Path -> kind name; a container's kind is its own."""
    registers: Mapping[str, str]
    """Id -> kind of its items."""
    deliverables: frozenset[str]
    measures: frozenset[str]
    quotas: Mapping[str, tuple[str, ...]]
    """Id -> measures."""
    parties: Parties
    parameters: Mapping[str, tuple[str, Any]]
    """Name -> (sort, value)."""
    aliases: Mapping[str, str]
    kinds: Mapping[str, Kind]
    called: list[str] = field(default_factory=list)
    """Every name, in order: made when somebody first misspells one."""
    ends: dict[str, list[str]] = field(default_factory=dict)
    """Paths by their last step: made when somebody first asks."""
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What was suggested for a name: two readers may ask."""

    def near(self, path: str, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Paths that a name may mean from where it stands: one if it is clear."""
        plainly = self._near(path, ".".join(parts))
        if plainly:
            return plainly
        return self._near(
            path, ".".join(self.aliases.get(part, part) for part in parts)
        )

    def _near(self, path: str, name: str) -> tuple[str, ...]:
        at: str | None = path
        while at is not None:
            inner = f"{at}.{name}" if at not in {"", "plan"} else name
            if inner in self.nodes:
                return (inner,)
            at = None if at in {"", "plan"} else (at.rpartition(".")[0] or "plan")
        if not self.ends:
            for one in self.nodes:
                self.ends.setdefault(one.rpartition(".")[2], []).append(one)
        alike = self.ends.get(name.rpartition(".")[2], ())
        return tuple(one for one in alike if one.endswith(f".{name}"))


@dataclass(frozen=True, slots=True)
class PlanScope:
    """Names where a gate or a value of a node stands in the plan."""

    elements: Elements
    path: str
    kind: Kind | None
    prefer: str = "node"

    def resolve(
        self, parts: tuple[str, ...], wanted: frozenset[str]
    ) -> Ref | tuple[str, ...]:
        joined = ".".join(parts)
        if joined in SPECIALS:
            return special_ref(joined, _me, SELF_READS)
        if len(parts) == 1 and (parts[0] in _WORDS or parts[0] in CLOCK):
            return _WORDS.get(parts[0]) or CLOCK[parts[0]]
        for table in self.tables(wanted):
            found = table(parts)
            if isinstance(found, Ref) and (not wanted or found.sort in wanted):
                return found
        return self.suggestions(parts, wanted)

    def tables(
        self, wanted: frozenset[str]
    ) -> tuple[Callable[[tuple[str, ...]], Ref | None], ...]:
        order = (self.node, self.register, self.deliverable, self.quota, self.measure)
        first = self.prefer == "parties" or wanted & {"party", "parties"}
        tables = (self.party, *order) if first else (*order, self.party)
        return (*tables, self.part)

    def node(self, parts: tuple[str, ...]) -> Ref | None:
        if parts == ("plan",):
            return _WORDS["plan"]
        found = self.elements.near(self.path, parts)
        if len(found) != 1:
            return None
        path = found[0]
        run: Run = (
            (lambda env: env.facts.locate(path, env.me))
            if "[]" in path
            else (lambda _: path)
        )
        kind = self.elements.nodes[path]
        return Ref(
            "node",
            path,
            run,
            frozenset({("node", path)}),
            kind,
            path=None if "[]" in path else path,
        )

    def part(self, parts: tuple[str, ...]) -> Ref | None:
        """``node.field``, ``plan.end``, ``self.field``."""
        if len(parts) < 2:  # noqa: PLR2004 -- a node and its field
            return None
        owner = _WORDS.get(parts[0]) if len(parts) == 2 else None  # noqa: PLR2004
        node = owner if owner is not None else self.node(parts[:-1])
        if node is None:
            return None
        kind = self.kind if node.kind == "self" else self.kinds.get(node.kind or "")
        return member_of(kind, node, parts[-1], self.kinds)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        return self.elements.kinds

    def register(self, parts: tuple[str, ...]) -> Ref | None:
        name = self.called(parts, self.elements.registers)
        if name not in self.elements.registers:
            return None
        reads = frozenset({("register", name)})
        item = self.elements.registers[name]
        return Ref(
            "register", name, lambda env: env.facts.items(name), reads, None, item
        )

    def deliverable(self, parts: tuple[str, ...]) -> Ref | None:
        return self.plainly(parts, "deliverable", self.elements.deliverables)

    def measure(self, parts: tuple[str, ...]) -> Ref | None:
        return self.plainly(parts, "measure", self.elements.measures)

    def quota(self, parts: tuple[str, ...]) -> Ref | None:
        name = self.called(parts, self.elements.quotas)
        if name not in self.elements.quotas:
            return None
        reads = frozenset(("measure", one) for one in self.elements.quotas[name])
        return Ref("quota", name, lambda _: name, reads)

    def plainly(self, parts: tuple[str, ...], sort: str, among: Any) -> Ref | None:
        name = self.called(parts, among)
        if name not in among:
            return None
        return Ref(sort, name, lambda _: name, frozenset({(sort, name)}))

    def party(self, parts: tuple[str, ...]) -> Ref | None:
        name = ".".join(parts)
        members = self.elements.parties.members(name)
        if members is None:
            name = self.elements.aliases.get(name, name)
            members = self.elements.parties.members(name)
        if members is None:
            return None
        return Ref("parties", name, lambda _: members)

    def called(self, parts: tuple[str, ...], among: Any) -> str:
        """The name itself if there is such an element, else what it is an alias of."""
        name = ".".join(parts)
        return name if name in among else self.elements.aliases.get(name, name)

    def suggestions(
        self, parts: tuple[str, ...], wanted: frozenset[str] = ANYTHING
    ) -> tuple[str, ...]:
        ambiguous = self.elements.near(self.path, parts)
        if len(ambiguous) > 1:
            return ambiguous[:5]
        elements = self.elements
        parties = elements.parties
        # templates of items and members are not named themselves
        nodes = tuple(one for one in elements.nodes if not one.endswith(("#", "[]")))
        people = (*parties.sets, *parties.bodies, *parties.roles, *parties.people)
        if not elements.called:
            elements.called.extend(
                sorted(
                    {
                        *(path.rpartition(".")[2] for path in nodes),
                        *nodes,
                        *elements.registers,
                        *elements.deliverables,
                        *elements.quotas,
                        *elements.measures,
                        *people,
                        *parties.outside,
                    }
                )
            )
        is_about_people = self.prefer == "parties" or wanted & PARTIES
        first = people if is_about_people else nodes
        name = ".".join(parts)
        if name not in elements.asked:
            elements.asked[name] = nearest(name, elements.called)
        return elements.asked[name] or first

    def parameter(self, name: str) -> Ref | tuple[str, ...]:
        if name == "each":
            return special_ref("each", _me, SELF_READS)
        found = self.elements.parameters.get(name)
        if found is None:
            known = tuple(self.elements.parameters)
            return nearest(name, known) or known
        sort, value = found
        return Ref(sort, name, lambda _: UNKNOWN if value is None else value)

    def kinds_of(self, kind: str | None) -> tuple[Kind, ...]:
        return kinds_of(self.kinds, kind, self.kind)

    def has_strangers(self) -> bool:
        return self.elements.parties.is_open

    def inside(self, member: Ref) -> Scope:
        return MemberScope(self, member, self.kinds)
