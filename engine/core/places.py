"""Where an expression stands: what its names mean, what it sees, what it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Final

from engine.core.facts import Known
from engine.plan import expressions as ex
from engine.plan.compiling import compile_tree
from engine.plan.scope import Scope
from engine.plan.terms import (
    ANYTHING,
    COLLECTION,
    NODE,
    UNKNOWN,
    BadName,
    Env,
    Ref,
    many,
)

DELIVERABLE: Final = frozenset({"deliverable"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: what its names mean, and what it sees."""

    known: Known
    scope: Scope
    env: Env

    def within(self, ref: Ref, member: Any) -> Place:
        """The same, looking at one member of a collection."""
        return Place(self.known, self.scope.inside(ref), self.env.within(member))

    def value(self, tree: ex.Tree) -> Any:
        try:
            return compile_tree(tree, self.scope).run(self.env)
        except BadName:
            return UNKNOWN

    def reference(self, tree: ex.Tree, wanted: frozenset[str]) -> Ref | None:
        if isinstance(tree, ex.Parameter):
            found = self.scope.parameter(tree.name)
        elif isinstance(tree, ex.Name):
            found = self.scope.resolve(tree.parts, wanted)
        else:
            return None
        return found if isinstance(found, Ref) else None

    def nodes(self, tree: ex.Tree | None) -> tuple[str, ...]:
        """The live nodes that an argument names; this node if it is left out."""
        if tree is None:
            return (self.env.me,)
        ref = self.reference(tree, NODE)
        return () if ref is None or ref.sort != "node" else many(ref.run(self.env))

    def deliverables(self, tree: ex.Tree) -> tuple[str, ...]:
        """The documents that an argument names; a node may have the same name."""
        ref = self.reference(tree, DELIVERABLE)
        return () if ref is None else many(ref.run(self.env))

    def written(self, tree: ex.Tree) -> ex.Tree | None:
        """What a kind's own named fact stands for."""
        if not isinstance(tree, ex.Name) or len(tree.parts) > 1:
            return None
        fact = self.known.node(self.env.me).kind.facts.get(tree.parts[0])
        if fact is None or not fact.text:
            return None
        return ex.parse(fact.text)

    def collection(self, tree: ex.Tree) -> Ref | None:
        found = self.reference(tree, COLLECTION)
        if found is not None and found.sort in COLLECTION:
            return found
        return self.reference(tree, ANYTHING)

    def register(self, ref: Ref) -> str | None:
        """The id of the register that a name or a field means."""
        if ref.sort != "register":
            return None
        if ref.id in self.known.plan.registers:
            return ref.id
        held = ref.run(self.env)
        return held if isinstance(held, str) else None

    def counted(self, tree: ex.Tree) -> Iterator[ex.Tree]:
        """The calls and names inside a figure, a kind's own facts opened."""
        written = self.written(tree)
        if written is not None:
            yield from self.counted(written)
        elif isinstance(tree, (ex.Call, ex.Name, ex.Parameter)):
            yield tree
        else:
            for part in ex.parts(tree):
                yield from self.counted(part)


def word(tree: ex.Tree) -> str:
    if isinstance(tree, ex.Name):
        return ".".join(tree.parts)
    return tree.value if isinstance(tree, ex.Text) else ""


def figures(sign: str, values: list[Any]) -> tuple[Fraction | None, int | None]:
    """Of ``given >= needed``: what there is, and the least whole number wanted."""
    if len(values) < 2 or not all(isinstance(v, (int, Fraction)) for v in values):  # noqa: PLR2004 -- two sides
        return None, None
    left, right = (Fraction(value) for value in values)
    match sign:
        case ">=" | "==":
            return left, ceil(right)
        case ">":
            return left, int(right) + 1
        case "<=":
            return right, ceil(left)
        case "<":
            return right, int(left) + 1
    return None, None
