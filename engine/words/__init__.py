"""Every sentence the product says, in zh-CN and en, found by a code.

Records hold a code and its values, never a sentence: what was refused in 2009 is
read in the reader's language. A code is ``room.name``; the room's module holds
``MESSAGES = {code: (zh, en)}`` with ``{value}`` places. A value never becomes
part of a template, so text from a plan or a person is printed as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

LANGUAGES: Final = ("zh", "en")
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_ROOMS: Final = (
    "error",
    "plan",
    "check",
    "value",
    "core",
    "scenario",
    "seal",
    "office",
    "journal",
    "log",
    "request",
    "cli",
    "story",
    "view",
    "audit",
    "export",
    "proof",
    "privacy",
)


@cache
def _messages(room: str) -> Mapping[str, tuple[str, str]]:
    if room not in _ROOMS:
        return {}
    found: Mapping[str, tuple[str, str]] = import_module(
        f"engine.words.{room}"
    ).MESSAGES
    return found


def keep_ready(*rooms: str) -> None:
    """Sentences that can be said when no file can be opened any more; none: all."""
    for room in rooms or _ROOMS:
        _messages(room)


def say(code: str, language: str = "zh", /, **values: Any) -> str:
    """The sentence of a code; an unknown code is shown bare with its values.

    >>> say("error.unknown_instance", "en", instance="x")
    "there is no instance 'x'; 'plangate status' lists those that are there"
    """
    sentences = _messages(code.partition(".")[0]).get(code)
    if sentences is None:
        shown = ", ".join(f"{k}={plain(v)}" for k, v in sorted(values.items()))
        return f"{code} ({shown})" if shown else code
    template = sentences[0 if language.startswith("zh") else 1]
    return _PLACE.sub(
        lambda found: plain(values.get(found[1], f"?{found[1]}"), language), template
    )


def both(code: str, /, **values: Any) -> dict[str, str]:
    """The sentence of a code in every language."""
    return {language: say(code, language, **values) for language in LANGUAGES}


def plain(value: Any, language: str = "zh") -> str:
    """A value as people read it: lists joined, bilingual texts chosen."""
    if isinstance(value, Mapping):
        return bilingual(value, language)
    if isinstance(value, (list, tuple, set, frozenset)):
        joint = "、" if language.startswith("zh") else ", "
        return joint.join(plain(item, language) for item in value)
    return str(value)


def bilingual(text: Mapping[str, Any] | str | None, language: str = "zh") -> str:
    """One language of ``{zh: …, en: …}``, or of a plain text; the other if absent."""
    if text is None:
        return ""
    if isinstance(text, str):
        return text
    wanted = "zh" if language.startswith("zh") else "en"
    for key in (wanted, *LANGUAGES):
        if text.get(key):
            return str(text[key])
    return ""
