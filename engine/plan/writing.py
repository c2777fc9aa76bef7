"""A tree of values as YAML text that a person can read, and that reads back the same.

What fits on a line is written on one; whatever a plain scalar could not say stands
in quotes. Nothing is folded: a long text is a long line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.plan.source import Mapping, Scalar, Sequence, Value, is_empty

WIDTH: Final = 100
STEP: Final = "  "
_PLAIN: Final = re.compile(
    r"""(?!\.\.\.|<<$|null$|~$)     # what YAML would take for its own
        [^\s!&*|>'"%@`\#,\[\]{}?:=\-]  # a sign that begins nothing else
        (?:[^,\[\]{}\n\t:\#"']|:(?=[^\s,])|(?<=\S)\#)*""",
    re.VERBOSE,
)
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def as_yaml(tree: Mapping) -> str:
    """The text of a plan, kind or scenario."""
    return "\n".join(_mapping(tree, "")) + "\n"


def _text(value: Scalar) -> str:
    if is_empty(value):
        return "~"
    text = value.text
    if _PLAIN.fullmatch(text) and text == text.strip() and "：" not in text:
        return text
    if any(sign in text for sign in "\n\t\r"):
        return '"' + "".join(_ESCAPES.get(one, one) for one in text) + '"'
    return "'" + text.replace("'", "''") + "'"


def _flow(value: Value) -> str:
    if isinstance(value, Scalar):
        return _text(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(_flow(item) for item in value.items) + "]"
    pairs = (f"{_text(key)}: {_flow(inner)}" for key, inner in value.entries)
    return "{" + ", ".join(pairs) + "}"


def _fits(value: Value, indent: str, before: str = "") -> bool:
    if isinstance(value, Scalar):
        return True
    empty = not (value.items if isinstance(value, Sequence) else value.entries)
    return empty or len(indent) + len(before) + len(_flow(value)) <= WIDTH


def _mapping(value: Mapping, indent: str) -> Iterator[str]:
    for key, inner in value.entries:
        name = f"{_text(key)}:"
        if _fits(inner, indent, name):
            yield f"{indent}{name} {_flow(inner)}"
        else:
            yield f"{indent}{name}"
            yield from _below(inner, indent)


def _below(value: Value, indent: str) -> Iterator[str]:
    """A list stands under its key, a mapping one step further in."""
    if isinstance(value, Sequence):
        for item in value.items:
            yield from _item(item, indent)
    elif isinstance(value, Mapping):
        yield from _mapping(value, indent + STEP)


def _item(item: Value, indent: str) -> Iterator[str]:
    if _fits(item, indent, "- "):
        yield f"{indent}- {_flow(item)}"
        return
    lines = list(
        _mapping(item, indent + STEP)
        if isinstance(item, Mapping)
        else _below(item, indent + STEP)
    )
    yield f"{indent}- {lines[0][len(indent) + len(STEP) :]}"
    yield from lines[1:]
