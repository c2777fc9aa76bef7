"""Why a move cannot be made, who can change that, and by when (``whynot``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.core import evidence, means, prospects, waiting
from engine.core.facts import Known
from engine.core.means import Step
from engine.core.naming import find_move, find_node
from engine.core.prospects import Prospect
from engine.core.reasons import sentence
from engine.core.rights import ANYONE, Right
from engine.core.waiting import Obstacle
from engine.plan.graph import Move, Words
from engine.plan.terms import Env
from engine.ports import Json
from engine.views import shown
from engine.words import LANGUAGES


def whynot(
    known: Known,
    node: str,
    move: str | None,
    now: datetime,
    *,
    actor: str | None = None,
) -> dict[str, Json]:
    """Every move of a node that a person makes, or one of them, as it stands now."""
    path = find_node(known, node)
    kind = known.node(path).kind
    if move is None:
        # what is there in every state is told only to who asks for it
        asked = [m for m in prospects.persons_moves(kind) if not m.anywhere]
    else:
        asked = [find_move(known.node(path), move, path)]
    look = _Look(known, path, now, actor)
    return {
        "node": path,
        "title": shown.node_title(known, path),
        "state": shown.state_of(known, path),
        "round": known.round(path),
        "due": shown.moment(known.due(path, Env(known, path, now)), known.zone),
        "moves": [look.move(one) for one in asked],
        "by_itself": [] if move is not None else list(look.by_itself()),
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
        right = self.right(move)
        able = prospects.able(self.known, self.path, move, self.now)
        can = one.is_open and (right["holds"] if self.actor else bool(able))
        return {
            "move": move.name,
            "title": shown.titled(move.title),
            "can": can,
            "who": shown.people(self.known.plan, able),
            "as": right if self.actor else None,
            "takes": [
                {
                    "name": field.name,
                    "title": shown.titled(field.title),
                    "type": field.type,
                    "required": field.required,
                }
                for field in move.takes.values()
            ],
            "permit": one.permit,
            "reasons": list(self.reasons(one)),
            "asked": [self.told(evidence.reason(outcome)) for outcome in one.asked],
        }

    def right(self, move: Move) -> dict[str, Json]:
        """Whether WHO has the right, by whom it was handed on, or why not."""
        if self.actor is None:
            return {}
        found = prospects.right_to(self.known, self.path, move, self.actor, self.now)
        if isinstance(found, Right):
            return {
                "who": self.actor,
                "holds": True,
                "behalf_of": found.behalf_of,
                "granted": found.granted or None,
                "reason": None,
            }
        return {
            "who": self.actor,
            "holds": False,
            "behalf_of": None,
            "granted": None,
            "reason": self.told(found),
        }

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
            **self.told(reason),
            "node": at,
            "due": shown.moment(due, self.known.zone),
            "steps": [self.step(step) for step in steps],
        }

    def told(self, reason: dict[str, Json]) -> dict[str, Json]:
        verdict = {"core.unmet": "false", "core.unknown": "unknown"}
        return {
            "code": reason["code"],
            "clause": reason.get("clause"),
            "verdict": verdict.get(reason["code"]),
            "text": {one: sentence(reason, one) for one in LANGUAGES},
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
                return shown.node_title(self.known, step.node)
        return shown.titled(title)

    def move_title(self, step: Step) -> Json:
        if step.sort in {"move", "nobody", "outcome"}:
            return shown.move_title(self.known.node(step.node), step.move)
        return None

    def by_itself(self) -> Iterator[dict[str, Json]]:
        """The moves that the node makes by itself, and what each waits for."""
        node = self.known.node(self.path)
        state = self.known.state(self.path)
        env = Env(self.known, self.path, self.now)
        for name in node.kind.automatic[state]:
            move = node.kind.moves[name]
            if move.anywhere or move.target == state:
                continue
            if move.target is None or move.trigger == "every":
                continue
            shut = [
                Obstacle(self.path, move, outcome)
                for outcome in waiting.missing(move.when, env)
            ]
            yield {
                "move": move.name,
                "title": shown.titled(move.title),
                "reasons": [self.obstacle(one) for one in shut],
            }
