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
from engine.plan import readers
from engine.plan.clauses import Reading, effects_at, gate_at, literal_at, term_at
from engine.plan.faults import Faults, nearest
from engine.plan.gates import Gate, Leaf, leaves
from engine.plan.graph import CAUSES, OUTCOMES, Field, Kind, Move, Section, State
from engine.plan.names import KindScope
from engine.plan.naming import name_fits, named_entries
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Source, Value
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
    "move",
)
TRIGGERS: Final = ("by", "when", "at", "every", "on")
AUTOMATIC: Final = frozenset({"when", "at", "every"})
COUNTED: Final = ("choice", "bool", "int", "number", "scores")
"""Types of inputs that add up: all that a secret move may take."""
PERSONAL_TYPE: Final = "text"
"""Of what is about a person: nothing is worked out from it, so no other is needed."""
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
    written = _written(sources, faults)
    merged = {name: _merged(name, written, faults) for name in written}
    drafts = {name: _draft(name, one) for name, one in merged.items()}
    return {
        name: _Compiled(drafts[name], one, drafts, faults).kind()
        for name, one in merged.items()
        if not one.definition.abstract
    }


def _written(sources: Iterable[Source], faults: Faults) -> dict[str, KindSource]:
    """Kinds by name; a later folder may replace a kind, a folder has it once."""
    written: dict[str, KindSource] = {}
    for source in sources:
        found = shapes.read(shapes.KindDefinition, source.tree, faults, "")
        if found is None:
            continue
        before = written.get(found.kind)
        if before is not None and _folder(before.source) == _folder(source):
            at = source.tree.get("kind")
            file = before.source.name
            faults.add("plan.duplicate_kind", at, "kind", kind=found.kind, at=file)
        written[found.kind] = KindSource(source, found)
    return written


def _folder(source: Source) -> str:
    return source.name.rpartition("/")[0]


def _merged(name: str, written: Mapping[str, KindSource], faults: Faults) -> KindSource:
    """A kind with everything it takes over, ancestors first."""
    line = [written[name]]
    while (above := line[-1].definition.extends) is not None:
        place = line[-1].source.tree.get("extends")
        one = written.get(above)
        names = [*(each.definition.kind for each in line), above]
        if one is None:
            near = nearest(above, written) or tuple(written)
            faults.add("plan.unknown_kind", place, "extends", kind=above, near=near)
            break
        if above in names[:-1] or len(line) == EXTENDS_MAX:
            most = EXTENDS_MAX
            faults.add("plan.kind_circle", place, "extends", names=names, most=most)
            break
        line.append(one)
    whole = KindSource(line[0].source, line[0].definition)
    whole.ancestors = tuple(one.definition.kind for one in line[1:])
    for one in reversed(line):
        _take_over(whole, one, faults)
    return whole


def _take_over(whole: KindSource, one: KindSource, faults: Faults) -> None:
    """What a kind says itself replaces what it takes over, name by name."""
    mine = one.definition
    for name, value in named_entries(mine.fields, faults, "fields"):
        found = shapes.read(shapes.FieldDefinition, value, faults, f"fields.{name}")
        if found is not None:
            whole.fields[name] = (found, value)
    whole.facts.update(named_entries(mine.facts, faults, "facts"))
    for name, value in named_entries(mine.states, faults, "states"):
        state = shapes.read(shapes.StateDefinition, value, faults, f"states.{name}")
        if state is not None:
            _take_state(whole, name, state, value)
    for name, value in named_entries(mine.children, faults, "children"):
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
    own: set[str] = set()
    for number, value in enumerate(mine.moves.items if mine.moves is not None else ()):
        if len(own) == MOVES_MAX:
            faults.add("plan.too_many", value, "moves", most=MOVES_MAX)
            return
        move = shapes.read(shapes.MoveDefinition, value, faults, f"moves[{number}]")
        if move is None:
            continue
        path = f"moves.{move.name}"
        at = value.get("name") if isinstance(value, Written) else value
        if name_fits(move.name, at or value, faults, path):
            if move.name in own:
                faults.add("plan.duplicate_id", at, path, id=move.name)
            own.add(move.name)
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
                is_personal=found.personal,
            )
            for key, (found, _) in one.fields.items()
        },
        facts={},
        states=states,
        initial=next((s.name for s in states.values() if s.initial), ""),
        moves={key: _bare(move) for key, (move, _) in one.moves.items()},
        sections={
            key: Section(
                name=key,
                kind=found.kind,
                required=found.required,
                outlives=found.outlives,
            )
            for key, found in one.sections.items()
        },
        ancestors=one.ancestors,
    )


def _bare(move: shapes.MoveDefinition) -> Move:
    """A move of which only the names are known: its own and its inputs'."""
    takes = {
        name: Field(
            name=name,
            type=str(literal_at(value.get("type"))),
            title=name,
            of=literals_of(value.get("of")),
            is_personal=literal_at(value.get("personal")) == "true",
        )
        for name, value in _entries(move.takes)
        if isinstance(value, Written)
    }
    return Move(
        name=move.name,
        title=move.name,
        sources=(),
        target=None,
        trigger="by",
        takes=takes,
    )


def literals_of(value: Value | None) -> tuple[str, ...] | None:
    """Choices that are written out; None if a field holds them."""
    if not isinstance(value, Sequence):
        return None
    return tuple(str(literal_at(item)) for item in value.items)


@dataclass(slots=True)
class _Compiled:
    """One kind being compiled."""

    draft: Kind
    written: KindSource
    kinds: Mapping[str, Kind]
    faults: Faults

    def kind(self) -> Kind:
        self.whole()
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
            rank={name: number for number, name in enumerate(moves)},
        )

    def whole(self) -> None:
        """A kind begins somewhere, and what stands below it is of a known kind."""
        tree = self.written.source.tree
        if not self.draft.initial:
            at: Value = tree.key("states") or tree
            self.faults.add("plan.no_initial_state", at, "states")
        for name, section in self.draft.sections.items():
            if section.kind is not None and section.kind not in self.kinds:
                written = _entry(tree.get("children"), name)
                at = _part(written, "kind", 0) if written is not None else tree
                near = nearest(section.kind, self.kinds) or tuple(self.kinds)
                path = f"children.{name}.kind"
                self.faults.add(
                    "plan.unknown_kind", at, path, kind=section.kind, near=near
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
        self.personal(found, value, path)
        return Field(
            name=name,
            type=found.type,
            title=found.title or name,
            required=not found.optional if taken else found.required,
            default=found.default,
            of=self.choices(found, value, path),
            scale=self.scale(found.scale, f"{path}.scale"),
            is_reserved=found.reserved,
            is_personal=found.personal,
        )

    def personal(self, found: shapes.FieldDefinition, value: Value, path: str) -> None:
        """What is about a person is a text, and in no file that everybody reads."""
        if not found.personal:
            return
        if found.type != PERSONAL_TYPE:
            self.faults.add(
                "plan.personal_type", value, path, type=found.type, known=PERSONAL_TYPE
            )
        if found.default is not None:
            self.faults.add("plan.personal_written", value, path, name=path)

    def choices(self, found: shapes.FieldDefinition, value: Value, path: str) -> Any:
        """A list of choices, or the field that holds them."""
        if isinstance(found.of, Scalar):
            return term_at(self.reading(), found.of, f"{path}.of")
        if found.of is None and found.type in {"choice", "scores"}:
            self.faults.add("plan.key_missing", value, f"{path}.of", key="of")
        if isinstance(found.of, Written):
            self.faults.add("plan.shape_list", found.of, f"{path}.of")
        return literals_of(found.of)

    def scale(self, value: Value | None, path: str) -> tuple[int, int] | None:
        if value is None:
            return None
        ends = (
            [value.get(key) for key in ("from", "to")]
            if isinstance(value, Written)
            else []
        )
        try:
            low, high = (readers.read_int(literal_at(end)) for end in ends)
        except ValueError:
            low, high = 0, 0
        if low >= high:
            self.faults.add("plan.shape_scale", value, path)
            return None
        return low, high

    def facts(self) -> dict[str, Term]:
        """Named expressions; one may use those written before it."""
        found: dict[str, Term] = {}
        for name, value in self.written.facts.items():
            self.draft = replace(self.draft, facts=dict(found))
            found[name] = term_at(self.reading(), value, f"facts.{name}")
        return found

    def moves(self) -> dict[str, Move]:
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
            anywhere=found.from_ in {("any",), ("underway",)},
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
            signs=found.signs,
        )
        if found.signs is not None and trigger != "by":
            self.faults.add("plan.signs", value, f"{path}.signs", move=found.name)
        self.secrecy(made, value, path)
        self.spelled(found, value, path)
        return made

    def spelled(self, found: shapes.MoveDefinition, value: Value, path: str) -> None:
        """Words of a move that are one of a few."""
        recurring = tuple(
            name for name, one in self.draft.fields.items() if one.type == "recurrence"
        )
        for key, said, known in (
            ("every", found.every, recurring),
            ("on", found.on, (*OUTCOMES, *CAUSES)),
            ("round", found.round, ("next",)),
        ):
            if said is not None and said not in known:
                self.faults.add(
                    "plan.unknown_word",
                    value.get(key) if isinstance(value, Written) else value,
                    f"{path}.{key}",
                    key=key,
                    found=said,
                    known=known,
                )

    def secrecy(self, move: Move, value: Value, path: str) -> None:
        """Answers in secret are counted, and nothing but counted."""
        if move.secret is None:
            return
        for name, taken in move.takes.items():
            if taken.type not in COUNTED or taken.is_personal:
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
            found_ = given or {"zh": "零个", "en": "none"}
            self.faults.add("plan.move_trigger", value, path, found=found_)
            return "by"
        return given[0]

    def sources(
        self, found: shapes.MoveDefinition, value: Value, path: str
    ) -> tuple[str, ...]:
        states = self.draft.states.values()
        if found.from_ == ("any",):
            return tuple(state.name for state in states if not state.final)
        if found.from_ == ("underway",):
            return tuple(state.name for state in states if state.is_underway)
        return tuple(
            state
            for number, state in enumerate(found.from_)
            if self.state(state, _part(value, "from", number), f"{path}.from")
        )

    def target(
        self, found: shapes.MoveDefinition, value: Value, path: str
    ) -> str | None:
        if found.to == "same":
            return None
        at = _part(value, "to", 0)
        return found.to if self.state(found.to, at, f"{path}.to") else None

    def state(self, name: str, value: Value, path: str) -> bool:
        if name in self.draft.states:
            return True
        known = nearest(name, self.draft.states) or tuple(self.draft.states)
        self.faults.add(
            "plan.unknown_state",
            value,
            path,
            state=name,
            node=self.draft.name,
            known=known,
        )
        return False


def _entry(table: Value | None, name: str) -> Value | None:
    return table.get(name) if isinstance(table, Written) else None


def _part(value: Value, key: str, number: int) -> Value:
    """One of the names written at a key of a mapping."""
    found = value.get(key) if isinstance(value, Written) else None
    if isinstance(found, Sequence):
        return found.items[number]
    return found or value


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


def _shown(value: Value | None) -> str:
    if value is None:
        return ""
    found = literal_at(value)
    return "、".join(map(str, found)) if isinstance(found, list) else str(found)
