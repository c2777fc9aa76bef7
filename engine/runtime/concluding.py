"""From what a try came to, to the entries that say so.

Outcome, files, letters, events, and the moves that follow are recorded in one
transaction, by whoever took the request last. Who lost it meanwhile records nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from engine.action import Begun, Done, Made
from engine.core.commands import Report
from engine.core.events import Reported
from engine.errors import (
    ClaimLost,
    InstanceExists,
    LostUpdate,
    PlangateError,
    Unavailable,
)
from engine.plan.graph import Policy
from engine.ports import Json, Letter
from engine.proof.recognition import masked
from engine.runtime.clock import let_time_pass
from engine.runtime.preparing import why_of
from engine.runtime.requests import Held, Lost, Office, Recorded, Task, Unable
from engine.runtime.service import Service
from engine.runtime.shortage import raise_shortage
from engine.runtime.trying import Ended

DOUBLED_MAX: Final = 20


def conclude(
    office: Office, task: Task, ended: Ended, *, now: datetime
) -> Recorded | Unable:
    """Records what a try came to, or has it tried again.

    Raises Unavailable, and LostUpdate where others act all the time: it can be
    recorded later. An outcome that cannot be is parked, and stops no other.
    """
    try:
        return _concluded(office, task, ended, now=now)
    except ClaimLost:
        return Lost(request=task.request)
    except (Unavailable, LostUpdate):
        raise
    except Exception as wrong:  # noqa: BLE001 -- of one request: kept and shown
        raise_shortage(wrong)
        # say, the plan cannot take the outcome in: somebody has to look at it
        why = masked(why_of(wrong), task.hidden)
        return office.park(task.waiting, "request.not_recorded", why=why)


def _concluded(
    office: Office, task: Task, ended: Ended, *, now: datetime
) -> Recorded | Unable:
    if ended.sort == "done":
        return _succeeded(office, task, ended, now=now)
    tries, most = task.waiting.tries + 1, task.policy.tries
    if ended.sort == "failed" or tries >= most:
        return _report(office, task, ended, now=now)
    pause = max(_pause(office, task.policy, tries), ended.after or timedelta(0))
    held = Held(
        waiting=task.waiting,
        code="request.again",
        values={"why": ended.detail or ended.sort, "tries": tries, "most": most},
        until=now + pause * office.rate,
    )
    return office.put_off(held, tries=tries)


def _pause(office: Office, policy: Policy, tries: int) -> timedelta:
    """Doubled each time, and spread: what failed together comes back apart."""
    times: int = 2 ** min(tries - 1, DOUBLED_MAX)
    longest = max(policy.longest, policy.wait)
    return min(policy.wait * times, longest) * office.random.uniform(0.5, 1)


def _succeeded(
    office: Office, task: Task, ended: Ended, *, now: datetime
) -> Recorded | Unable:
    begins = ended.done.begins if ended.done is not None else None
    if begins is None:
        return _report(office, task, ended, now=now)
    try:
        end = _begun(office, task, begins, now=now)
    except (Unavailable, LostUpdate):
        raise
    except PlangateError as wrong:
        raise_shortage(wrong)
        failed = Ended(sort="failed", detail=masked(wrong.say("en"), task.hidden))
        return _report(office, task, failed, now=now)
    if not begins.waits or end == "done":
        return _report(office, task, ended, now=now)
    if end == "":
        name = begins.instance
        return office.wait(task.waiting, now, "request.waits", instance=name)
    failed = Ended(sort="failed", detail=f"{begins.instance}: {end}")
    return _report(office, task, failed, now=now)


def _begun(office: Office, task: Task, begins: Begun, *, now: datetime) -> str:
    """Starts the instance if it is not there; the state that it ended in, or ""."""
    service, name = office.service, begins.instance
    simulated = service.look(task.request.instance).instance.simulated
    if service.journal.head(name) is None:
        plan, bundle = office.load_plan(begins.plan)
        at = max(now, task.attempt.requested)
        service.start(plan, bundle, instance=name, now=at, simulated=simulated)
    live = service.look(name)
    wanted = _plan_id(office, begins.plan) or live.plan.id
    if live.plan.id != wanted or live.instance.simulated != simulated:
        raise InstanceExists(instance=name)
    root, known = live.plan.root, live.known
    if known.flag(root, "done"):
        return "done"
    return known.state(root) if known.flag(root, "settled") else ""


def _plan_id(office: Office, name: str) -> str:
    """What the plan is called; "" if its file has gone or is broken since it began."""
    try:
        return str(office.load_plan(name)[0].id)
    except PlangateError:
        return ""


def _report(
    office: Office, task: Task, ended: Ended, *, now: datetime
) -> Recorded | Unable:
    done = ended.done or Done()
    report = Report(
        key=task.request.key,
        node=task.request.node,
        outcome="succeeded" if ended.sort == "done" else "failed",
        cause=ended.sort if ended.sort in {"timed_out", "crashed"} else None,
        detail=ended.detail or None,
        files=tuple(_kept(one) for one in done.files),
        says=tuple((one.event, one.note) for one in done.says),
    )
    _let_timers_fire(office.service, task.request.instance, now=now)
    result = office.service.report(
        task.request.instance,
        report,
        now=now,
        attempt=task.waiting.attempts,
        blobs={_digest(one): one.content for one in done.files},
        letters=tuple(_letters(task, done, at=max(now, task.attempt.requested))),
    )
    if not any(isinstance(event, Reported) for _, event in result.events):
        # whoever took it over has ended it: a second report is no news
        return Lost(request=task.request)
    return Recorded(task=task, ended=ended, result=result)


def _let_timers_fire(service: Service, instance: str, *, now: datetime) -> None:
    """On a simulated clock each at its own moment, not all when an outcome arrives."""
    if service.look(instance).instance.simulated:
        let_time_pass(service, instance, now)


def _letters(task: Task, done: Done, *, at: datetime) -> Iterator[Letter]:
    """Each under a key of its own: one request may tell a party several things."""
    request = task.request
    for number, one in enumerate(done.messages, start=1):
        yield Letter(
            party=one.to,
            key=f"{request.key}/{number}",
            instance=request.instance,
            node=request.node,
            at=at,
            text=one.text,
        )


def _digest(one: Made) -> str:
    return hashlib.sha256(one.content).hexdigest()


def _kept(one: Made) -> Json:
    return {"name": one.name, "sha256": _digest(one), "size": len(one.content)}
