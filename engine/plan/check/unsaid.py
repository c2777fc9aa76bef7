"""What the document leaves unsaid: the assumptions ledger, told line by line."""

from __future__ import annotations

from engine.plan.check.places import Places
from engine.plan.faults import Faults, Place
from engine.plan.graph import Assumption, Plan
from engine.plan.source import Mapping, Scalar, Sequence


def check_unsaid(plan: Plan, places: Places, faults: Faults) -> None:
    """A note for each line; an open value that nothing stands for is a question."""
    for line in plan.ledger:
        code = f"check.{line.sort}"
        if line.sort == "open" and not line.value:
            code = "check.question"
        faults.add(
            code,
            _place(line, places),
            line.id,
            severity="note",
            about=line.about,
            value=line.value or "–",
        )


def _place(line: Assumption, places: Places) -> Place:
    if line.sort != "treatment":
        return places.of(line.id)
    lines = places.resolved.tree.get("assumptions")
    for item in lines.items if isinstance(lines, Sequence) else ():
        name = item.get("id") if isinstance(item, Mapping) else None
        if isinstance(name, Scalar) and name.text == line.id:
            return item.place
    return places.of("assumptions")
