"""What is due when, and what must be looked at again: derived, never stored twice.

A timer is the earliest moment at which a waiting move of a node may happen. It
follows from the plan and the facts alone; the journal keeps it so that one indexed
look finds what is due among all instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

from immutables import Map
from msgspec import Struct, field

from engine.core.facts import Known, moment, template_of
from engine.core.instance import Instance
from engine.plan.calendar import Calendar, CalendarExhausted
from engine.plan.graph import Move, Node, Plan
from engine.plan.recurrence import Recurrence
from engine.plan.terms import Dependency, Env
from engine.plan.values import ValueReadError, moment_at

TimerKey = tuple[str, str]
"""(node path, move)."""

_SORTS: Final = {
    "r": "register",
    "m": "measure",
    "d": "deliverable",
    "e": "event",
    "g": "delegation",
}


LATE: Final = timedelta(hours=1)
"""From when on a time that nobody looked at counts as missed."""
LEFT_OUT_MAX: Final = 1_000
"""Missed times that one entry tells of."""
STATE: Final = "n"
_ASPECTS: Final = {
    "n": STATE,
    "a": "acts",
    "t": "acts",
    "b": "acts",
    "k": "clock",
    "o": "f/due",
}


@lru_cache(maxsize=65_536)
def dependencies(key: str) -> tuple[str, tuple[tuple[Dependency, str], ...]]:
    """What a changed fact is to those who read it, and the node it is about.

    First the aspect of a node that has changed: its state, its acts, a field; ""
    is any.
    """
    sort, _, rest = key.partition("/")
    if not rest:
        return "", ()
    name, _, inner = rest.partition("/")
    if sort in {"q", "z"}:
        return "", ()  # what is asked of the world or is gone opens no gate
    if sort in _SORTS:
        return "", (((_SORTS[sort], name), name),)
    if sort in {"h", "w"} or (sort == "a" and inner.count("/") > 1):
        return "", ()  # who acted is read with how often
    template = template_of(name)
    found: tuple[tuple[Dependency, str], ...] = ((("node", template), name),)
    if template.endswith("#"):
        found = (*found, (("register", template[:-1]), name))
    aspect = f"f/{inner}" if sort == "f" else _ASPECTS.get(sort, "")
    return aspect, found


def is_shut(move: Move, env: Env) -> bool:
    """Whether no moment can open it; a recurring move keeps its times all the same."""
    return move.every is None and move.still.verdict(env) is False


def next_alarm(known: Known, node: Node, move: Move, env: Env) -> datetime | None:
    """When to look at this move of this node again, if nothing else changes.

    For a node that is in a state for the move and whose other clauses may hold.
    """
    if move.every is not None:
        return next_occurrence(known, env.me, move)
    alarms = known.plan.clock.get((node.path, move.name), ())
    moments = (moment_of(alarm(env), known) for alarm in alarms)
    later = (at for at in moments if at is not None and at > env.now)
    return min(later, default=None)


def moment_of(value: Any, known: Known) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return moment_at(value, time.min, known.zone)
    return None


def rhythm(node: Node, move: Move) -> Recurrence | None:
    """The recurrence by which a move happens."""
    rule = node.fields.get(move.every or "")
    return rule if isinstance(rule, Recurrence) else None


def next_occurrence(
    known: Known, path: str, move: Move, *, after: datetime | None = None
) -> datetime | None:
    """The first time of a recurring move after a moment, or after the last of them."""
    node = known.node(path)
    rule, last = rhythm(node, move), _latest(known, path, move)
    if rule is None or last is None:
        return None
    start, end = node.window
    # what has no first day of its own is counted from the day on which it opened
    first = start or (known.opened(path) or last).astimezone(known.zone).date()
    try:
        setting = (known.zone, known.calendar, first, end)
        return _following(rule, last if after is None else after, *setting)
    except (CalendarExhausted, ValueReadError):
        return None  # `check` has said so; nobody guesses


@lru_cache(maxsize=4_096)
def _following(
    rule: Recurrence,
    after: datetime,
    zone: tzinfo,
    calendar: Calendar,
    start: date,
    end: date | None,
) -> datetime | None:
    """Counted once for all instances that stand at the same occurrence."""
    return rule.next(after, zone=zone, calendar=calendar, start=start, end=end)


def _latest(known: Known, path: str, move: Move) -> datetime | None:
    """The last time that was dealt with; before the first, when its state began."""
    found = known.facts.get(f"k/{path}/{move.name}")
    if found is not None:
        return moment(found.value)
    return known.reached_at(path, known.state(path))


def left_out(
    known: Known, path: str, move: Move, due: datetime, *, now: datetime
) -> tuple[str, tuple[datetime, ...]]:
    """The recurrence's policy, and the times from ``due`` on that it leaves out by it.

    At most :data:`LEFT_OUT_MAX` of them: what remains is asked for again.
    """
    rule = rhythm(known.node(path), move)
    if rule is None or rule.missed == "each":
        return "each", ()
    until = now - LATE if rule.missed == "none" else now
    times = [due] if due <= until else []
    while times and len(times) <= LEFT_OUT_MAX:
        following = next_occurrence(known, path, move, after=times[-1])
        if following is None or following > until:
            break
        times.append(following)
    # the last one is made up for; or it remains, and with it what comes after
    remains = rule.missed == "last" or len(times) > LEFT_OUT_MAX
    return rule.missed, tuple(times[:-1] if remains else times)


class Timers(Struct, frozen=True):
    """Every timer of an instance, with the earliest at hand. A value: never changed."""

    due: Map[TimerKey, datetime] = field(default_factory=Map)
    earliest: datetime | None = None

    @classmethod
    def of(cls, due: Mapping[TimerKey, datetime]) -> Timers:
        return cls(Map(due), min(due.values(), default=None))

    def set(self, key: TimerKey, due: datetime) -> Timers:
        was = self.due.get(key)
        after = self.due.set(key, due)
        if was is not None and was == self.earliest:
            return Timers(after, min(after.values()))
        sooner = due if self.earliest is None else min(due, self.earliest)
        return Timers(after, sooner)

    def cancel(self, key: TimerKey) -> Timers:
        was = self.due.get(key)
        if was is None:
            return self
        after = self.due.delete(key)
        if was == self.earliest:
            return Timers(after, min(after.values(), default=None))
        return Timers(after, self.earliest)

    def until(self, moment: datetime) -> list[tuple[datetime, TimerKey]]:
        """Timers due by a moment; nothing is searched while none can be."""
        if self.earliest is None or self.earliest > moment:
            return []
        return [(due, key) for key, due in self.due.items() if due <= moment]


def timers_of(plan: Plan, instance: Instance) -> Timers:
    """Every timer of an instance, from nothing but plan and facts."""
    known = Known(plan, instance.id, instance.facts)
    found: dict[tuple[str, str], datetime] = {}
    if instance.at is None:
        return Timers()
    for template in plan.nodes.values():
        for path in known.live(template) if template.kind.waking else ():
            state = known.state(path)
            env = Env(known, path, instance.at)
            for name in template.automatic[state]:
                move = template.kind.moves[name]
                if is_shut(move, env):
                    continue
                due = next_alarm(known, template, move, env)
                if due is not None:
                    found[path, name] = due
    return Timers.of(found)


def difference(
    before: Timers, after: Timers, touched: Iterable[TimerKey]
) -> tuple[tuple[tuple[TimerKey, datetime], ...], tuple[TimerKey, ...]]:
    """Timers to set and timers to cancel."""
    set_: list[tuple[TimerKey, datetime]] = []
    cancelled: list[TimerKey] = []
    for key in sorted(touched):
        was, is_ = before.due.get(key), after.due.get(key)
        if is_ is None:
            if was is not None:
                cancelled.append(key)
        elif is_ != was:
            set_.append((key, is_))
    return tuple(set_), tuple(cancelled)
