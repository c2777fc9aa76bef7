"""Quotas: what a plan can supply against what it demands, before the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from engine.plan.check.dates import occurrences
from engine.plan.check.places import Places
from engine.plan.check.reach import AsWritten
from engine.plan.faults import Faults
from engine.plan.graph import Effect, Move, Node, Plan, Quota
from engine.plan.recurrence import Recurrence
from engine.plan.terms import ANYONE
from engine.plan.values import Duration, Window, decimal

MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Supplier:
    """A move that credits a measure."""

    node: Node
    move: Move
    effect: Effect


def check_quotas(plan: Plan, places: Places, faults: Faults) -> None:
    written = AsWritten(plan)
    for quota in plan.quotas.values():
        _Balance(written, quota, places, faults).check()


def suppliers(written: AsWritten, measures: tuple[str, ...]) -> Iterator[Supplier]:
    """Every move of the plan that credits one of the measures."""
    for node in written.plan.nodes.values():
        for move in node.kind.moves.values():
            for effect in node.effects_of(move):
                if effect.what != "credit":
                    continue
                found = written.value(effect.terms["measure"], node.path)
                if found in measures:
                    yield Supplier(node, move, effect)


@dataclass(frozen=True, slots=True)
class _Balance:
    """One quota held against what the plan offers."""

    written: AsWritten
    quota: Quota
    places: Places
    faults: Faults

    def tell(self, code: str, severity: str = "fault", **values: Any) -> None:
        element = f"quotas.{self.quota.id}"
        self.faults.add(
            code,
            self.places.of(element),
            element,
            severity=severity,
            quota=self.quota.id,
            least=decimal(Fraction(self.quota.least)),
            **values,
        )

    def check(self) -> None:
        owing = self.written.value(self.quota.owed_by, self.written.plan.root)
        found = list(suppliers(self.written, self.quota.measures))
        if owing == ():
            self.tell("check.quota_nobody", "note")
        elif self.quota.least > 0 and not found:
            self.tell("check.quota_unsupplied", measures=self.quota.measures)
        elif found:
            self.early(found)
            self.left_out(owing, found)
            self.figures(found)

    @property
    def due(self) -> datetime | None:
        if self.quota.due is None:
            return None
        found = self.written.value(self.quota.due, self.written.plan.root)
        if isinstance(found, datetime):
            return found
        return Window(None, found).closes(self.zone) if hasattr(found, "day") else None

    @property
    def zone(self) -> Any:
        return self.written.plan.zone

    def early(self, found: list[Supplier]) -> None:
        """Due before anybody could have given anything."""
        opens = [Window(one.node.window[0], None).opens(self.zone) for one in found]
        known = [moment for moment in opens if moment is not None]
        due = self.due
        if due is None or len(known) < len(opens) or min(known) < due:
            return
        self.tell(
            "check.quota_early",
            # a day is over at the first moment of the next
            due=(due - MOMENT).astimezone(self.zone).date().isoformat(),
            first=min(known).astimezone(self.zone).date().isoformat(),
        )

    def left_out(self, owing: Any, found: list[Supplier]) -> None:
        """Those who owe, but take part in nothing that counts."""
        parts = [self.takers(one) for one in found]
        if not isinstance(owing, tuple) or None in parts:
            return
        able = {who for part in parts if part is not None for who in part}
        without = [who for who in owing if who not in able and who != ANYONE]
        if without and ANYONE not in able:
            self.tell("check.quota_left_out", who=without)

    def takers(self, one: Supplier) -> tuple[str, ...] | None:
        """Whom a supplier may credit; None: that cannot be told."""
        to = one.effect.terms["to"].text
        if to == "$actor":
            return self.written.holders(one.node.path, one.move)
        attend = one.node.fields.get("attend")
        if to != "$present" or attend is None:
            return None
        found = self.written.value(attend, one.node.path)
        return found if isinstance(found, tuple) else None

    def figures(self, found: list[Supplier]) -> None:
        """What the regular sessions come to; others can be recorded besides."""
        regular = [one for node in found if (one := self.sessions(node.node))]
        if not regular:
            return
        supply = sum((count * hours for count, hours in regular), Fraction())
        reckoned = " + ".join(f"{count} × {decimal(hours)}" for count, hours in regular)
        short = supply < self.quota.least
        self.tell(
            "check.quota_short" if short else "check.quota_supply",
            "warning" if short else "note",
            reckoned=reckoned,
            supply=decimal(supply),
            missing=decimal(Fraction(self.quota.least) - supply),
        )

    def sessions(self, node: Node) -> tuple[int, Fraction] | None:
        """How many regular sessions there are before the due date, and their hours."""
        rule, length = node.fields.get("recurs"), node.fields.get("length")
        if not isinstance(rule, Recurrence) or not isinstance(length, Duration):
            return None
        times = occurrences(self.written.plan, node, rule, self.due)
        return None if times is None else (len(times), length.hours())
