"""What was told to whom, as the entry of the outcome that told it commits to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from engine.journal.codec import encode, moment_text
from engine.ports import Letter


def letters_digest(letters: Iterable[Letter]) -> str:
    """SHA-256, in hex, of ``[[party, at, text], …]`` as canonical JSON, in order."""
    told = [[one.party, moment_text(one.at), one.text] for one in letters]
    return hashlib.sha256(encode(told)).hexdigest()
