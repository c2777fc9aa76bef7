"""Checks of a whole plan: can it finish, are its dates and quotas feasible.

The compiler has resolved every name; here the plan is looked at as a whole. A fault
is what cannot be, a warning what is likely not meant, a note what is worth knowing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from engine.plan.check.dates import check_dates
from engine.plan.check.elements import check_elements
from engine.plan.check.places import Places
from engine.plan.check.privacy import check_privacy
from engine.plan.check.quotas import check_quotas
from engine.plan.check.refinement import check_refinement
from engine.plan.check.soundness import check_soundness
from engine.plan.check.sources import check_sources
from engine.plan.check.unsaid import check_unsaid
from engine.plan.faults import Faults
from engine.plan.graph import Plan
from engine.plan.overlay import Resolved

Check: TypeAlias = Callable[[Plan, Places, Faults], None]
CHECKS: Final[tuple[Check, ...]] = (
    check_soundness,
    check_dates,
    check_quotas,
    check_refinement,
    check_elements,
    check_privacy,
    check_sources,
    check_unsaid,
)


def check_plan(plan: Plan, resolved: Resolved, faults: Faults) -> None:
    """Every check, in reading order."""
    places = Places(plan, resolved)
    for check in CHECKS:
        check(plan, places, faults)
