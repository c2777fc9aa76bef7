"""What a party owes, and when: a line or a date for each node that it answers for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from engine import words
from engine.plan.calendar import CalendarExhausted
from engine.plan.lights import is_owed, mark_of
from engine.plan.recurrence import Recurrence
from engine.plan.terms import Env, Facts, many
from engine.plan.values import ValueReadError

LINES_MAX: Final = 50
"""Lines of one digest; what is left out is counted in its last."""
DATES_MAX: Final = 1_000
"""Entries of one calendar."""
MOMENTS_MAX: Final = 60
"""Of one thing that recurs: a year and more of every week."""
_LAST: Final = timedelta(microseconds=1)


def owed(
    known: Facts, parties: tuple[str, ...], now: datetime, *, but: str
) -> tuple[str, ...]:
    """Open nodes without anything below them that one of the parties answers for.

    The soonest due first; ``but`` is who asks, which owes nothing by asking.
    """
    found: list[tuple[bool, datetime, str]] = []
    for path in _leaves(known):
        if (
            path != but
            and _is_open(known, path)
            and _answers(known, path, parties, now)
        ):
            due = known.due(path, Env(known, path, now))
            found.append((due is None, due or now, path))
    return tuple(path for _, _, path in sorted(found))


def dates(
    known: Facts, parties: tuple[str, ...], now: datetime, *, but: str
) -> tuple[dict[str, Any], ...]:
    """A calendar of what concerns the parties and is not settled.

    ``{title, starts, node}`` each: the last day of a node that they answer for, a
    moment of what recurs and names them in one of its fields too (who attends).
    ``but`` is who asks.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    for path in _leaves(known):
        if path != but and is_owed(known, path):
            for starts in _starts(known, path, parties, now):
                event = {"title": known.title(path), "starts": starts, "node": path}
                found.append((starts.isoformat(), event))
    found.sort(key=lambda one: (one[0], one[1]["node"]))
    return tuple(event for _, event in found[:DATES_MAX])


def _leaves(known: Facts) -> Iterator[str]:
    """Nodes without anything below them."""
    for template in known.plan.nodes.values():
        if not template.kind.sections and template.member is None:
            yield from known.live(template)


def _answers(known: Facts, path: str, parties: tuple[str, ...], now: datetime) -> bool:
    """Whether one of the parties is an owner of the node."""
    return bool({*parties} & {*many(known.owner(path, Env(known, path, now)))})


def _starts(
    known: Facts, path: str, parties: tuple[str, ...], now: datetime
) -> Iterator[date | datetime]:
    """The days and moments of a node that concern the parties."""
    answers = _answers(known, path, parties, now)
    if answers:
        yield from _last_day(known, path, now)
    if answers or _is_named(known, path, parties, now):
        yield from _moments(known, path, now)


def _is_named(known: Facts, path: str, parties: tuple[str, ...], now: datetime) -> bool:
    """Whether a field of the node names one of the parties: who attends, say."""
    env = Env(known, path, now)
    fields = known.node(path).kind.fields
    names = (name for name, one in fields.items() if one.type == "parties")
    return any({*parties} & {*many(known.field(path, name, env))} for name in names)


def _last_day(known: Facts, path: str, now: datetime) -> Iterator[date]:
    due = known.due(path, Env(known, path, now))
    if due is not None:
        yield (due - _LAST).astimezone(known.zone).date()


def _moments(known: Facts, path: str, now: datetime) -> Iterator[datetime]:
    """The next times of a node that comes again."""
    node = known.node(path)
    rules = (rule for rule in node.fields.values() if isinstance(rule, Recurrence))
    for rule in rules:
        first = node.window[0] or now.astimezone(known.zone).date()
        setting = {"zone": known.zone, "calendar": known.calendar, "start": first}
        try:
            yield from _following(rule, now, {**setting, "end": node.window[1]})
        except (CalendarExhausted, ValueReadError):
            return  # `check` has said so; nobody guesses


def _following(
    rule: Recurrence, after: datetime, setting: dict[str, Any]
) -> Iterator[datetime]:
    at = after
    for _ in range(MOMENTS_MAX):
        found = rule.next(at, **setting)
        if found is None:
            return
        at = found
        yield at


def _is_open(known: Facts, path: str) -> bool:
    """Begun and not done; an item of a register is open as soon as it is there."""
    state = known.node(path).kind.states[known.state(path)]
    begun = state.is_underway or (state.initial and "#" in path)
    return begun and is_owed(known, path)


def digest(known: Facts, paths: Iterable[str], now: datetime) -> dict[str, str]:
    """A line for each node, in every language: mark, title, state, last day."""
    every = tuple(paths)
    told = [_line(known, path, now) for path in every[:LINES_MAX]]
    if len(every) > LINES_MAX:
        told.append(words.both("core.owed_more", count=len(every) - LINES_MAX))
    return {one: "\n".join(line[one] for line in told) for one in words.LANGUAGES}


def _line(known: Facts, path: str, now: datetime) -> dict[str, str]:
    due = known.due(path, Env(known, path, now))
    mark = mark_of(known, path, now)
    return words.both(
        "core.owed_line",
        mark=words.both(f"core.mark_{mark or 'none'}"),
        title=known.title(path),
        state=known.state_title(path),
        due=words.both("core.no_due")
        if due is None
        else (due - _LAST).astimezone(known.zone).date().isoformat(),
    )
