"""What the parameters of several actions have in common. No action by itself.

A plan's values arrive as plain data: a party is its name, a set of parties a list of
names, a file or a deliverable's version a mapping with its SHA-256.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from engine.action import file_name

NAME_MAX: Final = 100
PARTIES_MAX: Final = 5_000
_DIRECTION: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOT_PRINTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Language: TypeAlias = Literal["zh", "en"]
Text: TypeAlias = str | dict[Language, str]


class Shape(BaseModel):
    """Parameters that refuse what they do not know, and never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paper(BaseModel):
    """A file, or the version of a deliverable that was the latest when it was asked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    name: str = ""
    """As it was handed in: from outside, so no name for a file of ours."""
    deliverable: str | None = None
    label: str | None = None

    @property
    def shown(self) -> str:
        """Its name as readers of a letter or a page may have it."""
        given = undirected(self.name or self.deliverable or "")
        return file_name(given, instead=self.sha256[:12])


def _usable_name(name: str) -> str:
    if not name or file_name(name, instead="") != name:
        raise ValueError("not a file name / 不能作文件名")
    return name


def _made_usable(name: str) -> str:
    return file_name(name, instead="file")


def _flat(found: object) -> object:
    """``[$attend, $invite]`` is a list of lists; each party counts once."""
    return list(dict.fromkeys(_each(found)))


def listed(found: object) -> list[object]:
    """One value, or lists of lists of them, in a row; what is not there is left out."""
    return [one for one in _each(found) if one != ""]


def _each(found: object) -> Iterable[object]:
    if isinstance(found, (list, tuple)):
        for one in found:
            yield from _each(one)
    elif found is not None:
        yield found


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"no zone {name!r} / 没有这个时区") from error
    return name


FileName: TypeAlias = Annotated[
    str, Field(max_length=NAME_MAX), AfterValidator(_usable_name)
]
AnyName: TypeAlias = Annotated[
    str, Field(max_length=1_000), AfterValidator(_made_usable)
]
FileTitle: TypeAlias = AnyName | dict[Language, AnyName]
"""A file's name, or one for each language that the file may be in.

Made of a title: what no name may have is replaced.
"""
Parties: TypeAlias = Annotated[
    list[str], BeforeValidator(_flat), Field(max_length=PARTIES_MAX)
]
Zone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]
"""Name of a time zone, such as Asia/Shanghai."""


def in_language(text: Any, language: Language) -> str:
    """One language of a text that may be bilingual, fit to be printed."""
    if isinstance(text, Mapping):
        text = next((text[key] for key in (language, "zh", "en") if text.get(key)), "")
    return printable(str(text))


def undirected(text: str) -> str:
    """Without the signs that show it backwards, ``exe.pdf`` for ``fdp.exe``."""
    return _DIRECTION.sub("", text)


def printable(text: str) -> str:
    """Without the characters that no file may hold; lines end with a new line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_PRINTED.sub("", lines)


def one_line(text: str) -> str:
    """For a head, a title, a name: what begins a new line there begins a header."""
    return " ".join(printable(text).split())
