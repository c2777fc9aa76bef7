"""The tree of a plan as written: nodes, containers, templates of register items.

Names are not resolved yet; every node knows its kind, its place and its children.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan.faults import Faults, nearest
from engine.plan.graph import Kind
from engine.plan.naming import is_free, name_fits
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value

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
        "attempts",
        "backdated",
        "privacy",
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
class NodeDraft:
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


@dataclass(slots=True)
class Tree:
    """Reads the tree of one plan; ``drafts`` holds its nodes in document order."""

    tree: Written
    kinds: Mapping[str, Kind]
    faults: Faults
    drafts: dict[str, NodeDraft] = field(default_factory=dict)
    is_full: bool = False

    def read(self) -> dict[str, NodeDraft]:
        self.root()
        self.registered()
        return self.drafts

    def root(self) -> None:
        kind = self.kinds["plan"]
        extra = [
            (key, value)
            for key, value in self.tree.entries
            if key.text not in PLAN_KEYS
        ]
        known = (*PLAN_KEYS, *kind.fields, *kind.sections)
        for key, _ in extra:
            if self.faults.full:
                break
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
        definition = shapes.node_given(
            {"id": ROOT, "window": self.tree.get("window"), **given},
            {name: value for name, value in given.items() if name in kind.fields},
        )
        self.drafts[ROOT] = NodeDraft(
            ROOT, None, kind, definition, self.tree, "", required=True, order=0
        )
        self.sections(self.drafts[ROOT], self.tree, 1)

    def sections(self, parent: NodeDraft, value: Written, depth: int) -> None:
        """The children written in each section of the parent's kind."""
        if depth > DEPTH_MAX:
            self.faults.add("plan.too_deep", value, parent.path, most=DEPTH_MAX)
            return
        for section in parent.kind.sections.values():
            items = value.get(section.name)
            if items is None:
                continue
            if not isinstance(items, Sequence):
                inner = f"{parent.path}.{section.name}"
                path = section.name if parent.path == ROOT else inner
                self.faults.add("plan.shape_list", items, path)
                continue
            for item in items.items:
                if self.is_full or self.faults.full:
                    return
                self.child(parent, item, section, depth)
        self.counted(parent)

    def counted(self, parent: NodeDraft) -> None:
        expected = parent.definition.expect
        if expected is not None and expected != len(parent.children):
            written = parent.value
            at = written.get("expect") if isinstance(written, Written) else None
            self.faults.add(
                "plan.expect",
                at or written,
                parent.path,
                expected=expected,
                found=len(parent.children),
            )

    def child(self, parent: NodeDraft, item: Value, section: Any, depth: int) -> None:
        at = "" if parent.path == ROOT else f"{parent.path}."
        label = at + _label(item, section.name)
        definition = shapes.read(shapes.NodeDefinition, item, self.faults, label)
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
        draft = NodeDraft(
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
        at = item.get("kind") if isinstance(item, Written) else None
        near = nearest(name or definition.id, known) or known
        self.faults.add(self.kind_fault(name), at or item, path, kind=name, near=near)

    def kind_fault(self, name: str | None) -> str:
        if not name:
            return "plan.kind_missing"
        is_abstract = any(name in kind.ancestors for kind in self.kinds.values())
        return "plan.abstract_kind" if is_abstract else "plan.unknown_kind"

    def id_fits(self, id_: str, path: str, item: Value) -> bool:
        """Ids are words of any script; what a gate could not name is refused."""
        at = (item.get("id") if isinstance(item, Written) else None) or item
        if not name_fits(id_, at, self.faults, path):
            return False
        if not is_free(id_, at, self.faults, path):
            return False
        if path in self.drafts:
            self.faults.add("plan.duplicate_id", at, path, id=id_)
            return False
        if len(self.drafts) >= NODES_MAX:
            if not self.is_full:
                self.faults.add("plan.too_many", at, path, most=NODES_MAX)
            self.is_full = True
            return False
        return True

    def place(self, parent: NodeDraft, draft: NodeDraft) -> None:
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
        registers = self.tree.get("registers")
        entries = registers.entries if isinstance(registers, Written) else ()
        for key, value in entries:
            name = key.text
            found = shapes.read(
                shapes.RegisterDefinition, value, self.faults, f"registers.{name}"
            )
            if found is None:
                continue
            kind = self.kinds.get(found.item)
            if kind is None:
                self.faults.add(
                    self.kind_fault(found.item),
                    value.get("item") if isinstance(value, Written) else value,
                    f"registers.{name}.item",
                    kind=found.item,
                    near=nearest(found.item, self.kinds) or tuple(self.kinds),
                )
                continue
            extra = {
                key.text: inner
                for key, inner in (
                    found.fields.entries if found.fields is not None else ()
                )
            }
            definition = shapes.node_given(
                {"id": name, "owner": found.owner, "title": found.title or name}, extra
            )
            self.drafts[f"{name}#"] = NodeDraft(
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


def _label(item: Value, section: str) -> str:
    """What to call an element whose id may be missing."""
    found = item.get("id") if isinstance(item, Written) else None
    return found.text if isinstance(found, Scalar) else section
