"""Clauses that can never hold at the same moment, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from engine.plan import expressions as ex
from engine.plan.gates import Clause, Leaf

Constant: TypeAlias = Callable[[ex.Tree], Any]
"""The number or moment that a tree always is, or None."""
Shape: TypeAlias = Any
SHAPES_MAX: Final = 8_192
"""Shapes that are kept: every node of a kind asks for those of the kind's gates."""
TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


@dataclass(frozen=True, slots=True)
class _Said:
    """A clause as far as it can be held against another."""

    text: str
    about: Shape
    sign: str
    """``is``, ``is not``, ``state``, or a comparison with ``value``."""
    value: Any = None


def clash(clauses: tuple[Clause, ...], constant: Constant) -> tuple[str, str] | None:
    """The first two clauses that exclude each other."""
    if len(clauses) == 1 and _is_plain(clauses[0]):
        return None
    said = [one for clause in clauses for one in _said(clause, constant)]
    for number, one in enumerate(said):
        for other in said[number + 1 :]:
            if one.about == other.about and _exclude(one, other):
                return one.text, other.text
    return None


def _is_plain(clause: Clause) -> bool:
    """One question, which has nothing to clash with."""
    return isinstance(clause, Leaf) and not isinstance(clause.tree, ex.Logic)


def _said(clause: Clause, constant: Constant) -> Iterator[_Said]:
    if isinstance(clause, Leaf):
        if clause.tree is not None:
            yield from _of_tree(clause.tree, clause.text, constant)
    elif clause.sort == "all":
        for inner in clause.clauses:
            yield from _said(inner, constant)
    elif clause.sort == "not" and len(clause.clauses) == 1:
        inner = clause.clauses[0]
        if isinstance(inner, Leaf) and inner.tree is not None:
            yield _Said(clause.text, shape(inner.tree), "is not")


def _of_tree(tree: ex.Tree, text: str, constant: Constant) -> Iterator[_Said]:
    match tree:
        case ex.Logic("and", clauses):
            for inner in clauses:
                yield from _of_tree(inner, written(inner), constant)
        case ex.Logic("not", (inner,)):
            yield _Said(text, shape(inner), "is not")
        case ex.Call("in_state", arguments):
            yield _Said(text, shape(tree), "is")
            about = ("state", shape(arguments[:-1]))
            yield _Said(text, about, "state", shape(arguments[-1]))
        case ex.Operation(sign, (left, right)) if sign in TURNED:
            yield from _comparison(sign, left, right, text, constant)
        case _:
            yield _Said(text, shape(tree), "is")


def _comparison(
    sign: str, left: ex.Tree, right: ex.Tree, text: str, constant: Constant
) -> Iterator[_Said]:
    for one, other, way in ((left, right, sign), (right, left, TURNED[sign])):
        value = constant(other)
        if value is not None and constant(one) is None:
            yield _Said(text, ("value", shape(one)), way, value)


def _exclude(one: _Said, other: _Said) -> bool:
    signs = {one.sign, other.sign}
    if signs == {"is", "is not"}:
        return True
    if signs == {"state"}:
        return bool(one.value != other.value)
    if signs <= set(TURNED):
        try:
            return _apart(one, other)
        except TypeError:
            return False
    return False


def _apart(one: _Said, other: _Said) -> bool:
    """Whether no value satisfies both comparisons."""
    low = [said for said in (one, other) if said.sign in {">", ">=", "=="}]
    high = [said for said in (one, other) if said.sign in {"<", "<=", "=="}]
    return any(
        floor.value > top.value
        or (floor.value == top.value and {">", "<"} & {floor.sign, top.sign})
        for floor in low
        for top in high
        if floor is not top
    )


def shape(part: Any) -> Shape:
    """A tree without the columns where it stands."""
    if isinstance(part, tuple):
        return tuple(shape(one) for one in part)
    tree: Any = part  # frozen, so it can be looked up
    return _shape_of(tree) if is_dataclass(part) else part


@lru_cache(maxsize=SHAPES_MAX)
def _shape_of(tree: Any) -> Shape:
    named = (one.name for one in fields(tree) if one.name != "column")
    return (type(tree).__name__, *(shape(getattr(tree, name)) for name in named))


def written(tree: ex.Tree) -> str:
    """A tree as an author writes it."""
    match tree:
        case ex.Many(items):
            return f"[{_listed(items)}]"
        case ex.Call(name, arguments, where):
            asked = "" if where is None else f" where {written(where)}"
            return f"{name}({_listed(arguments)}{asked})"
        case ex.Logic() | ex.Operation():
            return _joined(tree)
    return _word(tree)


def _word(tree: ex.Tree) -> str:
    match tree:
        case ex.Name(parts):
            return ".".join(parts)
        case ex.Parameter(name):
            return f"${name}"
        case ex.Text(value):
            return f"'{value}'"
        case ex.Amount(value, unit):
            return f"{value} {unit}"
        case ex.Date(text):
            return text
        case ex.Number(value):
            return str(value)
    return ""


def _listed(trees: tuple[ex.Tree, ...]) -> str:
    return ", ".join(written(tree) for tree in trees)


def _joined(tree: ex.Logic | ex.Operation) -> str:
    sign = tree.word if isinstance(tree, ex.Logic) else tree.sign
    parts = [written(one) for one in ex.parts(tree)]
    return f"{sign} {parts[0]}" if len(parts) == 1 else f" {sign} ".join(parts)
