"""Can the plan finish: what can never happen, and the circle or clause to blame.

Everything that stays out of reach waits for something else that does, in a circle,
or at last for a condition that nothing can ever meet. Those are told; what merely
waits for them is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from engine import words
from engine.plan import expressions as ex
from engine.plan.check.circles import circles
from engine.plan.check.exploring import explore, gates_of, is_possible
from engine.plan.check.judge import Judge, able_for, plan_judge
from engine.plan.check.places import Places
from engine.plan.check.possible import NOTHING, Possible, Span
from engine.plan.check.reach import Lack, Reached, is_exception
from engine.plan.faults import Faults
from engine.plan.gates import Clause, Gate, Group, Leaf
from engine.plan.graph import Kind, Move, Node, Plan
from engine.plan.terms import Term


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something cannot be: for want of other nodes' states, or for good.

    ``why`` is a code and its values; empty while it only waits for ``lacks``.
    """

    path: str
    key: str
    """``entry``, ``exit`` or a move: where it is written."""
    clause: str
    lacks: tuple[Lack, ...]
    why: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def check_soundness(plan: Plan, places: Places, faults: Faults) -> None:
    """Faults for all that can never happen, each with its least explanation."""
    reached = explore(plan)
    blame = _Blame(reached)
    for path, node in plan.nodes.items():
        if is_there(reached, node):
            blame.want(path, _aims(node.kind))
            blame.gates(node)
    for obstacle in blame.final():
        _tell(obstacle, plan, places, faults)
    for circle in blame.circles():
        _tell_circle(circle, blame, places, faults)


def is_there(reached: Reached, node: Node) -> bool:
    """Templates of what nothing makes are never asked to finish."""
    if not node.dynamic:
        return True
    if node.path.endswith("#"):
        return reached.has("register", node.path[:-1])
    container = reached.plan.nodes[str(node.parent)]
    return reached.written.copies(container) != 0


def _aims(kind: Kind) -> frozenset[str]:
    """The states that a node should be able to reach."""
    ends = {name for name, one in kind.states.items() if one.done or one.settled}
    return frozenset(ends or set(kind.states) - {kind.initial})


@dataclass(slots=True)
class _Blame:
    """Every obstacle on the way to what cannot be reached."""

    reached: Reached
    found: dict[tuple[str, str, str], Obstacle] = field(default_factory=dict)
    waits: dict[Lack, dict[Lack, Obstacle]] = field(default_factory=dict)
    """What is wanted -> what that waits for, and by which clause."""

    @property
    def plan(self) -> Plan:
        return self.reached.plan

    def want(self, path: str, states: frozenset[str]) -> None:
        """Looks for what keeps a node from every one of these states."""
        pending: list[Lack] = [(path, states)]
        while pending:
            lack = pending.pop()
            if lack in self.waits or not self.reached.is_missing(lack):
                continue
            self.waits[lack] = {}
            for obstacle in self.between(*lack):
                self.add(obstacle)
                pending.extend(obstacle.lacks)
                for other in obstacle.lacks:
                    self.waits[lack].setdefault(other, obstacle)

    def add(self, obstacle: Obstacle) -> None:
        key = (obstacle.path, obstacle.key, obstacle.clause)
        if "name" in obstacle.values:
            # what nothing makes is told once, however many clauses ask for it
            key = (obstacle.path, obstacle.why, obstacle.values["name"])
        self.found.setdefault(key, obstacle)

    def gates(self, node: Node) -> None:
        """An entry or exit that never opens is wrong, whatever else is reached."""
        for key, gate in (("entry", node.entry), ("exit", node.exit)):
            judge = plan_judge(self.reached, node.path)
            for obstacle in obstacles(judge, gate, key):
                self.add(obstacle)
                for path, states in obstacle.lacks:
                    self.want(path, states)

    def between(self, path: str, states: frozenset[str]) -> Iterator[Obstacle]:
        node = self.plan.nodes[path]
        named = {one[1:] for one in states if one.startswith("!")}
        if named:
            yield from self.to_move(node, named.pop())
            return
        moves = list(leading(node, states, self.reached.states[path]))
        if not moves:
            shown = sorted(states)
            yield Obstacle(path, "kind", "", (), "check.no_way", {"states": shown})
        for move in moves:
            yield from self.of_move(node, move)

    def to_move(self, node: Node, name: str) -> Iterator[Obstacle]:
        """What keeps a node from a move that stays, or is asked for itself."""
        move = node.kind.moves[name]
        if self.reached.states[node.path].isdisjoint(move.sources):
            yield from self.between(node.path, frozenset(move.sources))
        else:
            yield from self.of_move(node, move)

    def of_move(self, node: Node, move: Move) -> Iterator[Obstacle]:
        if is_possible(self.reached, node, move):
            return
        if move.trigger == "by" and able_for(self.reached, node.path, move) == ():
            yield _nobody(self.reached, node, move)
        if move.trigger == "every" and move.every not in node.fields:
            yield Obstacle(
                node.path, move.name, "", (), "check.no_rhythm", {"field": move.every}
            )
        for judge, gate in gates_of(self.reached, node, move):
            yield from obstacles(judge, gate, move.name)

    def final(self) -> list[Obstacle]:
        """What nothing can ever meet; what already fails above is told above."""
        return [
            one
            for one in self.found.values()
            if one.why
            and (self._parent(one.path), one.key, one.clause) not in self.found
        ]

    def _parent(self, path: str) -> str:
        return self.plan.nodes[path].parent or ""

    def circles(self) -> list[tuple[Lack, ...]]:
        """Who waits for whom, all around; the same nodes are told once."""
        told: dict[frozenset[str], tuple[Lack, ...]] = {}
        for circle in circles(self.waits):
            told.setdefault(frozenset(path for path, _ in circle), circle)
        return list(told.values())


def leading(
    node: Node, states: frozenset[str], there: Collection[str]
) -> Iterator[Move]:
    """The moves on a way from where a node can be to one of these states.

    Gates aside. A way back to where it can be already helps nobody.
    """
    moves = [
        move
        for move in node.kind.moves.values()
        if move.target not in {None, *there} and not is_exception(move, node)
    ]
    useful, size = set(states), -1
    while len(useful) != size:
        size = len(useful)
        for move in moves:
            if move.target in useful:
                useful.update(one for one in move.sources if one not in there)
    yield from (
        move
        for move in moves
        if move.target in useful and not set(there).isdisjoint(move.sources)
    )


def _nobody(reached: Reached, node: Node, move: Move) -> Obstacle:
    values = {"move": move.title, "role": _role(node, move)}
    holders = reached.written.holders(node.path, move)
    code = "check.all_barred" if holders else "check.nobody"
    return Obstacle(node.path, move.name, "", (), code, values)


def _role(node: Node, move: Move) -> str:
    """Who should make a move, as the plan names them, not the kind."""
    named = node.owner if move.by_text == "owner" else node.fields.get(move.by_text)
    return named.text if isinstance(named, Term) and named.text else move.by_text


# -- which clause is to blame


def obstacles(judge: Judge, gate: Gate, key: str) -> Iterator[Obstacle]:
    """The clauses of a gate that can never hold."""
    pair = judge.clash(gate.clauses)
    if pair is not None:
        values = {"one": pair[0], "other": pair[1]}
        yield Obstacle(judge.path, key, pair[0], (), "check.clash", values)
        return
    for clause in gate.clauses:
        yield from _of_clause(judge, clause, key)


def _of_clause(judge: Judge, clause: Clause, key: str) -> Iterator[Obstacle]:
    judge.reached.lacking, judge.reached.absent = [], []
    holds = judge.clause(clause).true
    lacks = tuple(dict.fromkeys(judge.reached.lacking))
    judge.reached.lacking = None
    if holds:
        return
    own = clause.own_gate if isinstance(clause, Leaf) else None
    if own is not None and key not in {"entry", "exit"}:
        gate = judge.node.entry if own == "entry" else judge.node.exit
        yield from obstacles(judge.at(judge.path), gate, own)
    elif lacks and all(_has_no_way(judge.reached, lack) for lack in lacks):
        yield _no_way_there(judge.path, key, clause.text, lacks[0])
    elif lacks:
        yield Obstacle(judge.path, key, clause.text, lacks)
    else:
        code, values = _reason(judge, clause)
        yield Obstacle(judge.path, key, clause.text, (), code, values)


def _has_no_way(reached: Reached, lack: Lack) -> bool:
    """No move of the other's kind leads there, whatever its gates."""
    path, states = lack
    node = reached.plan.nodes[path]
    moves = any(one.startswith("!") for one in states)
    return not moves and not any(leading(node, states, reached.states[path]))


def _no_way_there(path: str, key: str, clause: str, lack: Lack) -> Obstacle:
    values = {"clause": clause, "other": lack[0], "states": sorted(lack[1])}
    return Obstacle(path, key, clause, (), "check.no_way_there", values)


def _reason(judge: Judge, clause: Clause) -> tuple[str, Mapping[str, Any]]:
    """Why a clause can never hold that waits for no other node."""
    text = clause.text
    if judge.reached.absent:
        sort, name = judge.reached.absent[0]
        values = {"clause": text, "name": name}
        return f"check.nothing_makes_{sort}", values
    if isinstance(clause, Group):
        pair = judge.clash(clause.clauses)
        if clause.sort == "all" and pair is not None:
            return "check.clash", {"one": pair[0], "other": pair[1]}
        if clause.sort == "at_least":
            least = clause.least.text if clause.least is not None else ""
            found = len(clause.clauses)
            return "check.too_few_clauses", {"least": least, "found": found}
        return "check.never", {"clause": text}
    tree = _comparison(clause.tree)
    if tree is None:
        return "check.never", {"clause": text}
    left, right = (judge.value(side) for side in tree.sides)
    if NOTHING in (left, right):
        return "check.unknown_value", {"clause": text}
    values = {"clause": text, "left": _shown(left), "right": _shown(right)}
    return "check.out_of_range", values


def _comparison(tree: ex.Tree | None) -> ex.Operation | None:
    if isinstance(tree, ex.Operation) and len(tree.sides) > 1:
        return tree
    return None


def _shown(value: Possible) -> str:
    return str(value) if isinstance(value, (Span, str)) else "…"


# -- telling


def _tell(obstacle: Obstacle, plan: Plan, places: Places, faults: Faults) -> None:
    node = plan.nodes[obstacle.path]
    values = {
        "node": obstacle.path,
        "gate": _named(node, obstacle.key),
        **obstacle.values,
    }
    key = obstacle.key if obstacle.key in {"entry", "exit"} else ""
    path = f"{obstacle.path}.{key}" if key else obstacle.path
    faults.add(obstacle.why, places.of(obstacle.path, key), path, **values)


def _named(node: Node, key: str) -> Any:
    """A gate as people know it: entry, exit, or the title of a move."""
    if key in {"entry", "exit"}:
        return words.both(f"check.word_{key}")
    move = node.kind.moves.get(key)
    return key if move is None else move.title


@dataclass(frozen=True, slots=True)
class _Step:
    """One node of a circle waits for the next."""

    obstacle: Obstacle
    lack: Lack

    @property
    def is_written(self) -> bool:
        """The plan says so itself, not the kind of the node."""
        return self.obstacle.key in {"entry", "exit"}

    def say(self, plan: Plan, language: str) -> str:
        clause = self.obstacle.clause if self.is_written else self.wanted(plan)
        return words.say(
            "check.waits",
            language,
            one=self.obstacle.path,
            other=self.lack[0],
            clause=words.plain(clause, language),
        )

    def wanted(self, plan: Plan) -> list[Any]:
        kind = plan.nodes[self.lack[0]].kind
        return [
            kind.moves[one[1:]].title if one.startswith("!") else kind.states[one].title
            for one in sorted(self.lack[1])
        ]


def _tell_circle(
    circle: tuple[Lack, ...], blame: _Blame, places: Places, faults: Faults
) -> None:
    pairs = pairwise((*circle, circle[0]))
    steps = [_Step(blame.waits[one][other], other) for one, other in pairs]
    start = next((n for n, step in enumerate(steps) if step.is_written), 0)
    steps = [*steps[start:], *steps[:start]]
    first = steps[0].obstacle
    key = first.key if steps[0].is_written else ""
    told = {
        one: words.plain([step.say(blame.plan, one) for step in steps], one)
        for one in words.LANGUAGES
    }
    path = f"{first.path}.{key}" if key else first.path
    faults.add("check.circle", places.of(first.path, key), path, circle=told)
