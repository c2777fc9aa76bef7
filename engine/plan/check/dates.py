"""Do the dates of a plan fit each other, its calendar, and its own day of issue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from engine.plan.calendar import CalendarExhausted, weekdays
from engine.plan.check.places import Places
from engine.plan.check.reach import AsWritten
from engine.plan.faults import Faults
from engine.plan.graph import Node, Plan
from engine.plan.recurrence import Recurrence
from engine.plan.source import Scalar
from engine.plan.values import LAST_DAY, Duration, Window, moment_at

ONE_DAY = timedelta(days=1)


def check_dates(plan: Plan, places: Places, faults: Faults) -> None:
    for node in plan.nodes.values():
        _within_parent(plan, node, places, faults)
        _due_inside(plan, node, places, faults)
        _within_calendar(plan, node, places, faults)
        _recurs(plan, node, places, faults)
        _reminded(plan, node, places, faults)
    _stages_in_order(plan, places, faults)
    _issued(plan, places, faults)


def has_own_window(plan: Plan, node: Node, places: Places) -> bool:
    """It says its own dates: neither its parent's nor those of the whole plan."""
    written = places.value(node.path, "window")
    named = isinstance(written, Scalar) and not written.text.startswith("$")
    if written is None or named:
        return False
    return node.path == plan.root or node.window != plan.nodes[plan.root].window


def _within_parent(plan: Plan, node: Node, places: Places, faults: Faults) -> None:
    if node.parent is None or not has_own_window(plan, node, places):
        return
    parent = plan.nodes[node.parent]
    early = _before(node.window[0], parent.window[0])
    late = _before(parent.window[1], node.window[1])
    if early or late:
        faults.add(
            "check.window_outside",
            places.of(node.path, "window"),
            f"{node.path}.window",
            severity="warning",
            node=node.path,
            window=_shown(node.window),
            parent=parent.path,
            outer=_shown(parent.window),
        )


def _before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def _shown(window: tuple[Any, Any]) -> str:
    return "–".join("…" if day is None else str(day) for day in window)


# -- due dates


def due_of(plan: Plan, node: Node) -> date | None:
    """The day on which it is due, if the plan says a day."""
    found = None
    if node.due is not None:
        found = AsWritten(plan).value(node.due, node.path)
    if isinstance(found, datetime):
        return found.astimezone(plan.zone).date()
    return found if isinstance(found, date) else None


def _due_inside(plan: Plan, node: Node, places: Places, faults: Faults) -> None:
    if node.due is None:
        return
    due = due_of(plan, node)
    if due is None:
        return
    start, end = node.window
    # ``x.end`` is the first moment of the next day, and means the day before
    if _before(due, start) or _before(end and end + ONE_DAY, due):
        faults.add(
            "check.due_outside",
            places.of(node.path, "due"),
            f"{node.path}.due",
            severity="warning",
            node=node.path,
            due=due.isoformat(),
            window=_shown(node.window),
        )


def _within_calendar(plan: Plan, node: Node, places: Places, faults: Faults) -> None:
    """Beyond its table a calendar refuses, so nothing could be counted there."""
    calendar = plan.calendar
    for key, day in _own_days(plan, node, places):
        if calendar.valid_from <= day <= calendar.valid_to:
            continue
        faults.add(
            "check.calendar_ends",
            places.of(node.path, key),
            f"{node.path}.{key}",
            day=day.isoformat(),
            **_known(plan),
        )
    if node.due is not None and _is_lost(plan, node):
        faults.add(
            "check.calendar_due",
            places.of(node.path, "due"),
            f"{node.path}.due",
            node=node.path,
            **_known(plan),
        )


def _known(plan: Plan) -> dict[str, Any]:
    """The calendar, and from when to when it holds."""
    return {
        "calendar": plan.calendar.name,
        "first": plan.calendar.valid_from.isoformat(),
        "last": plan.calendar.valid_to.isoformat(),
    }


def _is_lost(plan: Plan, node: Node) -> bool:
    """Whether a due date that a longer calendar would give cannot be counted."""
    longer = replace(plan, calendar=weekdays())
    return due_of(plan, node) is None and due_of(longer, node) is not None


def _own_days(plan: Plan, node: Node, places: Places) -> Iterator[tuple[str, date]]:
    """The days that a node itself says, each with its key."""
    if has_own_window(plan, node, places):
        yield from (("window", day) for day in node.window if day is not None)
    due = due_of(plan, node) if places.value(node.path, "due") is not None else None
    if due is not None:
        yield "due", due
    for name, rule in _rhythms(node):
        # a longer window is the window's own fault
        days = (rule.start, rule.end) if rule.asks_calendar else ()
        yield from ((name, day) for day in days if day is not None)


# -- what recurs, and what is told ahead


def occurrences(
    plan: Plan, node: Node, rule: Recurrence, until: datetime | None = None
) -> tuple[datetime, ...] | None:
    """The times of a recurrence in a node's window; None: it has no end."""
    start, end = node.window
    if start is None or end is None:
        return None
    first = moment_at(start, time.min, plan.zone) - timedelta(microseconds=1)
    last = moment_at(end + ONE_DAY, time.min, plan.zone)
    last = last if until is None else min(last, until)
    try:
        return rule.between(
            first, last, zone=plan.zone, calendar=plan.calendar, start=start, end=end
        )
    except CalendarExhausted:
        return None


def _rhythms(node: Node) -> Iterator[tuple[str, Recurrence]]:
    for name, value in node.fields.items():
        if isinstance(value, Recurrence):
            yield name, value


def _recurs(plan: Plan, node: Node, places: Places, faults: Faults) -> None:
    for name, rule in _rhythms(node):
        _ends_with_calendar(plan, node, name, places, faults)
        _leaves_out(plan, node, name, places, faults)
        if occurrences(plan, node, rule) == ():
            faults.add(
                "check.never_recurs",
                places.of(node.path, name),
                f"{node.path}.{name}",
                node=node.path,
                window=_shown(node.window),
            )


def _ends_with_calendar(
    plan: Plan, node: Node, name: str, places: Places, faults: Faults
) -> None:
    """Without an end it comes for ever, but only as long as the calendar knows."""
    rule: Recurrence = node.fields[name]
    if not rule.asks_calendar or rule.end is not None or node.window[1] is not None:
        return
    if plan.calendar.valid_to < LAST_DAY:
        faults.add(
            "check.calendar_rhythm",
            places.of(node.path, name),
            f"{node.path}.{name}",
            severity="warning",
            node=node.path,
            **_known(plan),
        )


def _leaves_out(
    plan: Plan, node: Node, name: str, places: Places, faults: Faults
) -> None:
    """A day is left out on which it would not come anyway: likely a slip of the pen."""
    rule: Recurrence = node.fields[name]
    if not rule.without:
        return
    comes = occurrences(plan, node, replace(rule, without=frozenset()))
    if comes is None:
        return
    days = {one.astimezone(plan.zone).date() for one in comes}
    for day in sorted(rule.without - days):
        faults.add(
            "check.leaves_out_nothing",
            places.of(node.path, name),
            f"{node.path}.{name}",
            severity="warning",
            node=node.path,
            day=day.isoformat(),
        )


def _reminded(plan: Plan, node: Node, places: Places, faults: Faults) -> None:
    ahead = node.fields.get("remind")
    opens = Window(node.window[0], None).opens(plan.zone)
    closes = Window(None, node.window[1]).closes(plan.zone)
    written = places.value(node.path, "remind")
    if not isinstance(ahead, Duration) or opens is None or closes is None:
        return
    if written is None:
        return
    try:
        told = (-ahead).add_to(closes, plan.calendar, plan.zone)
    except CalendarExhausted:
        return
    if told < opens:
        faults.add(
            "check.reminded_before",
            places.of(node.path, "remind"),
            f"{node.path}.remind",
            severity="warning",
            node=node.path,
            remind={"zh": ahead.say("zh"), "en": ahead.say("en")},
            window=_shown(node.window),
        )


# -- stages


def _stages_in_order(plan: Plan, places: Places, faults: Faults) -> None:
    stages = [node for node in plan.nodes.values() if node.section == "stages"]
    dated = [one for one in stages if has_own_window(plan, one, places)]
    for one, other in pairwise(dated):
        _neighbours(plan, one, other, places, faults)
    for stage in dated:
        _opens_on_holiday(plan, stage, places, faults)


def _neighbours(
    plan: Plan, one: Node, other: Node, places: Places, faults: Faults
) -> None:
    end, start = one.window[1], other.window[0]
    if end is None or start is None or _is_next(plan, end, start):
        return
    faults.add(
        "check.stages_overlap" if start <= end else "check.stages_gap",
        places.of(other.path, "window"),
        f"{other.path}.window",
        severity="warning",
        one=one.path,
        other=other.path,
        end=end.isoformat(),
        start=start.isoformat(),
    )


def _is_next(plan: Plan, end: date, start: date) -> bool:
    """Whether no working day lies between an end and the start that follows."""
    if end + ONE_DAY >= start:
        return end < start
    try:
        return not any(
            plan.calendar.is_working_day(end + timedelta(days=days))
            for days in range(1, (start - end).days)
        )
    except CalendarExhausted:
        return True


def _opens_on_holiday(plan: Plan, stage: Node, places: Places, faults: Faults) -> None:
    start = stage.window[0]
    try:
        is_worked = start is None or plan.calendar.is_working_day(start)
    except CalendarExhausted:
        return
    if not is_worked:
        faults.add(
            "check.opens_on_holiday",
            places.of(stage.path, "window"),
            f"{stage.path}.window",
            severity="note",
            node=stage.path,
            day=start.isoformat(),
        )


# -- issued after the fact


def _issued(plan: Plan, places: Places, faults: Faults) -> None:
    """What a plan orders for before its own date has to be named as backdated."""
    if plan.issued is None:
        return
    day = plan.issued.astimezone(plan.zone).date()
    covered = set(plan.backdated or ())
    for node in plan.nodes.values():
        if node.path == plan.root or node.parent in covered:
            covered |= {node.path} if node.path != plan.root else set()
            continue
        own = node.window[0] if has_own_window(plan, node, places) else None
        first = min((one for one in (own, due_of(plan, node)) if one), default=None)
        if node.path not in covered and _before(first, day):
            covered.add(node.path)
            faults.add(
                "check.ordered_before_issued",
                places.of(plan.root, "issued"),
                node.path,
                severity="warning",
                node=node.path,
                day=str(first),
                issued=day.isoformat(),
            )
