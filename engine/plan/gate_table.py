"""The gates of a plan as a reader finds them who cannot read plans.

Sources are YAML on top of YAML; whoever checks a history wants to know what was asked
of a move at a node, and how the answer follows. So the table is written out when a
plan is packed, and the plan is known by it as well (docs/history-format.md §6)::

    {"clauses": [[text, form] | [text, sort, [number, …]] |
                 [text, "at_least", [number, …], form], …],
     "kinds": {kind: {"initial": state, "done": [state, …], "settled": [state, …],
                      "moves": {move: {"from": [state, …], "to": state | null,
                                       "by": trigger, "gate": [number, …]}}}},
     "nodes": {path: {"kind": kind, "parent": path | null,
                      "entry": [number, …], "exit": [number, …]}}}

Clauses are told once and named by their place in the list, from 0. ``path`` of what is
made while the plan runs is that of its template: ``发言材料[]``, ``问题#``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.plan.gates import Clause, Leaf
from engine.plan.graph import Kind, Move, Node, Plan
from engine.ports import Json


def table_of(plan: Plan) -> Json:
    """The gates of every move and node of a plan."""
    table = _Table()
    kinds = {node.kind.name: node.kind for node in plan.nodes.values()}
    return {
        "kinds": {name: table.kind(kinds[name]) for name in sorted(kinds)},
        "nodes": {path: table.node(node) for path, node in sorted(plan.nodes.items())},
        "clauses": table.clauses,
    }


def asked_of(kind: Kind, move: Move) -> tuple[Clause, ...]:
    """What is asked of a move: of a person's the kind's own gate too."""
    if move.trigger != "by":
        return move.when.clauses
    if move.free:
        return move.gate.clauses
    return (*kind.gate.clauses, *move.gate.clauses)


@dataclass(slots=True)
class _Table:
    clauses: list[Json] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)

    def kind(self, kind: Kind) -> Json:
        states = kind.states.values()
        return {
            "initial": kind.initial,
            "done": sorted(one.name for one in states if one.done),
            "settled": sorted(one.name for one in states if one.settled or one.done),
            "moves": {name: self.move(kind, move) for name, move in kind.moves.items()},
        }

    def move(self, kind: Kind, move: Move) -> Json:
        return {
            "from": sorted(move.sources),
            "to": move.target,
            "by": move.trigger,
            "gate": self.numbers(asked_of(kind, move)),
        }

    def node(self, node: Node) -> Json:
        return {
            "kind": node.kind.name,
            "parent": node.parent,
            "entry": self.numbers(node.entry.clauses),
            "exit": self.numbers(node.exit.clauses),
        }

    def numbers(self, clauses: Iterable[Clause]) -> list[Json]:
        return [self.number(one) for one in clauses]

    def number(self, clause: Clause) -> int:
        line = self.line(clause)
        key = json.dumps(line, ensure_ascii=False)
        if key not in self.known:
            self.known[key] = len(self.clauses)
            self.clauses.append(line)
        return self.known[key]

    def line(self, clause: Clause) -> list[Json]:
        form: Json = None
        if clause.reckoning is not None:
            form = clause.reckoning.form
        if isinstance(clause, Leaf):
            own = clause.own_gate
            return [clause.text, [own] if own is not None else form]
        inner = self.numbers(clause.clauses)
        line: list[Json] = [clause.text, clause.sort, inner]
        return line if clause.least is None else [*line, form]
