"""Parameters: what a base leaves to be said, and what a unit says.

``$name`` standing alone is replaced by what was written for it, wherever it stands;
inside a longer text its text is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import readers, values
from engine.plan.faults import Faults, Place, nearest
from engine.plan.names import sort_of
from engine.plan.naming import name_fits
from engine.plan.overlay import ParamSource
from engine.plan.recurrence import read_recurrence
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value

TYPES: Final = (
    *readers.READERS,
    "datetime",
    "recurrence",
    "hours",
    "choice",
    "party",
    "parties",
    "node",
    "deliverable",
    "register",
    "measure",
    "quota",
)
"""Types that a parameter may have, alone or in ``list[…]``."""
_ALONE: Final = re.compile(r"\$([^\W\d]\w*)")
_INSIDE: Final = re.compile(r"\$\{?([^\W\d]\w*)\}?")
DEPTH_MAX: Final = 16
"""Parameters that stand on parameters."""
VALUES_MAX: Final = 10_000
TEXT_MAX: Final = 200_000


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter and what stands for it (None: nothing yet)."""

    name: str
    definition: shapes.ParameterDefinition
    value: Value | None
    open: bool
    assumed: bool
    """What a unit says plainly is neither: the marks of a base are for its defaults."""


@dataclass(slots=True)
class Parameters:
    """Every parameter of a plan."""

    sources: Mapping[str, ParamSource]
    faults: Faults
    is_abstract: bool = False
    """A base may leave to its children what must be said."""
    asked_at: Place | None = None
    """Where to say what a base leaves to be said."""
    known: dict[str, Parameter] = field(default_factory=dict)
    filled_in: dict[str, Value] = field(default_factory=dict)
    endless: set[str] = field(default_factory=set)
    under_way: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, source in self.sources.items():
            path = f"params.{name}"
            found = shapes.read(
                shapes.ParameterDefinition, source.declaration, self.faults, path
            )
            if found is not None and self.fits(name, found, source):
                self.declare(name, found, source)
        for name in self.known:
            self.check(name)

    def fits(
        self, name: str, found: shapes.ParameterDefinition, source: ParamSource
    ) -> bool:
        """Whether its name can be said with ``$``, and its type is one."""
        path = f"params.{name}"
        type_ = found.type
        while type_.startswith("list[") and type_.endswith("]"):
            type_ = type_[5:-1]
        if type_ not in TYPES:
            at = source.declaration.get("type")
            near = nearest(type_, TYPES) or TYPES
            self.faults.add(
                "plan.unknown_type", at, f"{path}.type", type=found.type, near=near
            )
            return False
        if type_ == "choice" and not isinstance(found.of, Sequence):
            at = source.declaration.get("type")
            self.faults.add("plan.key_missing", at, f"{path}.of", key="of")
            return False
        return name_fits(name, source.place, self.faults, path)

    def declare(
        self, name: str, found: shapes.ParameterDefinition, source: ParamSource
    ) -> None:
        value = source.binding if source.binding is not None else found.default
        if value is None and not found.open and not self.is_abstract:
            self.faults.add(
                "plan.unbound",
                self.asked_at or source.place,
                f"params.{name}",
                name=name,
                type=found.type,
            )
        marked = source if source.binding is not None else found
        self.known[name] = Parameter(name, found, value, marked.open, marked.assumed)

    def check(self, name: str) -> None:
        """What was written must be of the declared type."""
        one = self.known[name]
        if one.value is None:
            return
        path = f"params.{name}"
        plain = self.plainly(self.value_of(name, one.value))
        if name in self.endless:
            return
        try:
            found = typed(one.definition.type, plain)
            if one.definition.type == "choice":
                of = tuple(map(str, self.plain(one.definition.of)))
                readers.read_choice(found, of=of)
        except values.ValueReadError as wrong:
            self.faults.add(wrong.code, part_at(one.value, wrong), path, **wrong.values)

    def substitute(self, value: Value) -> Value:
        """``$name`` replaced by what was written for it."""
        if isinstance(value, Scalar):
            alone = _ALONE.fullmatch(value.text)
            if alone is None or alone[1] == "each":
                return value
            return (
                self.value_of(alone[1], value) if self.found(alone[1], value) else value
            )
        if isinstance(value, Sequence):
            return replace(value, items=tuple(map(self.substitute, value.items)))
        entries = tuple((key, self.substitute(inner)) for key, inner in value.entries)
        return replace(value, entries=entries)

    def value_of(self, name: str, at: Value) -> Value:
        """A parameter's value with its own parameters filled in; empty without one."""
        if name in self.filled_in:
            return self.filled_in[name]
        value = self.known[name].value
        made: Value = Sequence((), at.place)
        if name in self.under_way or len(self.under_way) > DEPTH_MAX:
            self.endless.update(self.under_way)
            self.faults.add("plan.parameter_circle", at, f"params.{name}", name=name)
            return made
        if value is not None:
            self.under_way.append(name)
            made = self.bounded(name, self.substitute(value))
            self.under_way.pop()
        self.filled_in[name] = made
        return made

    def bounded(self, name: str, value: Value) -> Value:
        """Lists of lists of parameters grow tenfold with every step."""
        if next(islice(_values(value), VALUES_MAX, None), None) is None:
            return value
        self.endless.add(name)
        self.faults.add("plan.too_many", value, f"params.{name}", most=VALUES_MAX)
        return Sequence((), value.place)

    def found(self, name: str, value: Value) -> Parameter | None:
        if name in self.known:
            return self.known[name]
        if name not in self.sources:
            near = nearest(name, self.known) or tuple(self.known)
            self.faults.add("plan.unknown_parameter", value, "", name=name, near=near)
        return None

    def plain(self, value: Value) -> Any:
        """Plain data with every parameter filled in."""
        return self.plainly(self.substitute(value))

    def plainly(self, value: Value) -> Any:
        if isinstance(value, Scalar):
            return self.filled(value)
        if isinstance(value, Sequence):
            return [self.plainly(item) for item in value.items]
        return {key.text: self.plainly(inner) for key, inner in value.entries}

    def filled(self, value: Scalar) -> str:
        """A text with the parameters inside it."""
        for found in _INSIDE.finditer(value.text):
            if found[1] != "each":
                self.found(found[1], value)
        return self.woven(value.text, value)

    def words(self, title: Any, at: Value) -> Any:
        """A title with its parameters filled in."""
        if isinstance(title, Mapping):
            return {key: self.words(text, at) for key, text in title.items()}
        return self.woven(str(title), at)

    def woven(self, text: str, at: Value) -> str:
        """A text with what the parameters in it say, as long as anybody may read."""
        length = len(text)

        def fill(found: re.Match[str]) -> str:
            nonlocal length
            value = self.known[found[1]].value if found[1] in self.known else None
            if not isinstance(value, Scalar):
                return "" if found[1] in self.known else found[0]
            length += len(value.text)
            return value.text if length <= TEXT_MAX else ""

        if "$" not in text:
            return text
        made = _INSIDE.sub(fill, text)
        if length > TEXT_MAX:
            self.faults.add("plan.text_long", at, most=TEXT_MAX)
        return made

    def sorts_and_values(self) -> dict[str, tuple[str, Any]]:
        """What an expression sees of each: its sort and its typed value."""
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
        return found

    def shown(self) -> dict[str, Any]:
        """Names and plain values, for whoever reads the plan."""
        return {
            name: None if one.value is None else self.plain(one.value)
            for name, one in self.known.items()
        }


def _values(value: Value) -> Iterator[Value]:
    yield value
    if isinstance(value, Sequence):
        for item in value.items:
            yield from _values(item)
    elif isinstance(value, Written):
        for _, inner in value.entries:
            yield from _values(inner)


def part_at(value: Value, wrong: values.ValueReadError) -> Value:
    """The part of a value that an error is about."""
    for key in wrong.place:
        inner = value.get(key) if isinstance(value, Written) else None
        if inner is None:
            break
        value = inner
    return value


def typed(type_: str, plain: Any) -> Any:
    """A parameter's value of its type. Raises ValueReadError."""
    if type_.startswith("list["):
        listed = plain if isinstance(plain, list) else [plain]
        return tuple(typed(type_[5:-1], item) for item in listed)
    if type_ == "recurrence":
        return read_recurrence(plain)
    if type_ in readers.READERS:
        return readers.READERS[type_](plain)
    if type_ == "hours":
        return _hours(plain)
    if type_ == "parties" and isinstance(plain, list):
        return tuple(readers.read_text(item) for item in plain)
    return readers.read_text(plain)


def _hours(plain: Any) -> Fraction:
    try:
        return readers.read_number(plain)
    except values.ValueReadError:
        return readers.read_duration(plain).hours()
