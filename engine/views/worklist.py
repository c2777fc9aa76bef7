"""What one party can do now, what is shut to it, and what it waits for.

Ordered by due date; what has none comes last. Moves that are there in every state
(skip, delegate, …) are listed only when something has called for them, such as an
extension that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from immutables import Map

from engine.core import prospects
from engine.core.admission import actor_of
from engine.core.facts import Known
from engine.core.naming import live_paths
from engine.core.prospects import Prospect
from engine.core.rights import Right, right_of
from engine.errors import WrongUse
from engine.plan.lights import is_owed, mark_of
from engine.plan.terms import ANYONE, Env
from engine.ports import Json
from engine.views import shown
from engine.views.status import Reader

LISTS: Final = ("now", "shut", "waiting", "also")


def work_of(reader: Reader, who: str) -> dict[str, list[dict[str, Json]]]:
    """``now``: moves that can be made · ``shut``: open nodes whose gate is not ·
    ``waiting``: the party's own nodes that have not opened · ``also``: moves of
    nodes that are settled or not needed any more · ``registers`` to add to.
    """
    look = _Look(reader.known, who, reader.now, reader.instance.id)
    found: dict[str, list[dict[str, Json]]] = {name: [] for name in LISTS}
    for path in live_paths(reader.known):
        look.node(path, found)
    for rows in found.values():
        rows.sort(key=_order)
    return found | {"registers": list(look.registers())}


def merged(works: Iterable[dict[str, list[dict[str, Json]]]]) -> dict[str, Json]:
    """The work of one party in several instances, each list ordered by due date."""
    found: dict[str, list[dict[str, Json]]] = {n: [] for n in (*LISTS, "registers")}
    for work in works:
        for name, rows in work.items():
            found[name] += rows
    for name in LISTS:
        found[name].sort(key=_order)
    return dict(found)


def acting(readers: Iterable[Reader], who: str) -> Iterator[tuple[Reader, str]]:
    """The instances whose plan knows a party, with its own name there.

    Raises UnknownParty or BadInput, as an act would, if no plan knows it.
    """
    wrong: WrongUse | None = None
    is_known = False
    for reader in readers:
        try:
            name = actor_of(reader.known, who, node="", move="")
        except WrongUse as said_no:
            wrong = wrong or said_no
            continue
        is_known = True
        yield reader, name
    if wrong is not None and not is_known:
        raise wrong


def _order(row: dict[str, Any]) -> tuple[bool, str]:
    return row["due"] is None, row["due"] or ""


@dataclass(slots=True)
class _Look:
    known: Known
    who: str
    now: datetime
    instance: str

    @property
    def fresh(self) -> Known:
        """The same plan before anything happened."""
        return Known(self.known.plan, self.instance, Map())

    def node(self, path: str, found: dict[str, list[dict[str, Json]]]) -> None:
        moves = list(self.moves(path))
        for one, right in moves:
            if one.is_open:
                name = "now" if self.is_work(one) else "also"
                found[name].append(self.row(path) | self.of_move(one, right))
            elif one.in_state and is_owed(self.known, path):
                found["shut"].append(self.row(path) | self.of_move(one, right))
        if self.waits(path) and not any(one.in_state for one, _ in moves):
            found["waiting"].append(self.row(path))

    def moves(self, path: str) -> Iterator[tuple[Prospect, Right]]:
        """Moves that the party has a right to, in the states that have them."""
        kind = self.known.node(path).kind
        state = self.known.state(path)
        for move in prospects.persons_moves(kind):
            if state not in move.sources:
                continue
            right = prospects.right_to(self.known, path, move, self.who, self.now)
            if not isinstance(right, Right):
                continue
            one = prospects.prospect(self.known, path, move, self.now, actor=self.who)
            if not move.anywhere or prospects.is_called_for(
                self.known, self.fresh, path, one
            ):
                yield one, right

    def is_work(self, one: Prospect) -> bool:
        """What is owed; of a settled node what each has to do once, such as sign."""
        if is_owed(self.known, one.path):
            return True
        return one.move.once_each and self.known.flag(one.path, "settled")

    def waits(self, path: str) -> bool:
        """A node of the party's own that is owed and has not opened."""
        if self.known.started(path) or not is_owed(self.known, path):
            return False
        return self.who in shown.owner_of(self.known, path, self.now)

    def row(self, path: str) -> dict[str, Json]:
        due = self.known.due(path, Env(self.known, path, self.now))
        return {
            "instance": self.instance,
            "node": path,
            "title": self.known.title(path),
            "state": shown.state_of(self.known, path),
            "due": shown.moment(due, self.known.zone),
            "mark": mark_of(self.known, path, self.now),
        }

    def of_move(self, one: Prospect, right: Right) -> dict[str, Json]:
        return {
            "move": one.move.name,
            "move_title": shown.titled(one.move.title),
            "behalf_of": right.behalf_of,
            "unmet": len(one.unmet) + one.counted,
            "settled": self.known.flag(one.path, "settled"),
        }

    def registers(self) -> Iterator[dict[str, Json]]:
        for register in self.known.plan.registers.values():
            env = Env(self.known, register.template, self.now, {}, self.who)
            right = right_of(self.known, register, self.who, env)
            if isinstance(right, Right):
                anyone = prospects.holders(
                    self.known, register.template, register, self.now
                )
                yield {
                    "instance": self.instance,
                    "register": register.id,
                    "title": shown.titled(register.title),
                    "by_anyone": ANYONE in anyone,
                }
