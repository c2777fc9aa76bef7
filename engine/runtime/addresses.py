"""The office's address book: where people are reached, outside every plan.

    甲: {mail: jia@example.org, channels: ["wecombot://…"]}
    领导小组办公室: {mail: office@example.org}

A plan is hashed, shown and kept for ever; an address is none of that. So it stands in
a file of its own, which the worker reads anew for each attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from engine import words
from engine.errors import BadInput
from engine.plan.source import parse
from engine.ports import Json

KEYS: Final = ("mail", "channels")
ENTRIES_MAX: Final = 15_000

AddressBook: TypeAlias = Mapping[str, Mapping[str, Json]]
"""By party: ``mail`` (text), ``channels`` (list of texts)."""


def read_addresses(file: Path) -> AddressBook:
    """The address book in a file; raises PlanRejected, BadInput."""
    try:
        content = file.read_bytes()
    except OSError as wrong:
        raise _bad("cli.addresses_unreadable", file, why=wrong.strerror) from None
    if not content.strip():
        return {}
    found = parse(content, str(file)).tree.plain()
    if not isinstance(found, dict) or len(found) > ENTRIES_MAX:
        raise _bad("cli.addresses_shape", file, party="–")
    return {party: _entry(party, said, file) for party, said in found.items()}


def _entry(party: str, said: object, file: Path) -> Mapping[str, Json]:
    if not isinstance(said, dict) or set(said) - set(KEYS):
        raise _bad("cli.addresses_shape", file, party=party)
    mail, channels = said.get("mail"), said.get("channels", [])
    listed = channels if isinstance(channels, list) else [channels]
    if not all(isinstance(one, str) for one in (*listed, mail or "")):
        raise _bad("cli.addresses_shape", file, party=party)
    return {"channels": listed} | ({"mail": mail} if mail else {})


def _bad(code: str, file: Path, **values: Json) -> BadInput:
    what = words.both(code, file=str(file), **values)
    return BadInput(node="", move="", what=what)
