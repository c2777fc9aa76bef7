"""The tables of a plan: registers, deliverables, quotas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.plan import definition as shapes
from engine.plan import values
from engine.plan.clauses import literal_at, term_at
from engine.plan.faults import nearest
from engine.plan.graph import Deliverable, Quota, Register
from engine.plan.resolving import Resolving
from engine.plan.source import Mapping as Written
from engine.plan.source import Sequence, Value
from engine.plan.tree import ROOT


@dataclass(frozen=True, slots=True)
class Tables:
    """Resolves the tables of one plan."""

    plan: Resolving

    def registers(self) -> Iterator[tuple[str, Register]]:
        for name, value in self.plan.entries("registers"):
            if f"{name}#" not in self.plan.drafts or not isinstance(value, Written):
                continue
            by = value.get("by")
            reading = self.plan.reading(ROOT, None, "parties")
            term = (
                term_at(
                    reading, self.plan.parameters.substitute(by), f"registers.{name}.by"
                )
                if by is not None
                else None
            )
            src = tuple(map(str, literal_at(value.get("src")) or ()))
            self.plan.note(src, f"registers.{name}")
            title = value.get("title")
            yield (
                name,
                Register(
                    id=name,
                    title=shapes.words_of(title) if title is not None else name,
                    template=f"{name}#",
                    takes={
                        key: replace(one, required=False)
                        for key, one in self.plan.drafts[f"{name}#"].kind.fields.items()
                    },
                    by=term,
                    by_text=str(literal_at(by) or ""),
                    src=src,
                ),
            )

    def deliverables(self) -> Iterator[tuple[str, Deliverable]]:
        for name, value in self.plan.entries("deliverables"):
            path = f"deliverables.{name}"
            found = shapes.read(
                shapes.DeliverableDefinition, value, self.plan.faults, path
            )
            if found is None:
                continue
            self.plan.note(found.src, path)
            reading = self.plan.reading(ROOT, None, "parties")
            by = (
                None
                if found.by is None
                else term_at(
                    reading, self.plan.parameters.substitute(found.by), f"{path}.by"
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
        found = self.plan.parameters.plain(value)
        listed = found if isinstance(found, list) else [found]
        return tuple(str(item) for item in listed if item is not None)

    def quotas(self) -> Iterator[tuple[str, Quota]]:
        for name, value in self.plan.entries("quotas"):
            path = f"quotas.{name}"
            found = shapes.read(shapes.QuotaDefinition, value, self.plan.faults, path)
            if found is None:
                continue
            self.plan.note(found.src, path)
            measures = self.plan.elements.quotas[name]
            for measure in measures:
                if measure not in self.plan.elements.measures:
                    near = nearest(measure, tuple(self.plan.elements.measures))
                    self.plan.faults.add(
                        "plan.unknown_measure", value, path, name=measure, near=near
                    )
            people = self.plan.parameters.substitute(found.for_)
            reading = self.plan.reading(ROOT, self.plan.kinds["plan"], "parties")
            due = (
                None
                if found.due is None
                else term_at(
                    self.plan.reading(ROOT, self.plan.kinds["plan"]),
                    found.due,
                    f"{path}.due",
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
        text = self.plan.parameters.plain(value)
        try:
            return values.read_number(text)
        except values.ValueReadError as wrong:
            try:
                return values.read_duration(text).hours()
            except values.ValueReadError:
                self.plan.faults.add(wrong.code, value, path, **wrong.values)
                return 0

    def backdated(self) -> tuple[str, ...] | None:
        """Nodes whose acts may be dated before the plan was issued."""
        value = self.plan.tree.get("backdated")
        if value is None:
            return None
        found: list[str] = []
        allowed = value.get("allowed") if isinstance(value, Written) else value
        for item in allowed.items if isinstance(allowed, Sequence) else ():
            near = self.plan.elements.near(
                ROOT, tuple(str(literal_at(item)).split("."))
            )
            if len(near) != 1:
                self.plan.faults.add(
                    "plan.unknown_name",
                    item,
                    "backdated.allowed",
                    name=literal_at(item),
                    near=near,
                )
            found.extend(near[:1])
        return tuple(found)
