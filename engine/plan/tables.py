"""The tables of a plan: registers, deliverables, quotas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import readers, values
from engine.plan.clauses import NEVER, listed_at, literal_at, term_at
from engine.plan.faults import nearest
from engine.plan.graph import Deliverable, Field, Policy, Quota, Register
from engine.plan.names import PlanScope
from engine.plan.resolving import Resolving
from engine.plan.source import Mapping as Written
from engine.plan.source import Sequence, Value
from engine.plan.terms import ANYONE, Term
from engine.plan.tree import ROOT

CLOCK_UNITS: Final = ("hours", "minutes", "seconds")
SECONDS_MAX: Final = 31 * 86_400
ERASERS_MIN: Final = 2
PRIVACY: Final = "privacy"
APPROVE: Final = f"{PRIVACY}.approve"
PEOPLE: Final = ("parties", "party", "list", "any", "text")


@dataclass(frozen=True, slots=True)
class Tables:
    """Resolves the tables of one plan."""

    plan: Resolving

    def registers(self) -> Iterator[tuple[str, Register]]:
        for name, value in self.plan.entries("registers"):
            if f"{name}#" not in self.plan.drafts or not isinstance(value, Written):
                continue
            by = value.get("by")
            term = self.people(by, f"registers.{name}.by")
            src = tuple(map(str, listed_at(value.get("src"))))
            self.plan.note(src, f"registers.{name}")
            title = value.get("title")
            yield (
                name,
                Register(
                    id=name,
                    title=shapes.words_of(title) if title is not None else name,
                    template=f"{name}#",
                    takes=self.takes(f"{name}#", value.get("fields")),
                    by=term,
                    by_text=str(literal_at(by) or ""),
                    src=src,
                ),
            )

    def takes(self, template: str, fixed: Value | None) -> dict[str, Field]:
        """What may be said of an item; needed is what neither kind nor plan gives."""
        given = set()
        if isinstance(fixed, Written):
            given = {key.text for key, _ in fixed.entries}
        return {
            name: replace(
                one,
                required=one.required and one.default is None and name not in given,
            )
            for name, one in self.plan.drafts[template].kind.fields.items()
            if not one.is_reserved
        }

    def deliverables(self) -> Iterator[tuple[str, Deliverable]]:
        for name, value in self.plan.entries("deliverables"):
            path = f"deliverables.{name}"
            found = shapes.read(
                shapes.DeliverableDefinition, value, self.plan.faults, path
            )
            if found is None:
                continue
            self.plan.note(found.src, path)
            yield (
                name,
                Deliverable(
                    id=name,
                    title=found.title or name,
                    by=self.people(found.by, f"{path}.by"),
                    sections=self.texts(found.sections),
                    inputs=self.inputs(found.inputs, f"{path}.inputs"),
                    src=found.src,
                ),
            )

    def texts(self, value: Value | None) -> tuple[str, ...]:
        if value is None:
            return ()
        found = self.plan.parameters.plain(value)
        listed = found if isinstance(found, list) else [found]
        return tuple(str(item) for item in listed if item is not None)

    def inputs(self, value: Value | None, path: str) -> tuple[str, ...]:
        """The deliverables that one is made from."""
        elements = self.plan.elements
        found = self.texts(value)
        for name in found:
            if elements.aliases.get(name, name) not in elements.deliverables:
                known = sorted(elements.deliverables)
                near = nearest(name, known) or known
                self.plan.faults.add(
                    "plan.unknown_deliverable", value, path, name=name, near=near
                )
        return found

    def people(self, value: Value | None, path: str) -> Term | None:
        """Parties written at a place."""
        if value is None:
            return None
        reading = self.plan.reading(ROOT, None, "parties")
        made = term_at(reading, self.plan.parameters.substitute(value), path)
        if made.sort not in PEOPLE:
            self.plan.faults.add(
                "plan.wrong_sort",
                value,
                path,
                name=literal_at(value),
                is_=made.sort,
                wanted=PEOPLE[:1],
            )
        return made

    def quotas(self) -> Iterator[tuple[str, Quota]]:
        for name, value in self.plan.entries("quotas"):
            path = f"quotas.{name}"
            found = shapes.read(shapes.QuotaDefinition, value, self.plan.faults, path)
            if found is None:
                continue
            self.plan.note(found.src, path)
            root = self.plan.reading(ROOT, self.plan.kinds["plan"])
            yield (
                name,
                Quota(
                    id=name,
                    title=found.title or name,
                    owed_by=self.people(found.for_, f"{path}.for") or NEVER,
                    measures=self.measures(name, value, path),
                    least=self.least(found.min, f"{path}.min"),
                    due=None
                    if found.due is None
                    else term_at(root, found.due, f"{path}.due"),
                    src=found.src,
                ),
            )

    def policies(self) -> Iterator[tuple[str, Policy]]:
        """How the plan wants its actions tried."""
        for name, value in self.plan.entries("attempts"):
            path = f"attempts.{name}"
            found = shapes.read(shapes.PolicyDefinition, value, self.plan.faults, path)
            if found is None:
                continue
            given: dict[str, Any] = {
                key: self.elapsed(getattr(found, key), f"{path}.{key}")
                for key in ("wait", "longest", "timeout")
            }
            for key in ("tries", "a_minute"):
                given[key] = self.some(getattr(found, key), value, f"{path}.{key}")
            said = {key: value for key, value in given.items() if value is not None}
            yield name, Policy(**said)

    def elapsed(self, value: Value | None, path: str) -> timedelta | None:
        """A length that a clock measures: hours, minutes, seconds; more than none."""
        if value is None:
            return None
        try:
            found = readers.read_duration(self.plan.parameters.plain(value))
        except values.ValueReadError as wrong:
            self.plan.faults.add(wrong.code, value, path, **wrong.values)
            return None
        seconds = int(found.hours() * 3600)
        if found.unit in CLOCK_UNITS and 0 < seconds <= SECONDS_MAX:
            return timedelta(seconds=seconds)
        self.plan.faults.add("plan.policy_length", value, path, found=str(found))
        return None

    def some(self, number: int | None, value: Value, path: str) -> int | None:
        """A number that is not nought."""
        if number == 0:
            self.plan.faults.add("plan.policy_none", value, path)
        return number

    def measures(self, name: str, value: Value, path: str) -> tuple[str, ...]:
        """What counts for a quota: named, or the measure of its own name."""
        measures = self.plan.elements.quotas[name]
        known = sorted(self.plan.elements.measures)
        written = [_at(value, key) for key in ("any_of", "measure")]
        at = next((one for one in written if one is not None), value)
        for measure in measures:
            if measure not in self.plan.elements.measures:
                near = nearest(measure, known) or known
                self.plan.faults.add(
                    "plan.unknown_measure", at, path, name=measure, near=near
                )
        return measures

    def least(self, value: Value, path: str) -> Any:
        """A number, or a duration counted in hours."""
        text = self.plan.parameters.plain(value)
        try:
            return readers.read_number(text)
        except values.ValueReadError as wrong:
            try:
                return readers.read_duration(text).hours()
            except values.ValueReadError:
                self.plan.faults.add(wrong.code, value, path, **wrong.values)
                return 0

    def unclear(
        self, item: Value, parts: tuple[str, ...], found: tuple[str, ...]
    ) -> None:
        """A node that nothing is called, or several are."""
        name, path = ".".join(parts), "backdated.allowed"
        if found:
            self.plan.faults.add(
                "plan.ambiguous_name", item, path, name=name, names=found
            )
            return
        near = PlanScope(self.plan.elements, ROOT, None).suggestions(parts)
        self.plan.faults.add("plan.unknown_name", item, path, name=name, near=near)

    def backdated(self) -> tuple[str, ...] | None:
        """Nodes whose acts may be dated before the plan was issued."""
        value = self.plan.tree.get("backdated")
        if value is None:
            return None
        found: list[str] = []
        allowed = value.get("allowed") if isinstance(value, Written) else value
        if not isinstance(allowed, Sequence):
            self.plan.faults.add("plan.shape_list", allowed or value, "backdated")
            return ()
        for item in allowed.items:
            parts = tuple(str(literal_at(item)).split("."))
            near = self.plan.elements.near(ROOT, parts)
            if len(near) != 1:
                self.unclear(item, parts, near)
            found.extend(near[:1])
        return tuple(found)

    def erasers(self) -> tuple[str, ...] | None:
        """Who may approve that something is erased: people, known from the start."""
        value = self.plan.tree.get(PRIVACY)
        if value is None:
            return None
        found = shapes.read(shapes.PrivacyDefinition, value, self.plan.faults, PRIVACY)
        if found is None:
            return None
        term = self.people(found.approve, APPROVE)
        may = tuple(self.named_in(found.approve)) if term is not NEVER else ()
        if term is not NEVER and len(may) < ERASERS_MIN:
            self.plan.faults.add(
                "plan.privacy_few", found.approve, APPROVE, found=len(may)
            )
        return may

    def named_in(self, value: Value) -> list[str]:
        """The parties that names of section 6 mean, each once."""
        found: dict[str, None] = {}
        for name in listed_at(self.plan.parameters.substitute(value)):
            known = self.plan.elements.aliases.get(str(name), str(name))
            members = self.plan.parties.members(str(name))
            members = self.plan.parties.members(known) if members is None else members
            found |= dict.fromkeys(who for who in members or () if who != ANYONE)
        return list(found)


def _at(value: Value, key: str) -> Value | None:
    return value.get(key) if isinstance(value, Written) else None
