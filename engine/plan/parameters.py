"""Parameters: what a base leaves to be said, and what a unit says.

``$name`` standing alone is replaced by what was written for it, wherever it stands;
inside a longer text its text is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from fractions import Fraction
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import values
from engine.plan.faults import Faults, nearest
from engine.plan.overlay import ParamSource
from engine.plan.recurrence import read_recurrence
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value

_ALONE: Final = re.compile(r"\$([^\W\d]\w*)")
_INSIDE: Final = re.compile(r"\$\{?([^\W\d]\w*)\}?")
DEPTH_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter and what stands for it (None: nothing yet)."""

    name: str
    definition: shapes.ParameterDefinition
    value: Value | None
    assumed: bool
    is_bound: bool


@dataclass(slots=True)
class Parameters:
    """Every parameter of a plan."""

    sources: Mapping[str, ParamSource]
    faults: Faults
    known: dict[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, source in self.sources.items():
            path = f"params.{name}"
            found = shapes.read(
                shapes.ParameterDefinition, source.declaration, self.faults, path
            )
            if found is None:
                continue
            value = source.binding if source.binding is not None else found.default
            if value is None and not found.open:
                self.faults.add("plan.unbound", source.declaration, path, name=name)
            self.known[name] = Parameter(
                name,
                found,
                value,
                found.assumed or source.assumed,
                source.binding is not None,
            )
        for name in self.known:
            self.check(name)

    def check(self, name: str) -> None:
        """What was written must be of the declared type."""
        one = self.known[name]
        if one.value is None:
            return
        try:
            typed(one.definition.type, self.plain(one.value))
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, one.value, f"params.{name}", **wrong.values)

    def substitute(self, value: Value, depth: int = 0) -> Value:
        """``$name`` replaced by what was written for it."""
        if isinstance(value, Scalar):
            alone = _ALONE.fullmatch(value.text)
            if alone is None or alone[1] == "each":
                return value
            found = self.found(alone[1], value)
            if found is None or found.value is None or depth > DEPTH_MAX:
                return Sequence((), value.place) if found else value
            return self.substitute(found.value, depth + 1)
        if isinstance(value, Sequence):
            return replace(
                value, items=tuple(self.substitute(item, depth) for item in value.items)
            )
        return value

    def found(self, name: str, value: Value) -> Parameter | None:
        if name in self.known:
            return self.known[name]
        if name not in self.sources:
            near = nearest(name, tuple(self.known))
            self.faults.add("plan.unknown_parameter", value, "", name=name, near=near)
        return None

    def plain(self, value: Value) -> Any:
        """Plain data with every parameter filled in."""
        value = self.substitute(value)
        if isinstance(value, Scalar):
            return self.filled(value)
        if isinstance(value, Sequence):
            return [self.plain(item) for item in value.items]
        if isinstance(value, Written):
            return {key.text: self.plain(inner) for key, inner in value.entries}
        return None

    def filled(self, value: Scalar) -> str:
        def fill(found: re.Match[str]) -> str:
            one = self.found(found[1], value) if found[1] != "each" else None
            if one is None or not isinstance(one.value, Scalar):
                return found[0] if one is None else ""
            return one.value.text

        return _INSIDE.sub(fill, value.text) if "$" in value.text else value.text

    def words(self, title: Any) -> Any:
        """A title with its parameters filled in."""
        if isinstance(title, Mapping):
            return {key: self.words(text) for key, text in title.items()}
        text = str(title)
        if "$" not in text:
            return text

        def fill(found: re.Match[str]) -> str:
            one = self.known.get(found[1])
            shown = one is not None and isinstance(one.value, Scalar)
            return one.value.text if one is not None and shown else found[0]  # type: ignore[union-attr]

        return _INSIDE.sub(fill, text)

    def sorts_and_values(self, zone: tzinfo) -> dict[str, tuple[str, Any]]:
        """What an expression sees of each: its sort and its typed value."""
        from engine.plan.names import sort_of

        found: dict[str, tuple[str, Any]] = {}
        for name, one in self.known.items():
            sort = sort_of(one.definition.type)
            value = None
            if one.value is not None:
                try:
                    value = typed(one.definition.type, self.plain(one.value))
                except values.ValueReadError:
                    value = None
            found[name] = (sort, tuple(value) if isinstance(value, list) else value)
        del zone
        return found

    def shown(self) -> dict[str, Any]:
        """Names and plain values, for whoever reads the plan."""
        return {
            name: None if one.value is None else self.plain(one.value)
            for name, one in self.known.items()
        }


def typed(type_: str, plain: Any) -> Any:
    """A parameter's value of its type. Raises ValueReadError."""
    if type_.startswith("list["):
        listed = plain if isinstance(plain, list) else [plain]
        return tuple(typed(type_[5:-1], item) for item in listed)
    if type_ == "recurrence":
        return read_recurrence(plain)
    if type_ in values.READERS:
        return values.READERS[type_](plain)
    if type_ == "hours":
        return _hours(plain)
    if type_ == "parties" and isinstance(plain, list):
        return tuple(values.read_text(item) for item in plain)
    return values.read_text(plain)


def _hours(plain: Any) -> Fraction:
    try:
        return values.read_number(plain)
    except values.ValueReadError:
        return values.read_duration(plain).hours()
