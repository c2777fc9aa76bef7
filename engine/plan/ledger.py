"""What a plan says about itself: its document, measures, and assumptions ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.plan import definition as shapes
from engine.plan import readers, values
from engine.plan.clauses import literal_at
from engine.plan.faults import Faults
from engine.plan.graph import Assumption, Parties
from engine.plan.marks import Mark
from engine.plan.parameters import Parameters
from engine.plan.source import Mapping as Written
from engine.plan.source import Sequence, Value
from engine.plan.terms import ANYONE

CARRIERS: Final = ("basis", "goals", "keywords", "addressees", "glossary", "norms")

PARTIES: Final = ("assumed", "open")
"""Marks of a set or body; the first that it has is told."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The parts of a plan that nothing runs on, but that people read."""

    tree: Written
    parameters: Parameters
    faults: Faults
    note: Callable[[tuple[str, ...], str], None]

    def measures(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for name, value in self.entries("measures"):
            one = shapes.read(
                shapes.MeasureDefinition, value, self.faults, f"measures.{name}"
            )
            if one is not None:
                self.note(one.src, f"measures.{name}")
                found[name] = {"title": one.title or name, "unit": one.unit or ""}
        return found

    def entries(self, table: str) -> list[tuple[str, Value]]:
        found = self.tree.get(table)
        if not isinstance(found, Written):
            return []
        return [(key.text, value) for key, value in found.entries]

    def document(self) -> dict[str, str]:
        value = self.tree.get("document")
        if value is None:
            return {}
        found = shapes.read(shapes.DocumentDefinition, value, self.faults, "document")
        if found is None:
            return {}
        return {"title": found.title, "date": found.date, "sha256": found.sha256}

    def issued(self, zone: ZoneInfo) -> datetime | None:
        value = self.tree.get("issued")
        if value is None:
            return None
        try:
            day = readers.read_date(literal_at(value))
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, value, "issued", **wrong.values)
            return None
        return values.moment_at(day, time.min, zone)

    # -- sources

    def requirements(
        self, found: Mapping[str, list[str]]
    ) -> dict[str, tuple[str, ...]]:
        """Requirement -> the elements that carry it, tables and texts included."""
        more: dict[str, list[str]] = {name: list(at) for name, at in found.items()}
        for src, element in self.carriers():
            for requirement in src:
                more.setdefault(requirement, []).append(element)
        return {
            name: tuple(dict.fromkeys(elements))
            for name, elements in sorted(more.items())
        }

    def carriers(self) -> Iterator[tuple[tuple[str, ...], str]]:
        yield _src(self.tree), "plan"
        for name, one in self.parameters.known.items():
            yield one.definition.src, f"params.{name}"
        for table in CARRIERS:
            yield from self.within(self.tree.get(table), table)
        parties = self.tree.get("parties")
        if isinstance(parties, Written):
            yield _src(parties), "parties"
            for table in ("sets", "bodies", "outside"):
                yield from self.within(parties.get(table), f"parties.{table}")

    def within(
        self, value: Value | None, path: str
    ) -> Iterator[tuple[tuple[str, ...], str]]:
        """``src`` of a table itself and of each of its elements."""
        if isinstance(value, Written):
            yield _src(value), path
            for key, inner in value.entries:
                if isinstance(inner, Written):
                    yield _src(inner), f"{path}.{key.text}"
        elif isinstance(value, Sequence):
            for item in value.items:
                yield _src(item), path

    # -- assumptions

    def assumptions(
        self, parties: Parties, marks: tuple[Mark, ...]
    ) -> tuple[Assumption, ...]:
        """Open and assumed values, open sets, undefined words, treatments."""
        return (
            *self.open_parameters(),
            *self.open_parties(parties),
            *self.marked(marks),
            *self.undefined(),
            *self.treatments(),
        )

    def open_parameters(self) -> Iterator[Assumption]:
        for name, one in self.parameters.known.items():
            if not (one.open or one.assumed):
                continue
            value = (
                "" if one.value is None else _shown(self.parameters.plain(one.value))
            )
            yield Assumption(
                f"params.{name}",
                "assumed" if one.assumed else "open",
                one.definition.title or one.definition.note or name,
                value,
                one.definition.src,
            )

    def marked(self, marks: tuple[Mark, ...]) -> Iterator[Assumption]:
        for mark in marks:
            shown = _shown(self.parameters.plain(mark.value))
            yield Assumption(
                mark.path, mark.sort, mark.ask or mark.path, shown, mark.src
            )

    def open_parties(self, parties: Parties) -> Iterator[Assumption]:
        """Sets and bodies; one that is assumed and may yet grow is one line."""
        table = self.tree.get("parties")
        for group in ("sets", "bodies"):
            found = table.get(group) if isinstance(table, Written) else None
            for key, value in found.entries if isinstance(found, Written) else ():
                sort = next((one for one in PARTIES if _says(value, one)), None)
                if sort is None:
                    continue
                members = parties.members(key.text) or ()
                yield Assumption(
                    f"parties.{group}.{key.text}",
                    sort,
                    parties.titles.get(key.text, key.text),
                    _shown([who for who in members if who != ANYONE]),
                    _src(value),
                )

    def undefined(self) -> Iterator[Assumption]:
        for name, value in self.entries("glossary"):
            if isinstance(value, Written) and _says(value, "undefined"):
                shown = _shown(literal_at(value.get("candidates")) or "")
                yield Assumption(
                    f"glossary.{name}", "undefined", name, shown, _src(value)
                )

    def treatments(self) -> Iterator[Assumption]:
        lines = self.tree.get("assumptions")
        for item in lines.items if isinstance(lines, Sequence) else ():
            found = shapes.read(
                shapes.AssumptionDefinition, item, self.faults, "assumptions"
            )
            if found is not None:
                self.note(found.src, f"assumptions.{found.id}")
                treatment = found.treatment
                shown = treatment if isinstance(treatment, str) else _shown(treatment)
                yield Assumption(found.id, "treatment", found.about, shown, found.src)


def _says(value: Value, mark: str) -> bool:
    return isinstance(value, Written) and literal_at(value.get(mark)) == "true"


def _src(value: Value | None) -> tuple[str, ...]:
    found = value.get("src") if isinstance(value, Written) else None
    names = literal_at(found) if found is not None else ()
    return tuple(map(str, names if isinstance(names, (list, tuple)) else (names,)))


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_shown(item) for item in value)
    if isinstance(value, Mapping):
        return "；".join(f"{key}: {_shown(inner)}" for key, inner in value.items())
    return str(value)
