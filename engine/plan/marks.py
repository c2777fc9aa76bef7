"""Marked values: ``{value: 正科级, assumed: true}`` instead of ``正科级``.

A mark says that the encoder supplied a value or that the text leaves it open. The
value is read as if it stood alone; the mark becomes a line of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from engine.plan.source import Mapping, Scalar, Sequence, Value

MARKS: Final = frozenset({"assumed", "open"})
KEYS: Final = MARKS | {"value", "src", "note", "ask"}
SKIPPED: Final = frozenset({"params"})
"""Parameters are declared and bound with their own marks."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that was marked: where, how, and what it is."""

    path: str
    sort: str
    value: Value
    src: tuple[str, ...]
    ask: str = ""


def unmarked(tree: Mapping) -> tuple[Mapping, tuple[Mark, ...]]:
    """The tree with every marked value in its place, and the marks."""
    found: list[Mark] = []
    entries = tuple(
        (key, value if key.text in SKIPPED else _plain(value, key.text, found))
        for key, value in tree.entries
    )
    return replace(tree, entries=entries), tuple(found)


def _plain(value: Value, path: str, found: list[Mark]) -> Value:
    if isinstance(value, Sequence):
        items = tuple(
            _plain(item, f"{path}[{number}]", found)
            for number, item in enumerate(value.items)
        )
        return value if _same(items, value.items) else Sequence(items, value.place)
    if not isinstance(value, Mapping):
        return value
    inner = value.get("value")
    if inner is not None and {key.text for key, _ in value.entries} <= KEYS:
        found.append(_mark(value, inner, path))
        return _plain(inner, path, found)
    entries = tuple(
        (key, _plain(one, f"{path}.{key.text}", found)) for key, one in value.entries
    )
    if _same([one for _, one in entries], [one for _, one in value.entries]):
        return value
    return replace(value, entries=entries)


def _same(made: Iterable[Value], before: Iterable[Value]) -> bool:
    """Whether nothing was changed: most of a plan is not marked, and large."""
    return all(one is other for one, other in zip(made, before, strict=True))


def _mark(value: Mapping, inner: Value, path: str) -> Mark:
    sort = next((name for name in sorted(MARKS) if _is(value, name)), "open")
    src, ask = value.get("src"), value.get("ask")
    names = src.items if isinstance(src, Sequence) else ()
    return Mark(
        path,
        sort,
        inner,
        tuple(item.text for item in names if isinstance(item, Scalar)),
        ask.text if isinstance(ask, Scalar) else "",
    )


def _is(value: Mapping, name: str) -> bool:
    found = value.get(name)
    return isinstance(found, Scalar) and found.text == "true"
