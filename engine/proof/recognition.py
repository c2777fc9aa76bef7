"""Personal texts in what an action wrote with them: found again, and marked.

    masked("理由：说他工作拖拉。", {"说他工作拖拉": commitment})

An action may put a text that it was given into a sentence, on one line, between tags,
into an address, or cut it off. It is found by its letters and digits, whatever stands
between them, as it was given and as common forms escape it; of one that was cut off,
by its beginning. What an action translates or sums up is another text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote

from engine.proof.private import token

LETTERS_MIN: Final = 4
"""Letters and digits by which a text is found apart from its punctuation, at least."""
BEGINNING_MIN: Final = 8
"""The same of a beginning that ends with what it stands in, and no ellipsis."""

Hidden: TypeAlias = Mapping[str, str]
"""text -> commitment."""
Span: TypeAlias = tuple[int, int, str]
"""From, before, and the commitment of what stands there."""

_CUT: Final = re.compile(r"…|\.\.\.")


def masked(text: str, hidden: Hidden) -> str:
    """A text with a mark in the place of each personal one."""
    if not hidden:
        return text
    made, at = [], 0
    for start, end, of in _spans(text, hidden):
        if end > at:
            mark = json.dumps(token(of), separators=(",", ":"))
            made += [text[at : max(start, at)], mark]
            at = end
    return "".join([*made, text[at:]])


def named_by(name: str, hidden: Hidden) -> str | None:
    """The commitment of a personal text by which something is called.

    A short one is only taken for it if it is the whole name: else it is any word.
    """
    letters = _Letters.of(name)
    for said, of in hidden.items():
        for one in _spellings(said):
            wanted = _Letters.of(one).text
            is_in = len(wanted) >= LETTERS_MIN and wanted in letters.text
            is_it = wanted == letters.text if wanted else one == name
            if is_in or is_it or any(_cut_off(name, letters, wanted)):
                return of
    return None


def _spans(text: str, hidden: Hidden) -> list[Span]:
    """Where personal texts stand; what begins earlier comes first, and what is longer.

    They may overlap.
    """
    letters = _Letters.of(text)
    found = {
        (*place, of)
        for said, of in hidden.items()
        for place in _places(text, letters, said)
    }
    return sorted(found, key=lambda one: (one[0], -one[1], one[2]))


@dataclass(frozen=True, slots=True)
class _Letters:
    """The letters and digits of a text in lower case, and where each of them stands."""

    text: str
    at: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Letters:
        found = [(at, _lower(one)) for at, one in enumerate(text) if one.isalnum()]
        return cls("".join(one for _, one in found), tuple(at for at, _ in found))

    def before(self, place: int) -> str:
        """Those that stand before a place of the text."""
        low, high = 0, len(self.at)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.at[middle] < place else (low, middle)
        return self.text[:low]


def _lower(letter: str) -> str:
    """One letter for one: some have two in lower case."""
    low = letter.lower()
    return low if len(low) == 1 else letter


def _places(text: str, letters: _Letters, said: str) -> Iterator[tuple[int, int]]:
    for one in _spellings(said):
        yield from _found(text, one)
        wanted = _Letters.of(one).text
        if len(wanted) >= LETTERS_MIN:
            for start, end in _found(letters.text, wanted):
                yield letters.at[start], letters.at[end - 1] + 1
            yield from _cut_off(text, letters, wanted)


def _spellings(said: str) -> Iterator[str]:
    """As it stands, without the blanks around it, and as others escape it.

    Of several lines each by itself, too: a page has them in paragraphs.
    """
    lines = [one for one in said.splitlines() if _count(one) >= BEGINNING_MIN]
    ways = (
        *_escaped(said),
        *(way for one in lines if one != said for way in _escaped(one)),
    )
    return (one for one in dict.fromkeys(ways) if one)


def _count(text: str) -> int:
    return sum(one.isalnum() for one in text)


def _escaped(said: str) -> tuple[str, ...]:
    return (
        said,
        said.strip(),
        repr(said)[1:-1],
        json.dumps(said)[1:-1],
        json.dumps(said, ensure_ascii=False)[1:-1],
        html.escape(said),
        quote(said, errors="replace"),
    )


def _found(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    at = text.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + len(wanted))


def _cut_off(text: str, letters: _Letters, wanted: str) -> Iterator[tuple[int, int]]:
    """Beginnings of it before an ellipsis, and at the end of the text."""
    ends = [(found.start(), LETTERS_MIN) for found in _CUT.finditer(text)]
    for end, least in (*ends, (len(text), BEGINNING_MIN)):
        before = letters.before(end)
        for count in range(min(len(wanted) - 1, len(before)), least - 1, -1):
            start = len(before) - count
            if before[start] == wanted[0] and before.endswith(wanted[:count]):
                yield letters.at[start], end
                break
