"""Where an instance stands: its tree, its quotas, its registers, what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.core.agenda import Timers
from engine.core.facts import Known
from engine.core.instance import Instance
from engine.core.means import quota_due
from engine.core.naming import find_node, live_paths
from engine.plan.graph import Quota, Register
from engine.plan.lights import MARKS, mark_of
from engine.plan.terms import Env
from engine.ports import Json
from engine.views import shown

LEVELS: Final = 2
"""Levels of the tree that are shown unless all are asked for: stages and links."""
EVERY_LEVEL: Final = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An instance as somebody looks at it: its facts at a moment."""

    known: Known
    instance: Instance
    timers: Timers
    requests: int
    """Actions that were requested and have not reported."""
    now: datetime


def status_of(
    reader: Reader, *, node: str | None = None, every: bool = False
) -> dict[str, Json]:
    """The whole of it, or of one node (a register's id gives its items)."""
    known = reader.known
    levels = EVERY_LEVEL if every or node is not None else LEVELS
    rows = list(_rows(known, _top(known, node), levels))
    nodes = [_node(known, path, depth, reader.now) for path, depth in rows]
    return {
        **summary_of(reader),
        "nodes": nodes,
        "quotas": [
            _quota(known, one, reader.now) for one in known.plan.quotas.values()
        ],
        "registers": [_register(known, one) for one in known.plan.registers.values()],
    }


def summary_of(reader: Reader) -> dict[str, Json]:
    """One line about an instance."""
    known, plan = reader.known, reader.known.plan
    marks = Counter(
        mark
        for path in live_paths(known)
        if (mark := mark_of(known, path, reader.now)) is not None
    )
    return {
        "instance": reader.instance.id,
        "title": shown.titled(plan.title),
        "plan": {"id": plan.id, "version": plan.version, "digest": plan.digest},
        "simulated": reader.instance.simulated,
        "revision": reader.instance.revision,
        "at": shown.moment(reader.instance.at, plan.zone),
        "now": shown.moment(reader.now, plan.zone),
        "state": shown.state_of(known, plan.root),
        "open": [known.title(path) for path in _open_stages(known)],
        "marks": {mark: marks[mark] for mark in MARKS},
        "requests": reader.requests,
        "next_due": _next(reader),
        "behind": len(reader.timers.until(reader.now)),
    }


def _open_stages(known: Known) -> Iterator[str]:
    for path in known.children(known.plan.root):
        is_stage = known.node(path).section == "stages"
        if is_stage and known.started(path) and not known.flag(path, "settled"):
            yield path


def _next(reader: Reader) -> Json:
    known = reader.known
    coming = sorted((due, key) for key, due in reader.timers.due.items())
    if not coming:
        return None
    due, (path, move) = coming[0]
    return {
        "at": shown.moment(due, known.zone),
        "node": path,
        "move": move,
        "title": shown.move_title(known.node(path), move),
    }


# -- the tree


def _top(known: Known, node: str | None) -> tuple[str, ...]:
    if node is None:
        return known.children(known.plan.root)
    name = known.plan.aliases.get(node, node)
    if name in known.plan.registers:
        return known.items(name)
    return (find_node(known, node),)


def _rows(
    known: Known, paths: tuple[str, ...], levels: int, depth: int = 0
) -> Iterator[tuple[str, int]]:
    for path in paths:
        yield path, depth
        if levels > 1:
            yield from _rows(known, known.children(path), levels - 1, depth + 1)


def _node(known: Known, path: str, depth: int, now: datetime) -> dict[str, Json]:
    node = known.node(path)
    env = Env(known, path, now)
    holds = "on_hold" in node.kind.fields and known.field(path, "on_hold", env) is True
    return {
        "node": path,
        "title": known.title(path),
        "kind": node.kind.name,
        "section": node.section,
        "depth": depth,
        "state": shown.state_of(known, path),
        "round": known.round(path),
        "required": node.required,
        "on_hold": holds,
        "window": shown.window_of(node),
        "due": shown.moment(known.due(path, env), known.zone),
        "mark": mark_of(known, path, now),
        "owner": shown.people(known.plan, shown.owner_of(known, path, now)),
    }


# -- quotas and registers


def _quota(known: Known, quota: Quota, now: datetime) -> dict[str, Json]:
    env = Env(known, known.plan.root, now)
    units = [known.plan.measures[one].get("unit") or "" for one in quota.measures]
    return {
        "quota": quota.id,
        "title": shown.titled(quota.title),
        "least": shown.amount(quota.least),
        "unit": units[0] if units else "",
        "due": shown.moment(quota_due(known, quota, now), known.zone),
        "owing": [
            {"who": who, "amount": shown.amount(missing)}
            for who, missing in known.owing(quota.id, env)
        ],
    }


def _register(known: Known, register: Register) -> dict[str, Json]:
    items = known.items(register.id)
    states = known.plan.nodes[register.template].kind.states.values()
    counted = Counter(known.state(item) for item in items)
    return {
        "register": register.id,
        "title": shown.titled(register.title),
        "items": len(items),
        "settled": sum(known.flag(item, "settled") for item in items),
        "states": [
            {
                "name": state.name,
                "title": shown.titled(state.title),
                "items": counted[state.name],
            }
            for state in states
            if counted[state.name]
        ],
    }
