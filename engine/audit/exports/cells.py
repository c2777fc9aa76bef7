"""The cells of a table of entries; and cells that no spreadsheet takes for formulas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

from engine.audit.exports.record import Record
from engine.core.events import Missed
from engine.ports import Json
from engine.words import bilingual, say

Cell: TypeAlias = str | int | datetime | None

COLUMNS: Final = (
    "instance",
    "seq",
    "at",
    "type",
    "node",
    "title",
    "actor",
    "role",
    "behalf",
    "move",
    "from",
    "to",
    "round",
    "cause",
    "text",
    "reasons",
    "due",
    "occurred",
    "files",
    "led_by",
    "command",
    "recorded",
    "plan",
    "hash",
    "previous",
)
"""Columns of a table of entries, in their order."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""A cell that begins so would be run by some spreadsheet."""


def heading(name: str, language: str) -> str:
    return say(f"export.col_{name}", language)


def cells(record: Record) -> tuple[Cell, ...]:
    """An entry as the values of :data:`COLUMNS`."""
    entry, event, node = record.entry, record.event, record.node
    found: Mapping[str, Cell] = {
        "instance": entry.instance,
        "seq": entry.seq,
        "at": record.at,
        "type": entry.type,
        "node": entry.node,
        "title": bilingual(node.title, record.history.language) if node else None,
        "actor": entry.actor,
        "role": record.role,
        "behalf": record.right.get("behalf_of"),
        "move": record.move,
        "from": record.source,
        "to": record.target,
        "round": record.round,
        "cause": record.cause,
        "text": record.history.told(event),
        "reasons": "\n".join(record.reasons()),
        "due": record.moment(
            event.last if isinstance(event, Missed) else getattr(event, "due", None)
        ),
        "occurred": record.moment(getattr(event, "occurred", None)),
        "files": "\n".join(f"{one['name']} {one['sha256']}" for one in record.papers()),
        "led_by": plain(record.said("cause")),
        "command": plain(record.said("cmd")),
        "recorded": record.moment(record.said("rec")),
        "plan": plain(record.said("plan")),
        "hash": entry.hash.hex(),
        "previous": record.body.get("prev"),
    }
    return tuple(found[name] for name in COLUMNS)


def plain(value: Json) -> str | int | None:
    """A value of an entry as one cell."""
    if isinstance(value, (str, int, type(None))) and not isinstance(value, bool):
        return value
    return json.dumps(value, ensure_ascii=False)


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
