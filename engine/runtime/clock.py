"""A simulated clock: time passes, and every timer fires at its own moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from engine.runtime.service import Result, Service

Meanwhile: TypeAlias = Callable[[datetime], object]
"""What is done at a moment after what happened then: requests are worked off."""


def nothing(_: datetime) -> None:
    """Requests stay open."""


def let_time_pass(
    service: Service,
    instance: str,
    until: datetime,
    *,
    meanwhile: Meanwhile = nothing,
) -> list[Result]:
    """Every timer up to a moment fires at its own time; what it led to, in order."""
    happened: list[Result] = []
    while True:
        due = service.next_due(instance)
        if due is None or due > until:
            return happened
        happened.append(service.tick(instance, now=due))
        meanwhile(due)
