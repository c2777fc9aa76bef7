"""Personal values 个人信息: what stands in a history in their place.

    {"private": commitment}

The commitment binds a field's name and value and tells nothing of them: 32 random
bytes, the salt, are hashed along. Salt and value are kept beside the history, and
when they are gone nobody can find the value by trying (docs/history-format.md §8).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from engine.ports import Json

KEY: Final = "private"
DOMAIN: Final = b"plangate-private/1"
SALT_SIZE: Final = 32
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
MARK: Final = '{"private":"'
"""How a mark begins, which stands for a value in running text."""
_MARKED: Final = re.compile(r'\{"private":"([0-9a-f]{64})"\}')


def commitment(*, field: str, salt: bytes, value: bytes) -> str:
    """In 64 hex digits; ``value`` is its canonical JSON."""
    assert len(salt) == SALT_SIZE
    name = field.encode()
    sizes = len(name).to_bytes(8), len(value).to_bytes(8)
    content = DOMAIN + salt + sizes[0] + name + sizes[1] + value
    return hashlib.sha256(content).hexdigest()


def token(of: str) -> dict[str, Json]:
    """What stands for a value, by its commitment."""
    return {KEY: of}


def commitment_of(value: Any) -> str | None:
    """The commitment that a token holds; None: it is no token."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    found = value.get(KEY)
    is_one = isinstance(found, str) and _DIGEST.fullmatch(found) is not None
    return found if is_one else None


def commitments_in(value: Any) -> Iterator[str]:
    """Those of all tokens in a value, wherever they stand."""
    found = commitment_of(value)
    if found is not None:
        yield found
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from commitments_in(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from commitments_in(one)


def may_hold(body: bytes) -> bool:
    """Whether an entry's bytes can hold a token at all: most do not."""
    return b"private" in body or b"\\u" in body


def opened(value: Json, read: Callable[[str], Json]) -> Json:
    """The same with what ``read`` gives for a commitment in the place of each token."""
    found = commitment_of(value)
    if found is not None:
        return read(found)
    if isinstance(value, Mapping):
        return {name: opened(one, read) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [opened(one, read) for one in value]
    return value


# -- in running text: see engine.proof.recognition


def marks_in(text: str) -> tuple[str, ...]:
    """The commitments of all marks in a text, each once."""
    return tuple(dict.fromkeys(_MARKED.findall(text)))


def unmasked(text: str, read: Callable[[str], str | None]) -> str:
    """The text with what ``read`` gives in the place of each mark; None leaves it."""
    return _MARKED.sub(
        lambda found: found[0] if (said := read(found[1])) is None else said, text
    )
