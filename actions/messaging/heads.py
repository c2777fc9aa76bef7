"""Heads of a mail, written to the last byte: what stands in a text stays text.

The standard library reads again what it is told to write: ``=?utf-8?b?…?=`` in a title
is decoded, and may then hold a line or a recipient of its own; a long name is cut where
a comma in it begins another. So whatever is not plain is put into encoded words here
(RFC 2047), which readers decode last, and the library takes the lines as they are.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from email.policy import Policy

WORD_BYTES: Final = 39
"""Of UTF-8 in one encoded word: a line of it stays within 76 characters."""
_FOLD: Final = "\r\n "
_PLAIN_TEXT: Final = re.compile("[ !-<>-~]{1,60}")
"""ASCII without the sign that begins an encoded word."""
_PLAIN_NAME: Final = re.compile("[A-Za-z0-9]+( [A-Za-z0-9]+)*")
PLAIN_NAME_MAX: Final = 60


class Head(str):
    """The lines of one head; the library's policies fold what has a name by itself."""

    __slots__ = ("name",)

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The head as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"


def text_head(name: str, text: str) -> Head:
    """A text of one line, such as a subject."""
    plain = _PLAIN_TEXT.fullmatch(text)
    return _head(name, text if plain else _FOLD.join(_encoded(text)))


def address_head(name: str, people: Iterable[tuple[str, str]]) -> Head:
    """Names, perhaps empty, with their addresses."""
    return _head(name, f",{_FOLD}".join(_person(*one) for one in people))


def _head(name: str, lines: str) -> Head:
    head = Head(lines)
    head.name = name
    return head


def _person(name: str, address: str) -> str:
    if not name:
        return address
    if len(name) <= PLAIN_NAME_MAX and _PLAIN_NAME.fullmatch(name):
        return f"{name} <{address}>"
    return _FOLD.join((*_encoded(name), f"<{address}>"))


def _encoded(text: str) -> Iterator[str]:
    """Encoded words; no character is cut in two."""
    for piece in _pieces(text):
        yield f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?="


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for sign in text:
        if len((piece + sign).encode()) > WORD_BYTES:
            yield piece
            piece = ""
        piece += sign
    yield piece
