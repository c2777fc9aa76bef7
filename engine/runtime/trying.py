"""One try of one request: what an action is given, and what became of it.

    ended = run(reference, parameters, attempt)

Runs in whatever process calls it; a worker calls it in a child (``seats.py``).
An action that raises, or wants to end the process, ends only its own try.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import PurePath
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct, structs

from engine import words
from engine.action import Action, Attempt, Done, Failed, Made, TryAgain
from engine.ports import Json
from engine.proof.private import MARK
from engine.proof.recognition import masked, named_by

DETAIL_MAX: Final = 2_000
"""Characters of an action's own words that the history keeps."""
READ_MAX: Final = 10 * DETAIL_MAX
"""Characters of them that are looked through for what is personal."""
NAMED_LENGTH: Final = 12
"""Digits of a commitment that stand for a personal text in a file's name."""
MADE_MAX: Final = 100 * 2**20
"""Bytes of all that one try may make."""
FAULTS_MAX: Final = 5
"""Wrong parameters that are told."""

NOTHING: Final = ""
"""In the place of an action that has nothing to do while nothing may leave."""

OPEN: Final[Mapping[str, str]] = {}
"""None of the parameters is personal."""

Sort: TypeAlias = Literal["done", "again", "failed", "timed_out", "crashed"]


class Ended(Struct, frozen=True, kw_only=True):
    """What a try came to. ``after``: sooner than that it makes no sense again."""

    sort: Sort
    detail: str = ""
    done: Done | None = None
    after: timedelta | None = None


def load(reference: str) -> Action:
    """The action at ``module:name``; raises ImportError, TypeError."""
    module, _, name = reference.partition(":")
    found = getattr(import_module(module), name, None)
    if not isinstance(found, Action):
        raise TypeError(f"{reference} is no engine.action.Action")
    return found


def run(
    reference: str,
    parameters: Mapping[str, Json],
    attempt: Attempt,
    hidden: Mapping[str, str] = OPEN,
) -> Ended:
    """Tries once. Never raises, but for what ends the interpreter from outside.

    ``hidden``: personal texts among the parameters, with their commitments. What is
    said of the try has a mark in the place of each: nobody could erase it there.
    """
    return _without(hidden, _run(reference, parameters, attempt, hidden))


def _run(
    reference: str,
    parameters: Mapping[str, Json],
    attempt: Attempt,
    hidden: Mapping[str, str],
) -> Ended:
    if reference == NOTHING:
        return Ended(sort="done", detail="simulated: nothing has left the house")
    try:
        action = load(reference)
        given = _read(action, parameters, attempt)
        return _done(action.run(given, attempt))
    except TryAgain as again:
        return Ended(sort="again", detail=str(again), after=again.after)
    except Failed as failed:
        return Ended(sort="failed", detail=str(failed))
    except (Exception, SystemExit) as bug:  # noqa: BLE001 -- an action's, told as such
        # where it happened is for who runs the worker; the history keeps what
        sys.stderr.write(masked(traceback.format_exc(), hidden))
        return Ended(sort="crashed", detail=f"{type(bug).__name__}: {bug}")


def _without(hidden: Mapping[str, str], ended: Ended) -> Ended:
    """The same with marks in all that the history, the inbox and the log keep.

    A name cannot have a mark: a file gets another one, and an event or an instance
    that a personal text would name is refused.
    """
    done, detail = ended.done, _cut(masked(ended.detail[:READ_MAX], hidden))
    if done is None or not hidden:
        return structs.replace(ended, detail=detail)
    named = [one.event for one in done.says]
    named += [] if done.begins is None else [done.begins.instance, done.begins.plan]
    if any(named_by(one, hidden) for one in named):
        said = words.both("request.personal_name")
        return Ended(sort="failed", detail=" / ".join(said.values()))
    done = replace(
        done,
        detail=detail,
        messages=tuple(
            replace(one, text=masked(one.text, hidden)) for one in done.messages
        ),
        says=tuple(
            replace(one, note=masked(one.note, hidden)) if one.note else one
            for one in done.says
        ),
        files=tuple(replace(one, name=_named(one, hidden)) for one in done.files),
    )
    return structs.replace(ended, detail=detail, done=done)


def _named(made: Made, hidden: Mapping[str, str]) -> str:
    """A file's name: entries hold it for ever, so nothing personal is in it."""
    path = PurePath(made.name)
    of = named_by(path.stem, hidden) or named_by(made.name, hidden)
    if of is None:
        return made.name
    return of[:NAMED_LENGTH] + ("" if named_by(path.suffix, hidden) else path.suffix)


def _read(action: Action, parameters: Mapping[str, Json], attempt: Attempt) -> Any:
    """The parameters as the action's model has them; raises Failed."""
    fields = action.parameters.model_fields
    usual = {name: said for name, said in attempt.usual.items() if name in fields}
    try:
        return action.parameters.model_validate({**usual, **parameters})
    except ValueError as wrong:
        told = getattr(wrong, "errors", None)  # as pydantic's ValidationError has it
        if told is None:
            raise
        faults = told(include_url=False, include_input=False)[:FAULTS_MAX]
        wrong_ = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or action.name}: {one['msg']}"
            for one in faults
        )
        said = words.both("request.parameters", action=action.name, wrong=wrong_)
        raise Failed(" / ".join(said.values())) from None


def _done(done: Any) -> Ended:
    if not isinstance(done, Done):
        raise TypeError(f"an action answers Done, not {type(done).__name__}")
    size = sum(len(one.content) for one in done.files)
    if size > MADE_MAX:
        raise Failed(f"{size} bytes made, {MADE_MAX} are allowed")
    return Ended(sort="done", detail=done.detail, done=done)


def _cut(text: str) -> str:
    """Not within a mark: half of one stands for nothing."""
    if len(text) <= DETAIL_MAX:
        return text
    cut, mark = text[: DETAIL_MAX - 1], text.rfind(MARK, 0, DETAIL_MAX - 1)
    is_half = mark >= 0 and "}" not in cut[mark:]
    return (cut[:mark] if is_half else cut) + "…"
