"""Source: the text of a plan, kind or scenario, read with every value's place.

YAML is read event by event and never handed to a constructor: a plain scalar stays
text until the place where it stands gives it a type. Size, depth and number of
values are bounded before anything is built, and what YAML can do but a plan needs
not (anchors, aliases, tags, merge keys, directives, several documents) is a fault.
May import: PyYAML (nobody else does).
"""

from __future__ import annotations

import hashlib
import re
import stat
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from engine.errors import PlanRejected
from engine.plan.faults import Fault, Faults, Place

BYTES_MAX: Final = 2 * 1024 * 1024
DEPTH_MAX: Final = 64
VALUES_MAX: Final = 100_000

_BREAK: Final = re.compile("\r\n|\r|\n")
# Unseen characters let a text read otherwise than it runs; U+0085, U+2028 and U+2029
# begin a line for the parser and none for an editor.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f]"
)
_TAB: Final = re.compile("(?:^|(?<=[\r\n])) *(\t)")
_DIRECTIVE: Final = re.compile("(?:^|(?<=[\r\n]))%")
_WIDE_SPACES: Final = "\u3000\u00a0"
_FULL_WIDTH: Final = {
    "：": ": ",
    "，": ", ",
    "、": ", ",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
    "【": "[",
    "】": "]",
    "－": "- ",
    ":\u3000": ": ",
    ":\u00a0": ": ",
}
# What the parser says, as an author would ask; the first that is found counts.
_SAID: Final = (
    ("mapping values are not allowed", "plan.syntax_colon"),
    ("could not find expected ':'", "plan.syntax_key"),
    ("expected ',' or", "plan.syntax_bracket"),
    ("expected node content", "plan.syntax_sign"),
    ("cannot start any token", "plan.syntax_sign"),
    ("alphabetic or numeric", "plan.syntax_sign"),
    ("unexpected end of stream", "plan.syntax_quote"),
    ("unexpected document indicator", "plan.syntax_quote"),
    ("escape", "plan.syntax_escape"),
    ("tag", "plan.syntax_sign"),
    ("sequence entries are not allowed", "plan.syntax_dash"),
    ("expected key", "plan.syntax_indent"),
    ("expected <block end>", "plan.syntax_indent"),
    ("expected '-' indicator", "plan.syntax_indent"),
    ("expected <document start>", "plan.syntax_indent"),
)
# A full-width sign is right in a text; here it stands where YAML wants its own.
_KEY_MEANT: Final = re.compile("^[^:\"'#]*?([：－]|:[\u3000\u00a0])")
_MEANT: Final = {
    "plan.syntax_colon": re.compile("^[^:\"'#]*?(?:([：－])|: *([【［｛]))"),
    "plan.syntax_key": _KEY_MEANT,
    "plan.syntax_indent": _KEY_MEANT,
    "plan.syntax_bracket": re.compile("([，、：｝］】])"),
    "plan.syntax_quote": re.compile("([“”‘’])"),
}
ALONE: Final = frozenset({"plan.duplicate_key", "plan.file_anchor", "plan.file_space"})
"""Faults after which the rest of a file reads as it was meant."""
_EMPTY: Final = frozenset({"", "null", "~"})
# Events are drawn one by one and drawing stops at DEPTH_MAX, so that neither parser
# meets the nesting that makes them crash or crawl; the one in C is ten times faster.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text, NFC. ``quoted`` is written in quotes or as a block."""

    text: str
    quoted: bool
    place: Place
    written: str = field(default="", repr=False, compare=False)
    """As it stands in the file, where that is not just the text."""

    def plain(self) -> Any:
        """The text; None for nothing, ``null`` or ``~`` without quotes."""
        return None if not self.quoted and self.text in _EMPTY else self.text

    def at(self, offset: int) -> Place:
        """The place of a character of the text."""
        if not self.written:
            return Place(self.place.file, self.place.line, self.place.column + offset)
        passed = self.written[: _written_at(self.written, self.text, offset)]
        lines = _BREAK.split(passed)
        before = self.place.column if len(lines) == 1 else 1
        line = self.place.line + len(lines) - 1
        return Place(self.place.file, line, before + len(lines[-1]))


_BLANK: Final = re.compile(r"\s*")
_ESCAPE: Final = re.compile(
    r"\\(?:x.{2}|u.{4}|U.{8}|(?P<fold>(?:\r\n|\r|\n)[ \t]*)|.)", re.DOTALL
)


def _written_at(written: str, text: str, offset: int) -> int:
    """Where a character of a quoted, folded or literal text stands as written."""
    begun = _BREAK.search(written) if written[0] in "|>" else None
    at = begun.end() if begun else int(written[0] in "'\"")
    for character in text[:offset]:
        at = _passed(written, at, character)
    escape = _ESCAPE.match(written, at) if written[0] == '"' else None
    if escape is not None and escape["fold"]:
        at = escape.end()
    if text[offset : offset + 1].strip():
        at = _behind_blanks(written, at)
    return min(at, len(written.rstrip()))


def _behind_blanks(written: str, at: int) -> int:
    found = _BLANK.match(written, at)
    return at if found is None else found.end()


def _passed(written: str, at: int, character: str) -> int:
    """Behind the next character; lines that were folded together are one space."""
    while at < len(written):
        escape = _ESCAPE.match(written, at) if written[0] == '"' else None
        if escape is not None:
            at = escape.end()
            if not escape["fold"]:
                return at
        elif written[at] == character:
            return at + 1
        elif character.isspace() and written[at].isspace():
            return _behind_blanks(written, at)
        else:
            at += 1
    return at


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
                return None if is_empty(value) else value
        return None

    def key(self, name: str) -> Scalar | None:
        return next((key for key, _ in self.entries if key.text == name), None)

    def keys(self) -> tuple[str, ...]:
        return tuple(key.text for key, _ in self.entries)

    def plain(self) -> Any:
        return {key.text: value.plain() for key, value in self.entries}


Value: TypeAlias = Scalar | Sequence | Mapping


def is_empty(value: Value) -> bool:
    """Whether a key stands there with nothing written for it."""
    return isinstance(value, Scalar) and value.plain() is None


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its name, its text as read, and its tree."""

    name: str
    text: str
    tree: Mapping
    faults: tuple[Fault, ...] = ()
    """Faults that hide nothing else (:data:`ALONE`); only :func:`survey` leaves any."""

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
    return _whole(survey(path))


def survey(path: Path) -> Source:
    """The same for whoever goes on: faults that hide nothing else come with it."""
    return _parsed(_content(path), _name(path))


def read_list(path: Path) -> Sequence:
    """The list that a file is; raises PlanRejected with every fault found."""
    name, faults = _name(path), Faults()
    _, root = _root(_content(path), name, faults)
    if isinstance(root, Sequence):
        faults.raise_if_any()
        return root
    if root is not None and not is_empty(root):
        faults.add("plan.file_no_list", root)
    faults.raise_if_any()
    return Sequence((), Place(name, 1, 1))


def _name(path: Path) -> str:
    """A name that is not UTF-8 must still be told."""
    return str(path).encode("utf-8", "replace").decode()


def _content(path: Path) -> bytes:
    faults = Faults()
    start = Place(_name(path), 1, 1)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            # a pipe nobody writes to would be waited for
            faults.add("plan.file_unreadable", start, why=_sort(found.st_mode))
        elif found.st_size > BYTES_MAX:
            faults.add("plan.file_large", start, size=found.st_size, most=BYTES_MAX)
        faults.raise_if_any()
        with path.open("rb") as file:
            # what is being written has no true size yet
            return file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as wrong:
        why = (isinstance(wrong, OSError) and wrong.strerror) or str(wrong)
        faults.add("plan.file_unreadable", start, why=why)
        faults.raise_if_any()
        raise


def _sort(mode: int) -> dict[str, str]:
    if stat.S_ISDIR(mode):
        return {"zh": "这是文件夹", "en": "it is a folder"}
    return {"zh": "这是管道或设备", "en": "it is a pipe or a device"}


def parse(content: bytes | str, name: str) -> Source:
    """The source of a text; raises PlanRejected with every fault found."""
    return _whole(_parsed(content, name))


def _whole(source: Source) -> Source:
    if source.faults:
        raise PlanRejected(source.faults)
    return source


def _parsed(content: bytes | str, name: str) -> Source:
    """The source of a text; raises PlanRejected for what hides other faults."""
    faults = Faults()
    text, root = _root(content, name, faults)
    if not isinstance(root, Mapping):
        _no_mapping(root, name, text, faults)
        faults.raise_if_any()
        raise AssertionError("a fault was added")
    return Source(name, text, root, faults.all())


def _root(content: bytes | str, name: str, faults: Faults) -> tuple[str, Value | None]:
    """The text and the one value that it is; raises for what hides other faults."""
    text = _decoded(content, name, faults)
    faults.raise_if_any()
    _scan(_Lines(name, text), faults)
    faults.raise_if_any()
    root = _Builder(name, text, faults).document()
    if any(fault.code not in ALONE for fault in faults.found):
        faults.raise_if_any()
    return text, root


def _no_mapping(root: Value | None, name: str, text: str, faults: Faults) -> None:
    if root is None or is_empty(root):
        faults.add("plan.file_empty", Place(name, 1, 1))
    elif isinstance(root, Scalar) and "：" in root.text:
        at = _Lines(name, text).place(text.find("："))
        faults.add("plan.file_width", at, found="：", write=": ")
    else:
        faults.add("plan.file_no_mapping", root)


def _decoded(content: bytes | str, name: str, faults: Faults) -> str:
    """The text, without the mark that some editors put in front."""
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    start = Place(name, 1, 1)
    if len(content) > BYTES_MAX:
        faults.add("plan.file_large", start, size=len(content), most=BYTES_MAX)
    elif (wide := _wide(content)) is not None:
        faults.add("plan.file_encoding", start, found=wide)
    else:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            before = content[: wrong.start].decode("utf-8-sig")
            at = _Lines(name, before).place(len(before))
            faults.add("plan.file_encoding", at, found=_guessed(content))
    return ""


def _wide(content: bytes) -> str | None:
    """The encoding of a text whose characters are two or four bytes each."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    return "UTF-16" if content[:2].count(0) == 1 else None


def _guessed(content: bytes) -> str | dict[str, str]:
    """The likely encoding of a Chinese text that is not UTF-8."""
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return {"zh": "别的编码，或不是文本", "en": "another one, or no text"}
    return "GBK"


@dataclass(slots=True)
class _Lines:
    """Where the lines of a text begin."""

    name: str
    text: str
    starts: list[int] | None = None

    def place(self, position: int) -> Place:
        if self.starts is None:
            self.starts = [0, *(found.end() for found in _BREAK.finditer(self.text))]
        line = bisect_right(self.starts, position)
        return Place(self.name, line, position - self.starts[line - 1] + 1)


def _scan(lines: _Lines, faults: Faults) -> None:
    """What an editor does not show, and what the parser must be spared."""
    for found in _HIDDEN.finditer(lines.text):
        if faults.full:
            return
        shown = f"U+{ord(found[0]):04X}"
        faults.add("plan.file_hidden", lines.place(found.start()), found=shown)
    for found in _TAB.finditer(lines.text):
        if faults.full:
            return
        faults.add("plan.file_tab", lines.place(found.start(1)))
    directive = _DIRECTIVE.search(lines.text)
    if directive is not None:
        # the parser compares every directive with every other
        faults.add("plan.file_directive", lines.place(directive.start()))


class _Enough(Exception):
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
        except _Enough:
            return None
        except yaml.YAMLError as wrong:
            self.syntax(wrong)
        return root

    def at(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.name, mark.line + 1, mark.column + 1)

    def value(self, event: Any, depth: int) -> Value:
        place = self.at(event)
        self.bounded(place, depth)
        self.plainness(event, place)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(self.items(depth)), place)
        if isinstance(event, yaml.MappingStartEvent):
            return Mapping(tuple(self.entries(depth)), place)
        return Scalar("", quoted=False, place=place)

    def bounded(self, place: Place, depth: int) -> None:
        self.count += 1
        if depth > DEPTH_MAX:
            self.faults.add("plan.file_deep", place, most=DEPTH_MAX)
        elif self.count > VALUES_MAX:
            self.faults.add("plan.file_many", place, most=VALUES_MAX)
        elif not self.faults.full:
            return
        raise _Enough

    def plainness(self, event: Any, place: Place) -> None:
        """Anchors, aliases and tags are YAML's, not a plan's."""
        if isinstance(event, yaml.AliasEvent):
            self.faults.add("plan.file_alias", place, name=event.anchor)
            return
        if event.anchor is not None:
            self.faults.add("plan.file_anchor", place, name=event.anchor)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.faults.add("plan.file_tag", place, tag=tag)

    def scalar(self, event: Any, place: Place) -> Scalar:
        # the parser in C calls a plain scalar's style "", the other None
        quoted = bool(event.style)
        found: str = event.value
        if not found.isascii():
            found = unicodedata.normalize("NFC", found)
            if not quoted and found != found.strip(_WIDE_SPACES):
                self.faults.add("plan.file_space", place)
        hidden = _HIDDEN.search(found) if event.style == '"' else None
        if hidden is not None:
            shown = f"U+{ord(hidden[0]):04X}"
            self.faults.add("plan.file_hidden", place, found=shown)
        begin, end = event.start_mark.index, event.end_mark.index
        as_is = not quoted and self.text[begin:end] == found
        written = "" if as_is else self.text[begin:end]
        return Scalar(found, quoted, place, written)

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
            if isinstance(key, Scalar) and self.key_fits(key, value, seen):
                seen[key.text] = key.place
                yield key, value
            elif not isinstance(key, Scalar):
                self.faults.add("plan.file_key", key)

    def key_fits(self, key: Scalar, value: Value, seen: dict[str, Place]) -> bool:
        if key.text == "":
            self.faults.add("plan.file_key", key)
        elif key.text == "<<" and not key.quoted:
            self.faults.add("plan.file_merge", key)
        elif key.text in seen:
            first = seen[key.text].line
            self.faults.add("plan.duplicate_key", key, key=key.text, line=first)
        elif not key.quoted and "：" in key.text and is_empty(value):
            # {名称：值} is read as one long key
            at = key.at(key.text.index("："))
            self.faults.add("plan.file_width", at, found="：", write=": ")
        elif not key.quoted and key.text.startswith("－"):
            self.faults.add("plan.file_width", key, found="－", write="- ")
        else:
            return True
        return False

    def syntax(self, wrong: yaml.YAMLError) -> None:
        """A syntax error in plain words."""
        context = getattr(wrong, "context_mark", None)
        mark = getattr(wrong, "problem_mark", None) or context
        place = Place(self.name, 1, 1)
        if mark is not None:
            place = Place(self.name, mark.line + 1, mark.column + 1)
        begun = place.line if context is None else context.line + 1
        said = getattr(wrong, "problem", None) or str(wrong).partition("\n")[0]
        code = next((code for part, code in _SAID if part in said), "plan.syntax")
        sign = self.sign(code, place, begun)
        if sign is None:
            self.faults.add(code, place, why=said, line=begun)
            return
        found, at = sign
        if any(fault.place == at for fault in self.faults.found):
            return  # the key that the sign made long was told
        write = _FULL_WIDTH[found]
        self.faults.add("plan.file_width", at, found=found, write=write)

    def sign(self, code: str, place: Place, begun: int) -> tuple[str, Place] | None:
        """A full-width sign that was meant as one of YAML's, and where it is."""
        pattern = _MEANT.get(code)
        lines = _BREAK.split(self.text)
        for line in dict.fromkeys((place.line, place.line - 1, begun)):
            written = lines[line - 1] if 0 < line <= len(lines) else ""
            found = pattern.search(written) if pattern is not None else None
            if found is not None:
                column = found.start(found.lastindex or 0) + 1
                return found[found.lastindex or 0], Place(self.name, line, column)
        return None
