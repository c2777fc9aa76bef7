"""Definitions: what an author wrote, well-shaped (pydantic), names not yet resolved.

Each element is checked for itself, so that one wrong element does not hide the
faults of the next. What is a gate, an effect or a typed value stays source
(:class:`engine.plan.source.Value`) with its place, for the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from engine.plan.faults import Faults, nearest
from engine.plan.source import Mapping, Scalar, Sequence, Value, is_empty

DIGITS_MAX: Final = 15


def _wrong(value: Any, wanted: str) -> PydanticCustomError:
    return PydanticCustomError("shape", "{wanted}", {"wanted": wanted, "value": value})


def text_of(value: Any) -> str:
    if isinstance(value, Scalar) and value.text != "":
        return value.text
    raise _wrong(value, "text")


def words_of(value: Any) -> str | dict[str, str]:
    """One text or ``{zh: …, en: …}``."""
    if isinstance(value, Mapping):
        found = {key.text: text_of(inner) for key, inner in value.entries}
        if found and set(found) <= {"zh", "en"}:
            return found
        raise _wrong(value, "words")
    return text_of(value)


def names_of(value: Any) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    if isinstance(value, Sequence):
        return tuple(text_of(item) for item in value.items)
    return (text_of(value),)


def flag_of(value: Any) -> bool:
    if isinstance(value, Scalar) and value.text in {"true", "false"}:
        return value.text == "true"
    raise _wrong(value, "bool")


def whole_of(value: Any) -> int:
    text = value.text if isinstance(value, Scalar) else ""
    if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX:
        return int(text)
    raise _wrong(value, "whole")


def mapping_of(value: Any) -> Mapping:
    if isinstance(value, Mapping):
        return value
    raise _wrong(value, "mapping")


def sequence_of(value: Any) -> Sequence:
    if isinstance(value, Sequence):
        return value
    raise _wrong(value, "list")


def words_at(value: Value, faults: Faults, path: str) -> Any:
    """Words written at a place; None, and a fault, if they are none."""
    try:
        return words_of(value)
    except PydanticCustomError as wrong:
        given = wrong.context or {}
        code = f"plan.shape_{given.get('wanted', 'words')}"
        faults.add(code, given.get("value", value), path)
        return None


Text = Annotated[str, BeforeValidator(text_of)]
Words = Annotated[Any, BeforeValidator(words_of)]
Names = Annotated[tuple[str, ...], BeforeValidator(names_of)]
Flag = Annotated[bool, BeforeValidator(flag_of)]
Whole = Annotated[int, BeforeValidator(whole_of)]
Table = Annotated[Any, BeforeValidator(mapping_of)]
List = Annotated[Any, BeforeValidator(sequence_of)]
Raw = Any


class Definition(BaseModel):
    """An element of a file; keys that it does not have are faults."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True
    )


class FieldDefinition(Definition):
    type: Text
    title: Words = None
    default: Raw = None
    required: Flag = False
    optional: Flag = False
    reserved: Flag = False
    personal: Flag = False
    of: Raw = None
    scale: Raw = None
    note: Text | None = None


class PrivacyDefinition(Definition):
    approve: Raw


class StateDefinition(Definition):
    title: Words = None
    initial: Flag = False
    done: Flag = False
    settled: Flag = False
    final: Flag = False


class MoveDefinition(Definition):
    name: Text
    title: Words = None
    from_: Names = Field(alias="from")
    to: Text
    by: Raw = None
    when: Raw = None
    at: Raw = None
    every: Text | None = None
    on: Text | None = None
    gate: Raw = None
    not_by: Raw = None
    once_each: Flag = False
    takes: Table = None
    then: Raw = None
    round: Text | None = None
    reset: Names = ()
    secret: Raw = None
    free: Flag = False
    signs: Words = None
    note: Text | None = None


class SectionDefinition(Definition):
    kind: Text | None = None
    required: Flag = True
    outlives: Flag = False


class KindDefinition(Definition):
    kind: Text
    title: Words = None
    extends: Text | None = None
    abstract: Flag = False
    note: Text | None = None
    fields: Table = None
    facts: Table = None
    states: Table = None
    children: Table = None
    gate: Raw = None
    moves: List = None


class NodeDefinition(Definition):
    """The keys that every node may have; a kind's own fields are extra."""

    model_config = ConfigDict(
        extra="allow", frozen=True, arbitrary_types_allowed=True, populate_by_name=True
    )

    id: Text
    kind: Text | None = None
    title: Words = None
    owner: Raw = None
    window: Raw = None
    due: Raw = None
    within: Raw = None
    entry: Raw = None
    exit: Raw = None
    required: Flag | None = None
    early: Flag = False
    each: Raw = None
    enough: Raw = None
    effects: Table = None
    expect: Whole | None = None
    src: Names = ()
    note: Text | None = None


def node_given(given: dict[str, Any], fields: dict[str, Value]) -> NodeDefinition:
    """A node that a plan does not write as one: the plan itself, a register's items.

    ``fields`` are those of its kind.
    """
    made = NodeDefinition.model_construct(**given)
    # what a model is made of without being read has no place for its extra keys
    assert made.__pydantic_extra__ is not None
    made.__pydantic_extra__.update(fields)
    return made


class DocumentDefinition(Definition):
    title: Text
    date: Text
    sha256: Annotated[str, BeforeValidator(text_of), Field(pattern="^[0-9a-f]{64}$")]
    basis: Raw = None
    keywords: Names = ()
    src: Names = ()
    note: Text | None = None


class SetDefinition(Definition):
    title: Words = None
    also: Names = ()
    members: Raw = None
    within: Text | None = None
    where: Raw = None
    open: Flag = False
    assumed: Flag = False
    src: Names = ()
    note: Text | None = None


class BodyDefinition(Definition):
    title: Words = None
    roles: Table = None
    deputies: Names = ()
    members: Raw = None
    parent: Text | None = None
    open: Flag = False
    assumed: Flag = False
    src: Names = ()
    note: Text | None = None


class OutsideDefinition(Definition):
    title: Words = None
    also: Names = ()
    src: Names = ()
    note: Text | None = None


class PartiesDefinition(Definition):
    ranks: Names = ()
    people: Table = None
    sets: Table = None
    bodies: Table = None
    roles: Table = None
    outside: Raw = None
    src: Names = ()


class RegisterDefinition(Definition):
    title: Words = None
    item: Text
    by: Raw = None
    fields: Table = None
    owner: Raw = None
    src: Names = ()
    note: Text | None = None


class DeliverableDefinition(Definition):
    title: Words = None
    also: Names = ()
    by: Raw = None
    sections: Raw = None
    inputs: Raw = None
    src: Names = ()
    note: Text | None = None


class MeasureDefinition(Definition):
    title: Words = None
    unit: Text | None = None
    src: Names = ()
    note: Text | None = None


class QuotaDefinition(Definition):
    title: Words = None
    for_: Raw = Field(alias="for")
    measure: Text | None = None
    any_of: Names = ()
    min: Raw
    due: Raw = None
    src: Names = ()
    note: Text | None = None


class PolicyDefinition(Definition):
    tries: Whole | None = None
    wait: Raw = None
    longest: Raw = None
    timeout: Raw = None
    a_minute: Whole | None = None
    note: Text | None = None


class ParameterDefinition(Definition):
    type: Text
    title: Words = None
    default: Raw = None
    open: Flag = False
    assumed: Flag = False
    of: Raw = None
    unit: Text | None = None
    src: Names = ()
    note: Text | None = None


class AssumptionDefinition(Definition):
    id: Text
    about: Words
    treatment: Words
    src: Names = ()


class ScenarioDefinition(Definition):
    scenario: Text
    plan: Text
    id: Text | None = None
    title: Words = None
    start: Raw
    by: Text | None = None
    acts: List
    note: Text | None = None
    src: Names = ()


class ActDefinition(Definition):
    at: Raw = None
    as_: Text | None = Field(default=None, alias="as")
    node: Text | None = None
    do: Text | None = None
    signal: Text | None = None
    name: Text | None = None
    with_: Table = Field(default=None, alias="with")
    files: Table = None
    occurred: Raw = None
    refused: Names | None = None
    expect: Raw = None
    for_each: Names = ()
    times: Whole = 1
    every: Raw = None
    note: Text | None = None
    say: Words = None


Found = TypeVar("Found", bound=Definition)


def read(
    model: type[Found], value: Value | None, faults: Faults, path: str
) -> Found | None:
    """The definition written at a place; None, and faults, if it is not well-shaped."""
    if not isinstance(value, Mapping):
        faults.add("plan.shape_mapping", value, path)
        return None
    known = [info.alias or key for key, info in model.model_fields.items()]
    is_open = model.model_config.get("extra") == "allow"
    fit = dict(_fit(value, known, faults, path, is_open=is_open))
    # what was told is left out, so that the rest is read all the same
    try:
        return model.model_validate(fit)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=True):
            _tell(error, value, faults, path)
            fit.pop(str(error["loc"][0]), None)
    try:
        return model.model_validate(fit)
    except ValidationError:
        return None  # what every element must say is not said


def _fit(
    value: Mapping, known: list[str], faults: Faults, path: str, *, is_open: bool
) -> Iterator[tuple[str, Value]]:
    """The keys that an element may have, with what is written for them."""
    for key, inner in value.entries:
        if faults.full:
            return
        at = _inner(path, key.text)
        if key.text in known and is_empty(inner):
            faults.add("plan.key_empty", key, at, key=key.text)
        elif key.text in known or is_open:
            yield key.text, inner
        else:
            near = nearest(key.text, known) or sorted(known)
            faults.add("plan.unknown_key", key, at, key=key.text, near=near)


def _inner(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _tell(error: Any, value: Mapping, faults: Faults, path: str) -> None:
    name = str(error["loc"][0])
    inner = _inner(path, name)
    written = value.get(name)
    match error["type"]:
        case "missing" if value.key(name) is None:
            faults.add("plan.key_missing", value, inner, key=name)
        case "string_pattern_mismatch":
            faults.add("plan.shape_digest", written or value, inner)
        case _ if written is not None:
            given = error.get("ctx", {})
            wanted = given.get("wanted", "text")
            faults.add(f"plan.shape_{wanted}", given.get("value") or written, inner)
