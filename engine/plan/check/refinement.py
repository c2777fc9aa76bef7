"""Does a plan keep what its base demands: a child may tighten, loosening is told."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.check.clashes import shape, written
from engine.plan.check.places import Places
from engine.plan.clauses import literal_at
from engine.plan.faults import Faults
from engine.plan.graph import Plan
from engine.plan.overlay import Patch
from engine.plan.readers import read_duration, read_number, read_ratio
from engine.plan.source import Mapping, Scalar, Sequence, Value
from engine.plan.values import ValueReadError

GATES: Final = ("entry", "exit")
LEAST: Final = ("min", "minimum", "min_chars", "quorum", "coverage", "enough")
"""Keys whose value is the least that is asked for."""


def check_refinement(plan: Plan, places: Places, faults: Faults) -> None:
    for patch in places.resolved.patches:
        if patch.sort == "remove":
            _removed(patch, plan, faults)
        elif patch.sort == "set":
            _gates(patch, faults)
            _least(patch, faults)
            _required(patch, faults)
            _no_longer_carried(patch, plan, faults)
        elif patch.sort == "param":
            _parameter(patch, places, faults)


def _tell(patch: Patch, code: str, faults: Faults, **values: Any) -> None:
    faults.add(
        code,
        patch.place,
        patch.target,
        severity="warning",
        element=patch.target,
        **values,
    )


# -- taken away


def _removed(patch: Patch, plan: Plan, faults: Faults) -> None:
    lost = _lost(patch, plan)
    optional = literal_at(_at(patch.before, "required")) == "false"
    if lost:
        _tell(patch, "check.removed_carrier", faults, lost=lost)
    elif not optional and _at(patch.before, "id") is not None:
        _tell(patch, "check.removed_node", faults)


def _no_longer_carried(patch: Patch, plan: Plan, faults: Faults) -> None:
    lost = _lost(patch, plan)
    if lost:
        _tell(patch, "check.no_longer_carried", faults, lost=lost)


def _lost(patch: Patch, plan: Plan) -> tuple[str, ...]:
    """Requirements that were carried here and are carried nowhere now."""
    before = dict.fromkeys(_sources(patch.before))
    return tuple(one for one in before if one not in plan.requirements)


def _sources(value: Value | None) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.entries:
            if key.text == "src":
                found = literal_at(inner)
                yield from found if isinstance(found, list) else (str(found),)
            else:
                yield from _sources(inner)
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _sources(item)


# -- made weaker


def _gates(patch: Patch, faults: Faults) -> None:
    """A clause that is gone, and that no new clause contains, no longer guards."""
    for gate in GATES:
        kept = {one for clause in _clauses(_at(patch.after, gate)) for one in clause}
        for clause in _clauses(_at(patch.before, gate)):
            gone = [text for one, text in clause.items() if one not in kept]
            if gone:
                _tell(patch, "check.loosened", faults, gate=gate, clause=gone)


def _clauses(value: Value | None) -> list[dict[Any, str]]:
    """For each clause its conjuncts: what they say, and how it is written."""
    if value is None:
        return []
    items = value.items if isinstance(value, Sequence) else (value,)
    return [_conjuncts(item) for item in items]


def _conjuncts(item: Value) -> dict[Any, str]:
    that = _at(item, "that") if isinstance(item, Mapping) else item
    if not isinstance(that, Scalar):
        plain = literal_at(item)
        if isinstance(plain, dict):
            plain.pop("else", None)
        return {repr(plain): str(plain)}
    try:
        return {shape(one): written(one) for one in _flat(ex.parse(that.text))}
    except ex.BadExpression:
        return {that.text: that.text}


def _flat(tree: ex.Tree) -> Iterator[ex.Tree]:
    if isinstance(tree, ex.Logic) and tree.word == "and":
        for inner in tree.clauses:
            yield from _flat(inner)
    else:
        yield tree


def _least(patch: Patch, faults: Faults) -> None:
    for key in LEAST:
        before, after = _at(patch.before, key), _at(patch.after, key)
        if before is not None and (after is None or _is_less(after, before)):
            _tell(patch, "check.lowered", faults, key=key, **_change(before, after))


def _change(before: Value, after: Value | None) -> dict[str, Any]:
    return {"before": literal_at(before), "after": literal_at(after) or "–"}


def _required(patch: Patch, faults: Faults) -> None:
    before, after = (
        literal_at(_at(value, "required")) for value in (patch.before, patch.after)
    )
    if before != "false" and after == "false":
        _tell(patch, "check.no_longer_required", faults)


def _parameter(patch: Patch, places: Places, faults: Faults) -> None:
    """A least amount that the base took from its document, and the child lowers."""
    declared = places.resolved.params[patch.target].declaration
    is_open = literal_at(_at(declared, "open")) == "true"
    if is_open or patch.before is None or patch.after is None:
        return
    asked = patch.target in set(_asked_for(places.resolved.tree))
    if asked and _is_less(patch.after, patch.before):
        change = _change(patch.before, patch.after)
        _tell(patch, "check.parameter_lowered", faults, **change)


def _asked_for(value: Value) -> Iterator[str]:
    """Parameters that stand for a least amount."""
    if isinstance(value, Mapping):
        for key, inner in value.entries:
            if key.text in LEAST and isinstance(inner, Scalar):
                yield inner.text.removeprefix("$")
            else:
                yield from _asked_for(inner)
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _asked_for(item)


def _is_less(one: Value, other: Value) -> bool:
    amounts = _amount(one), _amount(other)
    if amounts[0] is None or amounts[1] is None:
        return False
    return amounts[0] < amounts[1]


def _amount(value: Value) -> Fraction | None:
    """A number, a ratio, or hours of a duration; None for anything else."""
    text = literal_at(value)
    for reader in (read_number, read_ratio):
        try:
            return reader(text)
        except ValueReadError:
            continue
    try:
        return read_duration(text).hours()
    except ValueReadError:
        return None


def _at(value: Value | None, key: str) -> Value | None:
    return value.get(key) if isinstance(value, Mapping) else None
