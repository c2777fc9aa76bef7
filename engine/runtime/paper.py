"""A file on its way in: what an act says of it, and its bytes."""

from __future__ import annotations

import hashlib

from engine.core.inputs import File


def paper_of(name: str, content: bytes) -> tuple[File, bytes]:
    """A file as an act hands it in: known by its bytes; characters if it is text."""
    try:
        characters = len("".join(content.decode().split()))
    except UnicodeDecodeError:
        characters = None
    digest = hashlib.sha256(content).hexdigest()
    size = len(content)
    return File(name=name, size=size, sha256=digest, characters=characters), content
