"""What gates see of an instance: the plan's defaults under the facts of its history.

Every look at a fact can be kept (``seen``), with the entry it came from: that is the
evidence of a decision.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from engine import words
from engine.core.instance import Fact, Facts
from engine.plan.calendar import CalendarExhausted
from engine.plan.gates import Gate
from engine.plan.graph import Field, Node, Plan
from engine.plan.recurrence import read_recurrence
from engine.plan.terms import ANYONE, UNKNOWN, Env, Term, listed, many
from engine.plan.values import Duration, ValueReadError, Window, from_json
from engine.plan.worktime import passed, working_time
from engine.ports import Json
from engine.proof.private import commitment_of

MEMBERS_MAX: Final = 2_000
"""Members of one container; an ``each`` over more is a mistake."""


def template_of(path: str) -> str:
    """``发言材料[乙]`` is made from ``发言材料[]``, ``问题#3`` from ``问题#``."""
    head, mark, _ = path.partition("[")
    if mark:
        return head + "[]" + path.partition("]")[2]
    head, mark, _ = path.partition("#")
    return head + mark


def key_of(path: str) -> str | None:
    """What ``$each`` stands for in a member's path."""
    if "[" in path:
        return path.partition("[")[2].partition("]")[0]
    return None


@lru_cache(maxsize=1024)
def _end_of(day: Any, zone: tzinfo) -> datetime | None:
    """The first moment after a day: a plan has few days, and asks for them often."""
    return Window(None, day).closes(zone)


class Seat(Struct, frozen=True):
    """A node as it stands: its state and round, and its own fact, if it has one."""

    node: Node
    fact: Any
    """See ``n/<path>`` in :mod:`engine.core.instance`."""
    state: str
    round: int


@dataclass(slots=True)
class Known:
    """An instance's facts under its plan; implements the gates' ``Facts``."""

    plan: Plan
    instance: str
    facts: Facts
    revision: int = 0
    seen: dict[str, Fact | None] | None = None
    through_others: bool = False
    """Who acted are also those on whose behalf it was done: who stands aside."""
    seats: dict[str, Seat] = field(default_factory=dict)
    """Nodes already looked up: one decision asks for the same few again and again."""

    # -- the raw facts

    def fact(self, key: str) -> Json:
        """A fact's value or None; remembered when evidence is kept."""
        found = self.facts.get(key)
        if self.seen is not None:
            self.seen[key] = found
        return None if found is None else found.value

    def seat(self, path: str) -> Seat:
        """A node with its own fact; remembered when evidence is kept."""
        if self.seen is not None:
            key = f"n/{path}"
            self.seen[key] = self.facts.get(key)
        found = self.seats.get(path)
        if found is None:
            found = self.seats[path] = self._seated(path)
        return found

    def _seated(self, path: str) -> Seat:
        node, found = self.node(path), self.facts.get(f"n/{path}")
        if found is None:
            return Seat(node, None, node.kind.initial, 1)
        return Seat(node, found.value, found.value["s"], found.value["r"])

    def now_at(self, facts: Facts, revision: int, changed: Iterable[str]) -> None:
        """The same instance after more events."""
        self.facts, self.revision = facts, revision
        for key in changed:
            if key.startswith("n/"):
                self.seats.pop(key[2:], None)

    @property
    def zone(self) -> tzinfo:
        return self.plan.zone

    @property
    def language(self) -> str:
        return self.plan.language

    @property
    def calendar(self) -> Any:
        return self.plan.calendar

    # -- nodes

    def node(self, path: str) -> Node:
        found = self.plan.nodes.get(path)
        return self.plan.nodes[template_of(path)] if found is None else found

    def is_live(self, path: str) -> bool:
        """A static node always is; a dynamic one once it was made."""
        template = self.plan.nodes.get(template_of(path))
        if template is None:
            return False
        return not template.dynamic or f"n/{path}" in self.facts

    def locate(self, template: str, seen_from: str) -> str:
        """The live node of a template: of the same member as the one asking."""
        if "[]" not in template:
            return template
        key = key_of(seen_from)
        return template if key is None else template.replace("[]", f"[{key}]")

    def gate(self, path: str, which: str) -> Gate:
        node = self.node(path)
        return node.entry if which == "entry" else node.exit

    def is_early(self, path: str) -> bool:
        return self.node(path).early

    def attribute(self, person: str, name: str) -> Any:
        """What the plan says of a person; a rank is its place among the ranks."""
        value = self.plan.parties.people.get(person, {}).get(name)
        if value is None:
            return UNKNOWN
        return self.plan.parties.ranks.index(value) if name == "rank" else value

    def state(self, path: str) -> str:
        return self.seat(path).state

    def state_title(self, path: str) -> Any:
        """Text, or text by language."""
        return self.node(path).kind.states[self.state(path)].title

    def round(self, path: str) -> int:
        return self.seat(path).round

    def flag(self, path: str, flag: str) -> bool:
        seat = self.seat(path)
        state = seat.node.kind.states[seat.state]
        if flag == "settled":
            return state.settled or state.done
        return bool(getattr(state, flag))

    def started(self, path: str) -> bool:
        seat = self.seat(path)
        return seat.fact is not None and (
            seat.state != seat.node.kind.initial or len(seat.fact["at"]) > 1
        )

    def reached(self, path: str, state: str) -> bool:
        seat = self.seat(path)
        return state == seat.state if seat.fact is None else state in seat.fact["at"]

    def reached_at(self, path: str, state: str) -> datetime | None:
        known = self.seat(path).fact
        found = None if known is None else known["at"].get(state)
        return None if found is None else moment(found[0])

    def outcome(self, path: str) -> str | None:
        """The name of the final state; of a requested action its outcome."""
        state = self.node(path).kind.states[self.state(path)]
        if state.final or state.done:
            return state.name
        asked = self.fact(f"x/{path}")
        return None if asked in (None, "requested") else str(asked)

    def parent(self, path: str) -> str | None:
        return self.node(path).parent

    def children(self, path: str) -> tuple[str, ...]:
        node = self.node(path)
        if node.member is not None:
            return self.members(node)
        if path in self.plan.registers:
            return self.items(path)
        return node.children

    def keys(self, container: Node, env: Env) -> tuple[str, ...]:
        """For what a container makes a member each, as things stand."""
        found: Any = UNKNOWN if container.each is None else container.each.run(env)
        if found is UNKNOWN or found is None:
            return ()
        keys = found if isinstance(found, (tuple, dict)) else (found,)
        return tuple(dict.fromkeys(str(key) for key in keys if key != ANYONE))[
            :MEMBERS_MAX
        ]

    def members(self, container: Node) -> tuple[str, ...]:
        keys = self.fact(f"c/{container.path}") or ()
        return tuple(f"{container.path}[{key}]" for key in keys)

    def items(self, register: str) -> tuple[str, ...]:
        count = self.fact(f"r/{register}") or 0
        return tuple(f"{register}#{number}" for number in range(1, count + 1))

    def live(self, template: Node) -> Iterator[str]:
        """Every live node of a template."""
        if not template.dynamic:
            yield template.path
        elif template.path.endswith("#"):
            yield from self.items(template.path[:-1])
        elif template.parent is not None:
            yield from self.members(self.plan.nodes[template.parent])

    # -- fields

    def field(self, path: str, name: str, env: Env) -> Any:
        """A field as acts have set it, else as the plan says, else its default."""
        node = self.node(path)
        set_ = self.fact(f"f/{path}/{name}")
        if set_ is not None and name in node.kind.fields:
            return restored(node.kind.fields[name].type, set_)
        value = node.fields.get(name)
        if value is None:
            return UNKNOWN
        return value.run(env.at_node(path)) if isinstance(value, Term) else value

    def special(self, path: str, name: str, env: Env) -> Any:
        """``owner``, ``due``, ``window.start``, ``window.end``, ``end``, ``each``."""
        node = self.node(path)
        match name:
            case "owner":
                return self.owner(path, env)
            case "due":
                return self.due(path, env) or UNKNOWN
            case "window.start" | "start":
                return Window(node.window[0], None).opens(self.zone) or UNKNOWN
            case "window.end" | "end":
                return _end_of(node.window[1], self.zone) or UNKNOWN
            case "each":
                if node.member is not None:
                    return self.keys(node, env.at_node(path))
                return key_of(path) or UNKNOWN
            case "enough":
                return UNKNOWN if node.enough is None else node.enough
        return UNKNOWN

    def owner(self, path: str, env: Env) -> Any:
        set_ = self.fact(f"f/{path}/owner")
        if set_ is not None:
            return tuple(set_)
        node = self.node(path)
        return UNKNOWN if node.owner is None else node.owner.run(env.at_node(path))

    def due(self, path: str, env: Env) -> datetime | None:
        """When it is due, by all the working days for which its clock stood still.

        While the clock stands, this is the date that would hold if it went on now.
        """
        found = self.due_at_first(path, env)
        clock = None if found is None else self.clock(path)
        if found is None or clock is None:
            return found
        held = self.held(clock, env.now)
        if held is None:
            return None
        return self.after(found, Duration(Fraction(math.floor(held)), "workdays"))

    def clock(self, path: str) -> Json:
        """Its clock, if it was ever stopped; what counts from opening begins anew."""
        if f"o/{path}" not in self.facts:
            return None
        found = self.fact(f"o/{path}")
        lapsed = self.counts_from_opening(path) and found["r"] != self.round(path)
        return None if lapsed else found

    def held(self, clock: Json, now: datetime) -> Fraction | None:
        """For how many working days a clock has stood still in all, by now."""
        so_far = Fraction(clock["held"])
        if clock["since"] is None:
            return so_far
        more = self.worked(moment(clock["since"]), now)
        return None if more is None else so_far + more

    def worked(self, start: datetime, end: datetime) -> Fraction | None:
        """Working days and parts of one between two moments; None: nobody guesses."""
        try:
            return working_time(start, end, self.calendar, self.zone)
        except CalendarExhausted:
            return None

    def counts_from_opening(self, path: str) -> bool:
        node = self.node(path)
        if node.due is not None or f"f/{path}/due" in self.facts:
            return False
        return isinstance(node.within, Duration)

    def due_at_first(self, path: str, env: Env) -> datetime | None:
        """As extended, as dated, ``within`` of opening, or the window's end."""
        set_ = self.fact(f"f/{path}/due")
        if set_ is not None:
            return (
                self.end_of(date.fromisoformat(set_)) if _is_day(set_) else moment(set_)
            )
        node = self.node(path)
        if node.due is not None:
            found = node.due.run(env.at_node(path))
            if found in (UNKNOWN, None):
                return None
            return found if isinstance(found, datetime) else self.end_of(found)
        if isinstance(node.within, Duration):
            opened = self.opened(path)
            if opened is None:
                return None
            return self.later(opened, node.within)
        return _end_of(node.window[1], self.zone)

    def later(self, moment_: datetime, length: Duration) -> datetime | None:
        """A moment so much later; None beyond the calendar: nobody guesses."""
        try:
            return length.add_to(moment_, self.calendar, self.zone)
        except (CalendarExhausted, ValueReadError):
            return None

    def after(self, moment_: datetime, length: Duration) -> datetime | None:
        """When so much has passed since a moment; what ends at midnight ends a day."""
        try:
            return passed(moment_, length, self.calendar, self.zone)
        except (CalendarExhausted, ValueReadError):
            return None

    def end_of(self, day: Any) -> datetime | None:
        return _end_of(day, self.zone)

    def opened(self, path: str) -> datetime | None:
        """When it left its first state (a made node: when it was made)."""
        known = self.seat(path).fact
        if known is None:
            return None
        initial = self.node(path).kind.initial
        times = [at for state, (at, _) in known["at"].items() if state != initial]
        return moment(min(times or [known["at"].get(initial, [None])[0]]))

    def overdue(self, path: str, now: datetime) -> bool:
        if self.flag(path, "settled"):
            return False
        due = self.due(path, Env(self, path, now))
        return due is not None and due <= now

    def late(self, path: str, now: datetime) -> int | None:
        """Whole working days since it was due; 0 while it is not."""
        due = self.due(path, Env(self, path, now))
        if due is None:
            return None
        since = Fraction(0) if now <= due else self.worked(due, now)
        return None if since is None else math.floor(since)

    def title(self, path: str) -> dict[str, str]:
        """By language; of a made node with what it was made for."""
        end = "#" + path.partition("#")[2] if "#" in path else ""
        key = key_of(path)
        if not end and key is not None:
            end = f"[{key}]"
        title = self.node(path).title
        return {one: words.bilingual(title, one) + end for one in words.LANGUAGES}

    def superior(self, path: str, env: Env) -> tuple[str, ...]:
        """Who answers for what it stands in and not for itself."""
        parent = self.parent(path)
        above = () if parent is None else many(self.owner(parent, env))
        mine = many(self.owner(path, env))
        return tuple(who for who in above if who not in mine)

    def deputies(self, people: tuple[str, ...]) -> tuple[str, ...]:
        return self.plan.parties.deputies(people)

    # -- acts

    def acts(self, path: str, move: str) -> int:
        round_ = self.round(path)
        known = self.seat(path).fact
        once = len(known["by"].get(move, ())) if known else 0
        return once + int(self.fact(f"a/{path}/{round_}/{move}") or 0)

    def actors(self, path: str, move: str) -> tuple[str, ...]:
        """Who made a move in this round, each once, first first; "" for any move."""
        known = self.seat(path).fact
        by: Mapping[str, Any] = known["by"] if known else {}
        moves = [move] if move else [*self.node(path).kind.moves]
        found: list[str] = []
        for name in moves:
            found.extend(by.get(name, ()))
            found.extend(self._staying(path, name))
            if self.through_others:
                found.extend(self._behalf(path, name))
        return tuple(dict.fromkeys(found))

    def principals(self, path: str, move: str) -> tuple[str, ...]:
        """Who made a move in this round, and for whom a delegate made it."""
        found = (*self.actors(path, move), *self._behalf(path, move))
        return tuple(dict.fromkeys(found))

    def _staying(self, path: str, move: str) -> Iterator[str]:
        base = f"a/{path}/{self.round(path)}/{move}"
        for number in range(1, int(self.fact(f"{base}/#") or 0) + 1):
            who = self.fact(f"{base}/{number}")
            if who is not None:
                yield str(who)

    def _behalf(self, path: str, move: str) -> tuple[str, ...]:
        """On whose behalf others made a move in this round."""
        return tuple(self.fact(f"h/{path}/{self.round(path)}/{move}") or ())

    def has_acted(self, path: str, move: str, who: str) -> bool:
        """Whether a party made a move in this round, or somebody for it."""
        if who in self._behalf(path, move):
            return True
        known = self.seat(path).fact
        if known is not None and who in known["by"].get(move, ()):
            return True
        return bool(self.fact(f"w/{path}/{self.round(path)}/{move}/{who}"))

    def tally(self, path: str, name: str, value: str) -> int:
        return int(Fraction(self.fact(self._tally_key(path, name, value)) or 0))

    def total(self, path: str, name: str) -> Fraction:
        return Fraction(self.fact(self._tally_key(path, name, "+")) or 0)

    def tallies(self, path: str, name: str) -> Mapping[str, int]:
        """Every answer that may be given, with how many gave it."""
        return {
            answer: self.tally(path, name, answer)
            for answer in self._answers(path, name)
        }

    def _answers(self, path: str, name: str) -> tuple[str, ...]:
        for move in self.node(path).kind.moves.values():
            taken = move.takes.get(name)
            if taken is not None and taken.of is not None:
                return choices(taken, self, path)
        return ()

    def _tally_key(self, path: str, name: str, answer: str) -> str:
        return f"t/{path}/{self.round(path)}/{name}/{answer}"

    # -- deliverables, quotas, events

    def versions(self, deliverable: str) -> int:
        known = self.fact(f"d/{deliverable}")
        return 0 if known is None else int(known["n"])

    def label(self, deliverable: str) -> str | None:
        known = self.fact(f"d/{deliverable}")
        return None if known is None else known["label"]

    def has_label(self, deliverable: str, label: str) -> bool:
        known = self.fact(f"d/{deliverable}")
        return known is not None and label in known["labels"]

    def approved(self, deliverable: str) -> bool:
        """The latest version's own bytes were approved."""
        known = self.fact(f"d/{deliverable}")
        return known is not None and known["approved"] == known["digest"]

    def unchanged(self, deliverable: str) -> bool:
        """Nothing has been written over what was approved."""
        known = self.fact(f"d/{deliverable}")
        return known is None or known["approved"] in {None, known["digest"]}

    def quota(self, quota: str, env: Env) -> bool:
        """Everyone who owes has given at least what is owed."""
        return not self.owing(quota, env)

    def owing(self, quota: str, env: Env) -> tuple[tuple[str, Fraction], ...]:
        """Who still owes, and how much is missing."""
        least, given = self.given_of(quota, env)
        if given is UNKNOWN:
            return (("?", least),)
        return tuple((who, least - sum_) for who, sum_ in given if sum_ < least)

    def given_of(self, quota: str, env: Env) -> tuple[Fraction, Any]:
        """What each owes at least, and (who, how much) of all who owe."""
        owed = self.plan.quotas[quota]
        persons = owed.owed_by.run(env)
        if persons is UNKNOWN:
            return Fraction(owed.least), UNKNOWN
        given = (
            (who, sum((self.measure(m, who) for m in owed.measures), Fraction()))
            for who in listed(persons)
        )
        return Fraction(owed.least), tuple(given)

    def measure(self, measure: str, person: str) -> Fraction:
        return Fraction(self.fact(f"m/{measure}/{person}") or 0)

    def event(self, name: str) -> bool:
        return self.fact(f"e/{name}") is not None

    def sample(
        self, members: tuple[str, ...], share: Fraction, salt: str
    ) -> tuple[str, ...]:
        """A share of the members, drawn by a hash of instance, place and name.

        Nobody chooses, everybody can draw again and find the same people.
        """
        count = math.ceil(share * len(members))

        def drawn(who: str) -> bytes:
            return hashlib.sha256(f"{self.instance}\0{salt}\0{who}".encode()).digest()

        chosen = set(sorted(members, key=drawn)[:count])
        return tuple(who for who in members if who in chosen)

    def delegate(self, giver: str, path: str, now: datetime) -> tuple[str, int] | None:
        """Who acts for a party at a node now, and the entry that says so."""
        handed: Mapping[str, Any] = self.fact(f"g/{giver}") or {}
        for scope in _around(path) if handed else ():
            to, until, seq = handed.get(scope, (None, None, 0))
            if to is not None and now < moment(until):
                return to, seq
        return None


def _around(path: str) -> Iterator[str]:
    """A node and all that it stands in, the nearest first."""
    while path:
        yield path
        path = path[: max(0, *(path.rfind(mark) for mark in ".[#"))]
    yield "plan"


def choices(taken: Field, known: Known, path: str) -> tuple[str, ...]:
    """The answers an input may have; ``of`` may name a field of the node."""
    if isinstance(taken.of, Term):
        found = taken.of.run(Env(known, path, moment("1970-01-01T00:00:00Z")))
        return found if isinstance(found, tuple) else ()
    return tuple(taken.of or ())


_AS_STORED: Final = {"party", "choice", "deliverable", "register", "node", "file"}


def restored(type_: str, stored: Json) -> Any:
    """A field that an act has set, read back from JSON; a token stays one."""
    if commitment_of(stored) is not None:
        return stored
    if type_ == "groups" or type_ in _AS_STORED:
        return stored
    if type_ == "recurrence":
        return read_recurrence(stored)
    if type_ == "parties" or isinstance(stored, list):
        inner = type_[5:-1] if type_.startswith("list[") else "party"
        return tuple(restored(inner, part) for part in _many(stored))
    return from_json(type_, stored)


def _many(stored: Json) -> list[Json]:
    return stored if isinstance(stored, list) else [stored]


def _is_day(text: str) -> bool:
    return len(text) == len("2009-04-11")


def moment(text: str) -> datetime:
    """A stored moment: UTC, as written."""
    return datetime.fromisoformat(text)
