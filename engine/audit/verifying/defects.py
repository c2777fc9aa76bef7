"""What is not as it was written, with its code and its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.ports import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Something that is not as it was written, or does not follow from it."""

    code: str
    instance: str
    seq: int | None = None
    """The entry, if it is about one."""
    position: int | None = None
    """Its place in the log, if it is about one."""
    values: Mapping[str, Json] = field(default_factory=dict)
