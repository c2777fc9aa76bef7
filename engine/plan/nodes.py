"""The nodes of a plan: fields, owners, windows and gates, every name resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import readers, values
from engine.plan.clauses import effects_at, gate_at, literal_at, term_at
from engine.plan.faults import nearest
from engine.plan.fields import FieldReader
from engine.plan.gates import Gate, Leaf, Reckoning
from engine.plan.graph import Node
from engine.plan.idle import automatic_at
from engine.plan.parameters import part_at
from engine.plan.resolving import Resolving
from engine.plan.source import Scalar, Sequence, Value
from engine.plan.terms import PARTIES, UNKNOWN, Env, Term
from engine.plan.tree import ROOT, NodeDraft

PEOPLE: Final = ("parties", "party", "list")
MOMENTS: Final = ("date", "datetime")
MANY: Final = ("parties", "party", "register", "list", "nodes", "groups")
"""What ``each`` may go over."""
Days = tuple[Any, Any, str]
"""First day, last day, the document's own words."""
UNBOUND: Final[Days] = (None, None, "")


@dataclass(frozen=True, slots=True)
class Nodes:
    """Resolves every node of the tree."""

    plan: Resolving

    def all(self) -> dict[str, Node]:
        windows: dict[str, Days] = {}
        found: dict[str, Node] = {}
        for path, draft in self.plan.drafts.items():
            if self.plan.faults.full:
                return found
            found[path] = self.node(draft, windows)
        return {
            path: replace(node, exit=self.exit(self.plan.drafts[path], found))
            for path, node in found.items()
        }

    def node(self, draft: NodeDraft, windows: dict[str, Days]) -> Node:
        """A node with its names resolved."""
        definition, path = draft.definition, draft.path
        window = self.window(draft, windows)
        reading = self.plan.reading(path, draft.kind)
        is_container = draft.member is not None
        is_member = draft.dynamic and "[]" in path
        title = definition.title or definition.id
        if path == ROOT:
            title = self.title()
        if not is_member:
            self.plan.note(definition.src, path)
        fields = {} if is_container else self.fields(draft)
        effects = self.effects(draft)
        can_be_given = draft.dynamic and not is_member
        return Node(
            path=path,
            id=definition.id,
            parent=draft.parent,
            kind=draft.kind,
            title=self.plan.parameters.words(title, draft.value),
            order=draft.order,
            fields=fields,
            automatic=draft.kind.automatic
            if can_be_given
            else automatic_at(draft.kind, fields, effects),
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
            effects=effects,
            src=definition.src,
            section=draft.section,
            dynamic=draft.dynamic,
            note=definition.note or "",
            place=draft.value.place,
        )

    def title(self) -> Any:
        found = self.plan.tree.get("title")
        if found is None:
            self.plan.faults.add(
                "plan.key_missing", self.plan.tree, "title", key="title"
            )
            return ""
        return shapes.words_at(found, self.plan.faults, "title") or ""

    def fields(self, draft: NodeDraft) -> dict[str, Any]:
        given: dict[str, Value] = dict(draft.definition.model_extra or {})
        for name in list(given):
            if name in draft.kind.sections:
                given.pop(name)
        reader = FieldReader(
            self.plan.elements,
            draft.path,
            draft.kind,
            self.plan.parameters,
            self.plan.zone,
            self.plan.faults,
        )
        if draft.path.endswith("#"):
            return reader.read(given, draft.value, required=False)
        return reader.read(given, draft.value, required=True)

    def owner(self, draft: NodeDraft) -> Term | None:
        """As written; of a member of people its own; else the parent's."""
        value = draft.definition.owner
        if value is not None:
            reading = self.plan.reading(draft.path, draft.kind, "parties")
            made = term_at(
                reading, self.plan.parameters.substitute(value), f"{draft.path}.owner"
            )
            return self.of_sort(made, PEOPLE, value, f"{draft.path}.owner")
        if draft.dynamic and "[]" in draft.path:
            each = self.each(self.plan.drafts[str(draft.parent)])
            if each is not None and each.sort in PARTIES:
                return Term(_member_himself, "parties", "$each")
        parent = self.plan.drafts.get(draft.parent or "")
        if parent is not None:
            return self.owner(parent)
        leader = draft.definition.model_extra or {}
        return (
            term_at(
                self.plan.reading(ROOT, draft.kind, "parties"),
                leader["leader"],
                "plan.leader",
            )
            if "leader" in leader
            else None
        )

    def of_sort(
        self, made: Term, wanted: tuple[str, ...], value: Value, path: str
    ) -> Term:
        """The term; a fault if it is of another sort than its place wants."""
        if made.sort not in {*wanted, "any", "text"} or made.sort == "word":
            shown = [one for one in wanted if one not in {"party", "nodes", "list"}]
            self.plan.faults.add(
                "plan.wrong_sort",
                value,
                path,
                name=literal_at(value),
                is_=made.sort,
                wanted=shown,
            )
        return made

    def window(self, draft: NodeDraft, windows: dict[str, Days]) -> Days:
        """As written; ``plan``, ``stage`` or a node's name; else the parent's."""
        value = draft.definition.window
        inherited = windows.get(draft.parent or "", UNBOUND)
        if self.outlives(draft):
            inherited = UNBOUND
        found = inherited
        if value is not None:
            found = self.written_window(draft, value, windows, inherited)
        windows[draft.path] = found
        return found

    def outlives(self, draft: NodeDraft) -> bool:
        """Whether a node goes on after its parent: a duty that follows the plan."""
        parent = self.plan.drafts.get(draft.parent or "")
        section = None if parent is None else parent.kind.sections.get(draft.section)
        return section is not None and section.outlives

    def written_window(
        self,
        draft: NodeDraft,
        value: Value,
        windows: Mapping[str, Days],
        inherited: Days,
    ) -> Days:
        value = self.plan.parameters.substitute(value)
        path = f"{draft.path}.window"
        if isinstance(value, Scalar):
            if value.text == "plan":
                return windows.get(ROOT, inherited)
            if value.text in {"stage", "parent"}:
                return inherited
            self.plan.faults.add("plan.shape_window", value, path)
            return inherited
        try:
            found = readers.read_window(self.plan.parameters.plain(value))
        except values.ValueReadError as wrong:
            self.plan.faults.add(
                wrong.code, part_at(value, wrong), path, **wrong.values
            )
            return inherited
        return (found.start, found.end, found.text)

    def due(self, draft: NodeDraft) -> Term | None:
        value = draft.definition.due
        if value is None:
            return None
        reading = self.plan.reading(draft.path, draft.kind)
        path = f"{draft.path}.due"
        made = term_at(reading, self.plan.parameters.substitute(value), path)
        return self.of_sort(made, MOMENTS, value, path)

    def duration(self, value: Value | None, path: str) -> Any:
        if value is None:
            return None
        try:
            return readers.read_duration(self.plan.parameters.plain(value))
        except values.ValueReadError as wrong:
            self.plan.faults.add(wrong.code, value, path, **wrong.values)
            return None

    def amount(self, value: Value | None, path: str) -> Any:
        if value is None:
            return None
        text = self.plan.parameters.plain(value)
        for reader in (readers.read_int, readers.read_ratio):
            try:
                return reader(text)
            except values.ValueReadError as wrong:
                fault = wrong
        self.plan.faults.add(fault.code, value, path, **fault.values)
        return None

    def each(self, draft: NodeDraft) -> Term | None:
        value = draft.definition.each
        if value is None:
            return None
        value = self.plan.parameters.substitute(value)
        if isinstance(value, Sequence):
            named = [literal_at(item) for item in value.items]
            if all(self.plan.parties.members(str(name)) is None for name in named):
                texts = tuple(str(name) for name in named)
                return Term(lambda _: texts, "list", "")
        reading = self.plan.reading(str(draft.parent), None, "parties")
        path = f"{draft.path}.each"
        return self.of_sort(term_at(reading, value, path), MANY, value, path)

    def effects(self, draft: NodeDraft) -> dict[str, Any]:
        found = draft.definition.effects
        if found is None or (draft.member is not None):
            return {}
        made: dict[str, Any] = {}
        for key, value in found.entries:
            path = f"{draft.path}.effects.{key.text}"
            if key.text not in draft.kind.moves:
                known = nearest(key.text, draft.kind.moves) or tuple(draft.kind.moves)
                self.plan.faults.add(
                    "plan.unknown_act", key, path, move=key.text, known=known
                )
                continue
            reading = self.plan.reading(draft.path, draft.kind)
            made[key.text] = effects_at(reading, value, path)
        return made

    def exit(self, draft: NodeDraft, nodes: Mapping[str, Node]) -> Gate:
        """As written; else every required child is settled."""
        if draft.definition.exit is not None and draft.member is None:
            reading = self.plan.reading(draft.path, draft.kind)
            return gate_at(reading, draft.definition.exit, f"{draft.path}.exit")
        return Gate(
            tuple(
                _settled(nodes[child])
                for child in draft.children
                if nodes[child].required
            )
        )


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
        frozenset({("rest", path)}),
    )
    title = child.title if isinstance(child.title, Mapping) else {"zh": child.title}
    words = {
        "zh": f"“{title.get('zh') or title.get('en')}”尚未办结",
        "en": f"'{title.get('en') or title.get('zh')}' is not settled yet",
    }
    asks = Reckoning(lambda: (["?", 0, ["settled", path]], (term.run,)))
    return Leaf(term, term.text, words, reckoning=asks)
