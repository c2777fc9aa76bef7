"""What names mean where an expression stands, as whoever compiles it asks for it.

:mod:`engine.plan.names` has the scopes, :mod:`engine.plan.compiling` the compiler.
"""

from __future__ import annotations

from typing import Protocol

from engine.plan import expressions as ex
from engine.plan.graph import Kind
from engine.plan.terms import Ref, Term


class Scope(Protocol):
    """What names mean where an expression stands."""

    def resolve(
        self, parts: tuple[str, ...], wanted: frozenset[str]
    ) -> Ref | tuple[str, ...]:
        """The reference, or the candidates to suggest when there is none."""

    def parameter(self, name: str) -> Ref | tuple[str, ...]: ...
    def kinds_of(self, kind: str | None) -> tuple[Kind, ...]:
        """The kind of that name (``self``: of this node); None: all there are."""

    def has_strangers(self) -> bool:
        """Whether people may be named whom the plan does not list."""

    def inside(self, member: Ref) -> Scope:
        """The scope of a condition on each member of a collection."""


class Compiler(Protocol):
    """Whoever makes terms of trees (:mod:`engine.plan.compiling`), for functions."""

    @property
    def scope(self) -> Scope: ...
    def inside(self, member: Ref) -> Compiler:
        """The same for a condition on each member of a collection."""

    def term(self, tree: ex.Tree) -> Term: ...
    def handed(self, tree: ex.Tree) -> Term:
        """The same of a value that is only handed on, so that it may be personal."""

    def truth(self, tree: ex.Tree) -> Term: ...
    def word(self, tree: ex.Tree) -> Term: ...
    def reference(self, tree: ex.Tree, wanted: frozenset[str]) -> Ref: ...
