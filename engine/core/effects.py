"""What a move does besides changing the state of its node (docs/plans.md §8).

Effects are worked out before the move is recorded and become lines of its event;
nothing is done here. Work in the outside world is only requested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from engine.core.facts import Known
from engine.core.inputs import File, as_json
from engine.plan.graph import Effect, Move, Node
from engine.plan.terms import ANYONE, UNKNOWN, Env
from engine.plan.values import canonical
from engine.ports import Json, Request

Line = tuple[Json, ...]


@dataclass(slots=True)
class Run:
    """The effects of one move of one node."""

    known: Known
    path: str
    node: Node
    env: Env
    round: int
    requests: list[Request] = field(default_factory=list)
    born: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    """Moves whose ballot box is to be opened."""

    def all(self, move: Move, target: str, *, permit: bool) -> tuple[Line, ...]:
        """Every line, in order: what the kind says, then what the plan adds."""
        lines: list[Line] = []
        if permit:
            lines.append(("used", self.path, self.known.round(self.path), move.name))
        lines.extend(self.restarts(move))
        lines.extend(self.members(target))
        for effect in (*move.then, *self.node.effects.get(move.name, ())):
            lines.extend(self.one(effect))
        return tuple(lines)

    # -- rounds

    def restarts(self, move: Move) -> Iterator[Line]:
        for name in move.reset:
            if name == "children":
                for child in self.known.children(self.path):
                    yield from self.begun_again(child)
            else:
                yield from self.begun_again(self.known.locate(name, self.path))

    def begun_again(self, path: str) -> Iterator[Line]:
        """A node and all below it begin their next round in their first state."""
        if f"n/{path}" in self.known.facts:
            round_ = self.known.round(path) + 1
            yield ("begin", path, round_, self.known.node(path).kind.initial)
        for child in self.known.children(path):
            yield from self.begun_again(child)

    # -- members of a container

    def members(self, target: str) -> Iterator[Line]:
        """A container that has begun makes those of its members that are not there."""
        container = self.node
        if container.member is None or target == container.kind.initial:
            return
        template = self.known.plan.nodes[container.member]
        there = set(self.known.fact(f"c/{self.path}") or ())
        for key in self.known.keys(container, self.env):
            if key in there:
                continue
            path = f"{self.path}[{key}]"
            self.born.append(path)
            initial = template.kind.initial
            yield ("add", path, template.path, self.path, key, initial, {})

    # -- the words of section 8

    def one(self, effect: Effect) -> Iterator[Line]:
        """The lines of one effect; nothing when what it needs is not known."""
        yield from _WORDS[effect.what](self, effect)

    def value(self, effect: Effect, name: str) -> Any:
        term = effect.terms.get(name)
        found = None if term is None else term.run(self.env)
        return None if found is UNKNOWN else found

    def _set(self, effect: Effect) -> Iterator[Line]:
        for name in effect.terms:
            value = self.value(effect, name)
            if value is not None:
                if name in {"owner"} and isinstance(value, str):
                    value = (value,)
                yield ("set", self.path, name, as_json(value))
                if name == "due":
                    yield from self._counted_anew()

    def _counted_anew(self) -> Iterator[Line]:
        """Another date: for how long the clock stood before does not add to it."""
        clock = self.known.clock(self.path)
        if clock is not None:
            stands = clock["since"] is not None
            yield self.clock(self.env.now if stands else None, Fraction(0))

    def _clock(self, effect: Effect) -> Iterator[Line]:
        """The working days on hold are kept, not a date: each hold adds to them."""
        clock = self.known.clock(self.path) or {"since": None, "held": 0}
        held = self.known.held(clock, self.env.now)
        if held is not None:
            stops = effect.text["does"] == "stop"
            yield self.clock(self.env.now if stops else None, held)

    def clock(self, since: datetime | None, held: Fraction) -> Line:
        stands = None if since is None else canonical(since)
        return ("clock", self.path, self.round, stands, canonical(held))

    def _freeze(self, effect: Effect) -> Iterator[Line]:
        name = effect.text["field"]
        members = self.known.field(self.path, name, self.env)
        if members is not UNKNOWN:
            kept = [who for who in _many(members) if who != ANYONE]
            yield ("set", self.path, name, kept)

    def _version(self, effect: Effect) -> Iterator[Line]:
        for deliverable in _many(self.value(effect, "of")):
            file = self.value(effect, "file")
            if not isinstance(file, File):
                continue
            number = self.known.versions(deliverable) + 1
            label = self.value(effect, "label")
            version = {
                "n": number,
                "label": str(label) if label is not None else f"v{number}",
                "digest": file.sha256,
                "name": file.name,
                "size": file.size,
                "by": self.env.actor,
            }
            yield ("version", deliverable, version)

    def _approve(self, effect: Effect) -> Iterator[Line]:
        for deliverable in _many(self.value(effect, "what")):
            latest = self.known.fact(f"d/{deliverable}")
            if latest is not None:
                yield ("approve", deliverable, latest["digest"])

    def _credit(self, effect: Effect) -> Iterator[Line]:
        measures = _many(self.value(effect, "measure"))
        amount = self.value(effect, "amount")
        hours = getattr(amount, "hours", None)
        if hours is not None:
            amount = hours()
        if amount is None:
            return
        for measure in measures:
            for who in _many(self.value(effect, "to")):
                yield ("credit", measure, who, canonical(Fraction(amount)))

    def _add(self, effect: Effect) -> Iterator[Line]:
        for register in _many(self.value(effect, "to")):
            if register not in self.known.plan.registers:
                continue
            template = self.known.plan.nodes[
                self.known.plan.registers[register].template
            ]
            number = int(self.known.fact(f"r/{register}") or 0) + 1
            path = f"{register}#{number}"
            fields = {
                name: as_json(value)
                for name in effect.terms
                if name != "to" and (value := self.value(effect, name)) is not None
            }
            self.born.append(path)
            yield ("item", path, register, number, template.kind.initial, fields)

    def _rework(self, effect: Effect) -> Iterator[Line]:
        for path in _many(self.value(effect, "node")):
            if path == self.path:
                continue
            yield from self.begun_again(path)

    def _permit(self, effect: Effect) -> Iterator[Line]:
        move = self.value(effect, "move")
        if move is not None:
            yield ("permit", self.path, self.known.round(self.path), str(move))

    def _delegate(self, effect: Effect) -> Iterator[Line]:
        until = self.value(effect, "until")
        if self.env.actor is None or until is None:
            return
        end = until if isinstance(until, datetime) else self.known.end_of(until)
        for who in _many(self.value(effect, "to")):
            yield ("delegate", self.env.actor, who, canonical(end), self.path)

    def _open_box(self, effect: Effect) -> Iterator[Line]:
        move = effect.text["move"]
        self.boxes.append(move)
        yield ("open_box", move)

    def _signal(self, effect: Effect) -> Iterator[Line]:
        yield ("signal", effect.text["name"])

    def _escalate(self, effect: Effect) -> Iterator[Line]:
        to = list(_many(self.value(effect, "to")))
        why = effect.text.get("why")
        yield ("escalate", to, why)
        yield self.request("notify", {"to": to, "why": why})

    def _action(self, effect: Effect) -> Iterator[Line]:
        given = {
            name: self._handed(value, effect.terms[name].sort)
            for name in effect.terms
            if (value := self.value(effect, name)) is not None
        }
        yield self.request(effect.text["name"], given)

    def _handed(self, value: Any, sort: str) -> Json:
        """A deliverable is handed over in the version that is the latest now."""
        if sort != "deliverable":
            return as_json(value)
        papers = [self._paper(name) for name in _many(value)]
        return papers if isinstance(value, (tuple, list)) else papers[0]

    def _paper(self, deliverable: str) -> Json:
        number = self.known.versions(deliverable)
        if not number:
            return deliverable
        latest = self.known.fact(f"d/{deliverable}/{number}")
        told = {name: latest[name] for name in ("label", "name", "size")}
        return {"deliverable": deliverable, "sha256": latest["digest"], **told}

    def request(self, action: str, parameters: Mapping[str, Json]) -> Line:
        """Work for the outside world under a key that a repetition shares."""
        seq = self.known.revision + 1
        key = f"{self.known.instance}/{seq}/{len(self.requests) + 1}"
        self.requests.append(
            Request(
                instance=self.known.instance,
                key=key,
                seq=seq,
                action=action,
                node=self.path,
                parameters=parameters,
            )
        )
        return ("request", key, action, self.path, dict(parameters))


def asked_in(key: str) -> int:
    """The entry that asked for the request of a key."""
    return int(key.rsplit("/", 2)[1])


_WORDS: Final[Mapping[str, Callable[[Run, Effect], Iterator[Line]]]] = {
    "set": Run._set,
    "freeze": Run._freeze,
    "version": Run._version,
    "approve": Run._approve,
    "credit": Run._credit,
    "add": Run._add,
    "rework": Run._rework,
    "permit": Run._permit,
    "delegate": Run._delegate,
    "open_box": Run._open_box,
    "clock": Run._clock,
    "signal": Run._signal,
    "escalate": Run._escalate,
    "action": Run._action,
}
"""What each word of docs/plans.md §8 comes to."""


def _many(value: Any) -> tuple[Any, ...]:
    if value is None or value is UNKNOWN:
        return ()
    if isinstance(value, (tuple, list)):
        return tuple(value)
    if isinstance(value, dict):
        return tuple(value)
    return (value,)
