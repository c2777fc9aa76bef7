"""What is due when, and what must be looked at again: derived, never stored twice.

A timer is the earliest moment at which a waiting move of a node may happen. It
follows from the plan and the facts alone; the journal keeps it so that one indexed
look finds what is due among all instances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final

from immutables import Map
from msgspec import Struct, field

from engine.core.facts import Known, moment, template_of
from engine.core.instance import Instance
from engine.plan.calendar import CalendarExhausted
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


STATE: Final = "n"
_ASPECTS: Final = {"n": STATE, "a": "acts", "t": "acts", "b": "acts", "k": "clock"}


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
    if sort == "q":
        return "", ()
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


def is_asked(move: Move, due: datetime | None) -> bool:
    """A recurring move waits for its time; a condition is always asked."""
    return move.trigger != "every" or due is not None


def next_alarm(
    known: Known, plan: Plan, node: Node, move: Move, env: Env
) -> datetime | None:
    """When to look at this move of this node again, if nothing else changes.

    For a node that is in a state for the move and whose other clauses may hold.
    """
    if move.every is not None:
        return _next_occurrence(known, env.me, node, move)
    alarms = plan.clock.get((node.path, move.name), ())
    moments = (moment_of(alarm(env), known) for alarm in alarms)
    later = (at for at in moments if at is not None and at > env.now)
    return min(later, default=None)


def moment_of(value: Any, known: Known) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return moment_at(value, time.min, known.zone)
    return None


def _next_occurrence(
    known: Known, path: str, node: Node, move: Move
) -> datetime | None:
    rule = node.fields.get(move.every or "")
    if not isinstance(rule, Recurrence):
        return None
    fired = known.facts.get(f"k/{path}/{move.name}")
    last = moment(fired.value) if fired else known.reached_at(path, known.state(path))
    if last is None:
        return None
    start, end = node.window
    # what has no first day of its own is counted from the day on which it opened
    first = start or (known.opened(path) or last).astimezone(known.zone).date()
    try:
        return rule.next(
            last, zone=known.zone, calendar=known.calendar, start=first, end=end
        )
    except (CalendarExhausted, ValueReadError):
        return None  # `check` has said so; nobody guesses


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
            for name in template.kind.automatic[state]:
                move = template.kind.moves[name]
                if move.still.verdict(env) is False:
                    continue
                due = next_alarm(known, plan, template, move, env)
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
