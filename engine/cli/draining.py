"""How far a great many due instances are: how many of how many, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MANY: Final = 1_000
"""Instances due at once from which on each is not told by itself."""
TOLD_EVERY: Final = 5.0
"""Seconds between two tellings."""


@dataclass(slots=True)
class Drain:
    """So many instances were due at once when it began.

    Moments are seconds of a clock that only goes on. Whatever becomes due meanwhile
    is counted with the others each time it is told.
    """

    began: float
    done: int = 0
    told: float = field(init=False)

    def __post_init__(self) -> None:
        self.told = self.began

    def is_news(self, now: float) -> bool:
        """Whether it is time to tell how far it is."""
        if now - self.told < TOLD_EVERY:
            return False
        self.told = now
        return True

    def rate(self, now: float) -> int:
        """Instances a second since it began."""
        return round(self.done / max(now - self.began, 0.001))
