"""What every step of the compiler has in hand while names are resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from engine.plan.clauses import Reading
from engine.plan.faults import Faults
from engine.plan.graph import Kind, Parties
from engine.plan.names import Elements, PlanScope
from engine.plan.parameters import Parameters
from engine.plan.source import Mapping as Written
from engine.plan.source import Value
from engine.plan.tree import NodeDraft


@dataclass(slots=True, kw_only=True)
class Resolving:
    """A plan half-way: its tree is read, its elements have names."""

    tree: Written
    kinds: Mapping[str, Kind]
    faults: Faults
    zone: ZoneInfo
    parameters: Parameters
    parties: Parties
    drafts: Mapping[str, NodeDraft]
    elements: Elements
    requirements: dict[str, list[str]] = field(default_factory=dict)

    def reading(self, path: str, kind: Kind | None, prefer: str = "node") -> Reading:
        """How expressions at a node are read; ``prefer`` parties where people stand."""
        scope = PlanScope(self.elements, path, kind, prefer)
        return Reading(scope, self.faults)

    def entries(self, table: str) -> list[tuple[str, Value]]:
        return entries_of(self.tree, table, self.faults)

    def note(self, src: tuple[str, ...], element: str) -> None:
        """An element answers these requirements."""
        for requirement in src:
            self.requirements.setdefault(requirement, []).append(element)


def entries_of(tree: Written, table: str, faults: Faults) -> list[tuple[str, Value]]:
    """Names and values of one of the plan's tables."""
    found = tree.get(table)
    if found is None:
        return []
    if not isinstance(found, Written):
        faults.add("plan.shape_mapping", found, table)
        return []
    return [(key.text, value) for key, value in found.entries]
