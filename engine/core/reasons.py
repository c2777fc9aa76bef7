"""Why something was refused, as a sentence for the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import words


def sentence(reason: Mapping[str, Any], language: str) -> str:
    """One reason in a language: the author's own words if there are any."""
    own = reason.get("words")
    if own:
        return words.bilingual(own, language)
    values = {key: value for key, value in reason.items() if key != "code"}
    return words.say(str(reason["code"]), language, **values)
