"""A plan without its bases: one tree that says by itself what it says with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.plan.overlay import ParamSource, Resolved
from engine.plan.source import Mapping, Scalar, Value

FIRST: Final = (
    *("plan", "title", "version", "abstract", "zone", "calendar", "language", "issued"),
    *("window", "leader", "owner", "src", "note", "document", "requirements"),
    *("backdated", "entry", "exit"),
)
"""What a reader wants to know first; then the parameters, then the rest."""


def standalone(resolved: Resolved) -> Mapping:
    """The tree with its parameters declared as they are bound."""
    tree = resolved.tree
    known = {key.text: (key, value) for key, value in tree.entries}
    first = [known.pop(name) for name in FIRST if name in known]
    if resolved.params:
        declared = tuple(
            (Scalar(name, quoted=False, place=one.place), _declared(one))
            for name, one in resolved.params.items()
        )
        key = Scalar("params", quoted=False, place=tree.place)
        first.append((key, Mapping(declared, tree.place)))
    return replace(tree, entries=(*first, *known.values()))


def _declared(one: ParamSource) -> Mapping:
    """A declaration whose default is what the last plan has bound."""
    entries: dict[str, tuple[Scalar, Value]] = {
        key.text: (key, value) for key, value in one.declaration.entries
    }
    if one.binding is not None:
        # what a base leaves open or supplies is settled by whoever binds it
        for mark in ("assumed", "open"):
            entries.pop(mark, None)
        entries["default"] = (_name("default", one), one.binding)
    for mark, is_said in (("assumed", one.assumed), ("open", one.open)):
        if is_said:
            entries[mark] = (_name(mark, one), _name("true", one))
    return replace(one.declaration, entries=tuple(entries.values()))


def _name(text: str, one: ParamSource) -> Scalar:
    return Scalar(text, quoted=False, place=one.place)
