"""``decide(plan, instance, command, now) -> Decision``: the one place that decides.

Pure: no input or output, no clock, no chance. Given the same plan, instance,
command and time it gives the same events, byte for byte.

A decision first lets the clock catch up (every timer due by now, in order), then
looks at the command, then lets the moves that happen by themselves happen, in
document order, until nothing more does; only nodes whose gates mention a changed
fact are looked at again.
"""

from __future__ import annotations

from datetime import datetime

from engine.core import obeying
from engine.core.agenda import Timers
from engine.core.commands import Command, Start
from engine.core.course import Course
from engine.core.instance import Instance
from engine.core.work import Decision
from engine.plan.graph import Plan


def decide(
    plan: Plan,
    instance: Instance,
    command: Command,
    *,
    now: datetime,
    timers: Timers | None = None,
) -> Decision:
    """The events that follow. Raises WrongUse for what cannot be understood."""
    course = Course(plan, instance, now, timers if timers is not None else Timers())
    if isinstance(command, Start):
        obeying.start(course, command)
    else:
        course.catch_up()
        obeying.obey(course, command)
    course.settle()
    return course.decision()
