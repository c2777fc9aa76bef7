"""Records an event in the instance that asks: gates that wait for it see it.

Unlike the effect ``signal`` it happens when the request is worked off: after what the
move led to, and again under ``on: failed`` if it cannot.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from actions.parameters import Language, Shape, Text, in_language
from engine.action import Action, Attempt, Done, Said

EVENT_MAX: Final = 200


class Parameters(Shape):
    """What has happened."""

    event: Annotated[str, Field(min_length=1, max_length=EVENT_MAX)]
    note: Text | None = None
    lang: Language = "zh"


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Says the event; the worker records it together with the outcome."""
    del attempt
    note = None
    if parameters.note is not None:
        note = in_language(parameters.note, parameters.lang)
    said = Said(event=parameters.event, note=note)
    return Done(detail=parameters.event, says=(said,))


ACTION: Final = Action(
    name="record",
    title={"zh": "登记一件事", "en": "record an event"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "随办理结果一并登记，只登记一次",
        "en": "it is recorded with the outcome, so once",
    },
)
