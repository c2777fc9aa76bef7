"""The fields of a node: what a kind asks for, read from what a plan says.

Plain types become values now; parties and conditions become terms that are
evaluated when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from engine.plan import readers, values
from engine.plan.clauses import NEVER, Reading, gate_at, literal_at, term_at
from engine.plan.definition import NodeDefinition
from engine.plan.faults import Faults, nearest
from engine.plan.graph import Field, Kind
from engine.plan.names import Elements, KindScope, PlanScope
from engine.plan.parameters import Parameters, part_at
from engine.plan.recurrence import read_recurrence
from engine.plan.scope import Scope
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value, is_empty
from engine.plan.terms import ANYTHING, NODE, PARTIES, Dependency, Ref, Term

NODE_KEYS: Final = tuple(NodeDefinition.model_fields)
"""Keys that a node of any kind may have."""
BY_NAME: Final = {
    "deliverable": "deliverables",
    "register": "registers",
    "quota": "quotas",
    "measure": "measures",
}
UNKNOWN: Final = {
    "deliverable": "plan.unknown_deliverable",
    "register": "plan.unknown_register",
    "quota": "plan.unknown_quota",
    "measure": "plan.unknown_measure",
}


@dataclass(frozen=True, slots=True)
class _Both:
    """A condition in a field: the kind's names first, then the plan's."""

    kind: KindScope
    plan: PlanScope

    def resolve(
        self, parts: tuple[str, ...], wanted: frozenset[str]
    ) -> Ref | tuple[str, ...]:
        found = self.kind.resolve(parts, wanted)
        return found if isinstance(found, Ref) else self.plan.resolve(parts, wanted)

    def parameter(self, name: str) -> Ref | tuple[str, ...]:
        return self.plan.parameter(name)

    def kinds_of(self, kind: str | None) -> tuple[Kind, ...]:
        return self.plan.kinds_of(kind)

    def has_strangers(self) -> bool:
        return self.plan.has_strangers()

    def inside(self, member: Ref) -> Scope:
        return self.plan.inside(member)


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads the fields of one node."""

    elements: Elements
    path: str
    kind: Kind
    parameters: Parameters
    zone: tzinfo
    faults: Faults

    def read(
        self, given: Mapping[str, Value], node: Value, *, required: bool
    ) -> dict[str, Any]:
        """Every field that has a value; faults for unknown and missing ones."""
        for name, value in given.items():
            if self.faults.full:
                break
            if name not in self.kind.fields:
                self.unknown(name, _key(node, name) or value)
        found: dict[str, Any] = {}
        for name, declared in self.kind.fields.items():
            said = given.get(name)
            if said is None and declared.required and required:
                self.faults.add(
                    "plan.field_missing",
                    node,
                    f"{self.path}.{name}",
                    key=name,
                    kind=self.kind.name,
                    type=declared.type,
                )
            found[name] = self.value(declared, said)
        return {name: value for name, value in found.items() if value is not None}

    def unknown(self, name: str, at: Any) -> None:
        fields = tuple(self.kind.fields)
        known = (*fields, *self.kind.sections, *NODE_KEYS)
        # what the kind adds to what it extends is what its author knows it by
        own_first = tuple(reversed(fields))
        near = nearest(name, known) or own_first or NODE_KEYS
        self.faults.add(
            "plan.unknown_key", at, f"{self.path}.{name}", key=name, near=near
        )

    def value(self, declared: Field, given: Value | None) -> Any:
        if given is not None and declared.is_personal:
            name, path = declared.name, f"{self.path}.{declared.name}"
            self.faults.add("plan.personal_written", given, path, name=name)
            return None
        if given is not None:
            return self.typed(declared, given, f"{self.path}.{declared.name}")
        if declared.default is not None:
            return self.typed(
                declared, declared.default, f"{self.path}.{declared.name}"
            )
        return None

    def typed(self, declared: Field, value: Value, path: str) -> Any:
        type_ = declared.type
        if is_empty(value):
            self.faults.add("plan.key_empty", value, path, key=declared.name)
            return None
        if type_ == "condition":
            return self.condition(value, path)
        value = self.parameters.substitute(value)
        inner = type_[5:-1] if type_.startswith("list[") else type_
        if inner in PARTIES:
            return self.looked_up("parties", value, path)
        if inner in NODE:
            return self.looked_up("node", value, path)
        if inner in BY_NAME:
            return self.named(inner, value, path, many=inner != type_)
        return self.plain(declared, type_, value, path)

    def plain(self, declared: Field, type_: str, value: Value, path: str) -> Any:
        """A value that is read from its text alone."""
        if self.is_expression(type_, value):
            return term_at(self.reading("node"), value, path)
        try:
            return self.read_plain(declared, type_, self.parameters.plain(value))
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, part_at(value, wrong), path, **wrong.values)
            return None

    def is_expression(self, type_: str, value: Value) -> bool:
        """A list may be taken from another node: ``分组.groups``."""
        if isinstance(value, Scalar) and value.text == "$each":
            return True
        if not (type_.startswith("list[") and isinstance(value, Scalar)):
            return False
        parts = tuple(value.text.split("."))
        scope = PlanScope(self.elements, self.path, self.kind)
        return len(parts) > 1 and isinstance(scope.resolve(parts, ANYTHING), Ref)

    def read_plain(self, declared: Field, type_: str, plain: Any) -> Any:
        if type_.startswith("list["):
            listed = plain if isinstance(plain, list) else [plain]
            inner = type_[5:-1]
            return tuple(self.read_plain(declared, inner, item) for item in listed)
        if type_ == "recurrence":
            return None if plain == [] else read_recurrence(plain)
        if type_ == "datetime":
            return readers.read_datetime(plain, self.zone)
        if type_ == "choice" and isinstance(declared.of, tuple):
            return readers.read_choice(plain, of=declared.of)
        if plain == []:  # a parameter that nothing was said for
            return None
        return readers.READERS.get(type_, readers.read_text)(plain)

    def reading(self, prefer: str) -> Reading:
        scope = PlanScope(self.elements, self.path, self.kind, prefer)
        return Reading(scope, self.faults)

    def condition(self, value: Value, path: str) -> Term:
        plan = PlanScope(self.elements, self.path, self.kind)
        scope = _Both(KindScope(self.kind, self.elements.kinds), plan)
        gate = gate_at(Reading(scope, self.faults), value, path)
        return Term(
            gate.verdict, "bool", str(literal_at(value)), gate.reads, gate.alarms
        )

    def looked_up(self, sort: str, value: Value, path: str) -> Term:
        """A node or parties, found when somebody asks; ``sort`` is which."""
        made = term_at(self.reading(sort), value, path)
        alike = PARTIES if sort == "parties" else NODE
        if made is not NEVER and made.sort not in {*alike, "any", "list"}:
            self.faults.add(
                "plan.wrong_sort",
                value,
                path,
                wanted=[sort],
                is_=made.sort,
                name=str(literal_at(value)),
            )
        return made

    def named(self, sort: str, value: Value, path: str, *, many: bool) -> Any:
        """The id of an element in one of the plan's tables; a tuple of several."""
        listed = isinstance(value, Sequence)
        items = value.items if isinstance(value, Sequence) else (value,)
        table: Any = getattr(self.elements, BY_NAME[sort])
        found: list[str] = []
        for item in items:
            if not isinstance(item, Scalar) or not item.text:
                self.faults.add("plan.shape_text", item, path)
                continue
            name = item.text
            if name not in table:
                name = self.elements.aliases.get(name, name)
            if name in table:
                found.append(name)
                continue
            near = nearest(name, sorted(table)) or sorted(table)
            self.faults.add(UNKNOWN[sort], item, path, name=name, near=near)
        if many or (listed and len(found) != 1):
            return tuple(found)
        return found[0] if found else None


def _key(node: Value, name: str) -> Scalar | None:
    """The key as it is written: in a node, or among the fields of a register."""
    if not isinstance(node, Written):
        return None
    fields = node.get("fields")
    inner = fields.key(name) if isinstance(fields, Written) else None
    return inner or node.key(name)


def reads_of(value: Any, declared: Field, elements: Elements) -> set[Dependency]:
    """What a field's value depends on, for whoever reads the field."""
    if isinstance(value, Term):
        return set(value.reads)
    names = value if isinstance(value, tuple) else (value,)
    inner = declared.type[5:-1] if declared.type.startswith("list[") else declared.type
    if inner == "quota":
        return {
            ("measure", one) for name in names for one in elements.quotas.get(name, ())
        }
    return {(inner, str(name)) for name in names} if inner in BY_NAME else set()
