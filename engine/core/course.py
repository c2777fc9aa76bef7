"""What happens by itself: missed timers catch up, automatic moves follow.

Every timer due by now fires in order, each once; then moves happen in document order
until nothing more does. Only nodes whose gates read a changed fact are looked at.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from engine.core import agenda, evidence
from engine.core.agenda import TimerKey
from engine.core.events import Missed
from engine.core.work import Act, Work
from engine.errors import NeverAtRest
from engine.plan.graph import Move, Node
from engine.plan.terms import Env
from engine.plan.values import canonical

MOVES_MAX: Final = 10_000
"""Automatic moves after one command; more is a plan that never comes to rest."""

CIRCLE_MAX: Final = 20
"""Moves that are named when a plan never comes to rest."""


@dataclass(slots=True)
class Course(Work):
    """The course of events after a command, or after a time without anybody."""

    due: dict[TimerKey, datetime] = field(default_factory=dict)
    """Timers that have just fired, and for when."""
    stroke: datetime | None = None
    """While it catches up: the due time that has its turn."""

    # -- after a time without anybody

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

    # -- until nothing more happens

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
        happens, moment = self.tried(node, move, env, due)
        if name in node.kind.waking:
            self.timer(path, name, moment)
        return happens

    def tried(
        self, node: Node, move: Move, env: Env, due: datetime | None
    ) -> tuple[bool, datetime | None]:
        """Make the move if it holds or is permitted; when to look at it again."""
        is_timed = move.every is not None
        if is_timed:
            happens, moment = self.rhythm(node, move, env, due)
        else:
            happens, moment = self.outlook(node, move, env)
        permit = None if happens else self.permit(env.me, move)
        if happens or permit is not None:
            _, why = evidence.examined(move.when, env)
            if permit is not None:
                why["permit"] = permit
            self.make(Act(path=env.me, node=node, move=move, env=env, due=due), why)
            return True, self.alarm(node, move, env)
        if is_timed and due is not None:
            moment = self.miss(env.me, move, "gate", (due,))
        return False, moment

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

    def alarm(self, node: Node, move: Move, env: Env) -> datetime | None:
        """After the move: when to look again, if the node is in a state for it."""
        if move.name not in node.kind.waking or (env.me, move.name) in self.queued:
            return None  # nothing wakes it, or it is looked at again anyway
        if self.known.state(env.me) not in move.sources:
            return None
        if agenda.is_shut(move, env):
            return None
        return agenda.next_alarm(self.known, node, move, env)


def _circle(made: list[str]) -> tuple[str, ...]:
    """The moves that the last one leads back to; those made last if none do."""
    last = len(made) - 1
    for length in range(1, CIRCLE_MAX + 1):
        if made[last - length : last] == made[last - 2 * length : last - length]:
            return tuple(made[last - length : last])
    return tuple(dict.fromkeys(made[-CIRCLE_MAX:]))
