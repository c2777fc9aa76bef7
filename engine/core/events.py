"""What can have happened. Past tense; an event cannot be refused.

Each event knows its payload (what its entry records) and is read back from it.
``did`` of a move lists what the move changed besides the state of its node, in
order; the words are those of docs/plans.md §8:

    ["set", path, field, value]            ["begin", path, round, state]
    ["version", deliverable, {…}]          ["approve", deliverable, digest]
    ["credit", measure, person, amount]    ["permit", path, round, move]
    ["used", path, round, move]            ["item", path, register, n, state, {…}]
    ["delegate", from, to, until, path]    ["signal", name]
    ["request", key, action, path, {…}]    ["escalate", [party], why]
    ["add", path, template, container, key, state, {field: value}]
    ["open_box", move]                     ["clock", path, round, since, held]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from engine.ports import Json

Tally: TypeAlias = tuple[str, str, Json]
"""What answers add: input, answer, amount."""


class Started(Struct, frozen=True, kw_only=True):
    """The instance began; ``plan`` is the digest it is pinned to."""

    plan: str
    plan_id: str
    title: Json
    by: str | None = None
    ledger: tuple[Json, ...] = ()

    node = None

    @property
    def actor(self) -> str | None:
        return self.by

    def payload(self) -> dict[str, Json]:
        return {
            "plan": self.plan,
            "id": self.plan_id,
            "title": self.title,
            "by": self.by,
            "ledger": list(self.ledger),
        }

    @classmethod
    def read(cls, _: str | None, data: Mapping[str, Any]) -> Started:
        return cls(
            plan=data["plan"],
            plan_id=data["id"],
            title=data["title"],
            by=data["by"],
            ledger=tuple(data["ledger"]),
        )


class Moved(Struct, frozen=True, kw_only=True):
    """A node made a move.

    ``cause`` person · condition · clock · outcome. ``due`` when the clock asked for
    it; ``occurred`` when it happened in the world, if not when it was recorded.
    ``tally`` is what its answers add. A ``sealed`` move tells nothing of them: they
    went into a ballot box.
    """

    node: str
    move: str
    source: str
    target: str
    round: int
    cause: str
    why: Json
    actor: str | None = None
    right: Json = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    tally: tuple[Tally, ...] = ()
    did: tuple[tuple[Json, ...], ...] = ()
    due: str | None = None
    occurred: str | None = None
    sealed: bool = False
    signs: Json = None
    """What the actor put a name to, in the plan's words (21 CFR Part 11 §11.50)."""

    def payload(self) -> dict[str, Json]:
        data: dict[str, Json] = {
            "move": self.move,
            "from": self.source,
            "to": self.target,
            "round": self.round,
            "cause": self.cause,
            "why": self.why,
        }
        for name, value in (
            ("right", self.right),
            ("inputs", dict(self.inputs)),
            ("tally", [list(line) for line in self.tally]),
            ("did", [list(line) for line in self.did]),
            ("due", self.due),
            ("occurred", self.occurred),
            ("sealed", self.sealed),
            ("signs", self.signs),
        ):
            if value:
                data[name] = value
        return data

    @classmethod
    def read(cls, node: str | None, data: Mapping[str, Any]) -> Moved:
        return cls(
            node=node or "",
            move=data["move"],
            source=data["from"],
            target=data["to"],
            round=data["round"],
            cause=data["cause"],
            why=data["why"],
            actor=data.get("actor"),
            right=data.get("right"),
            inputs=data.get("inputs", {}),
            tally=tuple(tuple(line) for line in data.get("tally", ())),
            did=tuple(tuple(line) for line in data.get("did", ())),
            due=data.get("due"),
            occurred=data.get("occurred"),
            sealed=data.get("sealed", False),
            signs=data.get("signs"),
        )


class Missed(Struct, frozen=True, kw_only=True):
    """Times of a recurring move that passed without it, due ``first`` to ``last``.

    ``because``: nobody looked, and the recurrence makes up for the ``last`` only, or
    for ``none``; or the ``gate`` did not hold.
    """

    node: str
    move: str
    because: str
    count: int
    first: str
    last: str

    actor = None

    def payload(self) -> dict[str, Json]:
        return {
            "move": self.move,
            "because": self.because,
            "count": self.count,
            "first": self.first,
            "last": self.last,
        }

    @classmethod
    def read(cls, node: str | None, data: Mapping[str, Any]) -> Missed:
        return cls(
            node=node or "",
            move=data["move"],
            because=data["because"],
            count=data["count"],
            first=data["first"],
            last=data["last"],
        )


class Refused(Struct, frozen=True, kw_only=True):
    """A request was refused by a right or a gate, with the values it looked at."""

    node: str
    move: str
    actor: str | None
    reasons: tuple[Json, ...]
    why: Json = None

    def payload(self) -> dict[str, Json]:
        return {"move": self.move, "reasons": list(self.reasons), "why": self.why}

    @classmethod
    def read(cls, node: str | None, data: Mapping[str, Any]) -> Refused:
        return cls(
            node=node or "",
            move=data["move"],
            actor=data.get("actor"),
            reasons=tuple(data["reasons"]),
            why=data.get("why"),
        )


class Added(Struct, frozen=True, kw_only=True):
    """Somebody put an item on a register."""

    node: str
    """Path of the new item, ``register#n``."""
    register: str
    template: str
    number: int
    state: str
    actor: str | None
    fields: Mapping[str, Json]
    right: Json = None
    did: tuple[tuple[Json, ...], ...] = ()
    occurred: str | None = None

    def payload(self) -> dict[str, Json]:
        data = {
            "register": self.register,
            "template": self.template,
            "number": self.number,
            "state": self.state,
            "fields": dict(self.fields),
            "right": self.right,
        }
        return data | ({"occurred": self.occurred} if self.occurred else {})

    @classmethod
    def read(cls, node: str | None, data: Mapping[str, Any]) -> Added:
        return cls(
            node=node or "",
            register=data["register"],
            template=data["template"],
            number=data["number"],
            state=data["state"],
            actor=data.get("actor"),
            fields=data["fields"],
            right=data.get("right"),
            occurred=data.get("occurred"),
        )


class Signalled(Struct, frozen=True, kw_only=True):
    """Something happened outside the plan and was recorded."""

    name: str
    actor: str | None
    occurred: str | None = None
    note: str | None = None

    node = None

    def payload(self) -> dict[str, Json]:
        return {"name": self.name, "occurred": self.occurred, "note": self.note}

    @classmethod
    def read(cls, _: str | None, data: Mapping[str, Any]) -> Signalled:
        return cls(
            name=data["name"],
            actor=data.get("actor"),
            occurred=data["occurred"],
            note=data["note"],
        )


class Counted(Struct, frozen=True, kw_only=True):
    """A ballot box was opened: what ``casts`` secret answers came to, together."""

    node: str
    move: str
    round: int
    casts: int
    tally: tuple[Tally, ...]

    actor = None

    def payload(self) -> dict[str, Json]:
        return {
            "move": self.move,
            "round": self.round,
            "casts": self.casts,
            "tally": [list(line) for line in self.tally],
        }

    @classmethod
    def read(cls, node: str | None, data: Mapping[str, Any]) -> Counted:
        return cls(
            node=node or "",
            move=data["move"],
            round=data["round"],
            casts=data["casts"],
            tally=tuple(tuple(line) for line in data["tally"]),
        )


class Reported(Struct, frozen=True, kw_only=True):
    """A requested action came to an end: ``outcome`` succeeded or failed."""

    node: str
    key: str
    outcome: str
    cause: str | None = None
    """Of a failure: ``timed_out`` or ``crashed``; None: the action said so."""
    detail: Json = None
    files: tuple[Json, ...] = ()
    """What it made: ``{"name", "sha256", "size"}`` each."""
    letters: str | None = None
    """The digest of what people were told; None: of before this was recorded."""

    actor = None

    def payload(self) -> dict[str, Json]:
        data = {"key": self.key, "outcome": self.outcome, "detail": self.detail}
        if self.cause is not None:
            data["cause"] = self.cause
        if self.letters is not None:
            data["letters"] = self.letters
        return data | ({"files": list(self.files)} if self.files else {})

    @classmethod
    def read(cls, node: str | None, data: Mapping[str, Any]) -> Reported:
        return cls(
            node=node or "",
            key=data["key"],
            outcome=data["outcome"],
            cause=data.get("cause"),
            detail=data["detail"],
            files=tuple(data.get("files", ())),
            letters=data.get("letters"),
        )


class Erasure(Struct, frozen=True, kw_only=True):
    """A step to what is erased: ``asked`` by somebody, ``approved`` by two others.

    Of ``asked``: ``entry`` is whose personal values and files are meant, and all of
    them by commitment and digest. Of ``approved``: ``asked`` is the entry that asked.
    """

    step: str
    actor: str
    entry: int = 0
    basis: str = ""
    commitments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    asked: int = 0

    node = None

    def payload(self) -> dict[str, Json]:
        if self.step == "approved":
            return {"step": self.step, "asked": self.asked}
        return {
            "step": self.step,
            "entry": self.entry,
            "basis": self.basis,
            "commitments": list(self.commitments),
            "files": list(self.files),
        }

    @classmethod
    def read(cls, _: str | None, data: Mapping[str, Any]) -> Erasure:
        return cls(
            step=data["step"],
            actor=data["actor"],
            entry=data.get("entry", 0),
            basis=data.get("basis", ""),
            commitments=tuple(data.get("commitments", ())),
            files=tuple(data.get("files", ())),
            asked=data.get("asked", 0),
        )


class Erased(Struct, frozen=True, kw_only=True):
    """Personal values and files are gone, and who is answerable for it.

    ``approved_by`` has each approver with the entry that says so. ``shared`` files
    are held by other instances too: this one has let go of them, and the bytes stay
    until the last one does.
    """

    asked: int
    requested_by: str
    approved_by: tuple[tuple[str, int], ...]
    basis: str
    commitments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    node = None
    actor = None

    def payload(self) -> dict[str, Json]:
        return {
            "asked": self.asked,
            "requested_by": self.requested_by,
            "approved_by": [list(one) for one in self.approved_by],
            "basis": self.basis,
            "commitments": list(self.commitments),
            "files": list(self.files),
            "shared": list(self.shared),
        }

    @classmethod
    def read(cls, _: str | None, data: Mapping[str, Any]) -> Erased:
        return cls(
            asked=data["asked"],
            requested_by=data["requested_by"],
            approved_by=tuple((who, seq) for who, seq in data["approved_by"]),
            basis=data["basis"],
            commitments=tuple(data["commitments"]),
            files=tuple(data["files"]),
            shared=tuple(data["shared"]),
        )


Event: TypeAlias = (
    Started
    | Moved
    | Missed
    | Refused
    | Added
    | Signalled
    | Counted
    | Reported
    | Erasure
    | Erased
)

TYPES: Final[dict[str, type[Event]]] = {
    "started": Started,
    "moved": Moved,
    "missed": Missed,
    "refused": Refused,
    "added": Added,
    "signalled": Signalled,
    "counted": Counted,
    "reported": Reported,
    "erasure": Erasure,
    "erased": Erased,
}
NAMES: Final = {kind: name for name, kind in TYPES.items()}


def read(
    type_: str, node: str | None, actor: str | None, data: Mapping[str, Any]
) -> Event:
    """The event of a recorded entry."""
    given = {**data, "actor": actor} if actor is not None else data
    return TYPES[type_].read(node, given)
