"""What a scenario says: dated acts by named people (docs/plans.md §15).

What is wrong with the file is told at once, with its place. :mod:`timetable` dates
the acts of a plan, :mod:`playing` lets them happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import readers, values
from engine.plan.faults import Faults, Place
from engine.plan.graph import Words
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value, read
from engine.plan.values import Duration

TIMES_MAX: Final = 1_000
EACH: Final = "$each"
_TIME: Final = re.compile(r"[0-9]{1,2}:[0-9:]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One entry of a scenario. Moments are a clock's in the plan's zone."""

    place: Place
    at: str
    do: str | None = None
    who: str | None = None
    node: str | None = None
    name: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Value] = field(default_factory=dict)
    occurred: str | None = None
    refused: tuple[str, ...] | None = None
    """None: the act must be done. Texts that the reasons of a refusal must have."""
    expect: Value | None = None
    for_each: tuple[str, ...] = ()
    times: int = 1
    every: Duration | None = None
    note: str | None = None
    say: Words | None = None

    def __str__(self) -> str:
        """As one would type it."""
        shown = (self.do, self.node, self.name, self.who and f"--as {self.who}")
        return " ".join(part for part in shown if part) or "expect"

    def for_one(self, each: str) -> Act:
        """The act of one member: ``$each`` is its name, wherever it is written."""
        return replace(
            self,
            who=_filled(self.who, each),
            node=_filled(self.node, each),
            name=_filled(self.name, each),
            inputs=_filled(self.inputs, each),
            files=_filled(self.files, each),
            refused=_filled(self.refused, each),
            expect=_filled(self.expect, each),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as its file says it. ``folder`` is where its files are looked for."""

    id: str
    plan: str
    instance: str
    title: Words
    start: str
    by: str | None
    acts: tuple[Act, ...]
    place: Place
    folder: Path


def _filled(written: Any, each: str) -> Any:
    """The same with ``$each`` replaced in every text; a value keeps its place."""
    match written:
        case str():
            return written.replace(EACH, each)
        case Scalar():
            return replace(written, text=written.text.replace(EACH, each))
        case Sequence():
            return replace(written, items=_filled(written.items, each))
        case Written():
            return replace(written, entries=_filled(written.entries, each))
        case tuple() | list():
            return type(written)(_filled(part, each) for part in written)
        case Mapping():
            return {_filled(k, each): _filled(v, each) for k, v in written.items()}
    return written


# -- reading


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file; raises PlanRejected with every fault in it."""
    source = read(path)
    faults = Faults()
    shape = shapes.read(shapes.ScenarioDefinition, source.tree, faults, "")
    if shape is None:
        faults.raise_if_any()
        raise AssertionError("a scenario without a shape has faults")
    start = _moment(shape.start, "start", "", faults) or ""
    acts = tuple(_Acts(faults, start).read(shape.acts))
    faults.raise_if_any()
    return Scenario(
        id=shape.scenario,
        plan=shape.plan,
        instance=shape.id or shape.scenario,
        title=shape.title or shape.scenario,
        start=start,
        by=shape.by,
        acts=acts,
        place=source.tree.place,
        folder=path.parent,
    )


def _moment(value: Value | None, path: str, before: str, faults: Faults) -> str | None:
    """``2009-04-11 09:00``, or ``09:00`` on the day of the act before."""
    text = value.text if isinstance(value, Scalar) else ""
    day = before.partition(" ")[0]
    try:
        found = readers.read_datetime(
            f"{day} {text}" if day and _TIME.fullmatch(text) else text, UTC
        )
    except values.ValueReadError as wrong:
        faults.add(wrong.code, value, path, **wrong.values)
        return None
    # as a clock shows it; the plan's zone makes a moment of it when it is played
    return f"{found:%Y-%m-%d %H:%M:%S}"


_USES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "tick": (frozenset(), frozenset()),
    "signal": (frozenset({"as", "name"}), frozenset({"occurred"})),
    "expect": (frozenset(), frozenset()),
}
_MOVE: Final = (
    frozenset({"as", "node"}),
    frozenset({"with", "files", "occurred", "refused"}),
)
"""Keys that an act must have, and those that it may have."""
_ACTING: Final = ("as", "node", "name", "with", "files", "occurred", "refused")


@dataclass(slots=True)
class _Acts:
    """Reads the acts of a scenario, one after the other in time."""

    faults: Faults
    now: str
    path: str = ""

    def read(self, written: Sequence) -> Iterator[Act]:
        for number, item in enumerate(written.items):
            self.path = f"acts[{number}]"
            act = self.one(item)
            if act is not None:
                yield act

    def one(self, item: Value) -> Act | None:
        shape = shapes.read(shapes.ActDefinition, item, self.faults, self.path)
        if shape is None or not isinstance(item, Written):
            return None
        do = "signal" if shape.signal else shape.do
        self.check_keys(item, do or "expect", shape)
        return Act(
            place=item.place,
            at=self.moment(item, shape.at),
            do=do,
            who=shape.as_,
            node=shape.node,
            name=shape.signal or shape.name,
            inputs=shape.with_.plain() if shape.with_ else {},
            files=self.files(shape.files),
            occurred=self.occurred(shape.occurred),
            refused=shape.refused,
            expect=shape.expect,
            for_each=shape.for_each,
            times=self.times(item, shape.times),
            every=self.every(item, shape),
            note=shape.note,
            say=shape.say,
        )

    def moment(self, item: Written, at: Value | None) -> str:
        """When it is done; without a time, at the same moment as the act before."""
        found = self.now
        if at is not None:
            found = _moment(at, f"{self.path}.at", self.now, self.faults) or self.now
        if found < self.now:
            self.faults.add(
                "scenario.order", at or item, self.path, moment=found, before=self.now
            )
        self.now = found
        return found

    def occurred(self, value: Value | None) -> str | None:
        if value is None:
            return None
        return _moment(value, f"{self.path}.occurred", self.now, self.faults)

    def check_keys(self, item: Written, do: str, shape: shapes.ActDefinition) -> None:
        if do == "expect" and shape.expect is None and shape.say is None:
            self.faults.add("scenario.no_act", item, self.path)
        # a kind may have a move called tick or signal; then a node is named
        needed, useful = _MOVE if shape.node else _USES.get(do, _MOVE)
        given = {key for key in _ACTING if item.get(key) is not None}
        if shape.signal:
            given.add("name")
        for key in sorted(needed - given):
            self.faults.add("scenario.needs", item, self.path, act=do, key=key)
        for key in sorted(given - needed - useful):
            at = item.key(key) or item
            self.faults.add("scenario.needless", at, self.path, act=do, key=key)

    def files(self, table: Written | None) -> dict[str, Value]:
        if table is None:
            return {}
        for key, value in table.entries:
            if isinstance(value, Scalar) and value.text:
                continue
            keys = set(value.keys()) if isinstance(value, Written) else set()
            if keys - {"name"} not in ({"text"}, {"path"}):
                path = f"{self.path}.files.{key.text}"
                self.faults.add("scenario.file", value, path)
        return {key.text: value for key, value in table.entries}

    def times(self, item: Written, times: int) -> int:
        if not 1 <= times <= TIMES_MAX:
            self.faults.add("scenario.times", item, self.path, most=TIMES_MAX)
        return times

    def every(self, item: Written, shape: shapes.ActDefinition) -> Duration | None:
        value = shape.every
        if value is None:
            return None
        if shape.times == 1:
            self.faults.add("scenario.every", item.key("every"), self.path)
        try:
            return readers.read_duration(value.plain())
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, value, f"{self.path}.every", **wrong.values)
            return None
