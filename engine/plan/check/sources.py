"""From the plan to its document and back: every requirement carried, none invented."""

from __future__ import annotations

from collections import Counter
from typing import Final

from engine.errors import PlanRejected
from engine.plan.check.places import Places
from engine.plan.faults import Faults
from engine.plan.graph import Plan
from engine.plan.tracing import Row, read_trace, trace_file

NORMS: Final = "norms"


def check_sources(plan: Plan, places: Places, faults: Faults) -> None:
    _norms(plan, places, faults)
    file = trace_file(places.resolved)
    if file is None:
        return
    at = places.of(plan.root, "requirements")
    try:
        rows = read_trace(file)
    except PlanRejected as rejected:
        if rejected.faults[0].code == "plan.file_unreadable":
            faults.add("check.no_trace", at, "requirements", file=file.name)
        else:
            faults.extend(rejected.faults)
        return
    _both_ways(rows, plan, places, faults)


def _norms(plan: Plan, places: Places, faults: Faults) -> None:
    """A norm is attested; what an element enforces is none."""
    for requirement, elements in plan.requirements.items():
        others = [one for one in elements if one != NORMS]
        if NORMS in elements and others:
            faults.add(
                "check.norm_carried",
                places.of(NORMS),
                NORMS,
                requirement=requirement,
                elements=others,
            )


def _both_ways(
    rows: tuple[Row, ...], plan: Plan, places: Places, faults: Faults
) -> None:
    known = Counter(row.requirement for row in rows)
    for requirement, elements in plan.requirements.items():
        if requirement not in known:
            faults.add(
                "check.unknown_requirement",
                places.of(elements[0], "src"),
                f"{elements[0]}.src",
                requirement=requirement,
            )
    at = places.of(plan.root, "requirements")
    for requirement, count in known.items():
        if requirement not in plan.requirements:
            faults.add("check.not_carried", at, "requirements", requirement=requirement)
        if count > 1:
            faults.add(
                "check.traced_twice", at, "requirements", requirement=requirement
            )
