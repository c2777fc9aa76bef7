"""What a person hands in with an act, read into typed values.

Wrong input is told with the input's name and what to write; nothing is changed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from engine import words
from engine.core.admission import may_be_one, measured, nearest_to
from engine.core.facts import Known, choices
from engine.errors import BadInput
from engine.plan import readers, values
from engine.plan.graph import Field
from engine.plan.terms import ANYONE
from engine.ports import Json
from engine.proof.private import commitment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file handed in: its bytes are known by their SHA-256 and kept as a blob."""

    name: str
    size: int
    sha256: str
    characters: int | None = None
    """Characters of text without white space, if it is text."""

    def canonical(self) -> Json:
        found: dict[str, Json] = {
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
        }
        if self.characters is not None:
            found["characters"] = self.characters
        return found


def files_in(said: Json) -> Iterator[str]:
    """The SHA-256 of every file that is named somewhere in what was recorded."""
    if isinstance(said, Mapping):
        if said.keys() >= _FILE:
            yield str(said["sha256"])
        for one in said.values():
            yield from files_in(one)
    elif isinstance(said, (list, tuple)):
        for one in said:
            yield from files_in(one)


def may_name(body: bytes) -> bool:
    """Whether an entry's bytes can name a file at all: most do not."""
    return b"sha256" in body or b'"digest"' in body or b"\\u" in body


_FILE: Final = {"name", "size", "sha256"}


def read_inputs(
    known: Known,
    path: str,
    takes: Mapping[str, Field],
    given: Mapping[str, Any],
    *,
    move: str,
) -> dict[str, Any]:
    """Typed values of every input; raises BadInput for the first that is wrong."""
    given = {composed(name): value for name, value in given.items()}
    unknown = [name for name in given if name not in takes]
    if unknown:
        raise _bad(
            path, move, "core.input_unknown", name=unknown[0], known=tuple(takes)
        )
    found: dict[str, Any] = {}
    for name, taken in takes.items():
        if _is_blank(given.get(name)):
            if taken.required:
                facts = {"name": name, "title": taken.title, "type": taken.type}
                raise _bad(path, move, "core.input_missing", **facts)
            continue
        found[name] = (
            _token(given[name])
            if taken.is_personal
            else _read(known, path, taken, given[name], move)
        )
    return found


def _token(given: Any) -> Json:
    """What whoever asked has put in the place of a personal value."""
    assert commitment_of(given) is not None, "a personal value in clear"
    return given


def read_personal(known: Known, path: str, taken: Field, raw: Any, move: str) -> Json:
    """A personal value as it is kept; None: nothing was given.

    Raises BadInput, which does not repeat it.
    """
    if _is_blank(raw):
        return None
    try:
        measured(raw)
        return as_json(read_value(known, path, taken, raw))
    except values.ValueReadError:
        facts = {"name": taken.name, "title": taken.title, "type": taken.type}
        raise _bad(path, move, "privacy.input_wrong", **facts) from None


def composed(name: Any) -> str:
    return unicodedata.normalize("NFC", str(name))


def _is_blank(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _bad(path: str, move: str, code: str, **facts: Any) -> BadInput:
    return BadInput(node=path, move=move, what=words.both(code, **facts))


def _read(known: Known, path: str, taken: Field, raw: Any, move: str) -> Any:
    try:
        measured(raw)
        return read_value(known, path, taken, raw)
    except values.ValueReadError as wrong:
        facts = {"name": taken.name, "why": {"zh": wrong.say("zh"), "en": str(wrong)}}
        raise _bad(path, move, "core.input_wrong", **facts) from None


def read_value(known: Known, path: str, taken: Field, raw: Any) -> Any:
    """One value of a declared type. Raises ValueReadError."""
    if taken.type.startswith("list["):
        return _list(known, path, taken, raw)
    reader = _READERS.get(taken.type)
    if reader is not None:
        return reader(known, path, taken, raw)
    return readers.READERS.get(taken.type, readers.read_text)(_written(raw))


def _written(raw: Any) -> Any:
    """Whole numbers and truths that a program hands in, as people write them."""
    if isinstance(raw, bool):
        return str(raw).lower()
    return str(raw) if isinstance(raw, int) else raw


def _file(raw: Any) -> File:
    if not isinstance(raw, File):
        raise values.ValueReadError("value.file", found=values_shown(raw))
    return raw


def values_shown(raw: Any) -> str:
    return raw if isinstance(raw, str) else type(raw).__name__


def _listed(raw: Any) -> list[Any]:
    if isinstance(raw, str):
        split = raw.replace("、", ",").replace("，", ",").split(",")
        return [part.strip() for part in split if part.strip()]
    return list(raw) if isinstance(raw, (list, tuple)) else [raw]


def _list(known: Known, path: str, taken: Field, raw: Any) -> tuple[Any, ...]:
    inner = Field(
        name=taken.name, type=taken.type[5:-1], title=taken.title, of=taken.of
    )
    return tuple(read_value(known, path, inner, item) for item in _listed(raw))


def _parties(known: Known, raw: Any, *, alone: bool) -> Any:
    found: list[str] = []
    for name in _listed(raw):
        members = party(known, name)
        found.extend(who for who in members if who != ANYONE)
    if alone and len(found) != 1:
        raise values.ValueReadError("value.party_one", found=values_shown(raw))
    return found[0] if alone else tuple(dict.fromkeys(found))


def party(known: Known, name: Any) -> tuple[str, ...]:
    """Whom a name given by a person means; people of an open set need no entry."""
    parties = known.plan.parties
    text = readers.read_text(name)
    text = known.plan.aliases.get(text, text)
    members = parties.members(text)
    if members is not None:
        return members
    if may_be_one(known, text):
        return (text,)
    near = nearest_to(known, text)
    raise values.ValueReadError("value.party", found=text, near=near)


def _move(known: Known, path: str, raw: Any) -> str:
    """A move of the node, by its name or its title; also one that happens by itself."""
    text = readers.read_text(raw)
    moves = known.node(path).kind.moves
    for name, move in moves.items():
        titles = move.title.values() if isinstance(move.title, Mapping) else ()
        if text == name or text in titles:
            return name
    raise values.ValueReadError("value.choice", found=text, of=tuple(moves))


def _named(raw: Any, among: Mapping[str, Any], aliases: Mapping[str, str]) -> str:
    text = readers.read_text(raw)
    text = aliases.get(text, text)
    if text not in among:
        raise values.ValueReadError("value.choice", found=text, of=tuple(among))
    return text


def _scores(known: Known, path: str, taken: Field, raw: Any) -> dict[str, int]:
    """A whole number on the scale for every criterion, none left out."""
    criteria = choices(taken, known, path)
    if not isinstance(raw, Mapping):
        raise values.ValueReadError("value.scores", of=criteria)
    low, high = taken.scale or (1, 5)
    scores = {composed(n): readers.read_int(_written(one)) for n, one in raw.items()}
    if set(scores) != set(criteria):
        raise values.ValueReadError("value.scores", of=criteria)
    for name, score in scores.items():
        if not low <= score <= high:
            raise values.ValueReadError(
                "value.score_range", criterion=name, found=score, low=low, high=high
            )
    return {name: scores[name] for name in criteria}


def _groups(known: Known, raw: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(raw, Mapping):
        raise values.ValueReadError("value.groups")
    found: dict[str, dict[str, Any]] = {}
    # in the order in which they are stored, as whoever decides it again reads them
    for name, group in sorted(raw.items(), key=lambda one: composed(one[0])):
        if not isinstance(group, Mapping) or set(group) - {"leader", "members"}:
            raise values.ValueReadError("value.groups")
        leader = group.get("leader")
        found[composed(name)] = {
            "leader": _parties(known, leader, alone=True) if leader else None,
            "members": _parties(known, group.get("members", ()), alone=False),
        }
    return found


def as_json(value: Any) -> Json:
    """A typed value as entries and facts hold it.

    Keys are in the order in which they are stored: a process that reads the fact
    back must decide the same as the one that wrote it.
    """
    if isinstance(value, File):
        return value.canonical()
    if isinstance(value, Mapping):
        return {name: as_json(value[name]) for name in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [as_json(part) for part in value]
    return values.canonical(value)


def tally_of(takes: Mapping[str, Field], found: Mapping[str, Any]) -> list[Any]:
    """What an act adds to its tallies: answers, sums, scores by criterion."""
    lines: list[Any] = []
    for name, value in found.items():
        match takes[name].type:
            case "choice" | "bool":
                lines.append(
                    (name, str(value).lower() if isinstance(value, bool) else value, 1)
                )
            case "int" | "number":
                lines += [
                    (name, "+", values.canonical(Fraction(value))),
                    (name, "#", 1),
                ]
            case "scores":
                lines += [
                    (name, criterion, score) for criterion, score in value.items()
                ]
                lines += [(name, "+", sum(value.values())), (name, "#", len(value))]
    return lines


_READERS: Final[dict[str, Callable[[Known, str, Field, Any], Any]]] = {
    "party": lambda known, _, __, raw: _parties(known, raw, alone=True),
    "parties": lambda known, _, __, raw: _parties(known, raw, alone=False),
    "file": lambda _, __, ___, raw: _file(raw),
    "choice": lambda known, path, taken, raw: readers.read_choice(
        raw, of=choices(taken, known, path)
    ),
    "datetime": lambda known, _, __, raw: readers.read_datetime(raw, known.zone),
    "scores": _scores,
    "move": lambda known, path, _, raw: _move(known, path, raw),
    "groups": lambda known, _, __, raw: _groups(known, raw),
    "deliverable": lambda known, _, __, raw: _named(
        raw, known.plan.deliverables, known.plan.aliases
    ),
}
