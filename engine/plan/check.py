"""Checks of a whole plan: can it finish, are its quotas feasible."""

from __future__ import annotations

from engine.plan.faults import Faults
from engine.plan.graph import Plan
from engine.plan.overlay import Resolved


def check_plan(plan: Plan, resolved: Resolved, faults: Faults) -> None:
    """Every check, in reading order."""
    del plan, resolved, faults
