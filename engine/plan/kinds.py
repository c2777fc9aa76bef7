"""Kinds: files of states and moves made into machines that any plan can use.

A kind knows no plan. It is compiled once; its expressions see its own fields,
facts and inputs. ``extends`` takes over fields, facts, states and moves by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import expressions as ex
from engine.plan.clauses import Reading, effects_at, gate_at, literal_at, term_at
from engine.plan.faults import Faults, nearest
from engine.plan.gates import Gate, Leaf, leaves
from engine.plan.graph import Field, Kind, Move, Section, State
from engine.plan.names import KindScope
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Source, Value
from engine.plan.terms import Run, Term

TYPES: Final = (
    "text",
    "int",
    "number",
    "ratio",
    "bool",
    "date",
    "time",
    "datetime",
    "duration",
    "window",
    "recurrence",
    "choice",
    "party",
    "parties",
    "deliverable",
    "register",
    "node",
    "quota",
    "measure",
    "condition",
    "file",
    "scores",
    "groups",
)
TRIGGERS: Final = ("by", "when", "at", "every", "on")
AUTOMATIC: Final = frozenset({"when", "at", "every"})
COUNTED: Final = ("choice", "bool", "int", "number", "scores")
"""Types of inputs that add up: all that a secret move may take."""
EXTENDS_MAX: Final = 8
MOVES_MAX: Final = 200


@dataclass(slots=True)
class KindSource:
    """A kind as written, before it is compiled."""

    source: Source
    definition: shapes.KindDefinition
    fields: dict[str, tuple[shapes.FieldDefinition, Value]] = field(
        default_factory=dict
    )
    facts: dict[str, Value] = field(default_factory=dict)
    states: dict[str, tuple[shapes.StateDefinition, Value]] = field(
        default_factory=dict
    )
    moves: dict[str, tuple[shapes.MoveDefinition, Value]] = field(default_factory=dict)
    sections: dict[str, shapes.SectionDefinition] = field(default_factory=dict)
    gate: list[Value] = field(default_factory=list)
    ancestors: tuple[str, ...] = ()


def read_kinds(sources: Iterable[Source], faults: Faults) -> dict[str, Kind]:
    """Every kind of the files, compiled; abstract ones are left out."""
    written: dict[str, KindSource] = {}
    for source in sources:
        found = shapes.read(shapes.KindDefinition, source.tree, faults, "")
        if found is not None:
            written[found.kind] = KindSource(source, found)
    merged = {name: _merged(name, written, faults) for name in written}
    drafts = {name: _draft(name, one) for name, one in merged.items()}
    return {
        name: _Compiled(drafts[name], one, drafts, faults).kind()
        for name, one in merged.items()
        if not one.definition.abstract
    }


def _merged(name: str, written: Mapping[str, KindSource], faults: Faults) -> KindSource:
    """A kind with everything it takes over, ancestors first."""
    line: list[KindSource] = []
    at: str | None = name
    while at is not None:
        one = written.get(at)
        if one is None or one in line or len(line) >= EXTENDS_MAX:
            place = line[-1].source.tree.get("extends")
            faults.add(
                "plan.unknown_kind",
                place,
                "extends",
                kind=at,
                near=nearest(at, tuple(written)),
            )
            break
        line.append(one)
        at = one.definition.extends
    whole = KindSource(line[0].source, line[0].definition)
    whole.ancestors = tuple(one.definition.kind for one in line[1:])
    for one in reversed(line):
        _take_over(whole, one, faults)
    return whole


def _take_over(whole: KindSource, one: KindSource, faults: Faults) -> None:
    """What a kind says itself replaces what it takes over, name by name."""
    mine = one.definition
    for name, value in _entries(mine.fields):
        found = shapes.read(shapes.FieldDefinition, value, faults, f"fields.{name}")
        if found is not None:
            whole.fields[name] = (found, value)
    whole.facts.update(_entries(mine.facts))
    for name, value in _entries(mine.states):
        state = shapes.read(shapes.StateDefinition, value, faults, f"states.{name}")
        if state is not None:
            _take_state(whole, name, state, value)
    for name, value in _entries(mine.children):
        path = f"children.{name}"
        section = shapes.read(shapes.SectionDefinition, value, faults, path)
        if section is not None:
            whole.sections[name] = section
    if mine.gate is not None:
        whole.gate.append(mine.gate)
    _take_moves(whole, mine, faults)


def _take_state(
    whole: KindSource, name: str, state: shapes.StateDefinition, value: Value
) -> None:
    """A kind has one initial state: the last that was said to be."""
    if state.initial:
        whole.states = {
            key: (known.model_copy(update={"initial": False}), at)
            for key, (known, at) in whole.states.items()
        }
    whole.states[name] = (state, value)


def _take_moves(whole: KindSource, mine: shapes.KindDefinition, faults: Faults) -> None:
    for value in mine.moves.items if mine.moves is not None else ():
        move = shapes.read(shapes.MoveDefinition, value, faults, "moves")
        if move is not None:
            whole.moves[move.name] = (move, value)


def _entries(table: Any) -> list[tuple[str, Value]]:
    if not isinstance(table, Written):
        return []
    return [(key.text, value) for key, value in table.entries]


def _draft(name: str, one: KindSource) -> Kind:
    """A kind with its names but no expressions: what other kinds' names refer to."""
    states = {
        key: State(
            name=key,
            title=found.title or key,
            initial=found.initial,
            done=found.done,
            settled=found.settled,
            final=found.final,
        )
        for key, (found, _) in one.states.items()
    }
    return Kind(
        name=name,
        title=one.definition.title or name,
        fields={
            key: Field(
                name=key,
                type=found.type,
                title=found.title or key,
                required=found.required,
            )
            for key, (found, _) in one.fields.items()
        },
        facts={},
        states=states,
        initial=next((s.name for s in states.values() if s.initial), ""),
        moves={key: _bare(key) for key in one.moves},
        sections={
            key: Section(name=key, kind=found.kind, required=found.required)
            for key, found in one.sections.items()
        },
        ancestors=one.ancestors,
    )


def _bare(name: str) -> Move:
    return Move(name=name, title=name, sources=(), target=None, trigger="by")


@dataclass(slots=True)
class _Compiled:
    """One kind being compiled."""

    draft: Kind
    written: KindSource
    kinds: Mapping[str, Kind]
    faults: Faults

    def kind(self) -> Kind:
        if not self.draft.initial:
            self.faults.add("plan.no_initial_state", self.written.source.tree, "states")
        self.draft = replace(self.draft, fields=self.fields())
        facts = self.facts()
        self.draft = replace(self.draft, facts=facts)
        reading = self.reading()
        gates = [gate_at(reading, value, "gate") for value in self.written.gate]
        gate = gates[0] if gates else self.draft.gate
        for more in gates[1:]:
            gate = replace(gate, clauses=(*gate.clauses, *more.clauses))
        moves = self.moves()
        return replace(
            self.draft,
            gate=gate,
            moves=moves,
            automatic={
                state: tuple(
                    move.name
                    for move in moves.values()
                    if move.trigger in AUTOMATIC and state in move.sources
                )
                for state in self.draft.states
            },
            aspects={
                move.name: aspects_of(move)
                for move in moves.values()
                if move.trigger in AUTOMATIC
            },
            waking=tuple(
                move.name
                for move in moves.values()
                if move.trigger in AUTOMATIC and (move.every or move.clocked.clauses)
            ),
        )

    def reading(self, takes: Mapping[str, Field] | None = None) -> Reading:
        return Reading(KindScope(self.draft, self.kinds, takes or {}), self.faults)

    def fields(self) -> dict[str, Field]:
        return {
            name: self.field_of(name, found, value, f"fields.{name}", taken=False)
            for name, (found, value) in self.written.fields.items()
        }

    def field_of(
        self,
        name: str,
        found: shapes.FieldDefinition,
        value: Value,
        path: str,
        *,
        taken: bool,
    ) -> Field:
        inner = found.type[5:-1] if found.type.startswith("list[") else found.type
        if inner not in TYPES:
            self.faults.add(
                "plan.unknown_type",
                value,
                f"{path}.type",
                type=found.type,
                near=nearest(inner, TYPES) or TYPES,
            )
        return Field(
            name=name,
            type=found.type,
            title=found.title or name,
            required=not found.optional if taken else found.required,
            default=found.default,
            of=self.choices(found.of),
            scale=_scale(found.scale),
        )

    def choices(self, value: Value | None) -> Any:
        """A list of choices, or the field that holds them."""
        if isinstance(value, Scalar):
            return term_at(self.reading(), value, "of")
        return None if value is None else tuple(literal_at(value))

    def facts(self) -> dict[str, Term]:
        """Named expressions; one may use those written before it."""
        found: dict[str, Term] = {}
        for name, value in self.written.facts.items():
            self.draft = replace(self.draft, facts=dict(found))
            found[name] = term_at(self.reading(), value, f"facts.{name}")
        return found

    def moves(self) -> dict[str, Move]:
        if len(self.written.moves) > MOVES_MAX:
            self.faults.add(
                "plan.too_many", self.written.source.tree, "moves", most=MOVES_MAX
            )
        return {
            name: self.move(found, value)
            for name, (found, value) in self.written.moves.items()
        }

    def move(self, found: shapes.MoveDefinition, value: Value) -> Move:
        path = f"moves.{found.name}"
        takes = {
            name: self.field_of(name, one, at, f"{path}.takes.{name}", taken=True)
            for name, at in _entries(found.takes)
            if (one := shapes.read(shapes.FieldDefinition, at, self.faults, path))
        }
        reading = self.reading(takes)
        trigger = self.trigger(found, value, path)
        gate = gate_at(reading, found.gate, f"{path}.gate")
        when = gate_at(reading, found.when, f"{path}.when")
        if found.at is not None:
            when = gate_at(reading, found.at, f"{path}.at", clock=True)
        whole = Gate((*when.clauses, *gate.clauses))
        still, clocked = parted(whole)
        made = Move(
            name=found.name,
            title=found.title or found.name,
            sources=self.sources(found, value, path),
            target=self.target(found, value, path),
            trigger=trigger,
            by=self.parties(reading, found.by, f"{path}.by"),
            by_text=_shown(found.by),
            when=whole,
            still=still,
            clocked=clocked,
            moment=only_moment(clocked),
            every=found.every,
            on=found.on,
            gate=gate,
            not_by=self.parties(reading, found.not_by, f"{path}.not_by"),
            once_each=found.once_each,
            takes=takes,
            then=effects_at(reading, found.then, f"{path}.then"),
            next_round=found.round == "next",
            reset=found.reset,
            secret=None
            if found.secret is None
            else term_at(reading, found.secret, f"{path}.secret"),
            free=found.free,
        )
        self.secrecy(made, value, path)
        return made

    def secrecy(self, move: Move, value: Value, path: str) -> None:
        """Answers in secret are counted, and nothing but counted."""
        if move.secret is None:
            return
        for name, taken in move.takes.items():
            if taken.type not in COUNTED:
                self.faults.add(
                    "plan.secret_type", value, f"{path}.takes.{name}", known=COUNTED
                )
        terms = [term for effect in move.then for term in effect.terms.values()]
        terms += [term for term in (move.by, move.not_by, move.secret) if term]
        reads = move.gate.reads.union(*(term.reads for term in terms))
        for sort, name in sorted(reads):
            if sort == "input":
                self.faults.add("plan.secret_told", value, path, name=name)

    def parties(self, reading: Reading, value: Value | None, path: str) -> Term | None:
        return None if value is None else term_at(reading, value, path)

    def trigger(self, found: shapes.MoveDefinition, value: Value, path: str) -> str:
        given = [name for name in TRIGGERS if getattr(found, name) is not None]
        if len(given) != 1:
            self.faults.add("plan.move_trigger", value, path, found=given)
            return "by"
        return given[0]

    def sources(
        self, found: shapes.MoveDefinition, value: Value, path: str
    ) -> tuple[str, ...]:
        if found.from_ == ("any",):
            return tuple(s.name for s in self.draft.states.values() if not s.final)
        return tuple(
            state for state in found.from_ if self.state(state, value, f"{path}.from")
        )

    def target(
        self, found: shapes.MoveDefinition, value: Value, path: str
    ) -> str | None:
        if found.to == "same":
            return None
        return found.to if self.state(found.to, value, f"{path}.to") else None

    def state(self, name: str, value: Value, path: str) -> bool:
        if name in self.draft.states:
            return True
        known = tuple(self.draft.states)
        self.faults.add(
            "plan.unknown_state",
            value,
            path,
            state=name,
            node=self.draft.name,
            known=known,
        )
        return False


def only_moment(clocked: Gate) -> Run | None:
    """The moment that a move waits for, if it is all that it waits for."""
    match clocked.clauses:
        case (
            Leaf(term=term, tree=ex.Operation(sign=">=", sides=(ex.Name(("now",)), _))),
        ):
            return term.alarms[0] if len(term.alarms) == 1 else None
    return None


def aspects_of(move: Move) -> frozenset[str]:
    """What of its own node a move reads besides its state."""
    found: set[str] = set()
    for sort, name in move.when.reads:
        if sort == "self":
            found.add(name)
        elif sort == "field":
            found.add(f"f/{name}")
        elif sort in {"entry", "exit", "children"}:
            found.add("")
    return frozenset(found)


def parted(gate: Gate) -> tuple[Gate, Gate]:
    """A gate's clauses that no alarm can open, and the others."""
    clocked = tuple(
        clause
        for clause in gate.clauses
        if any(leaf.term.alarms or leaf.own_gate for leaf in leaves(clause))
    )
    still = tuple(clause for clause in gate.clauses if clause not in clocked)
    return Gate(still), Gate(clocked)


def _scale(value: Value | None) -> tuple[int, int] | None:
    found = literal_at(value) if value is not None else None
    if not isinstance(found, dict):
        return None
    return int(found.get("from", 1)), int(found.get("to", 5))


def _shown(value: Value | None) -> str:
    if value is None:
        return ""
    found = literal_at(value)
    return "、".join(map(str, found)) if isinstance(found, list) else str(found)
