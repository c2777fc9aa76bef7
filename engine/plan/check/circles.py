"""Circles in who waits for whom: one for every knot, the shortest there is."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def circles(waits: Mapping[T, Iterable[T]]) -> list[tuple[T, ...]]:
    """A shortest circle through the first node of each knot, in the order given."""
    found: list[tuple[T, ...]] = []
    told: set[T] = set()
    for knot in _knots(waits):
        first = min(knot, key=list(waits).index)
        circle = _around(first, waits, knot)
        if circle and not told & knot:
            told |= knot
            found.append(circle)
    return found


def _around(first: T, waits: Mapping[T, Iterable[T]], knot: set[T]) -> tuple[T, ...]:
    """The shortest way from a node back to itself, inside its knot."""
    queue: deque[tuple[T, ...]] = deque([(first,)])
    seen: set[T] = set()
    while queue:
        way = queue.popleft()
        for other in waits.get(way[-1], ()):
            if other == first:
                return way
            if other in knot and other not in seen:
                seen.add(other)
                queue.append((*way, other))
    return ()


def _knots(waits: Mapping[T, Iterable[T]]) -> list[set[T]]:
    """Sets of nodes that all wait for each other."""
    return [
        knot
        for component in _components(waits)
        if len(knot := set(component)) > 1
        or component[0] in waits.get(component[0], ())
    ]


def _components(waits: Mapping[T, Iterable[T]]) -> list[list[T]]:
    """Strongly connected components (Kosaraju), without recursion."""
    order: list[T] = []
    seen: set[T] = set()
    for start in waits:
        order.extend(_finished(start, waits, seen))
    back: dict[T, list[T]] = {}
    for one, others in waits.items():
        for other in others:
            back.setdefault(other, []).append(one)
    taken: set[T] = set()
    return [
        _finished(start, back, taken) for start in reversed(order) if start not in taken
    ]


def _finished(start: T, waits: Mapping[T, Iterable[T]], seen: set[T]) -> list[T]:
    """Nodes reached from one and not yet seen, each after all that it leads to."""
    if start in seen:
        return []
    seen.add(start)
    found: list[T] = []
    stack = [(start, iter(waits.get(start, ())))]
    while stack:
        node, others = stack[-1]
        following = next((one for one in others if one not in seen), None)
        if following is None:
            stack.pop()
            found.append(node)
        else:
            seen.add(following)
            stack.append((following, iter(waits.get(following, ()))))
    return found
