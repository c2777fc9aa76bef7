"""Canonical bytes."""

from __future__ import annotations

import json
from datetime import UTC

_enc = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def encode(v) -> bytes:
    return _enc.encode(v).encode()


def decode(b):
    return json.loads(b)


def moment(at):
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
