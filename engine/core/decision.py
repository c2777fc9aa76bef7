"""``decide(plan, instance, command, now) -> Decision``: the one place that decides.

Pure: no input or output, no clock, no chance. Given the same plan, instance,
command and time it gives the same events, byte for byte.

A decision first lets the clock catch up (every timer due by now, in order), then
looks at the command, then lets the moves that happen by themselves happen, in
document order, until nothing more does; only nodes whose gates mention a changed
fact are looked at again.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from engine import words
from engine.core import (
    admission,
    agenda,
    ballot_box,
    effects,
    evidence,
    prospects,
    waiting,
)
from engine.core.agenda import TimerKey, Timers
from engine.core.commands import Command, Do, Report, Signal, Start, Tick
from engine.core.events import (
    Added,
    Event,
    Missed,
    Moved,
    Refused,
    Reported,
    Signalled,
    Started,
    Tally,
)
from engine.core.facts import Known, template_of
from engine.core.inputs import as_json, composed, read_inputs, tally_of
from engine.core.instance import (
    PERMITS,
    Change,
    Facts,
    Instance,
    evolve,
    with_sealed,
)
from engine.core.machine import rulebook
from engine.core.naming import find_move, find_node
from engine.core.rights import Right, right_of
from engine.errors import BadInput, NeverAtRest
from engine.plan.graph import CAUSES, OUTCOMES, Move, Node, Plan
from engine.plan.terms import Dependency, Env
from engine.plan.values import canonical
from engine.ports import Json, Request

MOVES_MAX: Final = 10_000
"""Automatic moves after one command; more is a plan that never comes to rest."""

CIRCLE_MAX: Final = 20
"""Moves that are named when a plan never comes to rest."""


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


def decide(
    plan: Plan,
    instance: Instance,
    command: Command,
    *,
    now: datetime,
    timers: Timers | None = None,
) -> Decision:
    """The events that follow. Raises WrongUse for what cannot be understood."""
    work = _Work(plan, instance, now, timers if timers is not None else Timers())
    if isinstance(command, Start):
        work.start(command)
    else:
        work.catch_up()
        work.obey(command)
    work.settle()
    return work.decision()


class _Act(Struct, kw_only=True):
    """A move that is about to be made, and why it may be."""

    path: str
    node: Node
    move: Move
    env: Env
    right: Right | None = None
    occurred: str | None = None
    due: datetime | None = None


@dataclass(slots=True)
class _Work:
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
    due: dict[TimerKey, datetime] = field(default_factory=dict)
    touched: set[TimerKey] = field(default_factory=set)
    stroke: datetime | None = None
    """While it catches up: the due time that has its turn."""

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

    # -- commands

    def start(self, command: Start) -> None:
        self.record(
            Started(
                plan=self.plan.digest,
                plan_id=self.plan.id,
                title=_text(self.plan.title),
                by=command.by,
                ledger=tuple(
                    [line.id, line.sort, _text(line.about), line.value]
                    for line in self.plan.ledger
                ),
            )
        )
        for path, node in self.plan.nodes.items():
            if not node.dynamic:
                for move in node.automatic[node.kind.initial]:
                    self.queue(path, node, move)

    def catch_up(self) -> None:
        """Let every timer due by now fire, earliest first, each once.

        What opened at a later moment waits for its own turn, as it would have awake.
        """
        while due := self.next_due():
            moment, (path, move) = due
            self.stroke = max(moment, self.stroke or moment)
            if self.is_passed_over(moment, path, move):
                continue
            self.due[path, move] = moment
            self.timers = self.timers.cancel((path, move))
            self.touched.add((path, move))
            self.queue(path, self.known.node(path), move)
            self.settle()
        self.stroke = None

    def is_passed_over(self, due: datetime, path: str, name: str) -> bool:
        """Whether a recurring move does not come now: its timer is set to when it does.

        What its recurrence leaves out after a time without anybody is recorded.
        """
        node = self.known.node(path)
        move = node.kind.moves[name]
        if move.every is None:
            return False
        following = agenda.next_occurrence(self.known, path, move)
        if following != due:
            # the rules of its zone have changed since the timer was set
            self.timer(path, name, following)
            return True
        policy, missed = agenda.left_out(self.known, path, move, due, now=self.now)
        if missed:
            self.timer(path, name, self.miss(path, move, policy, missed))
            self.settle()
        return bool(missed)

    def miss(
        self, path: str, move: Move, because: str, times: tuple[datetime, ...]
    ) -> datetime | None:
        """Record times that pass without their move; when it comes next."""
        self.record(
            Missed(
                node=path,
                move=move.name,
                because=because,
                count=len(times),
                first=str(canonical(times[0])),
                last=str(canonical(times[-1])),
            )
        )
        return agenda.next_occurrence(self.known, path, move)

    def next_due(self) -> tuple[datetime, TimerKey] | None:
        found = [
            (due, node.order, path, node.kind.rank[move], move)
            for due, (path, move) in self.timers.until(self.now)
            if (node := self.known.node(path))
        ]
        if not found:
            return None
        due, _, path, _, move = min(found)
        return due, (path, move)

    def obey(self, command: Command) -> None:
        match command:
            case Do():
                self.do(command)
            case Signal():
                self.signal(command)
            case Report():
                self.report(command)
            case Tick() | Start():
                return

    def signal(self, command: Signal) -> None:
        self.record(
            Signalled(
                name=admission.name_of(
                    command.name, node="", move="signal", code="core.signal_missing"
                ),
                actor=admission.witness_of(self.known, command.actor),
                occurred=self.past(command.occurred),
                note=admission.kept(command.note),
            )
        )

    def report(self, command: Report) -> None:
        """An outcome is recorded once: whoever reports it again tells nothing new."""
        asked = self.known.fact(f"q/{command.key}")
        if asked is None:
            return
        for found, known in (
            (command.outcome, OUTCOMES),
            (command.cause, (None, *CAUSES)),
        ):
            if found not in known:
                what = words.both("core.outcome", found=found, known=known)
                raise BadInput(node=asked, move="report", what=what)
        self.record(
            Reported(
                node=asked,
                key=command.key,
                outcome=command.outcome,
                cause=command.cause,
                detail=admission.kept(command.detail),
                files=command.files,
            )
        )
        self.closed.append(command.key)
        for name, note in command.says:
            self.said(name, note, node=asked)
        # the moves that the node makes on an action's outcome
        node = self.known.node(asked)
        for move in node.kind.moves.values():
            if move.trigger == "on" and move.on in {command.outcome, command.cause}:
                self.queue(asked, node, move.name)

    def said(self, name: str, note: str | None, *, node: str) -> None:
        """What an action found out: nobody says it but the request before it."""
        named = admission.name_of(
            name, node=node, move="report", code="core.signal_missing"
        )
        self.record(Signalled(name=named, actor=None, note=admission.kept(note)))

    def past(self, occurred: datetime | None) -> str | None:
        if occurred is None:
            return None
        if occurred > self.now:
            raise BadInput(node="", move="", what=words.both("core.future"))
        return str(canonical(occurred))

    # -- a person's move

    def do(self, command: Do) -> None:
        asked = {"node": composed(command.node), "move": composed(command.move)}
        actor = admission.actor_of(self.known, command.actor, **asked)
        command = replace(command, actor=actor, node=asked["node"], move=asked["move"])
        if command.move == "add" and command.node in self.registers():
            self.add(command)
            return
        path = find_node(self.known, command.node)
        node = self.known.node(path)
        move = find_move(node, command.move, path)
        state = self.known.state(path)
        if not rulebook(node.kind).accepts(state, move.name):
            self.refuse(path, move, command.actor, self.not_now(path, node, move))
            return
        env = Env(self.known, path, self.now, {}, command.actor)
        right = right_of(self.known, move, command.actor, env)
        if isinstance(right, dict):
            self.refuse(path, move, command.actor, (right,))
            return
        env.inputs = read_inputs(
            self.known, path, move.takes, command.inputs, move=move.name
        )
        reasons = self.backdated(path, command) or self.counted(path, move)
        if reasons:
            self.refuse(path, move, command.actor, reasons)
            return
        act = _Act(path=path, node=node, move=move, env=env, right=right)
        act.occurred = self.past(command.occurred)
        self.try_move(act)

    def registers(self) -> set[str]:
        return set(self.plan.registers) | {
            alias
            for alias, name in self.plan.aliases.items()
            if name in self.plan.registers
        }

    def backdated(self, path: str, command: Do) -> tuple[Json, ...]:
        """An act dated before the plan was issued must have been declared."""
        issued, declared = self.plan.issued, self.plan.backdated
        if command.occurred is None or issued is None or declared is None:
            return ()
        if command.occurred >= issued:
            return ()
        template = template_of(path)
        if any(template == one or template.startswith(f"{one}.") for one in declared):
            return ()
        return ({"code": "core.backdated", "allowed": list(declared)},)

    def counted(self, path: str, move: Move) -> tuple[Json, ...]:
        """Why a box takes no more: what a late answer adds would tell whose it is."""
        counted = prospects.is_counted(self.known, path, move)
        return ({"code": "core.counted"},) if counted else ()

    def not_now(self, path: str, node: Node, move: Move) -> tuple[Json, ...]:
        """Why a node is in no state for a move: what would bring it there."""
        state = self.known.state(path)
        found: list[Json] = [
            {
                "code": "core.not_in_state",
                "state": _text(node.kind.states[state].title),
                "states": [_text(node.kind.states[s].title) for s in move.sources],
            }
        ]
        for one in waiting.obstacles(self.known, path, self.now, towards=move.sources):
            found.append(evidence.reason(one.outcome))
        return tuple(found)

    def try_move(self, act: _Act) -> None:
        """A person's move: made if its gate holds or a permit is open."""
        gate = prospects.gate_of(act.node, act.move)
        outcomes, why = evidence.examined(gate, act.env)
        if not all(outcome.verdict is True for outcome in outcomes):
            permit = self.permit(act.path, act.move)
            if permit is None:
                reasons = evidence.reasons(outcomes)
                self.refuse(act.path, act.move, str(act.env.actor), reasons, why)
                return
            why["permit"] = permit
        self.make(act, why)

    def refuse(
        self,
        path: str,
        move: Move | str,
        actor: str,
        reasons: tuple[Json, ...],
        why: Json = None,
    ) -> None:
        name = move if isinstance(move, str) else move.name
        self.refused = Refused(
            node=path, move=name, actor=actor, reasons=reasons, why=why
        )
        self.record(self.refused)

    def add(self, command: Do) -> None:
        """Somebody puts an item on a register."""
        name = self.plan.aliases.get(command.node, command.node)
        register = self.plan.registers[name]
        template = self.plan.nodes[register.template]
        env = Env(self.known, register.template, self.now, {}, command.actor)
        right = right_of(self.known, register, command.actor, env)
        if isinstance(right, dict):
            self.refuse(name, "add", command.actor, (right,))
            return
        reasons = self.backdated(register.template, command)
        if reasons:
            self.refuse(name, "add", command.actor, reasons)
            return
        fields = template.kind.fields
        given = read_inputs(
            self.known, name, register.takes, command.inputs, move="add"
        )
        if "raised_by" in fields and "raised_by" not in given:
            given["raised_by"] = command.actor
        number = int(self.known.fact(f"r/{name}") or 0) + 1
        self.record(
            Added(
                node=f"{name}#{number}",
                register=name,
                template=register.template,
                number=number,
                state=template.kind.initial,
                actor=command.actor,
                fields={key: as_json(value) for key, value in given.items()},
                right=right.record(),
                occurred=self.past(command.occurred),
            )
        )

    # -- moves

    def permit(self, path: str, move: Move) -> int | None:
        """The entry of a permit to pass this gate, if one is open."""
        if PERMITS not in self.known.facts:
            return None
        return prospects.permit_of(self.known, path, move)

    def make(self, act: _Act, why: Json) -> None:
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

    # -- moves that happen by themselves

    def settle(self) -> None:
        """Make automatic moves, in document order, until nothing more happens."""
        made: list[str] = []
        while self.pending:
            _, path, _, name = heapq.heappop(self.pending)
            self.queued.discard((path, name))
            if self.by_itself(path, name):
                made.append(f"{path} {name}")
                if len(made) > MOVES_MAX:
                    raise NeverAtRest(circle=_circle(made))

    def by_itself(self, path: str, name: str) -> bool:
        """Make an automatic move if it holds; else note when to look again."""
        seat = self.known.seat(path)
        node, state = seat.node, seat.state
        move = node.kind.moves[name]
        due = self.due.pop((path, name), None) if self.due else None
        if state not in move.sources:
            if name in node.kind.waking:
                self.timer(path, name, None)
            return False
        if due is None and self.has_its_turn(path, name):
            return False
        env = Env(self.known, path, self.now)
        is_timed = move.every is not None
        if is_timed:
            happens, moment = self.rhythm(node, move, env, due)
        else:
            happens, moment = self.outlook(node, move, env)
        permit = None if happens else self.permit(path, move)
        if happens or permit is not None:
            _, why = evidence.examined(move.when, env)
            if permit is not None:
                why["permit"] = permit
            self.make(_Act(path=path, node=node, move=move, env=env, due=due), why)
            moment = self.alarm(path, node, move, env)
        elif due is not None and is_timed:
            moment = self.miss(path, move, "gate", (due,))
        if name in node.kind.waking:
            self.timer(path, name, moment)
        return happens or permit is not None

    def has_its_turn(self, path: str, name: str) -> bool:
        """A missed timer of its own is still to fire: in the order of due times."""
        if self.timers.earliest is None or self.timers.earliest > self.now:
            return False
        waits = self.timers.due.get((path, name))
        return waits is not None and waits <= self.now

    def rhythm(
        self, node: Node, move: Move, env: Env, due: datetime | None
    ) -> tuple[bool, datetime | None]:
        """Whether it is a time of a recurring move; if not, when the next one is."""
        if due is not None:
            return move.when.verdict(env) is True, None
        return False, agenda.next_alarm(self.known, node, move, env)

    def outlook(self, node: Node, move: Move, env: Env) -> tuple[bool, datetime | None]:
        """Whether an automatic move happens now; if not, when to look again."""
        happens, moment = self.prospect(node, move, env)
        if happens and (turn := self.turn(node, move, env)):
            return False, turn
        return happens, moment

    def turn(self, node: Node, move: Move, env: Env) -> datetime | None:
        """When a missed move has its turn, if the one that catches up comes before."""
        if self.stroke is None or move.name not in node.kind.waking:
            return None
        then = Env(self.known, env.me, self.stroke)
        if move.moment is not None:
            opened = agenda.moment_of(move.moment(then), self.known)
        elif move.clocked.verdict(then) is True:
            return None
        else:
            opened = agenda.next_alarm(self.known, node, move, then)
        is_later = opened is not None and self.stroke < opened <= self.now
        return opened if is_later else None

    def prospect(
        self, node: Node, move: Move, env: Env
    ) -> tuple[bool, datetime | None]:
        """Whether an automatic move may happen; if not, when to look again."""
        moment = None
        if move.moment is not None:
            moment = agenda.moment_of(move.moment(env), self.known)
            if moment is None:
                return False, None
        possible = move.still.verdict(env)
        if possible is False:
            # no moment can open it: when its facts change it is looked at again
            return False, None
        if moment is not None:
            if moment <= self.now:
                return possible is True, None
            return False, moment
        if possible is True and move.clocked.verdict(env) is True:
            return True, None
        if move.name not in node.kind.waking:
            return False, None
        return False, agenda.next_alarm(self.known, node, move, env)

    def alarm(self, path: str, node: Node, move: Move, env: Env) -> datetime | None:
        """After the move: when to look again, if the node is in a state for it."""
        waking = move.name in node.kind.waking
        if not waking or self.known.state(path) not in move.sources:
            return None
        if agenda.is_shut(move, env):
            return None
        return agenda.next_alarm(self.known, node, move, env)

    def timer(self, path: str, move: str, due: datetime | None) -> None:
        key = (path, move)
        known = self.timers.due.get(key)
        if due != known:
            self.touched.add(key)
            cancelled = self.timers.cancel(key)
            self.timers = cancelled if due is None else self.timers.set(key, due)

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


def _circle(made: list[str]) -> tuple[str, ...]:
    """The moves that the last one leads back to; those made last if none do."""
    last = len(made) - 1
    for length in range(1, CIRCLE_MAX + 1):
        if made[last - length : last] == made[last - 2 * length : last - length]:
            return tuple(made[last - length : last])
    return tuple(dict.fromkeys(made[-CIRCLE_MAX:]))


def _cause(move: Move, due: datetime | None) -> str:
    if move.trigger == "by":
        return "person"
    if move.trigger == "on":
        return "outcome"
    return "condition" if due is None else "clock"


def _text(title: Any) -> Json:
    return dict(title) if not isinstance(title, str) else title
