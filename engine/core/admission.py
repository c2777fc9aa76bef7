"""What comes in from outside is looked at before anything is decided.

Who acts is a person or an outside party that the plan knows, by its own name. Text
is of a length and of characters that can be kept, shown and compared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from engine import words
from engine.core.facts import Known
from engine.errors import BadInput, UnknownParty
from engine.plan.lookalikes import twin
from engine.plan.terms import ANYONE
from engine.plan.values import ValueReadError

TEXT_MAX: Final = 100_000
"""Characters of one text; what is longer is a file."""
MEMBERS_MAX: Final = 5_000
"""Members of one list or mapping."""
DEPTH_MAX: Final = 8
"""Lists within lists."""
WHOLE_MAX: Final = 10**15
"""A whole number that a program hands in."""
NAME_MAX: Final = 200
_EVERYBODY: Final = frozenset({ANYONE, "anyone"})
_LAYOUT: Final = frozenset("\t\n\r")
_UNKEPT: Final = frozenset({"Cc", "Cs"})
"""Unicode's control characters and halves of surrogate pairs."""
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction: a history would read otherwise than it was written."""


def actor_of(known: Known, name: Any, *, node: str, move: str) -> str:
    """The party that acts. Raises UnknownParty for a name that nobody has.

    A plan with an open set does not list everybody: there any name may be one.
    """
    parties = known.plan.parties
    text = name_of(name, node=node, move=move, code="core.actor_missing")
    text = known.plan.aliases.get(text, text)
    if text in parties.people or text in parties.outside:
        return text
    members = parties.members(text)
    if members is not None:
        raise _bad(node, move, "core.actor_many", actor=text, who=members)
    if not may_be_one(known, text):
        raise UnknownParty(who=text, near=nearest_to(known, text) or ("–",))
    return text


def witness_of(known: Known, name: Any) -> str:
    """Who says what happened outside: gates wait for it, so only who is listed."""
    text = actor_of(known, name, node="", move="signal")
    parties = known.plan.parties
    if text not in parties.people and text not in parties.outside:
        raise UnknownParty(who=text, near=nearest_to(known, text) or ("–",))
    return text


def may_be_one(known: Known, name: str) -> bool:
    """Whether an open set may have somebody of a name that the plan does not list.

    A name that looks like another's is a disguise, and a word for all is nobody's.
    """
    is_name = name.isprintable() and name not in _EVERYBODY
    return known.plan.parties.is_open and is_name and _twin(known, name) is None


def nearest_to(known: Known, name: str) -> tuple[str, ...]:
    seen = _twin(known, name)
    return known.plan.parties.nearest(name) if seen is None else (seen,)


def _twin(known: Known, name: str) -> str | None:
    parties = known.plan.parties
    return twin(name, (*parties.people, *parties.outside, *known.plan.aliases))


def name_of(name: Any, *, node: str, move: str, code: str) -> str:
    """A name as it is kept: composed, without blanks around it, not empty."""
    text = unicodedata.normalize("NFC", name).strip() if isinstance(name, str) else ""
    if not text:
        raise _bad(node, move, code)
    if len(text) > NAME_MAX or not text.isprintable():
        raise _bad(node, move, "core.name", most=NAME_MAX)
    return text


def _bad(node: str, move: str, code: str, **facts: Any) -> BadInput:
    return BadInput(node=node, move=move, what=words.both(code, **facts))


def unkept(text: str) -> str | None:
    """The first character that cannot be kept, as ``U+0000``; None if all can."""
    if text.isprintable():
        return None
    for one in text:
        category = unicodedata.category(one)
        if one in _TURNING or (one not in _LAYOUT and category in _UNKEPT):
            return f"U+{ord(one):04X}"
    return None


def measured(raw: Any, *, depth: int = 0) -> None:
    """Raises ValueReadError for what is too long, too deep or not to be kept."""
    if isinstance(raw, str):
        _text(raw)
    elif isinstance(raw, int):
        if abs(raw) >= WHOLE_MAX:
            raise ValueReadError("value.whole_large", most=WHOLE_MAX)
    elif isinstance(raw, (Mapping, list, tuple)):
        if len(raw) > MEMBERS_MAX or depth >= DEPTH_MAX:
            raise ValueReadError("value.too_many", most=MEMBERS_MAX, deep=DEPTH_MAX)
        parts = [*raw, *raw.values()] if isinstance(raw, Mapping) else raw
        for part in parts:
            measured(part, depth=depth + 1)


def _text(raw: str) -> None:
    if len(raw) > TEXT_MAX:
        raise ValueReadError("value.text_long", found=len(raw), most=TEXT_MAX)
    character = unkept(raw)
    if character is not None:
        raise ValueReadError("value.character", found=character)


def kept(text: str | None) -> str | None:
    """What a machine reports, made fit to keep: it cannot be asked to say it again."""
    if text is None:
        return None
    fit = "".join("\ufffd" if unkept(one) else one for one in text[:TEXT_MAX])
    return unicodedata.normalize("NFC", fit)
