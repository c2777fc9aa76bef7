"""Whether a history is what was written, and the state what the history gives.

Each entry is read once: its chain is recomputed, its event replayed under the plan
the instance is pinned to. Then all that is kept beside the history is compared with
what the replay gives: head, facts, timers, open requests, attachments, command keys,
snapshots, plan text.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from engine.audit.past.snapshots import Comparing
from engine.audit.verifying.defects import Defect
from engine.audit.verifying.mentioned import Mentioned
from engine.audit.verifying.plans import Opened, Opener, Plans
from engine.audit.verifying.redeciding import STRANGE, Redeciding, Wrong
from engine.core.agenda import timers_of
from engine.core.ballot_box import SEALED, is_sealed
from engine.core.events import Event, read
from engine.core.instance import Instance, evolve
from engine.errors import DamagedData
from engine.journal import chain
from engine.journal.codec import decode, text_of
from engine.journal.letters import letters_digest
from engine.plan.graph import Plan
from engine.ports import Entry, FactRow, Head, Journal, Json, Letter, Private, Request
from engine.proof.private import SALT_SIZE, commitment

REQUESTS_MAX: Final = 10_000_000

_NO_ROW: Final = (
    DamagedData,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
)
"""What reading a row raises that was not written by a journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How far an instance was looked at, and what was found."""

    instance: str
    revision: int
    at: datetime
    hash: str
    plan: str
    simulated: bool
    facts: int
    attachments: int
    defects: tuple[Defect, ...]


def verify(journal: Journal, head: Head, open_plan: Opener) -> Verified:
    """Everything about one instance. Raises Unavailable, DamagedData (unreadable)."""
    return verify_by(Plans(journal, open_plan), head)


def verify_by(plans: Plans, head: Head) -> Verified:
    """The same, for one of many: of the journal whose plans are at hand."""
    journal = plans.journal
    with journal.one_moment():
        # somebody may have acted since the head was read
        now = journal.head(head.instance)
        return _verified(plans, head if now is None else now)


def _verified(plans: Plans, head: Head) -> Verified:
    journal = plans.journal
    kept = Comparing(journal, head.instance)
    opened = plans.opened(head.plan)
    replay = _Replay(head, kept, opened.plan)
    look = _Look(journal, head, replay)
    found = [
        *look.readable("entry", look.chain_defects),
        *replay.defects,
        *look.head_defects(),
        *look.readable("fact", look.facts_defects),
        *look.readable("request", look.requests_defects),
        *look.readable("blob", look.attachment_defects),
        *look.readable("inbox", look.letter_defects),
        *look.readable("command", look.command_defects),
        *look.snapshot_defects(kept),
        *look.readable("private", look.private_defects),
    ]
    found += [*look.plan_defects(opened), *look.decision_defects(found)]
    return Verified(
        instance=head.instance,
        revision=replay.instance.revision,
        at=head.at,
        hash=replay.last.hex(),
        plan=head.plan,
        simulated=head.simulated,
        facts=len(replay.instance.facts),
        attachments=len(replay.said.files),
        defects=tuple(found),
    )


@dataclass(slots=True)
class _Replay:
    """The instance made anew from its entries, and what they mention."""

    head: Head
    kept: Comparing
    plan: Plan | None
    instance: Instance = field(init=False)
    deciding: Redeciding | None = field(init=False)
    """None: there is no plan, or no saying any more what was known."""
    undue: list[Wrong] = field(default_factory=list)
    """What does not follow from the plan and from the entries before."""
    last: bytes = bytes(32)
    said: Mentioned = field(default_factory=Mentioned)
    defects: list[Defect] = field(default_factory=list)

    def __post_init__(self) -> None:
        head = self.head
        self.instance = Instance(
            id=head.instance, plan=head.plan, simulated=head.simulated
        )
        plan = self.plan
        self.deciding = None if plan is None else Redeciding(plan, self.instance)

    def over(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """The same entries, each replayed on its way."""
        for entry in entries:
            self.one(entry)
            self.kept.at(self.instance, entry)
            self.last = entry.hash
            yield entry

    def one(self, entry: Entry) -> None:
        try:
            body = decode(entry.body)
            event = read(entry.type, entry.node, entry.actor, body["data"])
            if bool(body.get("simulated")) != self.head.simulated:
                self.defect("audit.simulated", entry.seq)
            if body.get("plan", self.head.plan) != self.head.plan:
                self.defect("audit.other_plan", entry.seq)
            if not 0 <= body.get("led_by", 0) < entry.seq:
                self.defect("audit.led_by", entry.seq)
            if self.instance.revision != entry.seq - 1:
                # after a gap, which is told, what follows keeps its numbers
                self.instance = replace(self.instance, revision=entry.seq - 1)
            self.moved_on(event, entry)
            self.said.take(event, body, entry)
        except (*_NO_ROW, IndexError):
            # whatever a damaged body does to the fold, it is a defect of this entry
            self.defect("audit.event", entry.seq)

    def moved_on(self, event: Event, entry: Entry) -> None:
        """Decided again by what was known before, then replayed."""
        deciding, seq, at = self.deciding, entry.seq, entry.at
        if deciding is not None:
            self.undue += [(code, seq) for code in deciding.found(event, at)]
        self.instance, changes = evolve(self.instance, event, at=at)
        if deciding is not None:
            try:
                deciding.now(self.instance, changes)
            except STRANGE:
                self.deciding = None

    def defect(self, code: str, seq: int) -> None:
        self.defects.append(
            Defect(code=code, instance=self.head.instance, seq=seq, values={"seq": seq})
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept beside the history, against what the replay gives."""

    journal: Journal
    head: Head
    replay: _Replay

    @property
    def said(self) -> Mentioned:
        return self.replay.said

    def defect(self, code: str, at: int | None = None, **values: Json) -> Defect:
        return Defect(code=code, instance=self.head.instance, seq=at, values=values)

    def readable(
        self, table: str, look: Callable[[], Iterable[Defect]]
    ) -> Iterator[Defect]:
        """What a look finds; a row that is no row of the table ends it."""
        try:
            yield from look()
        except _NO_ROW:
            yield self.defect("audit.unreadable", table=table)

    def chain_defects(self) -> Iterator[Defect]:
        entries = self.replay.over(self.journal.entries(self.head.instance))
        for one in chain.verify(entries):
            yield self.defect(one.code, one.seq, seq=one.seq)

    def head_defects(self) -> Iterator[Defect]:
        head, made = self.head, self.replay.instance
        if head.revision != made.revision:
            yield self.defect(
                "audit.revision", stored=head.revision, found=made.revision
            )
        elif head.hash != self.replay.last or head.at != made.at:
            yield self.defect("audit.head", head.revision, seq=head.revision)
        if self.said.pinned != head.plan:
            yield self.defect("audit.pinned", 1, stored=head.plan)

    # -- facts

    def facts_defects(self) -> Iterator[Defect]:
        state = self.journal.state(self.head.instance)
        stored = {} if state is None else {row.key: row for row in state.facts}
        boxes = {key: row for key, row in stored.items() if is_sealed(key)}
        made = self.replay.instance.facts
        for key in sorted((set(stored) - set(boxes)) | set(made)):
            row, fact = stored.get(key), made.get(key)
            if fact is None and row is not None:
                yield self.defect("audit.fact_extra", row.seq or None, fact=key)
            elif fact is not None and row is None:
                yield self.defect("audit.fact_missing", fact.seq, fact=key)
            elif row is not None and fact is not None and not _same(row, fact):
                yield self.defect("audit.fact", fact.seq, fact=key)
        yield from self.box_defects(boxes)

    def box_defects(self, boxes: Mapping[str, FactRow]) -> Iterator[Defect]:
        """A shut box holds as many answers as people answered; an open one is gone."""
        for key, fact in sorted(self.replay.instance.facts.items()):
            if not key.startswith("b/"):
                continue
            box = boxes.get(SEALED + key[2:])
            held = 0 if box is None else box.value["casts"]
            wanted = 0 if fact.value["opened"] else fact.value["casts"]
            if held != wanted:
                yield self.defect(
                    "audit.box", fact.seq, box=key[2:], held=held, wanted=wanted
                )
        known = {SEALED + key[2:] for key in self.replay.instance.facts}
        for key in sorted(set(boxes) - known):
            yield self.defect("audit.fact_extra", fact=key)

    # -- requests and content

    def requests_defects(self) -> Iterator[Defect]:
        queue = self.journal.queue(instance=self.head.instance, limit=REQUESTS_MAX)
        stored = {one.request.key: _asked(one.request) for one in queue}
        for key in sorted(set(stored) | set(self.said.requests)):
            made, held = self.said.requests.get(key), stored.get(key)
            if held is None:
                yield self.defect("audit.request_missing", made and made[0], key=key)
            elif made is None or held[0] != made[0]:
                yield self.defect("audit.request_extra", held[0], key=key)
            elif held != made:
                yield self.defect("audit.request", made[0], key=key)
        for waiting in queue:
            if waiting.simulated != self.head.simulated:
                one = waiting.request
                yield self.defect("audit.request_clock", one.seq, key=one.key)

    def attachment_defects(self) -> Iterator[Defect]:
        for digest, seq in self.said.files.items():
            content = self.journal.blob(digest)
            if content is not None and self.is_left(digest):
                at = self.said.files_let_go[digest]
                yield self.defect("audit.blob_left", at, seq=at, digest=digest)
            if content is None and digest in self.said.files_let_go:
                continue
            if content is None:
                yield self.defect("audit.blob_missing", seq, digest=digest)
            elif hashlib.sha256(content).hexdigest() != digest:
                yield self.defect("audit.blob", seq, digest=digest)

    def is_left(self, digest: str) -> bool:
        """Whether an erased file is here though nobody holds it, here or there.

        Others' entries are looked through for it only where that would be a defect.
        """
        if digest not in self.said.files_gone:
            return False
        return not self.journal.sharing(digest, instance=self.head.instance)

    def command_defects(self) -> Iterator[Defect]:
        """Who repeats a command must be told of its entries, and of no others."""
        stored = {
            one.key: (one.first, one.last)
            for one in self.journal.commands(self.head.instance)
        }
        for key in sorted(set(stored) | set(self.said.commands)):
            made, held = self.said.commands.get(key), stored.get(key)
            if made is None:
                yield self.defect("audit.command_extra", key=key)
            elif held is None:
                seq = made[0]
                yield self.defect("audit.command_missing", seq, seq=seq, key=key)
            elif held != made:
                first, last = made
                yield self.defect(
                    "audit.command", first, key=key, first=first, last=last
                )

    def letter_defects(self) -> Iterator[Defect]:
        """People were told what the entry of the outcome commits to, and no more."""
        stored: dict[str, list[Letter]] = defaultdict(list)
        for one in self.journal.letters(self.head.instance):
            stored[one.key.rpartition("/")[0]].append(one)
        for key in sorted(set(stored) - set(self.said.letters)):
            yield self.defect("audit.letter_extra", key=key)
        for key, (seq, node, digest) in self.said.letters.items():
            told = sorted(stored[key], key=_number)
            is_whole = [_number(one) for one in told] == [*range(1, len(told) + 1)]
            is_there = all(one.node == node for one in told)
            is_same = digest is None or letters_digest(told) == digest
            if not (is_whole and is_there and is_same):
                yield self.defect("audit.letters", seq, seq=seq, key=key)

    def snapshot_defects(self, kept: Comparing) -> Iterator[Defect]:
        for seq in kept.found():
            yield self.defect("audit.snapshot", seq, seq=seq)
        if kept.is_unreadable:
            yield self.defect("audit.unreadable", table="snapshot")

    def erased(self, digest: str) -> bool:
        return f"z/{digest}" in self.replay.instance.facts

    def private_defects(self) -> Iterator[Defect]:
        """Each value is there and is what an entry commits to, or was erased."""
        found = self.journal.privates(self.head.instance)
        kept = {one.commitment: one for one in found}
        for digest, seq in self.said.privates.items():
            if digest not in kept and not self.erased(digest):
                yield self.defect("audit.private_missing", seq, commitment=digest)
        for digest, one in kept.items():
            at = self.said.privates.get(digest)
            if at is None or self.erased(digest):
                yield self.defect("audit.private_left", at, commitment=digest)
            if not fits(one):
                yield self.defect("audit.private", at, commitment=digest)

    # -- the plan, and what follows from it

    def plan_defects(self, opened: Opened) -> Iterator[Defect]:
        if opened.wrong is not None:
            yield self.defect(opened.wrong, 1, digest=self.head.plan)
        plan = opened.plan
        if plan is not None:
            yield from self.readable("timer", lambda: self.timers_defects(plan))

    def decision_defects(self, found: Iterable[Defect]) -> Iterator[Defect]:
        """What was decided does not follow from the plan and the entries before.

        What was altered is told; what is decided after it would hang in the air.
        """
        sound = min(
            (one.seq for one in found if one.seq), default=self.replay.instance.revision
        )
        for code, seq in self.replay.undue:
            if seq <= sound:
                yield self.defect(code, seq, seq=seq)

    def timers_defects(self, plan: Plan) -> Iterator[Defect]:
        stored = {
            (one.node, one.move): one.due
            for one in self.journal.timers(self.head.instance)
        }
        try:
            made = timers_of(plan, self.replay.instance).due
        except (KeyError, ValueError, TypeError, DamagedData):
            # facts that no plan allows; each of them has been told above
            yield self.defect("audit.timers")
            return
        for node, move in sorted(set(stored) | set(made)):
            if stored.get((node, move)) != made.get((node, move)):
                yield self.defect("audit.timer", node=node, move=move)


def fits(one: Private) -> bool:
    """Whether a kept value is what its commitment was made of."""
    if len(one.salt) != SALT_SIZE:
        return False
    made = commitment(field=one.field, salt=one.salt, value=one.value)
    return made == one.commitment


def _asked(one: Request) -> tuple[int, str]:
    return one.seq, text_of([one.action, one.node, one.parameters])


def _number(one: Letter) -> int:
    return int(one.key.rpartition("/")[2])


def _same(row: FactRow, fact: Any) -> bool:
    return row.seq == fact.seq and text_of(row.value) == text_of(fact.value)
