"""Who must look again when a fact changes, and which moments a move waits for.

Both are worked out once, when a plan is compiled: an act then costs what it
touches, not what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.plan.fields import reads_of
from engine.plan.graph import Kind, Move, Node
from engine.plan.kinds import AUTOMATIC
from engine.plan.names import Elements
from engine.plan.terms import Dependency, Run, Term

Reader = tuple[str, str]


def watch_of(
    nodes: Mapping[str, Node], elements: Elements
) -> dict[Dependency, tuple[Reader, ...]]:
    """Dependency -> (node path, automatic move), in document order.

    That a node watches itself goes without saying: see ``Kind.automatic``.
    """
    found: dict[Dependency, dict[Reader, None]] = {}
    for node in sorted(nodes.values(), key=lambda one: one.order):
        for move in _automatic(node.kind):
            asked = move.when.reads | (node.each.reads if node.each else frozenset())
            reads = set(_resolved(node, asked, elements, set()))
            for dependency in sorted(reads):
                if dependency not in {("node", node.path), ("rest", node.path)}:
                    found.setdefault(dependency, {})[node.path, move.name] = None
    return {dependency: tuple(readers) for dependency, readers in found.items()}


def _automatic(kind: Kind) -> Iterator[Move]:
    return (move for move in kind.moves.values() if move.trigger in AUTOMATIC)


def _resolved(
    node: Node,
    reads: frozenset[Dependency],
    elements: Elements,
    seen: set[Dependency],
) -> Iterator[Dependency]:
    """What a kind's words mean at one node."""
    for dependency in sorted(reads - seen):
        seen.add(dependency)
        sort, name = dependency
        if sort in {"entry", "exit"}:
            gate = node.entry if sort == "entry" else node.exit
            yield from _resolved(node, gate.reads, elements, seen)
        elif sort == "field":
            inner = frozenset(_field(node, name, elements))
            yield from _resolved(node, inner, elements, seen)
        elif sort in {"parent", "children"}:
            yield from _family(node, sort)
        elif sort not in {"self", "it"}:
            yield dependency


def _family(node: Node, sort: str) -> Iterator[Dependency]:
    if sort == "parent":
        relatives = [node.parent] if node.parent is not None else []
    else:
        relatives = [*node.children, *([node.member] if node.member else [])]
    return (("node", path) for path in relatives)


def _field(node: Node, name: str, elements: Elements) -> set[Dependency]:
    declared = node.kind.fields.get(name)
    value = node.fields.get(name)
    if declared is None or value is None:
        return set()
    return reads_of(value, declared, elements)


def clock_of(nodes: Mapping[str, Node]) -> dict[Reader, tuple[Run, ...]]:
    """(node path, automatic move) -> the moments at which to look again."""
    found: dict[Reader, tuple[Run, ...]] = {}
    for node in nodes.values():
        for move in _automatic(node.kind):
            alarms = (*move.when.alarms, *_inherited(node, move))
            if alarms:
                found[node.path, move.name] = alarms
    return found


def _inherited(node: Node, move: Move) -> Iterator[Run]:
    """Alarms of the node's own gates and conditions that the move reads."""
    reads = move.when.reads
    if ("entry", "") in reads:
        yield from node.entry.alarms
    if ("exit", "") in reads:
        yield from node.exit.alarms
    for sort, name in sorted(reads):
        value = node.fields.get(name) if sort == "field" else None
        if isinstance(value, Term):
            yield from value.alarms
