"""What a command asks for: it is recorded, or refused with its reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from engine import words
from engine.core import admission, erasing, evidence, prospects, waiting
from engine.core.commands import (
    ApproveErasure,
    AskErasure,
    Command,
    Do,
    Report,
    Signal,
    Start,
    Tick,
)
from engine.core.events import Added, Refused, Reported, Signalled, Started
from engine.core.facts import template_of
from engine.core.inputs import as_json, composed, read_inputs
from engine.core.machine import rulebook
from engine.core.naming import find_move, find_node
from engine.core.rights import right_of
from engine.core.work import Act, Work
from engine.errors import BadInput
from engine.plan.graph import CAUSES, OUTCOMES, Move, Node
from engine.plan.terms import Env
from engine.plan.values import canonical
from engine.ports import Json


def start(work: Work, command: Start) -> None:
    """An instance begins: its plan and ledger are recorded, every node is looked at."""
    work.record(
        Started(
            plan=work.plan.digest,
            plan_id=work.plan.id,
            title=_text(work.plan.title),
            by=command.by,
            ledger=tuple(
                [line.id, line.sort, _text(line.about), line.value]
                for line in work.plan.ledger
            ),
        )
    )
    for path, node in work.plan.nodes.items():
        if not node.dynamic:
            for move in node.automatic[node.kind.initial]:
                work.queue(path, node, move)


def obey(work: Work, command: Command) -> None:
    """What somebody does, says or reports. Raises WrongUse if it is not understood."""
    match command:
        case Do():
            _do(work, command)
        case Signal():
            _signal(work, command)
        case Report():
            _report(work, command)
        case AskErasure():
            erasing.ask(work, command)
        case ApproveErasure():
            erasing.approve(work, command)
        case Tick() | Start():
            return


def _signal(work: Work, command: Signal) -> None:
    work.record(
        Signalled(
            name=admission.name_of(
                command.name, node="", move="signal", code="core.signal_missing"
            ),
            actor=admission.witness_of(work.known, command.actor),
            occurred=_past(work, command.occurred),
            note=admission.kept(command.note),
        )
    )


def _report(work: Work, command: Report) -> None:
    """An outcome is recorded once: whoever reports it again tells nothing new."""
    asked = work.known.fact(f"q/{command.key}")
    if asked is None:
        return
    for found, known in (
        (command.outcome, OUTCOMES),
        (command.cause, (None, *CAUSES)),
    ):
        if found not in known:
            what = words.both("core.outcome", found=found, known=known)
            raise BadInput(node=asked, move="report", what=what)
    work.record(
        Reported(
            node=asked,
            key=command.key,
            outcome=command.outcome,
            cause=command.cause,
            detail=admission.kept(command.detail),
            files=command.files,
            letters=command.letters,
        )
    )
    work.closed.append(command.key)
    for name, note in command.says:
        _said(work, name, note, node=asked)
    # the moves that the node makes on an action's outcome
    node = work.known.node(asked)
    for move in node.kind.moves.values():
        if move.trigger == "on" and move.on in {command.outcome, command.cause}:
            work.queue(asked, node, move.name)


def _said(work: Work, name: str, note: str | None, *, node: str) -> None:
    """What an action found out: nobody says it but the request before it."""
    named = admission.name_of(
        name, node=node, move="report", code="core.signal_missing"
    )
    work.record(Signalled(name=named, actor=None, note=admission.kept(note)))


def _past(work: Work, occurred: datetime | None) -> str | None:
    """When an act happened, if it is told: never later than now."""
    if occurred is None:
        return None
    if occurred > work.now:
        raise BadInput(node="", move="", what=words.both("core.future"))
    return str(canonical(occurred))


def _do(work: Work, command: Do) -> None:
    """A person's move: state, right, input and gate must allow it."""
    asked = {"node": composed(command.node), "move": composed(command.move)}
    actor = admission.actor_of(work.known, command.actor, **asked)
    command = replace(command, actor=actor, node=asked["node"], move=asked["move"])
    if command.move == "add" and command.node in _registers(work):
        _add(work, command)
        return
    path = find_node(work.known, command.node)
    node = work.known.node(path)
    move = find_move(node, command.move, path)
    state = work.known.state(path)
    if not rulebook(node.kind).accepts(state, move.name):
        _refuse(work, path, move, command.actor, _not_now(work, path, node, move))
        return
    env = Env(work.known, path, work.now, {}, command.actor)
    right = right_of(work.known, move, command.actor, env)
    if isinstance(right, dict):
        _refuse(work, path, move, command.actor, (right,))
        return
    env.inputs = read_inputs(
        work.known, path, move.takes, command.inputs, move=move.name
    )
    reasons = _backdated(work, path, command) or _counted(work, path, move)
    if reasons:
        _refuse(work, path, move, command.actor, reasons)
        return
    act = Act(path=path, node=node, move=move, env=env, right=right)
    act.occurred = _past(work, command.occurred)
    _try_move(work, act)


def _registers(work: Work) -> set[str]:
    """The names by which the plan's registers can be called."""
    return set(work.plan.registers) | {
        alias
        for alias, name in work.plan.aliases.items()
        if name in work.plan.registers
    }


def _backdated(work: Work, path: str, command: Do) -> tuple[Json, ...]:
    """An act dated before the plan was issued must have been declared."""
    issued, declared = work.plan.issued, work.plan.backdated
    if command.occurred is None or issued is None or declared is None:
        return ()
    if command.occurred >= issued:
        return ()
    template = template_of(path)
    if any(template == one or template.startswith(f"{one}.") for one in declared):
        return ()
    return ({"code": "core.backdated", "allowed": list(declared)},)


def _counted(work: Work, path: str, move: Move) -> tuple[Json, ...]:
    """Why a box takes no more: what a late answer adds would tell whose it is."""
    counted = prospects.is_counted(work.known, path, move)
    return ({"code": "core.counted"},) if counted else ()


def _not_now(work: Work, path: str, node: Node, move: Move) -> tuple[Json, ...]:
    """Why a node is in no state for a move: what would bring it there."""
    state = work.known.state(path)
    found: list[Json] = [
        {
            "code": "core.not_in_state",
            "state": _text(node.kind.states[state].title),
            "states": [_text(node.kind.states[s].title) for s in move.sources],
        }
    ]
    for one in waiting.obstacles(work.known, path, work.now, towards=move.sources):
        found.append(evidence.reason(one.outcome))
    return tuple(found)


def _try_move(work: Work, act: Act) -> None:
    """A person's move: made if its gate holds or a permit is open."""
    gate = prospects.gate_of(act.node, act.move)
    outcomes, why = evidence.examined(gate, act.env)
    if not all(outcome.verdict is True for outcome in outcomes):
        permit = work.permit(act.path, act.move)
        if permit is None:
            reasons = evidence.reasons(outcomes)
            _refuse(work, act.path, act.move, str(act.env.actor), reasons, why)
            return
        why["permit"] = permit
    work.make(act, why)


def _refuse(
    work: Work,
    path: str,
    move: Move | str,
    actor: str,
    reasons: tuple[Json, ...],
    why: Json = None,
) -> None:
    """A refusal is history too."""
    name = move if isinstance(move, str) else move.name
    work.refused = Refused(node=path, move=name, actor=actor, reasons=reasons, why=why)
    work.record(work.refused)


def _add(work: Work, command: Do) -> None:
    """Somebody puts an item on a register."""
    name = work.plan.aliases.get(command.node, command.node)
    register = work.plan.registers[name]
    template = work.plan.nodes[register.template]
    env = Env(work.known, register.template, work.now, {}, command.actor)
    right = right_of(work.known, register, command.actor, env)
    if isinstance(right, dict):
        _refuse(work, name, "add", command.actor, (right,))
        return
    reasons = _backdated(work, register.template, command)
    if reasons:
        _refuse(work, name, "add", command.actor, reasons)
        return
    fields = template.kind.fields
    given = read_inputs(work.known, name, register.takes, command.inputs, move="add")
    if "raised_by" in fields and "raised_by" not in given:
        given["raised_by"] = command.actor
    number = int(work.known.fact(f"r/{name}") or 0) + 1
    work.record(
        Added(
            node=f"{name}#{number}",
            register=name,
            template=register.template,
            number=number,
            state=template.kind.initial,
            actor=command.actor,
            fields={key: as_json(value) for key, value in given.items()},
            right=right.record(),
            occurred=_past(work, command.occurred),
        )
    )


def _text(title: Any) -> Json:
    return dict(title) if not isinstance(title, str) else title
