"""Whether what was decided follows from the plan and from what was known by then.

Every move, refusal and approval of an erasure is decided again: by the plan that the
instance is pinned to, on the state that the entries before it give, with the inputs,
the actor and the moment of its own entry. Who forges a gate, a value that it read or a
right must change them all, back to the entries where they came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from engine.core import effects, erasing, evidence, prospects
from engine.core.events import Erased, Erasure, Event, Moved, Refused
from engine.core.facts import Known
from engine.core.inputs import File, as_json, read_value
from engine.core.instance import Change, Instance, evolve
from engine.core.machine import rulebook
from engine.core.rights import Right, right_of
from engine.plan.gate_table import asked_of
from engine.plan.gates import Clause, Gate, leaves
from engine.plan.graph import Field, Move, Node, Plan
from engine.plan.terms import Env
from engine.plan.values import ValueReadError
from engine.ports import Json

Wrong: TypeAlias = tuple[str, int]
"""A code and the entry that it is about."""

STRANGE: Final = (KeyError, ValueError, TypeError, AttributeError, IndexError)
"""What a damaged entry may raise while it is decided again."""


@dataclass(slots=True)
class Redeciding:
    """One instance, decided again entry by entry, beside a replay of it."""

    plan: Plan
    before: Instance
    known: Known = field(init=False)

    def __post_init__(self) -> None:
        self.known = Known(self.plan, self.before.id, self.before.facts)

    def over(self, history: Iterable[tuple[Event, datetime]]) -> Iterator[Wrong]:
        """What does not follow in a whole history; what cannot be replayed ends it."""
        instance = self.before
        for event, at in history:
            for code in self.found(event, at):
                yield code, instance.revision + 1
            instance, changes = evolve(instance, event, at=at)
            self.now(instance, changes)

    def now(self, instance: Instance, changes: Iterable[Change]) -> None:
        """The entries that were asked about have led to this."""
        changed = [key for key, _ in changes]
        self.known.now_at(instance.facts, instance.revision, changed)

    def found(self, event: Event, at: datetime) -> tuple[str, ...]:
        """The code of each thing about the next entry that does not follow."""
        try:
            if isinstance(event, Moved):
                return tuple(self.moved(event, at))
            if isinstance(event, Refused) and event.why is not None:
                return tuple(self.refused(event, at))
            if not self.erases(event, at):
                return ("audit.erasure",)
        except STRANGE:
            return ("audit.undecidable",)
        return ()

    def moved(self, event: Moved, at: datetime) -> Iterator[str]:
        node, move = self.named(event.node, event.move)
        if move is None:
            yield "audit.no_move"
            return
        if not self.leads(node, move, event):
            yield "audit.transition"
        env = Env(self.known, event.node, at, {}, event.actor)
        if move.trigger == "by" and not self.may(move, event, env):
            yield "audit.right"
        env.inputs = self.given(event.node, move.takes, event.inputs)
        permit = event.why.get("permit")
        if permit != self.permit(event, move, permit):
            yield "audit.no_permit"
        yield from self.gate(node, move, env, event.why, is_open=permit is None)
        run = effects.Run(self.known, event.node, node, env, event.round)
        did = run.all(move, event.target, permit=permit is not None)
        if (did, as_json(move.signs)) != (event.did, event.signs):
            yield "audit.effects"

    def refused(self, event: Refused, at: datetime) -> Iterator[str]:
        """What was handed in is not kept of a refusal: who asks for it is passed by."""
        node, move = self.named(event.node, event.move)
        if move is None:
            yield "audit.no_move"
            return
        env = Env(self.known, event.node, at, {}, event.actor)
        if not isinstance(right_of(self.known, move, str(event.actor), env), Right):
            yield "audit.right"
        outcomes, made = evidence.examined(Gate(asked_of(node.kind, move)), env)
        recorded = event.why["gate"]
        if len(outcomes) != len(recorded) or all(line[1] is True for line in recorded):
            yield "audit.gate"
            return
        for outcome, line, said in zip(outcomes, made["gate"], recorded, strict=True):
            is_known = not _asks_inputs(outcome.clause)
            if line[0] != said[0] or (is_known and line != said):
                yield "audit.gate"
                return
        facts = {key: (value, seq) for key, value, seq in made["facts"]}
        for key, value, seq in event.why["facts"]:
            if facts.get(key, (value, seq)) != (value, seq):
                yield "audit.gate_facts"
                return

    def erases(self, event: Event, at: datetime) -> bool:
        """Of a step to an erasure: whether who approved might, and there were two."""
        if isinstance(event, Erasure) and event.step == "approved":
            asked = self.known.fact(f"z/{event.asked}")
            reason = erasing.refusal_of(self.known, asked, event.actor, at)
            return "erased" not in asked and reason is None
        if isinstance(event, Erased):
            asked = self.known.fact(f"z/{event.asked}")
            due = erasing.told(event.asked, asked, event.shared)
            is_enough = len(asked["approved"]) >= erasing.APPROVALS
            return is_enough and "erased" not in asked and event == due
        return True

    def named(self, path: str, name: str) -> tuple[Node, Move | None]:
        node = self.known.node(path)
        return node, node.kind.moves.get(name)

    def leads(self, node: Node, move: Move, event: Moved) -> bool:
        """Whether the move leads from where the node stood to where the entry says."""
        seat = self.known.seat(event.node)
        book = rulebook(node.kind)
        target = book.after(seat.state, move.name) or seat.state
        round_ = seat.round + (1 if move.next_round else 0)
        return (
            book.accepts(seat.state, move.name)
            and (event.source, event.target) == (seat.state, target)
            and event.round == round_
        )

    def may(self, move: Move, event: Moved, env: Env) -> bool:
        right = right_of(self.known, move, str(event.actor), env)
        return isinstance(right, Right) and right.record() == event.right

    def permit(self, event: Moved, move: Move, claimed: int | None) -> int | None:
        """The permit that was open; one that nobody needed does not matter."""
        if claimed is None:
            return None
        return prospects.permit_of(self.known, event.node, move)

    def given(
        self, path: str, takes: Mapping[str, Field], inputs: Mapping[str, Json]
    ) -> dict[str, Any]:
        return {
            name: self.value(path, takes[name], stored)
            for name, stored in inputs.items()
        }

    def value(self, path: str, taken: Field, stored: Any) -> Any:
        if taken.is_personal:
            return stored
        if taken.type == "file":
            return File(**stored)
        if taken.type == "list[file]":
            return tuple(File(**one) for one in stored)
        try:
            return read_value(self.known, path, taken, stored)
        except ValueReadError:
            return stored

    def gate(
        self, node: Node, move: Move, env: Env, why: Any, *, is_open: bool
    ) -> Iterator[str]:
        outcomes, made = evidence.examined(Gate(asked_of(node.kind, move)), env)
        holds = all(one.verdict is True for one in outcomes)
        if made["gate"] != why["gate"] or holds != is_open:
            yield "audit.gate"
        elif made["facts"] != why["facts"]:
            yield "audit.gate_facts"


def _asks_inputs(clause: Clause) -> bool:
    return any(sort == "input" for one in leaves(clause) for sort, _ in one.term.reads)
