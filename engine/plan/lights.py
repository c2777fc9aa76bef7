"""Blue, yellow, red: how near a due date is, by the plan's own days.

``blue`` from the reminder on, ``yellow`` and ``red`` so long after the due date as the
slips of those colours. A kind with fields ``remind``, ``yellow`` and ``red`` says how
many days; where it does not, they are three, three and five working days.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Final

from engine.plan.terms import Env, Facts
from engine.plan.values import Duration

MARKS: Final = ("red", "yellow", "blue")
"""The most pressing first."""
USUAL: Final = {
    name: Duration(Fraction(days), "workdays")
    for name, days in (("remind", 3), ("yellow", 3), ("red", 5))
}


def mark_of(known: Facts, path: str, now: datetime) -> str | None:
    """The mark of a node; None while nothing is pressing."""
    if not is_owed(known, path):
        return None
    env = Env(known, path, now)
    due = known.due(path, env)
    if due is None:
        return None
    for mark in ("red", "yellow") if now >= due else ():
        beyond = known.after(due, _days(known, path, mark, env))
        if beyond is not None and now >= beyond:
            return mark
    near = known.later(due, -_days(known, path, "remind", env))
    return "blue" if now >= due or (near is not None and now >= near) else None


def is_owed(known: Facts, path: str) -> bool:
    """Not settled, and not a member of something that has enough without it."""
    if known.flag(path, "settled"):
        return False
    parent = known.parent(path)
    return parent is None or not known.is_live(parent) or not known.flag(parent, "done")


def _days(known: Facts, path: str, name: str, env: Env) -> Duration:
    if name not in known.node(path).kind.fields:
        return USUAL[name]
    found = known.field(path, name, env)
    return found if isinstance(found, Duration) else USUAL[name]
