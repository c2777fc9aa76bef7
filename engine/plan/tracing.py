"""From a plan back to its document: requirement, sentences, elements.

The document stays with whoever has it: a plan knows its title, date and SHA-256,
and its trace table which sentences demand what.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.plan.faults import Place
from engine.plan.overlay import Resolved
from engine.plan.source import Mapping, Scalar, Sequence, Value, read_list

_ENDS: Final = re.compile("(?<=[。；;])")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the trace table; sentences are counted from 1."""

    requirement: str
    sentences: tuple[int, ...]
    says: str
    by: tuple[str, ...]


def sentences_of(text: str) -> tuple[str, ...]:
    """The document's sentences: each line, split after 。 ； and ;."""
    return tuple(
        part.strip()
        for line in text.splitlines()
        for part in _ENDS.split(line)
        if part.strip()
    )


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def trace_file(resolved: Resolved) -> Path | None:
    """The trace table that a plan names, beside the file that names it."""
    named = resolved.tree.get("requirements")
    if not isinstance(named, Scalar):
        return None
    place: Place = named.place
    return Path(place.file).parent / named.text


def read_trace(path: Path) -> tuple[Row, ...]:
    """The rows of a trace table; raises PlanRejected."""
    items = read_list(path).items
    return tuple(_row(item) for item in items if isinstance(item, Mapping))


def _row(item: Mapping) -> Row:
    numbers = (int(one) for one in _texts(item.get("sentence")) if one.isdecimal())
    return Row(
        requirement="".join(_texts(item.get("id"))),
        sentences=tuple(numbers),
        says="".join(_texts(item.get("says"))),
        by=tuple(_texts(item.get("by"))),
    )


def _texts(value: Value | None) -> Iterator[str]:
    if isinstance(value, Scalar):
        yield value.text
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _texts(item)
