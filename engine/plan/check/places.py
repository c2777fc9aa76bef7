"""Where the elements of a plan are written, for whoever finds fault with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.plan.faults import Place
from engine.plan.graph import Plan
from engine.plan.overlay import Resolved
from engine.plan.source import Mapping, Sequence, Value


@dataclass(slots=True)
class Places:
    """The places of a plan's elements; the plan's first line for what has none."""

    plan: Plan
    resolved: Resolved
    written: dict[Place, Mapping] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.collect(self.resolved.tree)

    def collect(self, value: Value) -> None:
        if isinstance(value, Mapping):
            self.written.setdefault(value.place, value)
            for _, inner in value.entries:
                self.collect(inner)
        elif isinstance(value, Sequence):
            for item in value.items:
                self.collect(item)

    def value(self, element: str, key: str) -> Value | None:
        """What is written at a key of a node."""
        node = self.plan.nodes.get(element)
        if element == self.plan.root:
            return self.resolved.tree.get(key)
        at = None if node is None else self.written.get(node.place)
        return None if at is None else at.get(key)

    def of(self, element: str, key: str = "") -> Place:
        """The place of a key of an element, else of the element itself."""
        element = element.partition("[")[0].rstrip("#")
        node = self.plan.nodes.get(element)
        if node is not None and element != self.plan.root:
            at = self.written.get(node.place)
            return _key(at, key) or node.place
        return self.entry(element, key)

    def entry(self, element: str, key: str) -> Place:
        """Of an entry such as ``quotas.学时``; of a key of the plan."""
        value: Any = self.resolved.tree
        place: Place = value.place
        table = element.partition(".")[0]
        if table in self.plan.registers:
            element = f"registers.{element}"
        if table == "params":
            one = self.resolved.params.get(element.partition(".")[2])
            return one.place if one is not None else place
        steps = () if element in {"", self.plan.root} else element.split(".")
        for step in steps:
            found = value.key(step) if isinstance(value, Mapping) else None
            if found is None:
                break
            place, value = found.place, value.get(step)
        return _key(value, key) or place


def _key(value: Value | None, key: str) -> Place | None:
    found = value.key(key) if isinstance(value, Mapping) and key else None
    return None if found is None else found.place
