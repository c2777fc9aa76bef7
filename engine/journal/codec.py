"""The one form of an entry in bytes: what is hashed is what is stored.

Canonical JSON: keys sorted, no spaces, UTF-8, text in Unicode's composed form; only
text, whole numbers below 2**53, true, false, null, lists and mappings. Under these
limits it is RFC 8785 (JCS). Floats are refused: they are a bug of ours.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec

from engine.ports import Json

VERSION: Final = 1
WHOLE_MAX: Final = 2**53
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def _refused(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} has no form in an entry")


_ENCODER: Final = msgspec.json.Encoder(order="deterministic", enc_hook=_refused)


def encode(value: Json) -> bytes:
    """The canonical bytes of a value. Raises TypeError or ValueError for a bug.

    What ``Json`` does not name is a bug; a date or a float among it is told by the
    tests, which compare with what :func:`composed` lets pass: an act does not pay
    for a second walk through every value.
    """
    written = _ENCODER.encode(value)
    if written.isascii() or unicodedata.is_normalized("NFC", written.decode()):
        return written
    return _ENCODER.encode(composed(value))


def text_of(value: Json) -> str:
    """The canonical text of a value, for columns."""
    return encode(value).decode()


def composed(value: Any) -> Json:
    """The value with every text composed; raises for what JSON must not hold here."""
    match value:
        case str():
            return value if value.isascii() else unicodedata.normalize("NFC", value)
        case None | bool():
            return value
        case int():
            if not -WHOLE_MAX < value < WHOLE_MAX:
                raise ValueError(f"{value} is no number that every reader keeps")
            return value
        case list() | tuple():
            return [composed(part) for part in value]
        case Mapping():
            return {_key(key): composed(part) for key, part in value.items()}
    return _refused(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of an entry is text, not {type(key).__name__}")
    return key if key.isascii() else unicodedata.normalize("NFC", key)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of an entry")


_DECODER: Final = json.JSONDecoder(parse_float=_no_number, parse_constant=_no_number)


def decode(body: bytes) -> Any:
    """The value of canonical bytes. Raises ValueError for any others, and floats."""
    return _DECODER.decode(body.decode())


@lru_cache(maxsize=64)
def moment_text(at: datetime) -> str:
    """``2009-04-11T01:00:00Z``, with microseconds only if there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def microseconds(at: datetime) -> int:
    """A moment as whole microseconds since 1970 in UTC."""
    return (at - EPOCH) // _MICROSECOND


def moment(count: int) -> datetime:
    return EPOCH + timedelta(microseconds=count)
