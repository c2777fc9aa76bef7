"""Trees as they are written: where nodes and entries stand, and one value changed.

Pure: a tree is never changed, a new one is made that shares all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from engine.plan.source import Mapping, Scalar, Sequence, Value, is_empty

Where: TypeAlias = tuple[str | int, ...]
"""Keys and positions that lead from the top of a tree to a value."""
BY_NAME: Final = frozenset({"roles", "fields"})
"""Keys of an entry whose own entries have names."""
SECTIONS: Final = ("setup", "stages", "links", "do", "spans", "milestones", "after")
"""Keys that hold nodes in every plan."""


def keyed(value: Mapping) -> Iterator[tuple[str, tuple[Scalar, Value]]]:
    for key, inner in value.entries:
        yield key.text, (key, inner)


def entry_at(value: Value | None, name: str) -> Value | None:
    """What stands at a key, even if that is nothing."""
    for key, inner in value.entries if isinstance(value, Mapping) else ():
        if key.text == name:
            return inner
    return None


def overlaid(below: Value | None, above: Value) -> Value:
    """The keys of an element replaced; an empty value takes a key away."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    found = dict(keyed(below))
    for key, value in above.entries:
        if is_empty(value):
            found.pop(key.text, None)
            continue
        before = found[key.text][1] if key.text in found else None
        after = overlaid(before, value) if key.text in BY_NAME else value
        found[key.text] = (key, after)
    return replace(below, entries=tuple(found.values()))


def lines_joined(below: Sequence, above: Value) -> Value:
    """Lines with ids: a child's lines follow, and replace those of the same id."""
    if not isinstance(above, Sequence):
        return below if is_empty(above) else above
    new = {id_of(item) for item in above.items} - {None}
    kept = tuple(item for item in below.items if id_of(item) not in new)
    return replace(below, items=(*kept, *above.items))


def is_section(name: str, value: Value) -> bool:
    """A key that holds nodes; a unit's own kinds may have words of their own."""
    if name in SECTIONS:
        return isinstance(value, Sequence)
    if name == "assumptions" or not isinstance(value, Sequence):
        return False
    return bool(value.items) and all(id_of(item) is not None for item in value.items)


def has_nodes(name: str, value: Value) -> bool:
    return isinstance(value, Sequence) and bool(value.items) and is_section(name, value)


def ids_below(parent: Value) -> frozenset[str]:
    """Ids of a node's own children, in whatever section they stand."""
    return frozenset(
        name
        for key, value in (parent.entries if isinstance(parent, Mapping) else ())
        if isinstance(value, Sequence) and is_section(key.text, value)
        for item in value.items
        if (name := id_of(item)) is not None
    )


def nodes_below(tree: Mapping, where: Where, path: str) -> Iterator[tuple[str, Where]]:
    """Every node below a value: its full path and where it is written."""
    for key, value in tree.entries:
        if not isinstance(value, Sequence) or not is_section(key.text, value):
            continue
        for number, item in enumerate(value.items):
            name = id_of(item)
            if name is None or not isinstance(item, Mapping):
                continue
            full = f"{path}.{name}" if path else name
            here = (*where, key.text, number)
            yield full, here
            yield from nodes_below(item, here, full)


def id_of(value: Value) -> str | None:
    found = value.get("id") if isinstance(value, Mapping) else None
    return found.text if isinstance(found, Scalar) else None


def changed_at(value: Value, where: Where, after: Value | None) -> Value | None:
    """The value with another put where one was; None takes it away."""
    if not where:
        return after
    step, rest = where[0], where[1:]
    if isinstance(value, Sequence) and isinstance(step, int):
        inner = changed_at(value.items[step], rest, after)
        middle = () if inner is None else (inner,)
        items = (*value.items[:step], *middle, *value.items[step + 1 :])
        return replace(value, items=items)
    assert isinstance(value, Mapping)
    entries = []
    for key, one in value.entries:
        if key.text != step:
            entries.append((key, one))
            continue
        changed = changed_at(one, rest, after)
        if changed is not None:
            entries.append((key, changed))
    return replace(value, entries=tuple(entries))
