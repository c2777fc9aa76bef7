"""A decision in the making: what has been recorded, what must be looked at again.

Each event is recorded with the facts that it changes; they wake the moves that read
them. A move is made here, whoever or whatever asked for it.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from engine.core import agenda, ballot_box, effects, prospects
from engine.core.agenda import TimerKey, Timers
from engine.core.events import Event, Moved, Refused, Tally
from engine.core.facts import Known
from engine.core.inputs import as_json, tally_of
from engine.core.instance import (
    PERMITS,
    Change,
    Facts,
    Instance,
    evolve,
    with_sealed,
)
from engine.core.machine import rulebook
from engine.core.rights import Right
from engine.plan.graph import Move, Node, Plan
from engine.plan.terms import Dependency, Env
from engine.plan.values import canonical
from engine.ports import Json, Request


class Recorded(Struct, frozen=True, kw_only=True):
    """An event with the facts it changed."""

    event: Event
    changes: tuple[Change, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """What follows from a command; nothing of it has happened yet."""

    instance: Instance
    recorded: tuple[Recorded, ...]
    timers: Timers
    """All timers afterwards."""
    timers_set: tuple[tuple[TimerKey, datetime], ...] = ()
    timers_cancelled: tuple[TimerKey, ...] = ()
    requests: tuple[Request, ...] = ()
    closed: tuple[str, ...] = ()
    refused: Refused | None = None
    sealed: Mapping[str, Json]
    """Ballot boxes that changed beside the history; None takes one away."""


class Act(Struct, kw_only=True):
    """A move that is about to be made, and why it may be."""

    path: str
    node: Node
    move: Move
    env: Env
    right: Right | None = None
    occurred: str | None = None
    due: datetime | None = None


@dataclass(slots=True)
class Work:
    """A decision in the making."""

    plan: Plan
    instance: Instance
    now: datetime
    timers: Timers
    known: Known = field(init=False)
    recorded: list[Recorded] = field(default_factory=list)
    before: Timers = field(init=False)
    requests: list[Request] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    refused: Refused | None = None
    sealed: dict[str, Json] = field(default_factory=dict)
    pending: list[tuple[int, str, int, str]] = field(default_factory=list)
    queued: set[TimerKey] = field(default_factory=set)
    touched: set[TimerKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        # a clock that steps back does not take time back from the history
        if self.instance.at is not None and self.instance.at > self.now:
            self.now = self.instance.at
        self.known = Known(
            self.plan,
            self.instance.id,
            self.instance.facts,
            revision=self.instance.revision,
        )
        self.before = self.timers

    # -- recording

    def record(self, event: Event) -> None:
        """The event happens: its facts change, and what reads them is queued."""
        before = self.instance.facts
        self.instance, changes = evolve(self.instance, event, at=self.now)
        self.known.now_at(
            self.instance.facts, self.instance.revision, [key for key, _ in changes]
        )
        self.recorded.append(Recorded(event=event, changes=changes))
        self.touch(changes, before)

    def touch(self, changes: tuple[Change, ...], before: Facts) -> None:
        """Queue what reads the changed facts: each once, the nodes' own moves first."""
        seen: set[tuple[Dependency, str]] = set()
        for key, _ in changes:
            aspect, found = agenda.dependencies(key)
            for dependency, path in found:
                if dependency[0] == "node":
                    self.awaken(path, aspect)
                if (dependency, path) in seen:
                    continue
                seen.add((dependency, path))
                self.wake(dependency)
                if aspect == agenda.STATE and self.comes_to_rest(path, before):
                    self.wake(("rest", dependency[1]))

    def comes_to_rest(self, path: str, before: Facts) -> bool:
        """Whether a node is done or settled now and was not, or the other way round."""
        seat = self.known.seat(path)
        kind = seat.node.kind
        was = before.get(f"n/{path}")
        old = kind.states[kind.initial if was is None else was.value["s"]]
        new = kind.states[seat.state]
        return (old.done, old.settled) != (new.done, new.settled)

    def wake(self, dependency: Dependency) -> None:
        """Queue the moves elsewhere that read this."""
        for template, move in self.plan.watch.get(dependency, ()):
            node = self.plan.nodes[template]
            for live in self.known.live(node) if node.dynamic else (template,):
                if move in node.automatic[self.known.seat(live).state]:
                    self.queue(live, node, move)

    def awaken(self, path: str, aspect: str) -> None:
        """A node looks at those moves of its state that read what has changed.

        In a new state it looks at all, and its other moves wait for nothing now.
        """
        seat = self.known.seat(path)
        kind = seat.node.kind
        mine = seat.node.automatic[seat.state]
        is_new = aspect == agenda.STATE
        if is_new and self.timers.due:
            for move in kind.waking:
                if move not in mine:
                    self.timer(path, move, None)
        for move in mine:
            reads = kind.aspects[move]
            if is_new or not aspect or aspect in reads or "" in reads:
                self.queue(path, seat.node, move)

    def queue(self, path: str, node: Node, move: str) -> None:
        key = (path, move)
        if key not in self.queued:
            self.queued.add(key)
            rank = node.kind.rank[move]
            heapq.heappush(self.pending, (node.order, path, rank, move))

    def timer(self, path: str, move: str, due: datetime | None) -> None:
        key = (path, move)
        known = self.timers.due.get(key)
        if due != known:
            self.touched.add(key)
            cancelled = self.timers.cancel(key)
            self.timers = cancelled if due is None else self.timers.set(key, due)

    # -- moves

    def permit(self, path: str, move: Move) -> int | None:
        """The entry of a permit to pass this gate, if one is open."""
        if PERMITS not in self.known.facts:
            return None
        return prospects.permit_of(self.known, path, move)

    def make(self, act: Act, why: Json) -> None:
        """The move happens: its event, with everything that it does."""
        path, node, move, env = act.path, act.node, act.move, act.env
        seat = self.known.seat(path)
        source, ending = seat.state, seat.round
        target = rulebook(node.kind).after(source, move.name) or source
        round_ = ending + (1 if move.next_round else 0)
        # secret unless it is plainly not: what is unknown is not told
        secret = move.secret is not None and move.secret.run(env) is not False
        tally = tuple(tally_of(move.takes, env.inputs)) if env.inputs else ()
        run = effects.Run(self.known, path, node, env, round_)
        did = run.all(move, target, permit="permit" in why)
        given = {} if secret else {n: as_json(v) for n, v in env.inputs.items()}
        self.record(
            Moved(
                node=path,
                move=move.name,
                source=source,
                target=target,
                round=round_,
                cause=_cause(move, act.due),
                why=why,
                actor=env.actor if act.right is not None else None,
                right=None if act.right is None else act.right.record(),
                inputs=given,
                tally=() if secret else tally,
                did=did,
                due=None if act.due is None else canonical(act.due),
                occurred=act.occurred,
                sealed=secret,
                signs=as_json(move.signs),
            )
        )
        if secret:
            self.seal(ballot_box.box_key(path, round_, move.name), tally)
        for name in run.boxes:
            self.open_box(path, ending, node.kind.moves[name])
        self.requests.extend(run.requests)

    # -- secret answers

    def seal(self, key: str, tally: tuple[Tally, ...]) -> None:
        """An answer goes into its box, beside the history."""
        found = self.instance.facts.get(key)
        box = None if found is None else found.value
        self.put(key, ballot_box.with_answer(box, tally))

    def open_box(self, path: str, round_: int, move: Move) -> None:
        """The totals of a box become history; an empty or opened box tells nothing."""
        inside = self.known.fact(f"b/{path}/{round_}/{move.name}")
        if inside is None or inside["opened"]:
            return
        key = ballot_box.box_key(path, round_, move.name)
        found = self.instance.facts.get(key)
        self.record(
            ballot_box.opened(
                None if found is None else found.value,
                node=path,
                move=move.name,
                round_=round_,
                casts=inside["casts"],
                takes=move.takes,
            )
        )
        self.put(key, None)

    def put(self, key: str, box: Json) -> None:
        self.sealed[key] = box
        self.instance = with_sealed(self.instance, {key: box})
        self.known.now_at(self.instance.facts, self.instance.revision, ())

    # -- the result

    def decision(self) -> Decision:
        set_, cancelled = agenda.difference(self.before, self.timers, self.touched)
        return Decision(
            instance=self.instance,
            recorded=tuple(self.recorded),
            timers=self.timers,
            timers_set=set_,
            timers_cancelled=cancelled,
            requests=tuple(self.requests),
            closed=tuple(self.closed),
            refused=self.refused,
            sealed=self.sealed,
        )


def _cause(move: Move, due: datetime | None) -> str:
    if move.trigger == "by":
        return "person"
    if move.trigger == "on":
        return "outcome"
    return "condition" if due is None else "clock"
