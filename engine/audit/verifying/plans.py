"""The plans that instances are pinned to, each opened and looked at once.

A thousand units may follow one plan: to compile it takes longer than to replay what
each of them did.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from engine.errors import PlangateError
from engine.journal.codec import decode
from engine.plan.gate_table import table_of
from engine.plan.graph import Plan
from engine.ports import Journal

Opener: TypeAlias = Callable[[bytes], Plan]
"""Compiles a plan's text; raises PlangateError."""

KEPT: Final = 32
"""Compiled plans at hand: some ten megabytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A plan, and the code of what is wrong with it; None: it cannot be opened."""

    plan: Plan | None
    wrong: str | None = None


@dataclass(slots=True)
class Plans:
    """Of a journal, by digest."""

    journal: Journal
    open_plan: Opener
    kept: OrderedDict[str, Opened] = field(default_factory=OrderedDict)

    def opened(self, digest: str) -> Opened:
        found = self.kept.pop(digest, None) or self._opened(digest)
        self.kept[digest] = found
        if len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return found

    def _opened(self, digest: str) -> Opened:
        bundle = self.journal.plan(digest)
        if bundle is None:
            return Opened(plan=None, wrong="audit.plan_missing")
        if hashlib.sha256(bundle).hexdigest() != digest:
            return Opened(plan=None, wrong="audit.plan")
        try:
            plan = self.open_plan(bundle)
            gates = decode(bundle).get("gates")
            is_told = gates is None or gates == table_of(plan)
        except (PlangateError, ValueError, TypeError, KeyError, AttributeError):
            return Opened(plan=None, wrong="audit.plan_unreadable")
        return Opened(plan=plan, wrong=None if is_told else "audit.plan_gates")
