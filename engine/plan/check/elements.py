"""Every element of a plan: has it an owner, a writer, a use; is it ever asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from engine.plan.check.places import Places
from engine.plan.check.quotas import suppliers
from engine.plan.check.reach import AsWritten
from engine.plan.faults import Faults
from engine.plan.gates import Gate
from engine.plan.graph import Kind, Node, Plan
from engine.plan.source import Mapping, Scalar, Sequence, Value
from engine.plan.terms import Term

PARAMETER: Final = re.compile(r"\$\{?([^\W\d]\w*)\}?")
LINK: Final = "link"


def check_elements(plan: Plan, places: Places, faults: Faults) -> None:
    written = AsWritten(plan)
    for node in plan.nodes.values():
        _owner(written, node, places, faults)
        _enough(written, node, places, faults)
        _asked(plan, node, places, faults)
    _deliverables(written, places, faults)
    _registers(written, places, faults)
    _measures(written, places, faults)
    _parameters(places, faults)
    _goals(places, faults)


def _owner(written: AsWritten, node: Node, places: Places, faults: Faults) -> None:
    """Each link has somebody who answers for it."""
    if LINK not in (node.kind.name, *node.kind.ancestors):
        return
    if node.owner is None or written.value(node.owner, node.path) == ():
        at = places.of(node.path, "owner")
        faults.add("check.no_owner", at, f"{node.path}.owner", node=node.path)


def _enough(written: AsWritten, node: Node, places: Places, faults: Faults) -> None:
    """``enough`` of fewer members than there are ever made."""
    copies = written.copies(node) if node.member is not None else None
    if copies is None or node.enough is None or node.enough <= max(copies, 1):
        return
    faults.add(
        "check.enough",
        places.of(node.path, "enough"),
        f"{node.path}.enough",
        node=node.path,
        enough=str(node.enough),
        members=str(copies),
    )


# -- gates that nobody asks


def _asked(plan: Plan, node: Node, places: Places, faults: Faults) -> None:
    for key in ("entry", "exit"):
        if node.dynamic or places.value(node.path, key) is None:
            continue
        made = plan.nodes[node.member] if node.member and key == "exit" else node
        if key not in _own_gates(made.kind):
            faults.add(
                "check.gate_unasked",
                places.of(node.path, key),
                f"{node.path}.{key}",
                severity="warning",
                node=node.path,
                kind=made.kind.name,
                gate=key,
            )


def _own_gates(kind: Kind) -> set[str]:
    return {
        leaf.own_gate
        for gate in _gates_of(kind)
        for leaf in gate.leaves()
        if leaf.own_gate is not None
    }


def _gates_of(kind: Kind) -> Iterator[Gate]:
    yield kind.gate
    for move in kind.moves.values():
        yield move.gate
        yield move.when


# -- deliverables, registers, measures


def _deliverables(written: AsWritten, places: Places, faults: Faults) -> None:
    makers = _makers(written, "version", "of")
    used = _used(written.plan)
    for name in written.plan.deliverables:
        at, path = places.of(f"deliverables.{name}"), f"deliverables.{name}"
        if name not in makers and "" not in makers:
            faults.add("check.never_written", at, path, severity="warning", name=name)
        elif used.get(name, set()) <= makers.get(name, set()):
            faults.add("check.never_used", at, path, severity="note", name=name)


def _makers(written: AsWritten, effect: str, argument: str) -> dict[str, set[str]]:
    """What an effect is done to -> the nodes whose moves do it; "": nobody can tell."""
    found: dict[str, set[str]] = {}
    for node in written.plan.nodes.values():
        for move in node.kind.moves.values():
            for one in node.effects_of(move):
                if one.what == effect and argument in one.terms:
                    name = written.value(one.terms[argument], node.path)
                    key = name if isinstance(name, str) else ""
                    found.setdefault(key, set()).add(node.path)
    return found


def _used(plan: Plan) -> dict[str, set[str]]:
    """Deliverable -> the nodes that name it in a field or read it in a gate."""
    found: dict[str, set[str]] = {}
    for node in plan.nodes.values():
        for name in _named_in(node):
            found.setdefault(name, set()).add(node.path)
    for one in plan.deliverables.values():
        for name in one.inputs:
            found.setdefault(name, set()).add(f"deliverables.{one.id}")
    return found


def _named_in(node: Node) -> Iterator[str]:
    for name, declared in node.kind.fields.items():
        value = node.fields.get(name)
        # what is published or decided on is told in text, and may be a document
        names = "deliverable" in declared.type or declared.type == "text"
        if names and not isinstance(value, Term):
            yield from value if isinstance(value, tuple) else (str(value),)
    for gate in (node.entry, node.exit):
        yield from (name for sort, name in gate.reads if sort == "deliverable")


def _registers(written: AsWritten, places: Places, faults: Faults) -> None:
    added = _makers(written, "add", "to")
    for register in written.plan.registers.values():
        holders = None
        if register.by is not None:
            holders = written.value(register.by, written.plan.root)
        if holders == () and register.id not in added and "" not in added:
            faults.add(
                "check.nobody_adds",
                places.of(f"registers.{register.id}", "by"),
                f"registers.{register.id}.by",
                severity="warning",
                name=register.id,
            )


def _measures(written: AsWritten, places: Places, faults: Faults) -> None:
    for name in written.plan.measures:
        if not any(suppliers(written, (name,))):
            faults.add(
                "check.never_credited",
                places.of(f"measures.{name}"),
                f"measures.{name}",
                severity="warning",
                name=name,
            )


# -- parameters and goals


def texts(value: Value | None, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every text written in a value; ``skip`` names keys not to look into."""
    if isinstance(value, Scalar):
        yield value.text
    elif isinstance(value, Mapping):
        for key, inner in value.entries:
            if key.text not in skip:
                yield from texts(inner, skip)
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from texts(item, skip)


def _parameters(places: Places, faults: Faults) -> None:
    """A parameter that nothing names changes nothing, whatever is said for it.

    One with ``src`` keeps what the document says, and is told in the ledger.
    """
    values: list[Any] = [places.resolved.tree]
    for one in places.resolved.params.values():
        values += [one.binding, one.declaration.get("default")]
    used = {
        name
        for value in values
        for text in texts(value)
        for name in PARAMETER.findall(text)
    }
    kept = {
        name
        for name, one in places.resolved.params.items()
        if one.declaration.get("src") is not None
    }
    own = places.resolved.sources[-1].name
    for name, one in places.resolved.params.items():
        # what a base declares is its own to mend
        if name not in used | kept and one.place.file == own:
            path = f"params.{name}"
            faults.add(
                "check.unused_parameter", one.place, path, severity="warning", name=name
            )


def _goals(places: Places, faults: Faults) -> None:
    """A goal of which no document and no activity ever speaks."""
    goals = places.resolved.tree.get("goals")
    told = set(texts(places.resolved.tree, frozenset({"goals"})))
    for key, value in goals.entries if isinstance(goals, Mapping) else ():
        items = value.get("items") if isinstance(value, Mapping) else value
        if not told & set(texts(items)):
            path = f"goals.{key.text}"
            faults.add(
                "check.goal_unreported", key, path, severity="note", goal=key.text
            )
