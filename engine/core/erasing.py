"""Erasing what is about a person: one asks, two others approve, an entry says so.

Nobody acts here for anybody else: a delegation does not make one person two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from engine import words
from engine.core import admission
from engine.core.commands import ApproveErasure, AskErasure
from engine.core.events import Erased, Erasure, Refused
from engine.core.facts import Known
from engine.core.work import Work
from engine.errors import BadInput
from engine.plan.terms import ANYONE, Env, many
from engine.ports import Json

APPROVALS: Final = 2
MOVE: Final = "approve_erasure"
"""What a refusal calls the act."""


def ask(work: Work, command: AskErasure) -> None:
    """Anybody of the plan may ask. Raises BadInput for what is gone already."""
    actor = admission.actor_of(work.known, command.actor, node="", move="ask_erasure")
    basis = admission.kept(command.basis.strip()) or ""
    if not basis:
        raise _bad("privacy.no_basis")
    commitments = tuple(one for one in command.commitments if not gone(work, one))
    files = tuple(
        one for one in command.files if not gone(work, one, before=command.entry)
    )
    if not commitments and not files:
        raise _bad("privacy.gone", entry=command.entry)
    work.record(
        Erasure(
            step="asked",
            actor=actor,
            entry=command.entry,
            basis=basis,
            commitments=commitments,
            files=files,
        )
    )


def approve(work: Work, command: ApproveErasure) -> None:
    """The second approval erases. Raises BadInput if there is nothing to approve."""
    actor = admission.actor_of(work.known, command.actor, node="", move=MOVE)
    asked = work.known.fact(f"z/{command.asked}")
    if not isinstance(asked, dict):
        raise _bad("privacy.not_asked", entry=command.asked)
    if "erased" in asked:
        raise _bad("privacy.done", entry=command.asked, erased=asked["erased"])
    reason = refusal_of(work.known, asked, actor, work.now)
    if reason is not None:
        root = work.plan.root
        work.refused = Refused(node=root, move=MOVE, actor=actor, reasons=(reason,))
        work.record(work.refused)
        return
    work.record(Erasure(step="approved", actor=actor, asked=command.asked))
    approved = work.known.fact(f"z/{command.asked}")
    if len(approved["approved"]) >= APPROVALS:
        work.record(told(command.asked, approved, command.shared))


def gone(work: Work, digest: str, *, before: int = 0) -> bool:
    """Whether a value or file was erased: a file since the entry that is meant.

    Who hands a file in anew after its erasure may have that one erased too.
    """
    erased = work.instance.facts.get(f"z/{digest}")
    return erased is not None and erased.value > before


def told(number: int, asked: Any, shared: Collection[str]) -> Erased:
    """What is said of an erasure that was asked for with that entry, and approved.

    ``shared``: files that others hold too, which stay until the last one lets go.
    """
    return Erased(
        asked=number,
        requested_by=asked["by"],
        approved_by=tuple((who, seq) for who, seq in asked["approved"]),
        basis=asked["basis"],
        commitments=tuple(asked["commitments"]),
        files=tuple(one for one in asked["files"] if one not in shared),
        shared=tuple(one for one in asked["files"] if one in shared),
    )


def refusal_of(
    known: Known, asked: Any, actor: str, now: datetime
) -> dict[str, Json] | None:
    """Why somebody may not approve; None: they may."""
    if actor == asked["by"]:
        return {"code": "privacy.own", "actor": actor}
    if any(who == actor for who, _ in asked["approved"]):
        return {"code": "privacy.twice", "actor": actor}
    who = approvers(known, now, but=str(asked["by"]))
    if actor not in who:
        return {"code": "privacy.no_right", "actor": actor, "who": list(who)}
    return None


def approvers(known: Known, now: datetime, *, but: str) -> tuple[str, ...]:
    """As the plan says; else its leader, their deputies, and who owns the links.

    Where these are fewer than two besides who asked, everybody whom the plan lists.
    """
    plan = known.plan
    if plan.erasers is not None:
        return plan.erasers
    found = tuple(dict.fromkeys(_answerable(known, now)))
    if len(set(found) - {but}) < APPROVALS:
        found = tuple(dict.fromkeys((*found, *plan.parties.people)))
    return found


def _answerable(known: Known, now: datetime) -> Iterator[str]:
    plan = known.plan
    env = Env(known, plan.root, now)
    leaders = many(known.field(plan.root, "leader", env))
    found = [*leaders, *known.deputies(leaders)]
    for path, node in plan.nodes.items():
        if node.owner is not None and not node.dynamic and node.section == "links":
            found += many(known.owner(path, env))
    yield from (who for who in found if who != ANYONE)


def _bad(code: str, **facts: Any) -> BadInput:
    return BadInput(node="", move="", what=words.both(code, **facts))
