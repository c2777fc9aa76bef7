"""One command = read, decide, append. What is acknowledged is durable.

The service keeps instances that it has touched in memory and folds in what others
have written since, so an act reads only what is new. A decision made on an old
revision is never written: it is made again on the new one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from engine.core import events
from engine.core.agenda import Timers, timers_of
from engine.core.ballot_box import is_of_box
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
from engine.core.decision import decide
from engine.core.effects import asked_in
from engine.core.events import Counted, Erased, Event, Moved, Refused, Reported
from engine.core.facts import Known
from engine.core.inputs import files_in
from engine.core.instance import Fact, Instance, evolve
from engine.core.phrases import in_words
from engine.core.reasons import sentence
from engine.core.work import Decision
from engine.errors import (
    ActRefused,
    DamagedData,
    LostUpdate,
    PlangateError,
    Unavailable,
    UnknownInstance,
    UnknownMove,
    UnknownNode,
)
from engine.journal.letters import letters_digest
from engine.plan.graph import Plan
from engine.ports import (
    Batch,
    Draft,
    Entry,
    FactRow,
    Journal,
    Json,
    Letter,
    Private,
    Receipt,
    Standing,
    State,
    Timer,
)
from engine.runtime import privacy

TRIES_MAX: Final = 20
"""Times that one command is decided anew because somebody else came first."""
KEPT_MAX: Final = 256
"""Instances kept in memory."""
TOGETHER_MAX: Final = 500
"""Entries from which on a transaction of many instances takes no further one: whoever
acts waits for it, about as long as for a few acts of other people."""

Opener = Callable[[bytes], Plan]
Decoder = Callable[[Entry], tuple[Event, datetime]]


class Live(Struct):
    """An instance in memory: its plan, its facts, its timers."""

    plan: Plan
    instance: Instance
    timers: Timers

    @property
    def known(self) -> Known:
        """Its facts as gates see them."""
        found = self.instance
        return Known(self.plan, found.id, found.facts, revision=found.revision)


class Result(Struct, frozen=True, kw_only=True):
    """What an act led to: its events with their entry numbers."""

    instance: str
    first: int
    events: tuple[tuple[int, Event], ...]
    at: datetime
    repeated: bool = False

    @property
    def refused(self) -> Refused | None:
        for _, event in self.events:
            if isinstance(event, Refused):
                return event
        return None


class _Given(Struct, frozen=True, kw_only=True):
    """What was asked: it may have to be decided more than once."""

    command: Command
    now: datetime
    key: str | None = None
    blobs: Mapping[str, bytes] = {}
    held: Mapping[str, int] = {}
    letters: Sequence[Letter] = ()
    privates: Sequence[Private] = ()


class _Made(Struct, frozen=True, kw_only=True):
    """A decision with what it was made on, ready to be recorded."""

    live: Live
    decision: Decision
    batch: Batch


@dataclass(slots=True)
class Service:
    """Instances of plans in a journal.

    ``open_plan`` compiles a kept plan text; ``decode`` reads an entry's event;
    ``clock`` says when something is recorded (None: at the time that it is told);
    ``salts`` gives what personal values are hashed along with.
    """

    journal: Journal
    open_plan: Opener
    decode: Decoder
    clock: Callable[[], datetime] | None = None
    salts: privacy.Salts = privacy.fresh_salt
    live: OrderedDict[str, Live] = field(default_factory=OrderedDict)
    plans: dict[str, Plan] = field(default_factory=dict)
    mutex: Lock = field(default_factory=Lock)

    # -- commands

    def start(
        self,
        plan: Plan,
        bundle: bytes,
        *,
        instance: str,
        now: datetime,
        by: str | None = None,
        simulated: bool = False,
    ) -> Result:
        """Begin an instance; raises InstanceExists."""
        self.journal.put_plan(plan.digest, bundle)
        self.plans.setdefault(plan.digest, plan)
        fresh = Instance(id=instance, plan=plan.digest, simulated=simulated)
        live = Live(plan, fresh, Timers())
        given = _Given(command=Start(by=by), now=now)
        decision = decide(plan, fresh, given.command, now=now)
        return self._append(live, decision, given)

    def do(
        self,
        instance: str,
        command: Do,
        *,
        now: datetime,
        blobs: Mapping[str, bytes] | None = None,
        key: str | None = None,
    ) -> Result:
        """A person's move; raises ActRefused (recorded), WrongUse (nothing is)."""
        apart, privates = self._kept_apart(instance, command, now)
        given = _Given(
            command=apart, now=now, key=key, blobs=blobs or {}, privates=privates
        )
        return self._obeyed(instance, given)

    def erasure(
        self, instance: str, command: AskErasure | ApproveErasure, *, now: datetime
    ) -> Result:
        """A step to what is erased; raises ActRefused (recorded), BadInput."""
        return self._obeyed(instance, _Given(command=command, now=now))

    def _obeyed(self, instance: str, given: _Given) -> Result:
        result = self._run(instance, given)
        refused = result.refused
        if refused is not None:
            plan = self.look(instance).plan
            reasons = tuple(
                in_words(plan, refused.node, one) for one in refused.reasons
            )
            raise ActRefused(
                node=refused.node,
                move=refused.move,
                actor=refused.actor,
                reasons=reasons,
                seq=result.events[-1][0] if result.events else 0,
                why=told(reasons),
            )
        return result

    def signal(self, instance: str, command: Signal, *, now: datetime) -> Result:
        return self._run(instance, _Given(command=command, now=now))

    def report(
        self,
        instance: str,
        command: Report,
        *,
        now: datetime,
        attempt: int | None = None,
        blobs: Mapping[str, bytes] | None = None,
        letters: Sequence[Letter] = (),
    ) -> Result:
        """The outcome of a request; raises ClaimLost if ``attempt`` is not the last.

        What it made and whom it told is kept in the same transaction.
        """
        held = {} if attempt is None else {command.key: attempt}
        given = _Given(
            command=replace(command, letters=letters_digest(letters)),
            now=now,
            blobs=blobs or {},
            held=held,
            letters=letters,
        )
        return self._run(instance, given)

    def tick(self, instance: str, *, now: datetime) -> Result:
        """Let the clock's due moves happen; nothing is written if there are none."""
        return self._run(instance, _Given(command=Tick(), now=now))

    def tick_all(
        self, instances: Sequence[str], *, now: datetime
    ) -> Iterator[tuple[str, Result | Exception]]:
        """The same of many, in as few transactions as :data:`TOGETHER_MAX` lets.

        Each is told once it is durable, by its result or by what went wrong with it
        alone. Raises Unavailable; whoever asks again finds out what has happened.
        """
        given = _Given(command=Tick(), now=now)
        made: list[_Made] = []
        standings = self.journal.standings(instances)
        for name in instances:
            found = self._tried(name, standings.get(name), given)
            if isinstance(found, _Made):
                made.append(found)
            else:
                yield name, found
        for group in _groups(made):
            yield from self._recorded(group, given)

    # -- reading

    def look(self, instance: str) -> Live:
        """The instance as it stands now; raises UnknownInstance."""
        kept = self._kept(instance)
        return self._keep(
            self._opened(instance) if kept is None else self._caught_up(kept)
        )

    def plan_of(self, instance: str) -> Plan:
        """The plan that it is pinned to; nothing is read if it is in memory."""
        return (self._kept(instance) or self.look(instance)).plan

    def reader(self, instance: str) -> privacy.Reader:
        """Opens what entries and facts of it hold in the place of personal values."""
        facts = self.look(instance).instance.facts
        return privacy.Reader(self.journal, instance, facts)

    def next_due(self, instance: str) -> datetime | None:
        """When the clock will move this instance next."""
        return self.look(instance).timers.earliest

    # -- inside

    def _kept_apart(
        self, instance: str, command: Do, now: datetime
    ) -> tuple[Do, tuple[Private, ...]]:
        """The command as it may be decided on and recorded."""
        live = self._kept(instance) or self.look(instance)
        try:
            return privacy.kept_apart(live.known, command, self.salts)
        except (UnknownNode, UnknownMove):
            # it may be there by now, or as soon as what is due has happened
            self.tick(instance, now=now)
            return privacy.kept_apart(self.look(instance).known, command, self.salts)

    def _opened(self, instance: str) -> Live:
        state = self.journal.state(instance)
        if state is None:
            raise UnknownInstance(instance=instance)
        plan = self._plan(state.head.plan)
        found = _instance(state)
        timers = {
            (timer.node, timer.move): timer.due
            for timer in self.journal.timers(instance)
        }
        return Live(plan, found, Timers.of(timers))

    def _live(self, standing: Standing) -> Live:
        plan = self._plan(standing.state.head.plan)
        due = {(one.node, one.move): one.due for one in standing.timers}
        return Live(plan, _instance(standing.state), Timers.of(due))

    def _plan(self, digest: str) -> Plan:
        found = self.plans.get(digest)
        if found is None:
            bundle = self.journal.plan(digest)
            if bundle is None:
                raise DamagedData(detail=f"plan {digest}")
            found = self.plans[digest] = self.open_plan(bundle)
        return found

    def _caught_up(self, live: Live) -> Live:
        """Folds in the entries that others have written since."""
        instance = live.instance
        head = self.journal.head(instance.id)
        if head is None or head.revision == instance.revision:
            return live
        for entry in self.journal.entries(instance.id, after=instance.revision):
            event, at = self.decode(entry)
            if is_of_box(event):
                # what others put into a ballot box is in no entry
                return self._opened(instance.id)
            instance, _ = evolve(instance, event, at=at)
        return Live(live.plan, instance, timers_of(live.plan, instance))

    def _run(self, instance: str, given: _Given) -> Result:
        with suppress(LostUpdate):
            return self._decided(self._kept(instance) or self.look(instance), given)
        return self._in_turn(instance, given)

    def _in_turn(self, instance: str, given: _Given) -> Result:
        """Decides again while others wait: under load one might lose for ever."""
        for _ in range(TRIES_MAX):
            with self.journal.turn(instance):
                try:
                    return self._decided(self.look(instance), given)
                except LostUpdate as lost:
                    last = lost
        raise last

    def _decided(self, live: Live, given: _Given) -> Result:
        return self._append(live, _decision(live, given), given)

    def _tried(
        self, name: str, standing: Standing | DamagedData | None, given: _Given
    ) -> _Made | Result | Exception:
        """What the clock has one of many do, or what is wrong with it."""
        if not isinstance(standing, Standing):
            return standing or UnknownInstance(instance=name)
        try:
            live = self._live(standing)
            if not _is_due(live.timers, given.now):
                return _nothing(live, given.now)
            decision = _decision(live, given)
            if _is_due(decision.timers, given.now):
                raise DamagedData(detail=f"timer {name} {decision.timers.earliest}")
            batch = self._batch(live, decision, given)
        except Unavailable:
            raise
        except Exception as trouble:  # noqa: BLE001 -- of one instance, told
            return trouble
        return _Made(live=live, decision=decision, batch=batch)

    def _recorded(
        self, group: Sequence[_Made], given: _Given
    ) -> Iterator[tuple[str, Result | Exception]]:
        """In one transaction; those that cannot be in it, one by one after it.

        Somebody was first (LostUpdate): what is due then is seen when asked again.
        """
        try:
            answers = self.journal.append_all([one.batch for one in group])
        except Unavailable:
            raise
        except PlangateError as wrong:
            # whose trouble it is shows when each is alone
            answers = [wrong] * len(group)
        for one, answer in zip(group, answers, strict=True):
            name = one.live.instance.id
            if isinstance(answer, Receipt):
                self._renew(one)
                yield name, _told(one.live, one.decision, answer, given.now)
            elif isinstance(answer, LostUpdate):
                yield name, answer
            else:
                yield name, self._alone(name, given)

    def _alone(self, instance: str, given: _Given) -> Result | Exception:
        try:
            return self._in_turn(instance, given)
        except Unavailable:
            raise
        except Exception as trouble:  # noqa: BLE001 -- of one instance, told
            return trouble

    def _kept(self, instance: str) -> Live | None:
        with self.mutex:
            return self.live.get(instance)

    def _keep(self, live: Live) -> Live:
        """Keeps what was touched last; threads may share a service."""
        with self.mutex:
            self.live[live.instance.id] = live
            self.live.move_to_end(live.instance.id)
            while len(self.live) > KEPT_MAX:
                self.live.popitem(last=False)
        return live

    def _renew(self, made: _Made) -> None:
        """Keeps what is kept up to date; a mass drives out nobody who acts."""
        if self._kept(made.live.instance.id) is not None:
            self._keep(_after(made.live, made.decision))

    def _append(self, live: Live, decision: Decision, given: _Given) -> Result:
        name, now = live.instance.id, given.now
        if not (decision.recorded or decision.timers_cancelled or decision.timers_set):
            return _nothing(live, now)
        receipt = self.journal.append(self._batch(live, decision, given))
        if receipt.repeated:
            return self._earlier(name, receipt.first, receipt.head.revision, now)
        self._keep(_after(live, decision))
        return _told(live, decision, receipt, now)

    def _batch(self, live: Live, decision: Decision, given: _Given) -> Batch:
        """What is recorded: entries, the last value of each changed fact, timers."""
        before, after = live.instance, decision.instance
        at = after.at or datetime(1970, 1, 1, tzinfo=UTC)
        rows: dict[str, FactRow] = {}
        for number, one in enumerate(decision.recorded, start=before.revision + 1):
            for key, value in one.changes:
                rows[key] = FactRow(key=key, value=value, seq=number)
        for key, box in decision.sealed.items():
            rows[key] = FactRow(key=key, value=box, seq=0)
        recorded = [one.event for one in decision.recorded]
        erased = [event for event in recorded if isinstance(event, Erased)]
        return Batch(
            instance=before.id,
            expected=before.revision,
            plan=before.plan,
            simulated=before.simulated,
            drafts=list(_drafts(decision, at, after=before.revision)),
            facts=list(rows.values()),
            timers_set=[
                Timer(instance=before.id, node=node, move=move, due=due)
                for (node, move), due in decision.timers_set
            ],
            timers_cancelled=list(decision.timers_cancelled),
            requests=list(decision.requests),
            ready=given.now,
            requests_closed=list(decision.closed),
            held=given.held,
            letters=given.letters,
            blobs=_named(given.blobs, recorded),
            privates=privacy.held_by(given.privates, recorded),
            privates_erased=[one for event in erased for one in event.commitments],
            # those that others held may be theirs no more: it is asked again
            blobs_erased=[
                one for event in erased for one in (*event.files, *event.shared)
            ],
            command=given.key,
            recorded=None if self.clock is None else self.clock(),
        )

    def _earlier(self, instance: str, first: int, last: int, now: datetime) -> Result:
        """What the same command key led to the first time."""
        found = tuple(
            (entry.seq, self.decode(entry)[0])
            for entry in self.journal.entries(
                instance, after=first - 1, limit=last - first + 1
            )
        )
        return Result(
            instance=instance, first=first, events=found, at=now, repeated=True
        )


def _instance(state: State) -> Instance:
    head = state.head
    return Instance(
        id=head.instance,
        plan=head.plan,
        simulated=head.simulated,
        revision=head.revision,
        at=head.at,
        facts=Map({row.key: Fact(row.value, row.seq) for row in state.facts}),
    )


def _named(blobs: Mapping[str, bytes], events: Sequence[Event]) -> dict[str, bytes]:
    """The files that events name: of a refused act nothing is kept."""
    if not blobs:
        return {}
    named = {one for event in events for one in files_in(event.payload())}
    return {digest: blobs[digest] for digest in blobs.keys() & named}


def _decision(live: Live, given: _Given) -> Decision:
    return decide(
        live.plan, live.instance, given.command, now=given.now, timers=live.timers
    )


def _after(live: Live, decision: Decision) -> Live:
    return Live(live.plan, decision.instance, decision.timers)


def _told(live: Live, decision: Decision, receipt: Receipt, now: datetime) -> Result:
    """What was recorded, each entry by its number."""
    numbered = tuple(
        (receipt.first + n, one.event) for n, one in enumerate(decision.recorded)
    )
    name = live.instance.id
    return Result(instance=name, first=receipt.first, events=numbered, at=now)


def _is_due(timers: Timers, now: datetime) -> bool:
    return timers.earliest is not None and timers.earliest <= now


def _nothing(live: Live, now: datetime) -> Result:
    """What was asked leads to nothing."""
    name, following = live.instance.id, live.instance.revision + 1
    return Result(instance=name, first=following, events=(), at=now)


def _groups(made: Iterable[_Made]) -> Iterator[list[_Made]]:
    """What one transaction takes at a time: too much only if one alone is."""
    group: list[_Made] = []
    entries = 0
    for one in made:
        if group and entries + len(one.batch.drafts) > TOGETHER_MAX:
            yield group
            group, entries = [], 0
        group.append(one)
        entries += len(one.batch.drafts)
    if group:
        yield group


def _drafts(decision: Decision, at: datetime, *, after: int) -> Iterator[Draft]:
    """The events of a decision, each with the entry after which it came by itself."""
    root = 0
    for seq, one in enumerate(decision.recorded, start=after + 1):
        led_by = _led_by(one.event, root)
        if led_by != root or not root:
            root = seq
        yield draft(one.event, at, led_by=led_by or None)


def _led_by(event: Event, root: int) -> int:
    """The request of an outcome, else the act, outcome or stroke of the clock before.

    0: nothing in the history led to it.
    """
    match event:
        case Reported():
            return asked_in(event.key)
        case Moved(cause=("condition" | "outcome")) | Counted() | Erased():
            return root
    return 0


def draft(event: Event, at: datetime, *, led_by: int | None = None) -> Draft:
    """An event on its way into the journal."""
    return Draft(
        at=at,
        type=events.NAMES[type(event)],
        node=event.node,
        actor=event.actor,
        led_by=led_by,
        payload=event.payload(),
    )


def told(reasons: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    """Why an act was refused, in both languages."""
    return {
        language: joint.join(sentence(one, language) for one in reasons)
        for language, joint in (("zh", "；"), ("en", "; "))
    }


def payload_of(entry: Entry, decoded: Json) -> tuple[Event, datetime]:
    """The event of a decoded entry body."""
    data: Mapping[str, Any] = decoded["data"]
    return events.read(entry.type, entry.node, entry.actor, data), entry.at
