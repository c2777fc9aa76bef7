"""Why a move cannot be made, who can change that, and by when (``whynot``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine import words
from engine.core import evidence, means, prospects, waiting
from engine.core.admission import actor_of
from engine.core.facts import Known
from engine.core.means import Step
from engine.core.naming import find_move, find_node
from engine.core.phrases import in_words
from engine.core.prospects import Prospect
from engine.core.reasons import sentence
from engine.core.rights import Right, right_of
from engine.core.waiting import Obstacle
from engine.errors import UnknownMove
from engine.plan.graph import Field, Move, Node, Words
from engine.plan.terms import ANYONE, Env
from engine.ports import Json
from engine.views import shown


def whynot(
    known: Known,
    node: str,
    move: str | None,
    now: datetime,
    *,
    actor: str | None = None,
) -> dict[str, Json]:
    """The moves of a node as they stand now: one of them, or those that lead on.

    Of a register it is ``add``. Raises UnknownNode, UnknownMove, UnknownParty.
    """
    name = known.plan.aliases.get(node, node)
    if actor is not None:
        actor = actor_of(known, actor, node=node, move=move or "")
    if name in known.plan.registers:
        return _of_register(known, name, move or "add", now, actor)
    path = find_node(known, node)
    look = _Look(known, path, now, actor)
    moves = _asked(known.node(path), path, move)
    return {
        "node": path,
        "title": known.title(path),
        "state": shown.state_of(known, path),
        "round": known.round(path),
        "due": shown.moment(known.due(path, Env(known, path, now)), known.zone),
        "moves": [look.move(one) for one in moves if one.trigger == "by"],
        "by_itself": [
            look.itself(one)
            for one in moves
            if one.trigger != "by" and (move is not None or look.is_near(one))
        ],
    }


def _asked(node: Node, path: str, move: str | None) -> tuple[Move, ...]:
    """The move that is meant; else those that are not there in every state."""
    if move is None:
        return tuple(one for one in node.kind.moves.values() if not one.anywhere)
    automatic = node.kind.moves.get(move)
    if automatic is not None and automatic.trigger != "by":
        return (automatic,)
    return (find_move(node, move, path),)


def _of_register(
    known: Known, name: str, move: str, now: datetime, actor: str | None
) -> dict[str, Json]:
    """Who may add an item to a register."""
    register = known.plan.registers[name]
    if move != "add":
        raise UnknownMove(node=name, move=move, near=("add",))
    who = prospects.holders(known, register.template, register, now)
    right = None
    if actor is not None:
        env = Env(known, register.template, now, {}, actor)
        right = _right(known, name, actor, right_of(known, register, actor, env))
    return {
        "node": name,
        "title": shown.titled(register.title),
        "state": None,
        "round": None,
        "due": None,
        "moves": [
            {
                "move": "add",
                "title": words.both("view.add"),
                "can": bool(who) if right is None else right["holds"],
                "who": shown.people(known.plan, who),
                "as": right,
                "takes": [_input(field) for field in register.takes.values()],
                "permit": None,
                "reasons": [],
                "asked": [],
            }
        ],
        "by_itself": [],
    }


def _right(
    known: Known, path: str, actor: str, found: Right | dict[str, Json]
) -> dict[str, Json]:
    """Whether somebody has a right, by whom it was handed on, or why not."""
    holds = isinstance(found, Right)
    return {
        "who": actor,
        "holds": holds,
        "behalf_of": found.behalf_of if isinstance(found, Right) else None,
        "granted": (found.granted or None) if isinstance(found, Right) else None,
        "reason": None if isinstance(found, Right) else _told(known, path, found),
    }


def _told(known: Known, path: str, reason: dict[str, Json]) -> dict[str, Json]:
    said = in_words(known.plan, path, reason)
    verdict = {"core.unmet": "false", "core.unknown": "unknown"}
    return {
        "code": reason["code"],
        "clause": reason.get("clause"),
        "verdict": verdict.get(reason["code"]),
        "text": {one: sentence(said, one) for one in words.LANGUAGES},
    }


def _input(field: Field) -> dict[str, Json]:
    return {
        "name": field.name,
        "title": shown.titled(field.title),
        "type": field.type,
        "required": field.required,
    }


@dataclass(frozen=True, slots=True)
class _Look:
    known: Known
    path: str
    now: datetime
    actor: str | None

    def move(self, move: Move) -> dict[str, Json]:
        one = prospects.prospect(
            self.known, self.path, move, self.now, actor=self.actor
        )
        right = None if self.actor is None else self.right(move, self.actor)
        able = prospects.able(self.known, self.path, move, self.now)
        can = one.is_open and (bool(able) if right is None else right["holds"])
        return {
            "move": move.name,
            "title": shown.titled(move.title),
            "can": can,
            "who": shown.people(self.known.plan, able),
            "as": right,
            "takes": [_input(field) for field in move.takes.values()],
            "permit": one.permit,
            "reasons": list(self.reasons(one)),
            "asked": [
                _told(self.known, self.path, evidence.reason(outcome))
                for outcome in one.asked
            ],
        }

    def right(self, move: Move, actor: str) -> dict[str, Json]:
        found = prospects.right_to(self.known, self.path, move, actor, self.now)
        return _right(self.known, self.path, actor, found)

    # -- reasons

    def reasons(self, one: Prospect) -> Iterator[dict[str, Json]]:
        """What keeps the move, each with the steps that would help."""
        if one.counted:
            yield self.reason({"code": "core.counted"}, ())
        if not one.in_state:
            steps: tuple[Step, ...] = ()
            if not one.unmet:
                steps = means.steps_towards(
                    self.known, self.path, one.move.sources, self.now
                )
            yield self.reason(self.not_in_state(one.move), steps)
        if one.permit is None:
            yield from map(self.obstacle, one.unmet)

    def not_in_state(self, move: Move) -> dict[str, Json]:
        states = self.known.node(self.path).kind.states
        return {
            "code": "core.not_in_state",
            "state": shown.titled(states[self.known.state(self.path)].title),
            "states": [shown.titled(states[one].title) for one in move.sources],
        }

    def obstacle(self, one: Obstacle) -> dict[str, Json]:
        steps = means.steps_for(self.known, one, self.now)
        return self.reason(evidence.reason(one.outcome), steps, path=one.path)

    def reason(
        self, reason: dict[str, Json], steps: tuple[Step, ...], path: str | None = None
    ) -> dict[str, Json]:
        at = path or self.path
        due = self.known.due(at, Env(self.known, at, self.now))
        return {
            **_told(self.known, at, reason),
            "node": at,
            "due": shown.moment(due, self.known.zone),
            "steps": [self.step(step) for step in steps],
        }

    # -- steps

    def step(self, step: Step) -> dict[str, Json]:
        return {
            "sort": step.sort,
            "node": step.node,
            "title": self.title_of(step),
            "move": step.move or None,
            "move_title": self.move_title(step),
            "who": shown.people(self.known.plan, step.who),
            "at": shown.moment(step.at, self.known.zone),
            "given": None if step.given is None else shown.amount(step.given),
            "needed": None if step.needed is None else shown.amount(step.needed),
            "left": self.left(step),
            "missing": list(step.missing),
            "owing": [
                {"who": who, "amount": shown.amount(amount)}
                for who, amount in step.owing
            ],
        }

    def left(self, step: Step) -> list[str]:
        """Of a count of single acts: those who may still add to it."""
        if step.sort != "move" or step.needed is None:
            return []
        move = self.known.node(step.node).kind.moves[step.move]
        return [who for who in step.who if who != ANYONE] if move.once_each else []

    def title_of(self, step: Step) -> dict[str, str]:
        plan = self.known.plan
        title: Words = step.node
        match step.sort:
            case "signal":
                title = step.node
            case "add":
                title = plan.registers[step.node].title
            case "quota":
                title = plan.quotas[step.node].title
            case _:
                return self.known.title(step.node)
        return shown.titled(title)

    def move_title(self, step: Step) -> Json:
        if step.sort in {"move", "nobody", "outcome"}:
            return shown.move_title(self.known.node(step.node), step.move)
        return None

    # -- what happens by itself

    def is_near(self, move: Move) -> bool:
        """An automatic move out of the present state."""
        state = self.known.state(self.path)
        leads = move.target is not None and move.target != state
        return leads and state in move.sources and move.trigger != "every"

    def itself(self, move: Move) -> dict[str, Json]:
        """An automatic move, and what it waits for."""
        reasons = []
        if self.known.state(self.path) not in move.sources:
            steps = means.steps_towards(self.known, self.path, move.sources, self.now)
            reasons.append(self.reason(self.not_in_state(move), steps))
        env = Env(self.known, self.path, self.now)
        reasons += [
            self.obstacle(Obstacle(self.path, move, outcome))
            for outcome in waiting.missing(move.when, env)
        ]
        return {
            "move": move.name,
            "title": shown.titled(move.title),
            "reasons": reasons,
        }
