"""Look-alikes: names that read the same and are written with other characters.

Two names of one skeleton cannot be told apart on a screen, so a plan may not have
both. The table holds what a Chinese or Latin keyboard can go wrong with; what
Unicode itself calls compatible (full-width letters, radicals) it knows by itself.
May import: the standard library only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_PAIRS: Final = (
    # Cyrillic, Greek and digits that pass for Latin letters
    ("АВЕЅІЈКМНОРСТХУаеѕіјорсухԁԛԝһ", "ABESIJKMHOPCTXYaesijopcyxdqwh"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανρυ", "ABEZHIKMNOPTYXoavpu"),
    ("01I", "Oll"),
    # kana, strokes and twins that pass for other Chinese characters
    ("ロカエニハタトーへ〇○", "口力工二八夕卜一ヘOO"),
    ("已巳曰", "己己日"),
)
_SAME: Final = str.maketrans(
    {
        written: seen
        for some, others in _PAIRS
        for written, seen in zip(some, others, strict=True)
    }
)
_UNSEEN: Final = {
    *range(0xFE00, 0xFE10),  # variation selectors
    *range(0xE0100, 0xE01F0),
    *(0x034F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0),  # fillers
}


@lru_cache(maxsize=20_000)
def skeleton(name: str) -> str:
    """What a name looks like; names of one skeleton look the same."""
    if name.isascii():
        return name.translate(_SAME)
    seen = "".join(one for one in name if ord(one) not in _UNSEEN)
    return unicodedata.normalize("NFKC", seen).translate(_SAME)


def twin(name: str, among: Iterable[str]) -> str | None:
    """Another name that looks the same."""
    mine = skeleton(name)
    return next((one for one in among if one != name and skeleton(one) == mine), None)


def disguised(name: str) -> tuple[str, str] | None:
    """A character that is not what it looks like, and the name as it was meant.

    A name in one foreign script is a name; a foreign letter among Latin ones is a
    disguise, and so is a character that Unicode has a plain form for.
    """
    plain = unicodedata.normalize("NFKC", name)
    plain = "".join(one for one in plain if ord(one) not in _UNSEEN)
    has_latin = any(one.isascii() and one.isalpha() for one in plain)
    meant = "".join(_as_latin(one) if has_latin else one for one in plain)
    if meant == name:
        return None
    strange = next(one for one in name if one not in meant or ord(one) in _UNSEEN)
    return shown(strange), meant


def _as_latin(character: str) -> str:
    seen = character.translate(_SAME)
    return seen if seen.isascii() and not character.isascii() else character


def shown(character: str) -> str:
    """``U+0430 CYRILLIC SMALL LETTER A``: what the eye does not tell."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def difference(name: str, other: str) -> str:
    """The first character of a name that its twin has not."""
    pairs = zip(name, other.ljust(len(name)), strict=False)
    return next((shown(one) for one, two in pairs if one != two), "–")
