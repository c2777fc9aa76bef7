"""Who can bring about what a shut gate asks for: down to what can be done now.

A clause is taken apart to the facts it asks: states of nodes, counts of acts,
quotas, documents, registers, signals, moments. For each the kinds say which moves
lead there; a move that is kept by a gate of its own is followed further. What is
found are steps: things that somebody, or the clock, can do now.

A way may be longer than one step: only its first steps are told, since what comes
after them depends on what they find. An ``or`` has a way for each of its sides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from engine.core import prospects
from engine.core.agenda import moment_of
from engine.core.facts import Known
from engine.core.places import Place, figures, word
from engine.core.waiting import Obstacle
from engine.core.ways import holding, leading, settling
from engine.plan import expressions as ex
from engine.plan.compiling import is_clock
from engine.plan.gates import Clause, Gate, Leaf
from engine.plan.graph import Move, Node, Quota
from engine.plan.names import KindScope, PlanScope
from engine.plan.terms import OF_A_NODE, Env, Term, many

DEPTH_MAX: Final = 40
"""Nodes that wait for nodes; a plan that is sound never comes near."""
STEPS_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that can happen now and leads on.

    ``sort``: move (``who`` makes ``move`` of ``node``) · add (``who`` puts an item
    on the register ``node``) · signal (somebody records ``node``) · clock (at
    ``at``) · outcome (an action reports) · nobody (a move that nobody can make).
    """

    sort: str
    node: str
    move: str = ""
    who: tuple[str, ...] = ()
    at: datetime | None = None
    """When the clock makes it; for people's steps, when the node is due."""
    given: Fraction | None = None
    needed: int | None = None
    """Of a count: what there is and the least that is enough."""
    missing: tuple[str, ...] = ()
    """What a list still lacks."""
    owing: tuple[tuple[str, Fraction], ...] = ()
    """Of a quota: who owes how much."""


def steps_for(known: Known, obstacle: Obstacle, now: datetime) -> tuple[Step, ...]:
    """Who can meet an unmet clause of a move."""
    search = _Search(known, now)
    search.unmet_clause(obstacle)
    return search.steps()


def steps_towards(
    known: Known, path: str, states: Collection[str], now: datetime
) -> tuple[Step, ...]:
    """Who can bring a node nearer to one of these states."""
    search = _Search(known, now)
    search.towards(path, frozenset(states))
    return search.steps()


@dataclass(slots=True)
class _Search:
    known: Known
    now: datetime
    found: dict[tuple[str, str, str], Step] = field(default_factory=dict)
    seen: set[Any] = field(default_factory=set)
    depth: int = 0
    leads: int = 0
    """Steps come upon, those that were known already included."""

    def steps(self) -> tuple[Step, ...]:
        order = sorted(
            self.found.values(), key=lambda one: (one.at is None, one.at or self.now)
        )
        return tuple(order[:STEPS_MAX])

    def tell(self, step: Step) -> None:
        self.leads += 1
        key = (step.sort, step.node, step.move)
        before = self.found.get(key)
        # a step that says how many are needed says more
        if before is None or (before.needed is None and step.needed is not None):
            self.found[key] = step

    def place(self, path: str, *, of_kind: bool) -> Place:
        node = self.known.node(path)
        env = Env(self.known, path, self.now)
        if of_kind:
            return Place(self.known, KindScope(node.kind, self.known.plan.kinds), env)
        return Place(
            self.known, PlanScope(self.known.plan.elements, node.path, node.kind), env
        )

    # -- clauses

    def unmet_clause(self, obstacle: Obstacle) -> None:
        """A clause of the node's own gates, or of its kind, wherever it stands."""
        node = self.known.node(obstacle.path)
        clause = obstacle.outcome.clause
        own = any(_holds(gate, clause) for gate in (node.entry, node.exit))
        self.clause(clause, self.place(obstacle.path, of_kind=not own), want=True)

    def gate(self, gate: Gate, place: Place) -> None:
        for clause in gate.clauses:
            self.clause(clause, place, want=True)

    def clause(self, clause: Clause, place: Place, *, want: bool) -> None:
        if clause.verdict(place.env) is want:
            return
        if not isinstance(clause, Leaf):
            inner = want if clause.sort != "not" else not want
            for part in clause.clauses:
                self.clause(part, place, want=inner)
        elif clause.own_gate is not None:
            self.own_gate(clause.own_gate, place.env.me)
        elif clause.tree is None:
            self.whatever(clause.term, place)
        else:
            self.tree(clause.tree, place, want=want)

    def own_gate(self, which: str, path: str) -> None:
        self.gate(self.known.gate(path, which), self.place(path, of_kind=False))

    def tree(self, tree: ex.Tree, place: Place, *, want: bool) -> None:
        """What would make an expression true (or false) that is not."""
        if place.value(tree) is want:
            return
        match tree:
            case ex.Logic("not", (inner,)):
                self.tree(inner, place, want=not want)
            case ex.Logic(_, clauses):
                for part in clauses:
                    self.tree(part, place, want=want)
            case ex.Call():
                self.call(tree, place, want=want)
            case ex.Name() | ex.Parameter():
                self.name(tree, place, want=want)
            case ex.Operation(sign, sides):
                self.comparison(sign, sides, place)
            case _:
                return

    def name(self, tree: ex.Name | ex.Parameter, place: Place, *, want: bool) -> None:
        if isinstance(tree, ex.Name) and tree.parts in {("entry",), ("exit",)}:
            if want:
                self.own_gate(tree.parts[0], place.env.me)
            return
        written = place.written(tree)
        if written is not None:
            self.tree(written, place, want=want)
        else:
            self.setters(tree, place)

    # -- calls

    def call(self, tree: ex.Call, place: Place, *, want: bool) -> None:
        one = tree.arguments[0] if tree.arguments else None
        match tree.name:
            case "event" if one is not None and want:
                self.event(word(one))
            case "quota" if one is not None:
                self.quota(place.value(one))
            case "exists" | "has_version" | "version" if one is not None:
                self.document(place, one, "version", "of")
            case "approved" | "unchanged_since_approval" if one is not None:
                self.document(place, one, "approve", "what")
            case "all_of" | "any_of" | "count":
                self.members(tree, place, want=want)
            case "covers":
                self.covers(tree, place)
            case _:
                self.state(tree, place, want=want)

    def state(self, tree: ex.Call, place: Place, *, want: bool) -> None:
        """``done(x)``, ``held(x)``, ``in_state(x, s)`` and their like."""
        inner = tree.arguments
        named = inner[:-1] if tree.name == "in_state" else inner
        for path in place.nodes(named[0] if named else None):
            kind = self.known.node(path).kind
            states = holding(kind, tree)
            if states is None:
                continue
            wanted = states if want else frozenset(kind.states) - states
            self.towards(path, wanted)

    def members(self, tree: ex.Call, place: Place, *, want: bool) -> None:
        """Each member of a collection that is not yet as it should be."""
        inner = tree.arguments[0]
        ref = place.collection(inner)
        if ref is None:
            return
        found = place.value(inner) if ref.sort != "node" else None
        if ref.sort == "node":
            found = self.known.children(str(ref.run(place.env)))
        register = place.register(ref)
        if register is not None:
            found = self.known.items(register)
            if tree.name == "count" or not found:
                self.additions(register)
        if tree.where is None or not isinstance(found, tuple):
            return
        for member in found:
            self.tree(tree.where, place.within(ref, member), want=want)

    def covers(self, tree: ex.Call, place: Place) -> None:
        whole, part = (place.value(one) for one in tree.arguments)
        missing: tuple[str, ...] = ()
        if isinstance(whole, tuple) and isinstance(part, tuple):
            missing = tuple(str(one) for one in part if one not in whole)
        match tree.arguments[0]:
            case ex.Call("done_by" | "done_for", (*named, move)):
                for path in place.nodes(named[0] if named else None):
                    self.move(path, word(move), missing=missing)
            case _:
                for one in tree.arguments:
                    self.setters(one, place, missing=missing)

    # -- comparisons

    def comparison(self, sign: str, sides: tuple[ex.Tree, ...], place: Place) -> None:
        values = [place.value(side) for side in sides]
        clock = [side for side in sides if is_clock(side)]
        if clock and len(sides) > 1:
            other = values[1 - sides.index(clock[0])]
            at = moment_of(other, self.known)
            if at is not None and at > self.now:
                self.tell(Step(sort="clock", node=place.env.me, at=at))
            return
        if self.labelled(sides, values, place):
            return
        given, needed = figures(sign, values)
        before = self.leads
        # what there is too little of; the measure itself only if that leads nowhere
        for side in sides if sign in {">=", ">", "==", "!="} else reversed(sides):
            for part in place.counted(side):
                self.count(part, place, given, needed)
            if self.leads > before:
                return

    def labelled(
        self, sides: tuple[ex.Tree, ...], values: list[Any], place: Place
    ) -> bool:
        """``version(d) == label``: who hands in the version of that label."""
        for side, other in zip(sides, reversed(values), strict=True):
            if isinstance(side, ex.Call) and side.name == "version":
                self.document(place, side.arguments[0], "version", "of", label=other)
                return True
        return False

    def count(
        self, tree: ex.Tree, place: Place, given: Fraction | None, needed: int | None
    ) -> None:
        match tree:
            case ex.Call("acts", (*named, move)):
                for path in place.nodes(named[0] if named else None):
                    self.move(path, word(move), given=given, needed=needed)
            case ex.Call("tally" | "total" | "mean" | "share"):
                self.answers(tree, place)
            case ex.Call("count" | "sum" | "least" | "values"):
                self.members(tree, place, want=True)
            case ex.Call("measure", (one, _)):
                self.credits(place.value(one))
            case _:
                self.setters(tree, place, given=given, needed=needed)

    def answers(self, tree: ex.Call, place: Place) -> None:
        """Moves of the present state whose answers are added up."""
        named = [one for one in tree.arguments if place.nodes(one)]
        for path in place.nodes(named[0] if named else None):
            for move in prospects.persons_moves(self.known.node(path).kind):
                counts = any(one.of is not None for one in move.takes.values())
                if counts and self.known.state(path) in move.sources:
                    self.move(path, move.name)

    # -- what changes a fact

    def setters(self, tree: ex.Tree, place: Place, **figures: Any) -> None:
        """Moves that set a field which an expression names."""
        for name in ex.names(tree):
            *owner, last = name.parts
            asked = ex.Name(tuple(owner), 1) if owner else None
            for path in place.nodes(asked):
                for move in self.known.node(path).kind.moves.values():
                    if any(e.what == "set" and last in e.terms for e in move.then):
                        self.move(path, move.name, **figures)

    def event(self, name: str) -> None:
        self.tell(Step(sort="signal", node=name, move="signal"))
        for node, move in self.movers("signal"):
            if any(e.text.get("name") == name for e in node.effects_of(move)):
                self.lives(node, move)

    def quota(self, name: Any) -> None:
        """Who owes how much, and the moves that credit it."""
        asked = self.known.plan.quotas.get(str(name))
        if asked is None:
            return
        env = Env(self.known, self.known.plan.root, self.now)
        owing = self.known.owing(asked.id, env)
        due = quota_due(self.known, asked, self.now)
        who = tuple(person for person, _ in owing)
        self.tell(Step(sort="quota", node=asked.id, who=who, at=due, owing=owing))
        for measure in asked.measures:
            self.credits(measure)

    def credits(self, measure: Any) -> None:
        for node, move in self.movers("credit"):
            self.touching(node, move, "credit", measure=str(measure))

    def document(
        self, place: Place, tree: ex.Tree, sort: str, key: str, **more: Any
    ) -> None:
        for deliverable in place.deliverables(tree):
            for node, move in self.movers(sort):
                self.touching(node, move, sort, **{key: str(deliverable)}, **more)

    def additions(self, register: str) -> None:
        """Those who may add an item, and the moves that add one."""
        known = self.known.plan.registers[register]
        who = prospects.holders(self.known, known.template, known, self.now)
        self.tell(Step(sort="add", node=register, move="add", who=who))
        for node, move in self.movers("add"):
            self.touching(node, move, "add", to=register)

    def movers(self, what: str) -> Iterator[tuple[Node, Move]]:
        """Every move of the plan with an effect of this sort."""
        for node in self.known.plan.nodes.values():
            for move in node.kind.moves.values():
                if any(effect.what == what for effect in node.effects_of(move)):
                    yield node, move

    def touching(self, node: Node, move: Move, sort: str, /, **wanted: Any) -> None:
        """The live nodes whose move has such an effect, with these values."""
        for path in self.known.live(node):
            env = Env(self.known, path, self.now)
            for effect in node.effects_of(move):
                if effect.what == sort and all(
                    (term := effect.terms.get(key)) is not None
                    and value in many(term.run(env))
                    for key, value in wanted.items()
                ):
                    self.move(path, move.name)

    def lives(self, node: Node, move: Move) -> None:
        for path in self.known.live(node):
            self.move(path, move.name)

    def whatever(self, term: Term, place: Place) -> None:
        """A clause made by the compiler: the nodes that it reads come to rest."""
        for sort, name in sorted(term.reads):
            if sort in OF_A_NODE:
                path = self.known.locate(name, place.env.me)
                kind = self.known.node(path).kind
                self.towards(path, settling(kind))

    # -- states and moves

    def towards(self, path: str, wanted: frozenset[str]) -> None:
        """What brings a node nearer to one of these states."""
        if not self.known.is_live(path) or self.known.state(path) in wanted:
            return
        if (path, wanted) in self.seen or self.depth > DEPTH_MAX:
            return
        self.seen.add((path, wanted))
        self.depth += 1
        try:
            self.on_the_way(path, leading(self.known, path, wanted))
        finally:
            self.depth -= 1

    def on_the_way(self, path: str, moves: tuple[Move, ...]) -> None:
        """People's moves that can be made now; else what keeps any of them."""
        people = [move for move in moves if move.trigger == "by"]
        stands = [prospects.prospect(self.known, path, m, self.now) for m in people]
        ready = [one for one in stands if one.is_open]
        for one in ready:
            self.move(path, one.move.name)
        for move in moves:
            if move.trigger == "on":
                self.tell(Step(sort="outcome", node=path, move=move.name))
            elif move.trigger != "by":
                self.automatic(path, move)
        if not ready:
            for one in stands:
                self.kept(one)

    def automatic(self, path: str, move: Move) -> None:
        self.gate(move.when, self.place(path, of_kind=True))

    def kept(self, one: prospects.Prospect) -> None:
        for obstacle in one.unmet:
            self.unmet_clause(obstacle)

    def move(
        self,
        path: str,
        name: str,
        *,
        given: Fraction | None = None,
        needed: int | None = None,
        missing: tuple[str, ...] = (),
    ) -> None:
        """A move of a node: who can make it now; else what comes before it."""
        node = self.known.node(path)
        move = node.kind.moves.get(name)
        if move is None or ("move", path, name, needed) in self.seen:
            self.leads += move is not None
            return
        self.seen.add(("move", path, name, needed))
        if self.known.state(path) not in move.sources:
            self.towards(path, frozenset(move.sources))
            return
        if move.trigger != "by":
            self.automatic(path, move)
            return
        one = prospects.prospect(self.known, path, move, self.now)
        if not one.is_open:
            self.kept(one)
            return
        who = prospects.able(self.known, path, move, self.now)
        due = self.known.due(path, Env(self.known, path, self.now))
        self.tell(
            Step(
                sort="move" if who else "nobody",
                node=path,
                move=name,
                who=who,
                at=due,
                given=given,
                needed=needed,
                missing=missing,
            )
        )


def quota_due(known: Known, quota: Quota, now: datetime) -> datetime | None:
    """When what is owed must be there; a day counts to its end."""
    if quota.due is None:
        return None
    found = quota.due.run(Env(known, known.plan.root, now))
    if isinstance(found, datetime):
        return found
    return known.end_of(found) if isinstance(found, date) else None


def _holds(gate: Gate, clause: Clause) -> bool:
    """Whether a clause is written in this gate."""
    return any(clause is one or clause in _parts(one) for one in gate.clauses)


def _parts(clause: Clause) -> tuple[Clause, ...]:
    if isinstance(clause, Leaf):
        return ()
    return (*clause.clauses, *(p for one in clause.clauses for p in _parts(one)))
