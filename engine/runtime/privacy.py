"""Personal values on their way in and out: no decision and no entry holds one.

On the way in each is replaced by a commitment (:mod:`engine.proof.private`); the value
itself goes beside the history, in the transaction of the entries that hold its token.
Whoever shows something, or hands it to an action, has the tokens opened here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from engine import words
from engine.core.commands import Do
from engine.core.events import Event
from engine.core.facts import Known
from engine.core.inputs import composed, read_personal
from engine.core.naming import find_move, find_node
from engine.errors import DamagedData
from engine.journal.codec import encode
from engine.plan.graph import Field
from engine.ports import Journal, Json, Private
from engine.proof import private

Salts = Callable[[], bytes]
"""Gives 32 bytes that nobody can guess, others each time."""
GONE = "privacy.erased"
"""What is shown in the place of a value that was lawfully erased."""
LOST = "privacy.lost"
"""The same of one that is not there though nobody had it erased: a defect."""


def fresh_salt() -> bytes:
    return secrets.token_bytes(private.SALT_SIZE)


def kept_apart(
    known: Known, command: Do, salts: Salts
) -> tuple[Do, tuple[Private, ...]]:
    """The command with tokens in it, and what they stand for.

    Raises UnknownNode, UnknownMove, and BadInput, which does not repeat the value.
    """
    if not known.plan.has_personal or not command.inputs:
        return command, ()
    path, move, takes = _asked(known, command)
    inputs, found = dict(command.inputs), []
    for name, raw in command.inputs.items():
        taken = takes.get(composed(name))
        if taken is None or not taken.is_personal:
            continue
        value = read_personal(known, path, taken, raw, move)
        if value is None:
            continue
        one = _private(known.instance, taken.name, encode(value), salts())
        inputs[name] = private.token(one.commitment)
        found.append(one)
    return replace(command, inputs=inputs), tuple(found)


def _private(instance: str, name: str, value: bytes, salt: bytes) -> Private:
    return Private(
        instance=instance,
        commitment=private.commitment(field=name, salt=salt, value=value),
        field=name,
        salt=salt,
        value=value,
    )


def _asked(known: Known, command: Do) -> tuple[str, str, Mapping[str, Field]]:
    """What is acted on, how, and what that takes: a node's move, or a register."""
    node, move = composed(command.node), composed(command.move)
    register = known.plan.registers.get(known.plan.aliases.get(node, node))
    if move == "add" and register is not None:
        return node, move, register.takes
    path = find_node(known, node)
    found = find_move(known.node(path), move, path)
    return path, found.name, found.takes


def held_by(given: Sequence[Private], events: Iterable[Event]) -> tuple[Private, ...]:
    """Those whose tokens the events hold: of a refused act nothing is kept."""
    if not given:
        return ()
    held = {one for event in events for one in private.commitments_in(event.payload())}
    return tuple(one for one in given if one.commitment in held)


# -- on the way out


@dataclass(slots=True)
class Reader:
    """Opens the tokens of an instance's values; each is looked up once."""

    journal: Journal
    instance: str
    facts: Mapping[str, Json]
    kept: dict[str, Json] = field(default_factory=dict)

    def opened(self, value: Json, language: str | None = None) -> Json:
        """The same with values in it.

        Of what is gone a sentence says so, in a language or (None) in all of them.
        """
        wanted = set(private.commitments_in(value)) - set(self.kept)
        if wanted:
            self.look_up(wanted)
        return private.opened(value, lambda one: self._value(one, language))

    def values(self, value: Json) -> dict[str, str]:
        """The texts that tokens in a value stand for: text -> commitment."""
        wanted = set(private.commitments_in(value))
        self.look_up(wanted - set(self.kept))
        found = ((one, self.kept.get(one)) for one in sorted(wanted))
        return {said: one for one, said in found if isinstance(said, str)}

    def look_up(self, commitments: Iterable[str]) -> None:
        for one in self.journal.privates(self.instance, sorted(commitments)):
            self.kept[one.commitment] = value_of(one)

    def _value(self, commitment: str, language: str | None) -> Json:
        if commitment in self.kept:
            return self.kept[commitment]
        code = GONE if f"z/{commitment}" in self.facts else LOST
        return words.both(code) if language is None else words.say(code, language)


def value_of(one: Private) -> Json:
    """Raises DamagedData for what is no value."""
    try:
        return msgspec.json.decode(one.value)
    except msgspec.DecodeError as wrong:
        detail = f"private {one.commitment}: {wrong}"
        raise DamagedData(detail=detail) from None
