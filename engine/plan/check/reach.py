"""What can ever be reached: states, moves, versions, amounts, items.

Facts only accumulate: a state that can be reached counts as reached for good, so
what is not here at the end can never be. Whoever asks is remembered and asked again
when the answer changes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.plan.check.possible import ANY, EITHER, Chance, Possible, possible
from engine.plan.graph import Move, Node, Plan
from engine.plan.terms import ANYONE, UNKNOWN, Env, Term
from engine.plan.values import Window

Job: TypeAlias = tuple[str, str]
"""A node's path and a move of its kind."""
Key: TypeAlias = tuple[str, str]
Lack: TypeAlias = tuple[str, frozenset[str]]
"""A node, and the states of which it would have to reach one; or ``!`` and a move."""
BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Undecided(Exception):
    """Only what people do will tell."""


@dataclass(frozen=True, slots=True)
class AsWritten:
    """A plan's own values for terms that are run before anything has happened."""

    plan: Plan
    settable: dict[str, frozenset[str]] = field(default_factory=dict)

    def is_set(self, path: str, name: str) -> bool:
        """Whether some act may change a field."""
        if path not in self.settable:
            self.settable[path] = fields_set(self.plan.nodes[path])
        return name in self.settable[path]

    @property
    def zone(self) -> Any:
        return self.plan.zone

    @property
    def calendar(self) -> Any:
        return self.plan.calendar

    def locate(self, template: str, seen_from: str) -> str:
        del seen_from
        return template

    def parent(self, path: str) -> str | None:
        return self.plan.nodes[path].parent

    def is_early(self, path: str) -> bool:
        return self.plan.nodes[path].early

    def attribute(self, person: str, name: str) -> Any:
        value = self.plan.parties.people.get(person, {}).get(name, UNKNOWN)
        ranks = self.plan.parties.ranks
        return ranks.index(value) if name == "rank" and value in ranks else value

    def field(self, path: str, name: str, env: Env) -> Any:
        node = self.plan.nodes[path]
        if self.is_set(path, name):
            raise Undecided
        value = node.fields.get(name)
        if isinstance(value, Term):
            return value.run(env.at_node(path))
        return UNKNOWN if value is None else value

    def special(self, path: str, name: str, env: Env) -> Any:
        node = self.plan.nodes[path]
        match name:
            case "owner" if node.owner is not None and not self.is_set(path, "owner"):
                return node.owner.run(env.at_node(path))
            case "window.start" | "start":
                return Window(node.window[0], None).opens(self.zone) or UNKNOWN
            case "window.end" | "end":
                return Window(None, node.window[1]).closes(self.zone) or UNKNOWN
            case "enough":
                return UNKNOWN if node.enough is None else node.enough
        raise Undecided

    # -- values that are always the same

    def value(self, term: Term, path: str) -> Possible:
        """What a term is before anything has happened; ANY if that can change."""
        try:
            found = term.run(Env(self, path, BEFORE_ALL))
        except Undecided:
            return ANY
        if found == () and self.plan.abstract:
            return ANY  # whoever reuses the plan will say
        return ANY if found is UNKNOWN else possible(found)

    def holders(self, path: str, move: Move) -> tuple[str, ...] | None:
        """Who may ever make a person's move; None: that cannot be told."""
        found = self.value(move.by, path) if move.by is not None else ()
        if isinstance(found, str):
            found = (found,)
        if not isinstance(found, tuple):
            return None
        return found

    def copies(self, container: Node) -> Fraction | None:
        """How many members ``each`` makes; None: that cannot be told."""
        if container.each is None:
            return None
        found = self.value(container.each, container.path)
        if isinstance(found, Mapping):
            return Fraction(len(found))
        if isinstance(found, tuple) and ANYONE not in found:
            return Fraction(len(found))
        return Fraction(1) if isinstance(found, str) else None

    def __getattr__(self, name: str) -> Any:
        raise Undecided(name)


def fields_set(node: Node) -> frozenset[str]:
    """The fields that some act may change."""
    return frozenset(
        name
        for move in node.kind.moves.values()
        for effect in node.effects_of(move)
        if effect.what == "set"
        for name in effect.terms
    )


def is_exception(move: Move, node: Node) -> bool:
    """A leave that a leader may give: no plan is meant to finish by it."""
    if not move.free:
        return False
    state = node.kind.states.get(move.target or "")
    excused = state is not None and state.settled and not state.done
    return excused or any(effect.what == "permit" for effect in move.then)


@dataclass(slots=True)
class Reached:
    """The facts of a plan that can ever be."""

    plan: Plan
    written: AsWritten = field(init=False)
    states: dict[str, set[str]] = field(default_factory=dict)
    excused: dict[str, set[str]] = field(default_factory=dict)
    moves: set[Job] = field(default_factory=set)
    things: set[Key] = field(default_factory=set)
    """("deliverable", id), ("approved", id), ("measure", id), ("register", id)."""
    readers: dict[Key, set[Job]] = field(default_factory=lambda: defaultdict(set))
    queue: deque[Job] = field(default_factory=deque)
    queued: set[Job] = field(default_factory=set)
    known: set[Job] = field(default_factory=set)
    """Moves that have been looked at, or wait for it."""
    asking: Job | None = None
    asked: set[tuple[str, str]] = field(default_factory=set)
    """Nodes' own gates that are being judged just now."""
    makers: dict[Key, list[Job]] = field(default_factory=lambda: defaultdict(list))
    """Which moves make a thing, whether or not they can ever be made."""
    lacking: list[Lack] | None = None
    """While somebody explains: what was asked for and is not there."""
    absent: list[Key] = field(default_factory=list)
    """While somebody explains: things that nothing makes."""
    cache: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.written = AsWritten(self.plan)
        for path, node in self.plan.nodes.items():
            self.states[path] = {node.kind.initial}
            self.excused[path] = {
                move.target
                for move in node.kind.moves.values()
                if move.target is not None and is_exception(move, node)
            }

    # -- asking

    def read(self, key: Key) -> None:
        if self.asking is not None:
            self.readers[key].add(self.asking)

    def has_state(self, path: str, wanted: Iterable[str]) -> bool:
        """Whether a node can be in one of these states."""
        self.read(("state", path))
        found = not self.states[path].isdisjoint(wanted)
        if not found and self.lacking is not None:
            self.lacking.append((path, frozenset(wanted)))
        return found

    def has_move(self, path: str, move: str) -> bool:
        self.read(("move", f"{path}/{move}"))
        self.look_at((path, move))
        found = (path, move) in self.moves
        if not found and self.lacking is not None:
            self.lacking.append((path, frozenset({f"!{move}"})))
        return found

    def has(self, sort: str, name: str) -> bool:
        self.read((sort, name))
        found = (sort, name) in self.things or (sort, "") in self.things
        if not found and self.lacking is not None:
            makers = self.makers.get((sort, name), [])
            self.lacking.extend((at, frozenset({f"!{move}"})) for at, move in makers)
            if not makers:
                self.absent.append((sort, name))
        return found

    def flag(self, flag: str, path: str) -> Chance:
        """Whether a node may be done, or settled."""
        states = self.plan.nodes[path].kind.states
        wanted = [
            one.name
            for one in states.values()
            if one.done or (flag == "settled" and one.settled)
        ]
        return Chance(self.has_state(path, wanted), false=True)

    def started(self, path: str) -> Chance:
        kind = self.plan.nodes[path].kind
        later = [name for name in kind.states if name != kind.initial]
        return Chance(self.has_state(path, later), false=True)

    def in_state(self, path: str, state: str) -> Chance:
        """Naming a state of exception asks for the exception itself."""
        if state in self.excused[path]:
            return EITHER
        return Chance(self.has_state(path, [state]), false=True)

    def was_in(self, path: str, state: str) -> Chance:
        """Where a node begins it has been before anything happened."""
        if state in self.excused[path]:
            return EITHER
        begins = self.plan.nodes[path].kind.initial == state
        return Chance(self.has_state(path, [state]), not begins)

    def is_missing(self, lack: Lack) -> bool:
        path, wanted = lack
        moves = {(path, one[1:]) for one in wanted if one.startswith("!")}
        if moves:
            return self.moves.isdisjoint(moves)
        return self.states[path].isdisjoint(wanted)

    # -- growing

    def look_at(self, job: Job) -> None:
        if job not in self.known:
            self.known.add(job)
            self.put(job)

    def put(self, job: Job) -> None:
        if job not in self.queued and job not in self.moves:
            self.queued.add(job)
            self.queue.append(job)

    def take(self) -> Job:
        job = self.queue.popleft()
        self.queued.discard(job)
        return job

    def changed(self, key: Key) -> None:
        for job in self.readers.pop(key, ()):
            self.put(job)

    def add_state(self, path: str, state: str) -> None:
        if state not in self.states[path]:
            self.states[path].add(state)
            self.changed(("state", path))

    def add_move(self, job: Job) -> None:
        self.moves.add(job)
        self.changed(("move", "/".join(job)))

    def add_thing(self, sort: str, name: str) -> None:
        """An empty name: nobody can tell which, so it may be any."""
        if (sort, name) not in self.things:
            self.things.add((sort, name))
            for key in [one for one in self.readers if one[0] == sort]:
                self.changed(key)
