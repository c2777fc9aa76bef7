"""Source: the text of a plan, kind or scenario, read with every value's place.

YAML is read event by event and never handed to a constructor: a plain scalar stays
text until the place where it stands gives it a type. Size, depth and number of
values are bounded before anything is built, and what YAML can do but a plan needs
not (anchors, aliases, tags, merge keys, several documents) is a fault.
May import: PyYAML (nobody else does).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from engine.plan.faults import Faults, Place

BYTES_MAX: Final = 2 * 1024 * 1024
DEPTH_MAX: Final = 64
VALUES_MAX: Final = 200_000
BRACKETS_MAX: Final = 500
"""Brackets open at once before the text is even handed to the YAML parser."""

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_TAB: Final = re.compile(r"^ *\t", re.MULTILINE)
_FULL_WIDTH: Final = {
    "：": ":",
    "，": ",",
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
    "－": "-",
}
_EMPTY: Final = frozenset({"", "null", "~"})
# the parser written in C reads an error's place and text alike, ten times faster
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text. An unquoted empty, ``null`` or ``~`` has the text ""."""

    text: str
    quoted: bool
    place: Place

    def plain(self) -> Any:
        return None if not self.quoted and self.text in _EMPTY else self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Value, ...]
    place: Place

    def plain(self) -> Any:
        return [item.plain() for item in self.items]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order in which they are written."""

    entries: tuple[tuple[Scalar, Value], ...]
    place: Place

    def get(self, name: str) -> Value | None:
        """The value of a key; None too if nothing is written for it."""
        for key, value in self.entries:
            if key.text == name:
                is_empty = isinstance(value, Scalar) and value.plain() is None
                return None if is_empty else value
        return None

    def key(self, name: str) -> Scalar | None:
        return next((key for key, _ in self.entries if key.text == name), None)

    def keys(self) -> tuple[str, ...]:
        return tuple(key.text for key, _ in self.entries)

    def plain(self) -> Any:
        return {key.text: value.plain() for key, value in self.entries}


Value: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its name, its text as read, and its tree."""

    name: str
    text: str
    tree: Mapping

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def id(self) -> str:
        """What its first key says it is: a plan, a kind or a scenario."""
        for key in ("plan", "kind", "scenario"):
            found = self.tree.get(key)
            if isinstance(found, Scalar):
                return found.text
        return self.name


def read(path: Path) -> Source:
    """The source of a file; raises PlanRejected with every fault found."""
    name = str(path)
    faults = Faults()
    start = Place(name, 1, 1)
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            faults.add("plan.file_large", start, size=size, most=BYTES_MAX)
            faults.raise_if_any()
        content = path.read_bytes()
    except OSError as wrong:
        faults.add("plan.file_unreadable", start, why=wrong.strerror or str(wrong))
        faults.raise_if_any()
        raise
    return parse(content, name)


def parse(content: bytes | str, name: str) -> Source:
    """The source of a text; raises PlanRejected with every fault found."""
    faults = Faults()
    text = _decoded(content, name, faults)
    faults.raise_if_any()
    _scan(text, name, faults)
    faults.raise_if_any()
    root = _Builder(name, text, faults).document()
    faults.raise_if_any()
    if not isinstance(root, Mapping):
        at = root.place if root is not None else Place(name, 1, 1)
        faults.add("plan.file_no_mapping" if root else "plan.file_empty", at)
        faults.raise_if_any()
        raise AssertionError("a fault was added")
    return Source(name, text, root)


def _decoded(content: bytes | str, name: str, faults: Faults) -> str:
    """The text, without the mark that some editors put in front."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    start = Place(name, 1, 1)
    if len(content) > BYTES_MAX:
        faults.add("plan.file_large", start, size=len(content), most=BYTES_MAX)
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - content.rfind(b"\n", 0, wrong.start)
        faults.add("plan.file_encoding", Place(name, line, column))
        return ""


def _scan(text: str, name: str, faults: Faults) -> None:
    """What can be seen without parsing, and what a parser must be spared."""
    for found in _HIDDEN.finditer(text):
        shown = f"U+{ord(found[0]):04X}"
        faults.add("plan.file_hidden", _place(name, text, found.start()), found=shown)
    for found in _TAB.finditer(text):
        faults.add("plan.file_tab", _place(name, text, found.end() - 1))
    open_ = 0
    for position, character in enumerate(text):
        if character in "[{":
            open_ += 1
            if open_ > BRACKETS_MAX:
                faults.add(
                    "plan.file_deep", _place(name, text, position), most=DEPTH_MAX
                )
                return
        elif character in "]}" and open_:
            open_ -= 1


def _place(name: str, text: str, position: int) -> Place:
    line = text.count("\n", 0, position) + 1
    return Place(name, line, position - text.rfind("\n", 0, position))


class _TooDeep(Exception):
    """Nothing below this place is read."""


class _Builder:
    """Builds values from YAML's events, with its own bounded recursion."""

    def __init__(self, name: str, text: str, faults: Faults) -> None:
        self.name = name
        self.text = text
        self.faults = faults
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self.count = 0

    def document(self) -> Value | None:
        """The one document of the text; None after a fault."""
        root: Value | None = None
        documents = 0
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self.faults.add("plan.file_documents", self.at(event))
                        return None
                elif isinstance(event, yaml.NodeEvent):
                    root = self.value(event, 0)
        except _TooDeep:
            return None
        except yaml.YAMLError as wrong:
            self.syntax(wrong)
        return root

    def at(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.name, mark.line + 1, mark.column + 1)

    def value(self, event: Any, depth: int) -> Value:
        place = self.at(event)
        self.count += 1
        if depth > DEPTH_MAX:
            self.faults.add("plan.file_deep", place, most=DEPTH_MAX)
            raise _TooDeep
        if self.count > VALUES_MAX:
            self.faults.add("plan.file_many", place, most=VALUES_MAX)
            raise _TooDeep
        self.plainness(event, place)
        if isinstance(event, yaml.ScalarEvent):
            # `!!str x` carries its tag; `implicit[0]` says that it was plain
            quoted = event.style is not None
            return Scalar(unicodedata.normalize("NFC", event.value), quoted, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(self.items(depth)), place)
        if isinstance(event, yaml.MappingStartEvent):
            return Mapping(tuple(self.entries(depth)), place)
        return Scalar("", quoted=False, place=place)

    def plainness(self, event: Any, place: Place) -> None:
        """Anchors, aliases and tags are YAML's, not a plan's."""
        if isinstance(event, yaml.AliasEvent):
            self.faults.add("plan.file_alias", place, name=event.anchor)
            return
        if event.anchor is not None:
            self.faults.add("plan.file_anchor", place, name=event.anchor)
        if event.tag not in (None, "!"):
            self.faults.add("plan.file_tag", place, tag=event.tag)

    def items(self, depth: int) -> Iterator[Value]:
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self.value(event, depth + 1)

    def entries(self, depth: int) -> Iterator[tuple[Scalar, Value]]:
        seen: dict[str, Place] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            key = self.value(event, depth + 1)
            value = self.value(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self.faults.add("plan.file_key", key)
                continue
            if key.text == "<<" and not key.quoted:
                self.faults.add("plan.file_merge", key)
            elif key.text in seen:
                first = seen[key.text]
                self.faults.add(
                    "plan.duplicate_key", key, key=key.text, line=first.line
                )
            else:
                seen[key.text] = key.place
                yield key, value

    def syntax(self, wrong: yaml.YAMLError) -> None:
        """A syntax error in plain words; a full-width sign is often the cause."""
        mark = getattr(wrong, "problem_mark", None) or getattr(
            wrong, "context_mark", None
        )
        place = Place(self.name, 1, 1)
        if mark is not None:
            place = Place(self.name, mark.line + 1, mark.column + 1)
        why = getattr(wrong, "problem", None) or str(wrong).splitlines()[0]
        hint = self.hint(place.line)
        if hint:
            self.faults.add(
                "plan.syntax_width", place, why=why, found=hint, write=_FULL_WIDTH[hint]
            )
        else:
            self.faults.add("plan.syntax", place, why=why)

    def hint(self, line: int) -> str:
        lines = self.text.splitlines()
        near = "".join(lines[max(0, line - 2) : line])
        return next((sign for sign in _FULL_WIDTH if sign in near), "")
