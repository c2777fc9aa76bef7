"""What is otherwise at a later moment: each thing with its value before and after.

Two instances are compared, never two histories: what went there and back again in
between is no change. Each change names the last entry that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct

from engine import words
from engine.core.facts import Known, moment, template_of
from engine.core.instance import Fact, Instance
from engine.plan.graph import Node, Plan, Words
from engine.ports import Json
from engine.words import LANGUAGES


class Change(Struct, frozen=True, kw_only=True):
    """One thing that is otherwise; None: it was not there, or is not there now.

    ``node`` is a node or a register, ``name`` what of it (or a deliverable, a
    measure, an event), ``who`` whose it is, ``round`` which round it belongs to.
    """

    sort: str
    node: str | None = None
    name: str | None = None
    who: str | None = None
    round: int | None = None
    before: Json
    after: Json
    seq: int


class _Part(Struct, frozen=True):
    """What one fact tells: its value, by the keys of a change."""

    value: Json
    node: str | None = None
    name: str | None = None
    who: str | None = None
    round: int | None = None
    seq: int | None = None
    """The entry of this part, if the fact has several."""


Parts = Iterator[_Part]


def changes(plan: Plan, before: Instance, after: Instance) -> tuple[Change, ...]:
    """What is otherwise, by sort, then in the order in which it became so.

    A node of the plan that nothing had happened to stood in its first state.
    """
    found = [
        change
        for key, fact in after.facts.items()
        if key[:2] in _READERS and fact != before.facts.get(key)
        for change in _changed(key, _was(plan, key, before), fact)
    ]
    ranks = {sort: rank for rank, (sort, _) in enumerate(_READERS.values())}
    return tuple(sorted(found, key=lambda one: (ranks[one.sort], one.seq, _place(one))))


def _place(change: Change) -> tuple[str, str, str]:
    return change.node or "", change.name or "", change.who or ""


def _was(plan: Plan, key: str, before: Instance) -> Fact | None:
    found = before.facts.get(key)
    node = plan.nodes.get(key[2:]) if found is None and key.startswith("n/") else None
    if node is None or node.dynamic or before.revision == 0:
        return found
    return Fact({"s": node.kind.initial, "r": 1}, 0)


def _changed(key: str, was: Fact | None, now: Fact) -> Iterator[Change]:
    sort, parts = _READERS[key[:2]]
    old = {} if was is None else {_of(one): one for one in parts(key[2:], was.value)}
    for one in parts(key[2:], now.value):
        before = old.get(_of(one))
        if before is None or before.value != one.value:
            yield Change(
                sort=sort,
                node=one.node,
                name=one.name,
                who=one.who,
                round=one.round,
                before=None if before is None else before.value,
                after=one.value,
                seq=one.seq or now.seq,
            )


def _of(part: _Part) -> tuple[str | None, ...]:
    return part.node, part.name, part.who


# -- what each fact tells (engine.core.instance has their keys)


def _state(key: str, value: Any) -> Parts:
    yield _Part({"state": value["s"], "round": value["r"]}, node=key)


def _field(key: str, value: Any) -> Parts:
    node, _, name = key.rpartition("/")
    yield _Part(value, node=node, name=name)


def _deliverable(key: str, value: Any) -> Parts:
    if "approved" in value:  # else it is one of its versions
        is_approved = value["approved"] is not None
        told = {
            "version": value["n"],
            "label": value["label"],
            "sha256": value["digest"],
            "approved": is_approved and value["approved"] == value["digest"],
        }
        yield _Part(told, name=key)


def _measure(key: str, value: Any) -> Parts:
    name, _, who = key.partition("/")
    yield _Part(str(value), name=name, who=who)


def _register(key: str, value: Any) -> Parts:
    yield _Part(value, node=key)


def _right(key: str, value: Any) -> Parts:
    for node, (to, until, seq) in value.items():
        yield _Part({"to": to, "until": until}, node=node, who=key, seq=seq)


def _permit(key: str, value: Any) -> Parts:
    if "/" in key:
        yield _Part(value, **_in_round(key))


def _acts(key: str, value: Any) -> Parts:
    if key.count("/") == 2:  # noqa: PLR2004 -- else it says who acted
        yield _Part(value, **_in_round(key))


def _in_round(key: str) -> dict[str, Any]:
    node, round_, name = key.split("/", 2)
    return {"node": node, "round": int(round_), "name": name}


def _box(key: str, value: Any) -> Parts:
    yield _Part(dict(value), **_in_round(key))


def _members(key: str, value: Any) -> Parts:
    yield _Part(list(value), node=key)


def _event(key: str, value: Any) -> Parts:
    yield _Part(value["at"], name=key)


def _clock(key: str, value: Any) -> Parts:
    told = {"since": value["since"], "held": str(value["held"])}
    yield _Part(told, node=key, round=value["r"])


def _outcome(key: str, value: Any) -> Parts:
    yield _Part(value, node=key)


_READERS: Final[Mapping[str, tuple[str, Callable[[str, Any], Parts]]]] = {
    "n/": ("state", _state),
    "f/": ("field", _field),
    "d/": ("deliverable", _deliverable),
    "m/": ("measure", _measure),
    "r/": ("register", _register),
    "c/": ("members", _members),
    "g/": ("right", _right),
    "p/": ("permit", _permit),
    "a/": ("acts", _acts),
    "b/": ("ballot", _box),
    "e/": ("event", _event),
    "o/": ("clock", _clock),
    "x/": ("outcome", _outcome),
}
"""In the order in which changes are told. The other facts follow from these."""


# -- in words


def record_of(change: Change, known: Known) -> dict[str, Json]:
    """A change as docs/cli.md documents it; who made the entry is not known here."""
    return {
        "sort": change.sort,
        "node": change.node,
        "name": change.name,
        "who": change.who,
        "round": change.round,
        "title": title_of(change, known),
        "before": _valued(change, change.before, known),
        "after": _valued(change, change.after, known),
        "entry": change.seq,
    }


def _valued(change: Change, value: Json, known: Known) -> Json:
    if value is None:
        return None
    said = {one: told(change, value, known, one) for one in LANGUAGES}
    return {"value": value, "text": said}


def title_of(change: Change, known: Known) -> dict[str, str]:
    """What it is about, as people call it."""
    plan, node = known.plan, _node(known.plan, change.node)
    of = _titled(change, plan, node)
    if change.node in plan.registers:
        place: Words | None = plan.registers[change.node or ""].title
    else:
        place = None if node is None else known.title(change.node or "")
    return {one: _joined(place, of, change.who, one) for one in LANGUAGES}


def _joined(place: Words | None, of: Words | None, who: str | None, one: str) -> str:
    parts = (words.bilingual(place, one), words.bilingual(of, one), who or "")
    return " · ".join(part for part in parts if part)


def _titled(change: Change, plan: Plan, node: Node | None) -> Words | None:
    name = change.name
    if name is None:
        return None
    match change.sort:
        case "deliverable":
            found = plan.deliverables.get(name)
            return name if found is None else found.title
        case "measure":
            titled: Words = plan.measures.get(name, {}).get("title") or name
            return titled
        case "field" if node is not None and name in node.kind.fields:
            return node.kind.fields[name].title
        case "acts" | "permit" | "ballot" if (
            node is not None and name in node.kind.moves
        ):
            return node.kind.moves[name].title
    return name


def _node(plan: Plan, path: str | None) -> Node | None:
    if path is None:
        return None
    return plan.nodes.get(path) or plan.nodes.get(template_of(path))


def told(change: Change, value: Any, known: Known, language: str) -> str:
    """A value in words."""
    say = _SAYERS.get(change.sort)
    return (
        words.plain(value, language)
        if say is None
        else say(change, value, known, language)
    )


def _say_state(change: Change, value: Any, known: Known, language: str) -> str:
    node = _node(known.plan, change.node)
    state = None if node is None else node.kind.states.get(value["state"])
    said = words.bilingual(state.title if state else value["state"], language)
    if value["round"] == 1:
        return said
    return words.say("view.in_round", language, state=said, round=value["round"])


def _say_field(_: Change, value: Any, __: Known, language: str) -> str:
    if isinstance(value, bool):
        return _yes(value, language)
    if isinstance(value, Mapping) and not set(value) & set(LANGUAGES):
        pairs = (
            f"{key}: {_say_field(_, one, __, language)}" for key, one in value.items()
        )
        return "; ".join(pairs)
    return words.plain(value, language)


def _say_deliverable(_: Change, value: Any, __: Known, language: str) -> str:
    code = "audit.version_approved" if value["approved"] else "audit.version"
    label = words.plain(value["label"] or "–", language)
    return words.say(code, language, number=value["version"], label=label)


def _say_measure(change: Change, value: Any, known: Known, language: str) -> str:
    unit = known.plan.measures.get(change.name or "", {}).get("unit") or ""
    return words.say("audit.amount", language, amount=value, unit=unit).rstrip()


def _say_right(_: Change, value: Any, known: Known, language: str) -> str:
    # it ends with a day: midnight belongs to the day before
    last = moment(value["until"]).astimezone(known.zone) - timedelta(microseconds=1)
    until = f"{last:%Y-%m-%d}"
    return words.say("audit.handed_on", language, to=value["to"], until=until)


def _say_permit(_: Change, value: Any, __: Known, language: str) -> str:
    return words.say("audit.permit" if value else "audit.permit_used", language)


def _say_register(_: Change, value: Any, __: Known, language: str) -> str:
    return words.say("audit.items", language, count=value)


def _say_acts(_: Change, value: Any, __: Known, language: str) -> str:
    return words.say("audit.times", language, count=value)


def _say_ballot(_: Change, value: Any, __: Known, language: str) -> str:
    code = "audit.box_opened" if value["opened"] else "audit.box_shut"
    return words.say(code, language, count=value["casts"])


def _say_event(_: Change, value: Any, known: Known, __: str) -> str:
    return _moment(value, known)


def _say_clock(_: Change, value: Any, known: Known, language: str) -> str:
    if value["since"] is not None:
        since = _moment(value["since"], known)
        return words.say("audit.clock_stopped", language, since=since)
    return words.say("audit.clock_runs", language, days=value["held"])


def _say_outcome(_: Change, value: Any, __: Known, language: str) -> str:
    return words.say(f"audit.outcome_{value}", language)


def _yes(value: bool, language: str) -> str:  # noqa: FBT001 -- it is the value
    return words.say("audit.yes" if value else "audit.no", language)


def _moment(recorded: str, known: Known) -> str:
    """A recorded moment, or a day, as a clock in the plan's zone shows it."""
    if "T" not in recorded:
        return recorded
    return f"{moment(recorded).astimezone(known.zone):%Y-%m-%d %H:%M}"


_SAYERS: Final[Mapping[str, Callable[[Change, Any, Known, str], str]]] = {
    "state": _say_state,
    "field": _say_field,
    "deliverable": _say_deliverable,
    "measure": _say_measure,
    "register": _say_register,
    "right": _say_right,
    "permit": _say_permit,
    "acts": _say_acts,
    "ballot": _say_ballot,
    "event": _say_event,
    "clock": _say_clock,
    "outcome": _say_outcome,
}
