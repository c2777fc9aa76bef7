"""A sealed ballot box: what was answered in secret, apart from who answered.

The history says that somebody answered, never what. The answers are sums in one
fact of the instance's state, outside the history: no name, no order, no entry. The
box is opened once in a round; from then on its totals are in the history and gates
may see them, and nobody answers any more, since what a late answer adds would tell
whose it is.

A box is ``{"casts": n, "sums": {input: {answer: amount}}}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.core.events import Counted, Event, Moved, Tally
from engine.core.instance import added
from engine.errors import DamagedData
from engine.plan.graph import Field
from engine.ports import Json

SEALED: Final = "s/"
"""Prefix of the facts that no history tells; they belong to entry 0."""


def is_sealed(key: str) -> bool:
    """Whether a fact is a box: nothing but its opening may show what is in it."""
    return key.startswith(SEALED)


def is_of_box(event: Event) -> bool:
    """Whether an event came with a change of a box that entries do not tell."""
    return isinstance(event, Counted) or (isinstance(event, Moved) and event.sealed)


def box_key(path: str, round_: int, move: str) -> str:
    return f"{SEALED}{path}/{round_}/{move}"


def with_answer(box: Json, tally: Iterable[Tally]) -> Json:
    """The box with one more answer in it."""
    sums = {} if box is None else {name: dict(of) for name, of in box["sums"].items()}
    for name, answer, amount in tally:
        mine = sums.setdefault(name, {})
        mine[answer] = added(mine.get(answer, 0), amount)
    return {"casts": 1 + (0 if box is None else box["casts"]), "sums": sums}


def opened(
    box: Json, *, node: str, move: str, round_: int, casts: int, takes: Takes
) -> Counted:
    """What is in the box. Raises DamagedData unless it holds every answer given."""
    found = 0 if box is None else box["casts"]
    sums: Mapping[str, Any] = {} if box is None else box["sums"]
    if found != casts or not all(_adds_up(sums, casts, one) for one in takes.values()):
        raise DamagedData(detail=f"ballot box {node} {move}: {found} / {casts}")
    return Counted(
        node=node,
        move=move,
        round=round_,
        casts=casts,
        tally=tuple(
            (name, answer, sums[name][answer])
            for name in sorted(sums)
            for answer in sorted(sums[name])
        ),
    )


Takes = Mapping[str, Field]


def _adds_up(sums: Mapping[str, Any], casts: int, taken: Field) -> bool:
    """As many answers as people who answered; fewer only where one may be left out."""
    found = sums.get(taken.name, {})
    if taken.type in {"choice", "bool"}:
        given = sum(int(number) for number in found.values())
    elif taken.type in {"int", "number"}:
        given = int(found.get("#", 0))
    else:
        # a form answers every criterion: as many as there are, for each who answered
        criteria = sum(1 for answer in found if answer not in {"+", "#"})
        given = int(found.get("#", 0)) // max(criteria, 1)
    return given == casts if taken.required else given <= casts
