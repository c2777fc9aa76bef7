"""What is about people: where it goes, and who may have it erased."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.check.places import Places
from engine.plan.clauses import personal_fault
from engine.plan.faults import Faults
from engine.plan.graph import Effect, Node, Plan, Register


def check_privacy(plan: Plan, places: Places, faults: Faults) -> None:
    """A kind does not know into which register a plan has it put its items."""
    for node in plan.nodes.values():
        for move in node.kind.moves.values():
            for effect in node.effects_of(move):
                for code, field, column in _wrong(plan, node, effect):
                    at = places.of(node.path, field)
                    faults.add(code, at, f"{node.path}.{field}", name=column)


def _wrong(plan: Plan, node: Node, effect: Effect) -> Iterator[tuple[str, str, str]]:
    if effect.what != "add":
        return
    field = effect.terms["to"].text.removeprefix("$")
    for register in _registers(plan, node, field):
        kind = plan.nodes[register.template].kind
        for column, term in effect.terms.items():
            code = None if column == "to" else personal_fault(term, kind, column)
            if code is not None:
                yield code, field, column


def _registers(plan: Plan, node: Node, field: str) -> Iterator[Register]:
    """Those that a field of the node names."""
    named = node.fields.get(field)
    for name in named if isinstance(named, tuple) else (named,):
        if name in plan.registers:
            yield plan.registers[name]
