"""An office's own Word file, its places filled in. Substitution and nothing else.

``{{ name }}`` and ``{{ group.name }}`` stand for values of the plan. A row of a table
with ``{{ list.name }}`` comes once for each member of the list, ``{{ list.# }}`` is its
number. There are no other marks: no conditions, no loops, no expressions. A value that
has been put in is not looked at again, so what stands in it is text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]

from actions.papers.template_file import WORD
from actions.papers.wording import Wording
from actions.parameters import Language, printable
from engine.action import Failed

MEMBERS_MAX: Final = 5_000
"""Of a list whose row is repeated."""
ELEMENTS_MAX: Final = 1_000_000
"""Of all repeated rows together."""
TEXT_MAX: Final = 5_000_000
"""Characters that are put in."""
SHOWN_MAX: Final = 40
"""Names that a fault lists."""
_PLACE: Final = re.compile(r"\{\{([^{}]*)\}\}")
_FOREIGN: Final = re.compile(r"\{%.*?%\}|\{#.*?#\}")
"""Marks of other templates: printed, they would stand in a paper that goes out."""
_NAME: Final = re.compile(r"[\w-]+(\.[\w-]+)*(\.#)?")
_P, _R, _T, _ROW = (f"{{{WORD}}}{name}" for name in ("p", "r", "t", "tr"))
_LANGUAGES: Final = frozenset({"zh", "en"})


class _Wrong(Exception):
    """A place that cannot be filled: why, by language."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.said: dict[Language, str] = {"zh": zh, "en": en}


@dataclass(frozen=True, slots=True)
class _Member:
    """The list that a row goes through, and where it is."""

    path: tuple[str, ...]
    number: int
    value: Any


@dataclass(slots=True)
class Filling:
    """One paper that is being filled in."""

    values: Mapping[str, Any]
    wording: Wording
    faults: list[str] = field(default_factory=list)
    _elements: int = 0
    _characters: int = 0

    def fill(self, texts: list[Any]) -> None:
        """Each text of the file. Raises Failed with all faults at once."""
        for text in texts:
            self._block(text, member=None)
        if self.faults:
            begin = {
                "zh": "模板与数据不合：",
                "en": "the template does not fit the values: ",
            }[self.wording.lang]
            known = {"zh": "；可用的名称：", "en": "; names to use: "}[
                self.wording.lang
            ]
            faults = "; ".join(dict.fromkeys(self.faults))
            names = ", ".join([*_names(self.values)][:SHOWN_MAX]) or "–"
            raise Failed(begin + faults[:2_000] + known + names)

    def _block(self, element: Any, *, member: _Member | None) -> None:
        """Whatever stands below: rows that are repeated, paragraphs, and the rest."""
        for child in list(element):
            if child.tag == _ROW and member is None and (path := self._list_of(child)):
                self._repeat(child, path)
                continue
            if child.tag == _P:
                self._paragraph(child, member=member)
            self._block(child, member=member)

    # -- rows

    def _list_of(self, row: Any) -> tuple[str, ...]:
        """The path of the list that this row's own places go through; () for none."""
        paths = {
            path
            for paragraph in row.iter(_P)
            if next(paragraph.iterancestors(_ROW)) is row
            for match in _PLACE.finditer(_whole(_texts(paragraph)))
            if (path := self._through(_name(match)))
        }
        if len(paths) > 1:
            both = ", ".join(sorted(".".join(path) for path in paths))
            self._fault(
                f"表格的一行里用了几个列表（{both}）", f"one row goes through {both}"
            )
        return min(paths, default=())

    def _through(self, place: str) -> tuple[str, ...]:
        """The part of a name that leads to a list of groups."""
        found: Any = self.values
        words = place.split(".")
        for number, word in enumerate(words[:-1], start=1):
            found = found.get(word) if isinstance(found, Mapping) else None
            if isinstance(found, (list, tuple)):
                return tuple(words[:number])
        return ()

    def _repeat(self, row: Any, path: tuple[str, ...]) -> None:
        """The row, once for each member; once with empty places where there is none."""
        members: Any = self.values
        for word in path:
            members = members[word]
        self._elements += len(members) * sum(1 for _ in row.iter())
        if len(members) > MEMBERS_MAX or self._elements > ELEMENTS_MAX:
            raise Failed(_TOO_LONG[self.wording.lang])
        for number, value in enumerate(members or [None], start=1):
            copy = deepcopy(row)
            row.addprevious(copy)
            self._block(copy, member=_Member(path, number, value))
        row.getparent().remove(row)

    # -- paragraphs

    def _paragraph(self, paragraph: Any, *, member: _Member | None) -> None:
        """Word cuts a text into runs where it likes; a place may lie over several."""
        texts = _texts(paragraph)
        whole = _whole(texts)
        if foreign := _FOREIGN.search(whole):
            self._fault(
                f"“{foreign[0][:40]}”不是这里的标记；"
                "表格的一行里写 {{ 列表.名称 }}，就按列表逐项重复",
                f"{foreign[0][:40]!r} is no mark here; a row of a table with "
                "{{ list.name }} comes once for each member",
            )
        if "{{" not in whole:
            return
        found = [
            (match.start(), match.end(), self._text(_name(match), member))
            for match in _PLACE.finditer(whole)
        ]
        _, opened, rest = _PLACE.sub("", whole).partition("{{")
        if opened:
            self._fault(
                f"“{{{{{rest[:40]}”有 {{{{ 没有 }}}}；请补上 }}}}",
                f"'{{{{{rest[:40]}' opens {{{{ and does not close it; add }}}}",
            )
        _replace(texts, found)

    def _text(self, place: str, member: _Member | None) -> str:
        """What stands for a name; a fault, and no text, where nothing does."""
        try:
            said = self._said(place[:60], self._value(place, member))
        except _Wrong as wrong:
            self._fault(**wrong.said)
            return ""
        self._characters += len(said)
        if self._characters > TEXT_MAX:
            raise Failed(_TOO_LONG[self.wording.lang])
        return said

    def _value(self, place: str, member: _Member | None) -> Any:
        shown = place[:60]
        if not _NAME.fullmatch(place):
            raise _Wrong(f"“{shown}”不是名称", f"{shown!r} is no name")
        words = tuple(place.split("."))
        found: Any = self.values
        if member is not None and words[: len(member.path)] == member.path:
            if words[len(member.path) :] == ("#",):
                return "" if member.value is None else member.number
            if member.value is None:
                return ""
            found, words = member.value, words[len(member.path) :]
        for word in words:
            if not isinstance(found, Mapping) or word not in found:
                raise _Wrong(f"没有“{shown}”", f"no {shown!r}")
            found = found[word]
        return found

    def _said(self, place: str, value: Any) -> str:
        bilingual = (
            isinstance(value, Mapping) and bool(value) and value.keys() <= _LANGUAGES
        )
        if isinstance(value, Mapping) and not bilingual:
            raise _Wrong(
                f"“{place}”是一组值，要写到组里的一项",
                f"{place!r} stands for a group; name one of its values",
            )
        if isinstance(value, (list, tuple)) and any(
            isinstance(one, (Mapping, list, tuple)) for one in value
        ):
            raise _Wrong(
                f"“{place}”是成组的列表，只能用在表格的行里",
                f"{place!r} is a list of groups, for a row of a table only",
            )
        return printable(self.wording.text(value))

    def _fault(self, zh: str, en: str) -> None:
        self.faults.append({"zh": zh, "en": en}[self.wording.lang])


_TOO_LONG: Final[dict[Language, str]] = {
    "zh": "填好的文件太大；请减少列表的行数或文字",
    "en": "the filled paper becomes too large; give fewer rows or less text",
}


def _texts(paragraph: Any) -> list[Any]:
    """The paragraph's own texts, without those of a text box that hangs on it."""
    return [
        text
        for text in paragraph.iter(_T)
        if next(text.iterancestors(_P), None) is paragraph
    ]


def _whole(texts: list[Any]) -> str:
    return "".join(text.text or "" for text in texts)


def _name(place: re.Match[str]) -> str:
    """Plans keep their names in Unicode's composed form; Word keeps what is typed."""
    return unicodedata.normalize("NFC", place[1].strip())


def _replace(texts: list[Any], found: list[tuple[int, int, str]]) -> None:
    """Put each text where its place begins; the rest of the place goes."""
    begin = 0
    for text in texts:
        own = text.text or ""
        end = begin + len(own)
        kept, at = [], begin
        for start, stop, said in found:
            if stop <= begin or start >= end:
                continue
            kept.append(own[at - begin : max(start, begin) - begin])
            if start >= begin:
                kept.append(said)
            at = min(stop, end)
        kept.append(own[at - begin :])
        _write(text, "".join(kept))
        begin = end


def _write(text: Any, said: str) -> None:
    """New lines and tabs are elements in Word."""
    first, *rest = re.split(r"([\n\t])", said)
    _keep(text, first)
    last = text
    for piece in rest:
        if piece in ("\n", "\t"):
            new = etree.Element(f"{{{WORD}}}{'br' if piece == chr(10) else 'tab'}")
        else:
            new = etree.Element(_T)
            _keep(new, piece)
        last.addnext(new)
        last = new


def _keep(text: Any, said: str) -> None:
    text.text = said
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _names(
    values: Mapping[str, Any], before: str = "", depth: int = 4
) -> Iterator[str]:
    """Every name that a template could use, in order."""
    for name, value in values.items():
        group = value
        if isinstance(value, (list, tuple)) and value:
            group = value[0]
        if isinstance(group, Mapping) and not group.keys() <= _LANGUAGES and depth:
            yield from _names(group, f"{before}{name}.", depth - 1)
        else:
            yield before + name
