"""What a party owes now, and how it is told: a line for each open node of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from engine import words
from engine.plan.lights import is_owed, mark_of
from engine.plan.terms import Env, Facts, many

LINES_MAX: Final = 50
"""Lines of one digest; what is left out is counted in its last."""
_LAST: Final = timedelta(microseconds=1)


def owed(
    known: Facts, parties: tuple[str, ...], now: datetime, *, but: str
) -> tuple[str, ...]:
    """Open nodes without anything below them that one of the parties answers for.

    The soonest due first; ``but`` is who asks, which owes nothing by asking.
    """
    found: list[tuple[bool, datetime, str]] = []
    for template in known.plan.nodes.values():
        if template.kind.sections or template.member is not None:
            continue
        for path in known.live(template):
            if path == but or not _is_open(known, path):
                continue
            env = Env(known, path, now)
            if set(many(known.owner(path, env))) & set(parties):
                due = known.due(path, env)
                found.append((due is None, due or now, path))
    return tuple(path for _, _, path in sorted(found))


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
