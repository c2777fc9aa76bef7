"""The compiler: a resolved source becomes a plan, or all of its faults at once.

It reads in the order in which names depend on each other: parameters, parties, the
tree, the tables (registers, deliverables, measures, quotas), and last the gates and
fields, when every name is known.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.plan import definition as shapes
from engine.plan import ledger, values
from engine.plan.calendar import Calendar, named_calendar, table_calendar
from engine.plan.clauses import Reading, effects_at, gate_at, literal_at, term_at
from engine.plan.faults import Faults, nearest
from engine.plan.fields import FieldReader
from engine.plan.gates import Gate, Leaf
from engine.plan.graph import (
    Deliverable,
    Kind,
    Node,
    Parties,
    Plan,
    Quota,
    Register,
)
from engine.plan.marks import Mark, unmarked
from engine.plan.names import WORDS, Elements, PlanScope
from engine.plan.overlay import Resolved
from engine.plan.parameters import Parameters
from engine.plan.parties import read_parties
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value
from engine.plan.terms import PARTIES, UNKNOWN, Env, Term
from engine.plan.watching import clock_of, watch_of

ROOT: Final = "plan"
CONTAINER: Final = "every"
NODES_MAX: Final = 5_000
DEPTH_MAX: Final = 12
PLAN_KEYS: Final = frozenset(
    {
        "plan",
        "lang",
        "language",
        "title",
        "version",
        "extends",
        "abstract",
        "issued",
        "document",
        "requirements",
        "basis",
        "zone",
        "calendar",
        "window",
        "params",
        "glossary",
        "goals",
        "keywords",
        "addressees",
        "parties",
        "deliverables",
        "measures",
        "registers",
        "quotas",
        "norms",
        "assumptions",
        "backdated",
        "src",
        "note",
        "owner",
        "entry",
        "exit",
        "set",
        "add",
        "remove",
    }
)


@dataclass(slots=True)
class _Draft:
    """A node found in the tree, before its names are resolved."""

    path: str
    parent: str | None
    kind: Kind
    definition: shapes.NodeDefinition
    value: Value
    section: str
    required: bool
    order: int
    children: list[str] = field(default_factory=list)
    member: str | None = None
    dynamic: bool = False


def compile_plan(
    resolved: Resolved, kinds: Mapping[str, Kind], faults: Faults
) -> Plan | None:
    """The plan, or None with its faults collected."""
    return _Compiler(resolved, kinds, faults).plan()


@dataclass(slots=True)
class _Compiler:
    resolved: Resolved
    kinds: Mapping[str, Kind]
    faults: Faults
    drafts: dict[str, _Draft] = field(default_factory=dict)
    parameters: Parameters = field(init=False)
    parties: Parties = field(init=False)
    elements: Elements = field(init=False)
    aliases: dict[str, str] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    calendar: Calendar | None = None
    requirements: dict[str, list[str]] = field(default_factory=dict)

    tree: Written = field(init=False)
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        self.tree, self.marks = unmarked(self.resolved.tree)

    def plan(self) -> Plan | None:
        if "plan" not in self.kinds or CONTAINER not in self.kinds:
            self.faults.add("plan.no_kinds", self.tree, "kind")
            return None
        self.times()
        self.parameters = Parameters(self.resolved.params, self.faults)
        self.parties = read_parties(
            self.tree.get("parties"), self.faults, self.parameters.substitute
        )
        self.names()
        self.root()
        self.registered()
        self.tables()
        nodes = self.nodes()
        plan = self.assembled(nodes)
        return None if self.faults.any() else plan

    # -- header

    def times(self) -> None:
        zone, calendar = self.tree.get("zone"), self.tree.get("calendar")
        if isinstance(zone, Scalar):
            try:
                self.zone = ZoneInfo(zone.text)
            except (KeyError, ValueError, OSError):
                self.faults.add("plan.unknown_zone", zone, "zone", zone=zone.text)
        try:
            if isinstance(calendar, Written):
                self.calendar = table_calendar("own", calendar.plain())
            elif isinstance(calendar, Scalar):
                self.calendar = named_calendar(calendar.text)
            else:
                self.calendar = named_calendar("weekdays")
        except values.ValueReadError as wrong:
            self.faults.add(
                wrong.code, calendar or self.tree, "calendar", **wrong.values
            )
            self.calendar = named_calendar("weekdays")

    def names(self) -> None:
        """Aliases: ``also`` of elements, ``is``/``also`` of the glossary."""
        for table in ("deliverables", "registers"):
            for name, value in self.entries(table):
                self.also(name, value)
        parties = self.tree.get("parties")
        for table in ("outside", "sets"):
            group = parties.get(table) if isinstance(parties, Written) else None
            for key, value in group.entries if isinstance(group, Written) else ():
                self.also(key.text, value)
        for name, value in self.entries("glossary"):
            target = value.get("is") if isinstance(value, Written) else value
            if isinstance(target, Scalar):
                self.aliases.setdefault(name, target.text)
                self.also(target.text, value)

    def also(self, name: str, value: Value) -> None:
        if isinstance(value, Written) and value.get("also") is not None:
            for alias in literal_at(value.get("also")) or ():
                self.aliases.setdefault(str(alias), name)

    def entries(self, table: str) -> list[tuple[str, Value]]:
        found = self.tree.get(table)
        if found is None:
            return []
        if not isinstance(found, Written):
            self.faults.add("plan.shape_mapping", found, table)
            return []
        return [(key.text, value) for key, value in found.entries]

    # -- the tree

    def root(self) -> None:
        kind = self.kinds["plan"]
        extra = [
            (key, value)
            for key, value in self.tree.entries
            if key.text not in PLAN_KEYS
        ]
        known = (*PLAN_KEYS, *kind.fields, *kind.sections)
        for key, _ in extra:
            if key.text not in kind.fields and key.text not in kind.sections:
                self.faults.add(
                    "plan.unknown_key",
                    key,
                    key.text,
                    key=key.text,
                    near=nearest(key.text, known) or tuple(kind.sections),
                )
        given: dict[str, Any] = {
            key.text: value
            for key, value in self.tree.entries
            if key.text in kind.fields or key.text in {"owner", "entry", "exit"}
        }
        definition = shapes.NodeDefinition.model_construct(
            id=ROOT, window=self.tree.get("window"), **given
        )
        definition.__pydantic_extra__.update(  # type: ignore[union-attr]
            {name: value for name, value in given.items() if name in kind.fields}
        )
        self.drafts[ROOT] = _Draft(
            ROOT, None, kind, definition, self.tree, "", required=True, order=0
        )
        self.sections(self.drafts[ROOT], self.tree, 1)

    def sections(self, parent: _Draft, value: Written, depth: int) -> None:
        """The children written in each section of the parent's kind."""
        if depth > DEPTH_MAX:
            self.faults.add("plan.too_deep", value, parent.path, most=DEPTH_MAX)
            return
        for section in parent.kind.sections.values():
            items = value.get(section.name)
            if items is None:
                continue
            if not isinstance(items, Sequence):
                self.faults.add("plan.shape_list", items, section.name)
                continue
            for item in items.items:
                self.child(parent, item, section, depth)
        self.counted(parent)

    def counted(self, parent: _Draft) -> None:
        expected = parent.definition.expect
        if expected is not None and expected != len(parent.children):
            self.faults.add(
                "plan.expect",
                parent.value,
                parent.path,
                expected=expected,
                found=len(parent.children),
            )

    def child(self, parent: _Draft, item: Value, section: Any, depth: int) -> None:
        at = "" if parent.path == ROOT else f"{parent.path}."
        definition = shapes.read(shapes.NodeDefinition, item, self.faults, at + "…")
        if definition is None:
            return
        path = at + unicodedata.normalize("NFC", definition.id)
        if not self.id_fits(definition.id, path, item):
            return
        name = definition.kind or section.kind
        kind = self.kinds.get(name) if name else None
        if kind is None:
            self.no_kind(definition, item, path, name)
            return
        required = definition.required
        draft = _Draft(
            path,
            parent.path,
            kind,
            definition,
            item,
            section.name,
            required=section.required if required is None else required,
            order=len(self.drafts),
        )
        self.place(parent, draft)
        if isinstance(item, Written):
            self.sections(draft, item, depth + 1)

    def no_kind(
        self,
        definition: shapes.NodeDefinition,
        item: Value,
        path: str,
        name: str | None,
    ) -> None:
        known = tuple(sorted(self.kinds))
        code = "plan.unknown_kind" if name else "plan.kind_missing"
        at = item.get("kind") if isinstance(item, Written) else None
        near = nearest(name or definition.id, known) or known
        self.faults.add(code, at or item, path, kind=name or "", near=near)

    def id_fits(self, id_: str, path: str, item: Value) -> bool:
        """Ids are words of any script; what a gate could not name is refused."""
        at = (item.get("id") if isinstance(item, Written) else None) or item
        body = id_.replace("-", "_")
        if not body.isidentifier() or len(id_) > 64:  # noqa: PLR2004 -- a screen's width
            self.faults.add("plan.bad_id", at, path, id=id_)
            return False
        if id_ in WORDS:
            self.faults.add("plan.reserved_id", at, path, id=id_)
            return False
        if path in self.drafts:
            self.faults.add("plan.duplicate_id", at, path, id=id_)
            return False
        if len(self.drafts) >= NODES_MAX:
            self.faults.add("plan.too_many", at, path, most=NODES_MAX)
            return False
        return True

    def place(self, parent: _Draft, draft: _Draft) -> None:
        """Puts a node in the tree; with ``each``, a container and its template."""
        parent.children.append(draft.path)
        if draft.definition.each is None:
            self.drafts[draft.path] = draft
            return
        container = replace(draft, kind=self.kinds[CONTAINER], children=[])
        container.member = f"{draft.path}[]"
        self.drafts[draft.path] = container
        member = replace(
            draft, path=container.member, parent=draft.path, order=draft.order + 1
        )
        member.dynamic = True
        self.drafts[member.path] = member

    def registered(self) -> None:
        """Every register has a template for its items."""
        for name, value in self.entries("registers"):
            found = shapes.read(
                shapes.RegisterDefinition, value, self.faults, f"registers.{name}"
            )
            if found is None:
                continue
            kind = self.kinds.get(found.item)
            if kind is None:
                self.faults.add(
                    "plan.unknown_kind",
                    value.get("item") if isinstance(value, Written) else value,
                    f"registers.{name}.item",
                    kind=found.item,
                    near=nearest(found.item, tuple(self.kinds)),
                )
                continue
            extra = {
                key.text: inner
                for key, inner in (
                    found.fields.entries if found.fields is not None else ()
                )
            }
            definition = shapes.NodeDefinition.model_construct(
                id=name, owner=found.owner, title=found.title or name
            )
            definition.__pydantic_extra__.update(extra)  # type: ignore[union-attr]
            self.drafts[f"{name}#"] = _Draft(
                f"{name}#",
                ROOT,
                kind,
                definition,
                value,
                "registers",
                required=False,
                order=len(self.drafts),
                dynamic=True,
            )

    # -- the tables

    def tables(self) -> None:
        quotas = {
            name: self.quota_measures(name, value)
            for name, value in self.entries("quotas")
        }
        self.elements = Elements(
            nodes={path: draft.kind.name for path, draft in self.drafts.items()},
            registers={
                path[:-1]: draft.kind.name
                for path, draft in self.drafts.items()
                if path.endswith("#")
            },
            deliverables=frozenset(name for name, _ in self.entries("deliverables")),
            measures=frozenset(name for name, _ in self.entries("measures")),
            quotas=quotas,
            parties=self.parties,
            parameters=self.parameters.sorts_and_values(self.zone),
            aliases=self.aliases,
            kinds=self.kinds,
        )

    def quota_measures(self, name: str, value: Value) -> tuple[str, ...]:
        if not isinstance(value, Written):
            return ()
        several = value.get("any_of")
        if several is not None:
            return tuple(map(str, literal_at(several) or ()))
        one = value.get("measure")
        return (str(literal_at(one)),) if one is not None else (name,)

    def reading(self, path: str, kind: Kind | None, prefer: str = "node") -> Reading:
        scope = PlanScope(self.elements, path, kind, prefer)
        return Reading(scope, self.faults)

    def note(self, src: tuple[str, ...], element: str) -> None:
        for requirement in src:
            self.requirements.setdefault(requirement, []).append(element)

    # -- nodes

    def nodes(self) -> dict[str, Node]:
        windows: dict[str, tuple[Any, Any, str]] = {}
        found = {path: self.node(draft, windows) for path, draft in self.drafts.items()}
        return {
            path: replace(node, exit=self.exit(self.drafts[path], found))
            for path, node in found.items()
        }

    def node(self, draft: _Draft, windows: dict[str, tuple[Any, Any, str]]) -> Node:
        """A node with its names resolved."""
        definition, path = draft.definition, draft.path
        window = self.window(draft, windows)
        reading = self.reading(path, draft.kind)
        is_container = draft.member is not None
        is_member = draft.dynamic and "[]" in path
        title = definition.title or definition.id
        if path == ROOT:
            title = self.title()
        if not is_member:
            self.note(definition.src, path)
        return Node(
            path=path,
            id=definition.id,
            parent=draft.parent,
            kind=draft.kind,
            title=self.parameters.words(title),
            order=draft.order,
            fields={} if is_container else self.fields(draft),
            owner=self.owner(draft),
            window=window[:2],
            window_text=window[2],
            due=self.due(draft) if not is_container else None,
            within=self.duration(definition.within, f"{path}.within"),
            entry=gate_at(
                reading, None if is_member else definition.entry, f"{path}.entry"
            ),
            children=tuple(draft.children),
            required=draft.required,
            early=definition.early,
            each=self.each(draft) if is_container else None,
            member=draft.member,
            enough=self.amount(definition.enough, f"{path}.enough"),
            effects=self.effects(draft),
            src=definition.src,
            section=draft.section,
            dynamic=draft.dynamic,
            note=definition.note or "",
            place=draft.value.place,
        )

    def title(self) -> Any:
        found = self.tree.get("title")
        try:
            return shapes.words_of(found)
        except Exception:  # noqa: BLE001 -- pydantic's own error class is private
            self.faults.add(
                "plan.key_missing", found or self.tree, "title", key="title"
            )
            return "–"

    def fields(self, draft: _Draft) -> dict[str, Any]:
        given: dict[str, Value] = dict(draft.definition.model_extra or {})
        for name in list(given):
            if name in draft.kind.sections:
                given.pop(name)
        reader = FieldReader(
            self.elements,
            draft.path,
            draft.kind,
            self.parameters,
            self.zone,
            self.faults,
        )
        if draft.path.endswith("#"):
            return reader.read(given, draft.value, required=False)
        return reader.read(given, draft.value, required=True)

    def owner(self, draft: _Draft) -> Term | None:
        """As written; of a member of people its own; else the parent's."""
        value = draft.definition.owner
        if value is not None:
            reading = self.reading(draft.path, draft.kind, "parties")
            made = term_at(
                reading, self.parameters.substitute(value), f"{draft.path}.owner"
            )
            return self.of_parties(made, value, f"{draft.path}.owner")
        if draft.dynamic and "[]" in draft.path:
            each = self.each(self.drafts[str(draft.parent)])
            if each is not None and each.sort in PARTIES:
                return Term(_member_himself, "parties", "$each")
        parent = self.drafts.get(draft.parent or "")
        if parent is not None:
            return self.owner(parent)
        leader = draft.definition.model_extra or {}
        return (
            term_at(
                self.reading(ROOT, draft.kind, "parties"), leader["leader"], "leader"
            )
            if "leader" in leader
            else None
        )

    def of_parties(self, made: Term, value: Value, path: str) -> Term:
        if made.sort not in {*PARTIES, "any", "list", "text"}:
            self.faults.add(
                "plan.wrong_sort",
                value,
                path,
                wanted=["parties"],
                is_=made.sort,
                name=literal_at(value),
            )
        return made

    def window(
        self, draft: _Draft, windows: dict[str, tuple[Any, Any, str]]
    ) -> tuple[Any, Any, str]:
        """As written; ``plan``, ``stage`` or a node's name; else the parent's."""
        value = draft.definition.window
        inherited = windows.get(draft.parent or "", (None, None, ""))
        found = inherited
        if value is not None:
            found = self.written_window(draft, value, windows, inherited)
        windows[draft.path] = found
        return found

    def written_window(
        self,
        draft: _Draft,
        value: Value,
        windows: Mapping[str, tuple[Any, Any, str]],
        inherited: tuple[Any, Any, str],
    ) -> tuple[Any, Any, str]:
        value = self.parameters.substitute(value)
        path = f"{draft.path}.window"
        if isinstance(value, Scalar):
            if value.text == "plan":
                return windows.get(ROOT, inherited)
            if value.text in {"stage", "parent"}:
                return inherited
            self.faults.add("plan.shape_window", value, path)
            return inherited
        try:
            found = values.read_window(self.parameters.plain(value))
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, self.inside(value, wrong), path, **wrong.values)
            return inherited
        return (found.start, found.end, found.text)

    def inside(self, value: Value, wrong: values.ValueReadError) -> Value:
        """The part of a value that an error is about."""
        for key in wrong.place:
            inner = value.get(key) if isinstance(value, Written) else None
            if inner is None:
                break
            value = inner
        return value

    def due(self, draft: _Draft) -> Term | None:
        value = draft.definition.due
        if value is None:
            return None
        reading = self.reading(draft.path, draft.kind)
        return term_at(reading, self.parameters.substitute(value), f"{draft.path}.due")

    def duration(self, value: Value | None, path: str) -> Any:
        if value is None:
            return None
        try:
            return values.read_duration(self.parameters.plain(value))
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, value, path, **wrong.values)
            return None

    def amount(self, value: Value | None, path: str) -> Any:
        if value is None:
            return None
        text = self.parameters.plain(value)
        for reader in (values.read_int, values.read_ratio):
            try:
                return reader(text)
            except values.ValueReadError as wrong:
                fault = wrong
        self.faults.add(fault.code, value, path, **fault.values)
        return None

    def each(self, draft: _Draft) -> Term | None:
        value = draft.definition.each
        if value is None:
            return None
        value = self.parameters.substitute(value)
        if isinstance(value, Sequence):
            named = [literal_at(item) for item in value.items]
            if all(self.parties.members(str(name)) is None for name in named):
                texts = tuple(str(name) for name in named)
                return Term(lambda _: texts, "list", "")
        reading = self.reading(str(draft.parent), None, "parties")
        return term_at(reading, value, f"{draft.path}.each")

    def effects(self, draft: _Draft) -> dict[str, Any]:
        found = draft.definition.effects
        if found is None or (draft.member is not None):
            return {}
        made: dict[str, Any] = {}
        for key, value in found.entries:
            path = f"{draft.path}.effects.{key.text}"
            if key.text not in draft.kind.moves:
                known = tuple(draft.kind.moves)
                self.faults.add(
                    "plan.unknown_act", key, path, move=key.text, known=known
                )
                continue
            reading = self.reading(draft.path, draft.kind)
            made[key.text] = effects_at(reading, value, path)
        return made

    def exit(self, draft: _Draft, nodes: Mapping[str, Node]) -> Gate:
        """As written; else every required child is settled."""
        if draft.definition.exit is not None and draft.member is None:
            reading = self.reading(draft.path, draft.kind)
            return gate_at(reading, draft.definition.exit, f"{draft.path}.exit")
        return Gate(
            tuple(
                _settled(nodes[child])
                for child in draft.children
                if nodes[child].required
            )
        )

    # -- everything together

    def assembled(self, nodes: dict[str, Node]) -> Plan:
        tables = ledger.Tables(self.tree, self.parameters, self.faults, self.note)
        return Plan(
            id=str(literal_at(self.tree.get("plan"))),
            title=nodes[ROOT].title,
            version=str(literal_at(self.tree.get("version")) or "1"),
            digest="",
            zone=self.zone,
            calendar=self.calendar,
            nodes=nodes,
            root=ROOT,
            kinds=self.kinds,
            parties=self.parties,
            registers=dict(self.registers()),
            deliverables=dict(self.deliverables()),
            measures=tables.measures(),
            quotas=dict(self.quotas()),
            parameters=self.parameters.shown(),
            ledger=tables.assumptions(self.parties, self.marks),
            aliases=self.aliases,
            requirements={
                name: tuple(dict.fromkeys(elements))
                for name, elements in sorted(
                    (self.requirements | tables.requirements(self.requirements)).items()
                )
            },
            document=tables.document(),
            watch=watch_of(nodes, self.elements),
            clock=clock_of(nodes),
            abstract=literal_at(self.tree.get("abstract")) == "true",
            backdated=self.backdated(),
            issued=tables.issued(self.zone),
        )

    def registers(self) -> Iterator[tuple[str, Register]]:
        for name, value in self.entries("registers"):
            if f"{name}#" not in self.drafts or not isinstance(value, Written):
                continue
            by = value.get("by")
            reading = self.reading(ROOT, None, "parties")
            term = (
                term_at(reading, self.parameters.substitute(by), f"registers.{name}.by")
                if by is not None
                else None
            )
            src = tuple(map(str, literal_at(value.get("src")) or ()))
            self.note(src, f"registers.{name}")
            title = value.get("title")
            yield (
                name,
                Register(
                    id=name,
                    title=shapes.words_of(title) if title is not None else name,
                    template=f"{name}#",
                    takes={
                        key: replace(one, required=False)
                        for key, one in self.drafts[f"{name}#"].kind.fields.items()
                    },
                    by=term,
                    by_text=str(literal_at(by) or ""),
                    src=src,
                ),
            )

    def deliverables(self) -> Iterator[tuple[str, Deliverable]]:
        for name, value in self.entries("deliverables"):
            path = f"deliverables.{name}"
            found = shapes.read(shapes.DeliverableDefinition, value, self.faults, path)
            if found is None:
                continue
            self.note(found.src, path)
            reading = self.reading(ROOT, None, "parties")
            by = (
                None
                if found.by is None
                else term_at(
                    reading, self.parameters.substitute(found.by), f"{path}.by"
                )
            )
            yield (
                name,
                Deliverable(
                    id=name,
                    title=found.title or name,
                    by=by,
                    sections=self.texts(found.sections),
                    inputs=self.texts(found.inputs),
                    src=found.src,
                ),
            )

    def texts(self, value: Value | None) -> tuple[str, ...]:
        if value is None:
            return ()
        found = self.parameters.plain(value)
        listed = found if isinstance(found, list) else [found]
        return tuple(str(item) for item in listed if item is not None)

    def quotas(self) -> Iterator[tuple[str, Quota]]:
        for name, value in self.entries("quotas"):
            path = f"quotas.{name}"
            found = shapes.read(shapes.QuotaDefinition, value, self.faults, path)
            if found is None:
                continue
            self.note(found.src, path)
            measures = self.elements.quotas[name]
            for measure in measures:
                if measure not in self.elements.measures:
                    near = nearest(measure, tuple(self.elements.measures))
                    self.faults.add(
                        "plan.unknown_measure", value, path, name=measure, near=near
                    )
            people = self.parameters.substitute(found.for_)
            reading = self.reading(ROOT, self.kinds["plan"], "parties")
            due = (
                None
                if found.due is None
                else term_at(
                    self.reading(ROOT, self.kinds["plan"]), found.due, f"{path}.due"
                )
            )
            yield (
                name,
                Quota(
                    id=name,
                    title=found.title or name,
                    owed_by=term_at(reading, people, f"{path}.for"),
                    measures=measures,
                    least=self.least(found.min, f"{path}.min"),
                    due=due,
                    src=found.src,
                ),
            )

    def least(self, value: Value, path: str) -> Any:
        """A number, or a duration counted in hours."""
        text = self.parameters.plain(value)
        try:
            return values.read_number(text)
        except values.ValueReadError as wrong:
            try:
                return values.read_duration(text).hours()
            except values.ValueReadError:
                self.faults.add(wrong.code, value, path, **wrong.values)
                return 0

    def backdated(self) -> tuple[str, ...] | None:
        """Nodes whose acts may be dated before the plan was issued."""
        value = self.tree.get("backdated")
        if value is None:
            return None
        found: list[str] = []
        allowed = value.get("allowed") if isinstance(value, Written) else value
        for item in allowed.items if isinstance(allowed, Sequence) else ():
            near = self.elements.near(ROOT, tuple(str(literal_at(item)).split(".")))
            if len(near) != 1:
                self.faults.add(
                    "plan.unknown_name",
                    item,
                    "backdated.allowed",
                    name=literal_at(item),
                    near=near,
                )
            found.extend(near[:1])
        return tuple(found)


def _member_himself(env: Env) -> Any:
    key = env.facts.special(env.me, "each", env)
    return UNKNOWN if key is UNKNOWN else (key,)


def _settled(child: Node) -> Leaf:
    """``settled(child)``, in words that name it."""
    path = child.path
    term = Term(
        lambda env: env.facts.flag(path, "settled"),
        "bool",
        f"settled({path})",
        frozenset({("node", path)}),
    )
    title = child.title if isinstance(child.title, Mapping) else {"zh": child.title}
    words = {
        "zh": f"“{title.get('zh') or title.get('en')}”尚未办结",
        "en": f"'{title.get('en') or title.get('zh')}' is not settled yet",
    }
    return Leaf(term, term.text, words)
