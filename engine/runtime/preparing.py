"""From an open request to what its action is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from engine.action import Action, Attempt, Setting
from engine.errors import BadInput, PlangateError, PlanRejected, Unavailable
from engine.plan.graph import Plan, Policy
from engine.ports import Entry, Json, Waiting
from engine.runtime.addresses import KEYS
from engine.runtime.requests import Office, Task, Unable
from engine.runtime.service import Live
from engine.runtime.shortage import raise_shortage
from engine.runtime.trying import NOTHING, load

SILENT_MAX: Final = 20
"""Times that a request was taken without a word: it may kill who takes it."""
FILES_MAX: Final = 1_000
"""Files that the parameters of one request name."""
DIGEST_LENGTH: Final = 64
_HEX: Final = frozenset("0123456789abcdef")


def task_of(office: Office, waiting: Waiting, *, now: datetime) -> Task | Unable:
    """What is to be tried, or why it cannot be now; raises Unavailable.

    A request at which something unforeseen happens is parked, and stops no other; for
    what this process lacks no request is to blame.
    """
    try:
        return _task_of(office, waiting, now=now)
    except Unavailable:
        raise
    except Exception as wrong:  # noqa: BLE001 -- of one request: kept and shown
        raise_shortage(wrong)
        return office.park(waiting, "request.damaged", why=why_of(wrong))


def why_of(wrong: Exception) -> str:
    """What went wrong, for who looks at the request."""
    if isinstance(wrong, PlangateError):
        return wrong.say("en")
    return f"{type(wrong).__name__}: {wrong}"


def _task_of(office: Office, waiting: Waiting, *, now: datetime) -> Task | Unable:
    request = waiting.request
    if waiting.silent > SILENT_MAX:
        return office.park(waiting, "request.silent", count=waiting.silent - 1)
    reference = office.references.get(request.action)
    if reference is None:
        return office.wait(waiting, now, "request.no_action", action=request.action)
    try:
        action = load(reference)
    except Exception as wrong:  # noqa: BLE001 -- of an action's file: kept and shown
        raise_shortage(wrong)
        return office.wait(
            waiting, now, "request.not_loaded", action=request.action, why=why_of(wrong)
        )
    lacking = [one.name for one in action.settings if _lacks(office, one)]
    if lacking and not office.is_dry:
        return office.wait(waiting, now, "request.setting", names=lacking)
    live = office.service.look(request.instance)
    try:
        attempt = _attempt(office, waiting, action, live, now=now)
    except (PlanRejected, BadInput) as wrong:
        raise_shortage(wrong)
        return office.wait(waiting, now, "request.addresses", why=wrong.say("en"))
    policy = policy_of(live.plan, request.action)
    reader = office.service.reader(request.instance)
    return Task(
        waiting=waiting,
        reference=NOTHING if lacking else reference,
        parameters=reader.opened(request.parameters, live.plan.language),
        hidden=reader.values(request.parameters),
        attempt=attempt,
        policy=policy,
        timeout=policy.timeout or action.timeout,
    )


def policy_of(plan: Plan, action: str) -> Policy:
    return plan.policies.get(action, Policy())


def _lacks(office: Office, setting: Setting) -> bool:
    return setting.required and not office.settings.get(setting.name)


def _attempt(
    office: Office, waiting: Waiting, action: Action, live: Live, *, now: datetime
) -> Attempt:
    request, entry = waiting.request, _entry(office, waiting)
    named = frozenset(_texts(request.parameters))
    return Attempt(
        key=request.key,
        number=waiting.tries + 1,
        is_last=waiting.tries + 1 >= policy_of(live.plan, request.action).tries,
        instance=request.instance,
        node=request.node,
        titles={
            "plan": live.plan.title,
            "node": live.known.title(request.node),
        },
        requested=entry.at,
        now=now,
        usual={"lang": live.plan.language, "zone": str(live.plan.zone)},
        people=dict(_people(office, live.plan, named)),
        files=dict(_files(office, live, entry, named)),
        settings={
            one.name: office.settings[one.name]
            for one in action.settings
            if one.name in office.settings
        },
    )


def _entry(office: Office, waiting: Waiting) -> Entry:
    """The entry of the move that asked."""
    request, journal = waiting.request, office.service.journal
    return next(journal.entries(request.instance, after=request.seq - 1, limit=1))


def _papers(office: Office, live: Live, entry: Entry) -> frozenset[str]:
    """Digests of files that the instance has: its facts tell them, or this entry.

    A digest that a plan merely writes down opens nobody else's file.
    """
    event, _ = office.service.decode(entry)
    told = {key: said for key, said in event.payload().items() if key != "did"}
    lines = (line for line in getattr(event, "did", ()) if line[0] != "request")
    facts = (fact.value for fact in live.instance.facts.values())
    return frozenset(_handed_in((told, tuple(lines), tuple(facts))))


def _handed_in(value: Any) -> Iterator[str]:
    """Digests of what tells of a file: its name and size too, as no text does."""
    if isinstance(value, Mapping):
        if {"name", "size"} <= value.keys():
            yield from (value[key] for key in ("sha256", "digest") if key in value)
        for one in value.values():
            yield from _handed_in(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _handed_in(one)


def _people(
    office: Office, plan: Plan, named: frozenset[str]
) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """What is known of the parties among the texts, wherever these stand."""
    parties = plan.parties
    book = office.addresses()
    for name in dict.fromkeys((*parties.people, *parties.outside, *parties.bodies)):
        if name in named:
            title = parties.titles.get(name) or parties.outside.get(name) or name
            # where somebody is reached, only the office says: no plan sends letters
            attributes = {
                key: said
                for key, said in parties.people.get(name, {}).items()
                if key not in KEYS
            }
            yield name, {"title": title, **attributes, **book.get(name, {})}


def _files(
    office: Office, live: Live, entry: Entry, named: frozenset[str]
) -> Iterator[tuple[str, bytes]]:
    asked = frozenset(text for text in named if _is_digest(text))
    if not asked:
        return
    for digest in sorted(asked & _papers(office, live, entry))[:FILES_MAX]:
        content = office.service.journal.blob(digest)
        if content is not None:
            yield digest, content


def _is_digest(text: str) -> bool:
    return len(text) == DIGEST_LENGTH and _HEX.issuperset(text)


def _texts(value: Any) -> Iterator[str]:
    """Every text in the parameters: names of parties and digests are among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
