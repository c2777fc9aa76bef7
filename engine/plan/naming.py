"""What may be a name, and which names may stand beside each other.

A name is a word of any script that a gate can say. Names that look alike are
refused, wherever in a plan they stand: nobody could tell which one is meant.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from engine.plan.faults import Faults, Place
from engine.plan.lookalikes import difference, disguised, skeleton
from engine.plan.names import WORDS
from engine.plan.source import Mapping, Value

ID_CHARACTERS_MAX: Final = 64


def name_fits(name: str, at: Any, faults: Faults, path: str) -> bool:
    """Whether a gate can name it; a fault if not."""
    masked = disguised(name)
    if masked is not None and _is_word(masked[1]):
        found, write = masked
        faults.add("plan.strange_id", at, path, id=name, found=found, write=write)
        return False
    if not _is_word(name) or len(name) > ID_CHARACTERS_MAX:
        shown = name if len(name) <= ID_CHARACTERS_MAX else f"{name[:20]}…"
        faults.add("plan.bad_id", at, path, id=shown, most=ID_CHARACTERS_MAX)
        return False
    return True


def _is_word(name: str) -> bool:
    return name.replace("-", "_").isidentifier()


def is_free(name: str, at: Any, faults: Faults, path: str) -> bool:
    """Whether a name means nothing else in conditions; a fault if it does."""
    if name in WORDS:
        faults.add("plan.reserved_id", at, path, id=name)
        return False
    return True


def named_entries(table: Any, faults: Faults, path: str) -> list[tuple[str, Value]]:
    """Entries of a table whose keys can be names; a fault for each that cannot."""
    if not isinstance(table, Mapping):
        return []
    return [
        (key.text, value)
        for key, value in table.entries
        if name_fits(key.text, key, faults, f"{path}.{key.text}")
    ]


class Seen:
    """The names of a plan as they are read; those that look alike are faults."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.first: dict[str, tuple[str, Place]] = {}

    def add(self, name: str, at: Any, path: str) -> None:
        composed = unicodedata.normalize("NFC", name)
        place = getattr(at, "place", at)
        other, where = self.first.setdefault(skeleton(composed), (composed, place))
        if other != composed:
            self.faults.add(
                "plan.lookalike_id",
                at,
                path,
                id=name,
                other=other,
                line=where.line,
                found=difference(composed, other),
            )

    def add_keys(self, table: Value | None, path: str) -> None:
        if isinstance(table, Mapping):
            for key, _ in table.entries:
                self.add(key.text, key, f"{path}.{key.text}")
