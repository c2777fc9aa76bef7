"""Starts an instance of another plan, and can wait until that one is done."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from actions.parameters import Shape
from engine.action import Action, Attempt, Begun, Done

NAME_MAX: Final = 200
Name = Annotated[
    str, Field(min_length=1, max_length=NAME_MAX, pattern=r"^[^\s\x00-\x1f\x7f]+$")
]


class Parameters(Shape):
    """Which plan, and what its instance is called."""

    plan: Name
    """As ``plangate start`` takes it: of the library, or a file beside the worker."""
    id: Name | None = None
    """Without it: the instance that asks, and the node that asks, joined by a dot."""
    wait: bool = False
    """Until that instance's plan is done; then it fails or succeeds as that does."""


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Says what is to be started; the worker starts it, once."""
    name = parameters.id or f"{attempt.instance}.{attempt.node}"
    begins = Begun(plan=parameters.plan, instance=name, waits=parameters.wait)
    return Done(detail=name, begins=begins)


ACTION: Final = Action(
    name="start",
    title={"zh": "启动另一个方案", "en": "start another plan"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "同名实例已经在运行同一方案时，就用它，不再启动",
        "en": "an instance of that name that runs that plan is taken as it is",
    },
)
