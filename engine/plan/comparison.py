"""What differs between two plans, by elements and their keys, not by lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.plan.overlay import TABLES
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value

NAMED: Final = TABLES | {"params"}
"""Keys of a plan whose entries are elements of their own."""
ORDER: Final = "order"
"""The key under which the order of a node's children is compared."""

Keys = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key of an element, before and after; None where it was not there."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """``sort`` is added, removed or changed; ``keys`` tell what changed."""

    element: str
    sort: str
    keys: tuple[KeyChange, ...] = ()


def differences(before: Written, after: Written) -> tuple[Change, ...]:
    """Every element that is not in both, or not the same in both; in reading order."""
    old, new = dict(elements(before)), dict(elements(after))
    names = dict.fromkeys((*new, *old))
    return tuple(
        change
        for name in names
        if (change := _change(name, old.get(name), new.get(name))) is not None
    )


def _change(name: str, before: Keys | None, after: Keys | None) -> Change | None:
    if before is None:
        return Change(name, "added")
    if after is None:
        return Change(name, "removed")
    keys = tuple(
        KeyChange(key, before.get(key), after.get(key))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )
    return Change(name, "changed", keys) if keys else None


def elements(tree: Written) -> Iterator[tuple[str, Keys]]:
    """Every element by name, with its own keys as plain data."""
    own: Keys = {}
    for key, value in tree.entries:
        if key.text in NAMED and isinstance(value, Written):
            yield from _entries(key.text, value)
        elif key.text == "parties" and isinstance(value, Written):
            for group, inner in value.entries:
                yield from _grouped(f"parties.{group.text}", inner)
        elif key.text == "assumptions" and _ids(value):
            yield from _listed("assumptions", value)
        elif not _ids(value):
            own[key.text] = value.plain()
    yield "plan", own
    yield from _nodes(tree, "")


def _grouped(path: str, value: Value) -> Iterator[tuple[str, Keys]]:
    if isinstance(value, Written):
        yield from _entries(path, value)
    else:
        yield path, {"is": value.plain()}


def _entries(path: str, table: Written) -> Iterator[tuple[str, Keys]]:
    for key, value in table.entries:
        plain = value.plain()
        yield (
            f"{path}.{key.text}",
            (dict(plain) if isinstance(plain, Mapping) else {"is": plain}),
        )


def _listed(path: str, value: Value) -> Iterator[tuple[str, Keys]]:
    for name, item in zip(_ids(value), _items(value), strict=True):
        yield f"{path}.{name}", item.plain()


def _nodes(tree: Written, path: str) -> Iterator[tuple[str, Keys]]:
    for key, value in tree.entries:
        ids = _ids(value)
        if not ids or key.text == "assumptions":
            continue
        for name, item in zip(ids, _items(value), strict=True):
            full = f"{path}.{name}" if path else name
            yield full, _own(item, key.text)
            yield from _nodes(item, full)


def _own(node: Written, section: str) -> Keys:
    """A node's keys without its children, which are elements themselves."""
    own: Keys = {"section": section}
    children: list[str] = []
    for key, value in node.entries:
        ids = _ids(value)
        if ids:
            children += ids
        else:
            own[key.text] = value.plain()
    return own | ({ORDER: children} if children else {})


def _ids(value: Value) -> tuple[str, ...]:
    """The ids of a list of elements; nothing, if it is not one."""
    found = tuple(
        one.text
        for item in (value.items if isinstance(value, Sequence) else ())
        if isinstance(item, Written) and isinstance(one := item.get("id"), Scalar)
    )
    whole = isinstance(value, Sequence) and len(found) == len(value.items)
    return found if whole else ()


def _items(value: Value) -> tuple[Written, ...]:
    items = value.items if isinstance(value, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Written))
