"""The shapes of what the engine needs from outside. Shapes only, no behaviour.

One command is one :class:`Batch`: entries, changed facts, timers and action
requests, appended in one transaction at an expected revision or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias

from msgspec import Struct, field

if TYPE_CHECKING:
    from engine.errors import DamagedData, PlangateError

Json = Any
"""str, int, bool, None, and lists and string-keyed mappings of them. No floats."""

GENESIS = bytes(32)
"""The previous hash of an instance's first entry."""


class Head(Struct, frozen=True, kw_only=True):
    """Where an instance stands: ``revision`` is the ``seq`` of its last entry."""

    instance: str
    revision: int
    hash: bytes
    plan: str
    """Digest of the plan it is pinned to."""
    simulated: bool
    """Its times are a simulated clock's."""
    at: datetime
    """Engine time of the last entry; never goes back."""


class Entry(Struct, frozen=True, kw_only=True):
    """One recorded event. ``body`` holds the exact bytes that were hashed."""

    instance: str
    seq: int
    at: datetime
    type: str
    node: str | None
    actor: str | None
    body: bytes
    hash: bytes


class Draft(Struct, frozen=True, kw_only=True):
    """An entry before it has a place: the journal adds seq and previous hash.

    ``led_by`` is the entry after which it happened by itself.
    """

    at: datetime
    type: str
    node: str | None = None
    actor: str | None = None
    led_by: int | None = None
    payload: Mapping[str, Json]


class FactRow(Struct, frozen=True, kw_only=True):
    """One fact of an instance's state: a key, its JSON value, the entry it is from.

    ``value`` None takes the fact away.
    """

    key: str
    value: Json
    seq: int


class Timer(Struct, frozen=True, kw_only=True):
    """``move`` of ``node`` is due at ``due``; identified by all but ``due``."""

    instance: str
    node: str
    move: str
    due: datetime


class Request(Struct, frozen=True, kw_only=True):
    """Work for the outside world, asked by entry ``seq``; ``key`` is stable."""

    instance: str
    key: str
    seq: int
    action: str
    node: str
    parameters: Mapping[str, Json]


class Waiting(Struct, frozen=True, kw_only=True):
    """An open request and how its work stands.

    ``attempts`` is how often somebody took it; the last of these numbers is the only
    one that may end it. ``silent`` of them were the last, without a word since.
    ``tries`` is how often it did not work. ``ready`` is when it may be taken next;
    None: it is parked until somebody has it tried again. ``trouble`` is what the
    last try ended in. ``simulated``: it is of the queue of simulated instances.
    """

    request: Request
    attempts: int
    silent: int = 0
    tries: int = 0
    ready: datetime | None
    trouble: str | None = None
    simulated: bool = False


class Claim(Struct, frozen=True, kw_only=True):
    """A request is somebody's, whose attempt is its last, until a moment."""

    key: str
    attempt: int
    until: datetime


class Letter(Struct, frozen=True, kw_only=True):
    """A line in a party's inbox; the request's ``key`` makes it the only one."""

    party: str
    key: str
    instance: str
    node: str
    at: datetime
    text: str


class Private(Struct, frozen=True, kw_only=True):
    """A personal value that entries hold a commitment to: :mod:`engine.proof.private`.

    ``value`` is its canonical JSON.
    """

    instance: str
    commitment: str
    field: str
    salt: bytes
    value: bytes


class Batch(Struct, frozen=True, kw_only=True):
    """What one command changes.

    ``expected`` is the revision the decision was made on; 0 creates the instance.
    ``command`` is the caller's key: the same key twice is the same act.
    ``recorded`` is what the wall clock says; None: the time of the entries.
    """

    instance: str
    expected: int
    plan: str
    simulated: bool = False
    drafts: Sequence[Draft]
    facts: Sequence[FactRow] = ()
    timers_set: Sequence[Timer] = ()
    timers_cancelled: Sequence[tuple[str, str]] = ()
    """(node, move) pairs."""
    requests: Sequence[Request] = ()
    ready: datetime | None = None
    """When these may be taken; None: from the last entry's time on."""
    requests_closed: Sequence[str] = ()
    """Keys whose outcome this batch records."""
    held: Mapping[str, int] = field(default_factory=dict)
    """Of these keys, the attempt that must still be the last one taken."""
    letters: Sequence[Letter] = ()
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    """Content by its SHA-256 (hex), stored in the same transaction."""
    privates: Sequence[Private] = ()
    privates_erased: Sequence[str] = ()
    """Commitments of this instance whose values are taken away."""
    blobs_erased: Sequence[str] = ()
    """Digests of content that is taken away, unless another instance holds it."""
    command: str | None = None
    recorded: datetime | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """A command key that was taken, and the entries ``first``…``last`` of then."""

    key: str
    first: int
    last: int


class Unowned(Struct, frozen=True, kw_only=True):
    """How many rows a table has of an instance that is not there."""

    table: str
    instance: str
    count: int


OFFICE: Final = "~log"
"""The instance of the log itself: what was sealed, exported, begun anew."""


class LogState(Struct, frozen=True, kw_only=True):
    """Where the log of a database stands.

    ``size`` entries have a place; when ``sealed`` had one, the heads of all instances
    were recorded. ``seq``, ``hash`` and ``at`` are of the last entry of the log's own,
    ``keys`` is the position of the last one that is about who signs. ``migrated`` is
    the revision from which the tables were brought to ours, until an entry says so.
    """

    size: int = 0
    sealed: int = 0
    seq: int = 0
    hash: bytes = GENESIS
    at: datetime | None = None
    keys: int | None = None
    migrated: str | None = None

    @property
    def is_sealed(self) -> bool:
        """Whether nothing has got a place since."""
        return self.size == self.sealed


class Leaf(Struct, frozen=True, kw_only=True):
    """An entry and its place in the log, from 0."""

    position: int
    entry: Entry


PlacedRow = tuple[Any, ...]
"""What is stored of a place and its entry, column by column and read as it is:
(instance, seq, at, type, node, actor, body, hash). The first two are what the place
names; of an entry that is not there the others are None."""


class Line(Struct, frozen=True, kw_only=True):
    """Entries that have been recorded and wait for a place."""

    number: int
    instance: str
    first: int
    last: int


class Extent(Struct, frozen=True, kw_only=True):
    """How many there are, the least and the greatest; of none all are 0."""

    count: int = 0
    first: int = 0
    last: int = 0


Deed: TypeAlias = Callable[[LogState], Draft]
"""What the office did, told of the state after which its entry stands."""


class Signing(Struct, frozen=True, kw_only=True):
    """How far the log is signed, as far as the database was told.

    ``size`` entries were signed at ``at``; ``trouble`` is what kept the last try from
    it, in every language. No part of the history: who signs remembers for himself.
    """

    size: int = 0
    at: datetime | None = None
    trouble: Mapping[str, str] | None = None


class Log(Protocol):
    """One order over all instances, as a Merkle tree; see docs/history-format.md.

    Whoever appends does not wait for it: places are given afterwards, in batches,
    to what is committed, so that nobody who reads on ever misses one.
    """

    def state(self) -> LogState: ...

    def number(self) -> LogState:
        """Gives everything that is recorded by now its place."""

    def seal(self, at: datetime) -> LogState:
        """The same, then an entry with the root of all heads, if anything has come."""

    def enter(self, deed: Deed) -> Leaf:
        """Records what the office did, at once with its place.

        ``deed`` is asked while nobody else is given places. Its time may be put off:
        in the log's own entries, too, time does not go back.
        """

    def signing(self) -> Signing: ...

    def keep_signing(self, told: Signing) -> None: ...

    def leaves(self, *, after: int = -1, limit: int) -> Sequence[Leaf]:
        """In the order of the log, from behind a position."""

    def positions(self, instance: str) -> Sequence[int]:
        """Those of its entries, in order."""

    def position(self, instance: str, seq: int) -> int | None:
        """The place of one entry; None: it has none yet."""

    def tile(self, level: int, index: int) -> bytes:
        """A tile of the tree (:mod:`engine.proof.tree`); empty if there is none."""

    def way(self, bits: str) -> bytes | None:
        """What the trie holds there (:mod:`engine.proof.heads`), as last sealed."""

    # what a verifier reads: rows as they are stored, whoever wrote them

    def extent(self) -> Extent:
        """Of the places."""

    def placed(self, first: int, end: int) -> Sequence[PlacedRow | None]:
        """One for each position, in order; None for a place that is not there."""

    def lines(self, *, after: int = -1, limit: int) -> Sequence[Line]:
        """What waits for a place, in order, from behind a number."""

    def waiting(self, first: int, last: int) -> Sequence[PlacedRow]:
        """The entries of the lines with these numbers, in their order."""

    def recorded(self) -> Mapping[str, Extent]:
        """Of the entries of each instance, the log's own among them."""

    def unplaced(self, instance: str) -> Sequence[int]:
        """Its entries that have no place and that no line names."""

    def tile_keys(
        self, *, after: tuple[int, int], limit: int
    ) -> Sequence[tuple[int, int]]:
        """(level, index) of the stored tiles, in order, from behind a key."""

    def ways(self, *, after: str | None, limit: int) -> Sequence[tuple[str, bytes]]:
        """What the trie holds, in the order of the bits, from behind some."""


class Receipt(Struct, frozen=True, kw_only=True):
    """What was acknowledged: entries ``first``…``head.revision`` are durable.

    ``repeated`` says that this command key had been done before: nothing was
    appended now and the receipt names the entries of then.
    """

    head: Head
    first: int
    repeated: bool = False


class State(Struct, frozen=True, kw_only=True):
    """An instance as stored: its head and every fact, read at one revision."""

    head: Head
    facts: Sequence[FactRow]


class Standing(Struct, frozen=True, kw_only=True):
    """All that is needed to go on with an instance, read at one revision."""

    state: State
    timers: Sequence[Timer]


class Snapshot(Struct, frozen=True, kw_only=True):
    """An instance as it stood after an entry: a cache, and never evidence.

    ``entry`` is the hash of entry ``seq``. ``facts`` is what was known then, as
    canonical JSON ``{key: [value, entry]}``, deflated (zlib), without what is sealed.
    ``digest`` is the SHA-256, in hex, of the place (instance, plan, simulated, seq,
    time) and the facts before they were deflated.
    """

    instance: str
    seq: int
    at: datetime
    entry: bytes
    facts: bytes
    digest: str


class Stretch(Struct, frozen=True, kw_only=True):
    """How far an instance has come, and at which entry it was kept last (0: never)."""

    instance: str
    revision: int
    kept: int


class Holder(Struct, frozen=True, kw_only=True):
    """Who may still see rows that were taken away: as the database calls it."""

    name: str
    """``pid 4711`` (a connection), ``prepared X``, ``slot X`` (a replica)."""
    since: datetime | None = None


class Swept(Struct, frozen=True, kw_only=True):
    """Whether nothing is left of rows that were taken away; else who holds it up.

    ``holders`` are those that can be told; there may be others.
    """

    is_clean: bool
    holders: tuple[Holder, ...] = ()


class Journal(Protocol):
    """What did happen. Adapters: memory, SQL (SQLite, PostgreSQL)."""

    @property
    def log(self) -> Log: ...

    def append(self, batch: Batch) -> Receipt:
        """Record a batch or nothing.

        Raises LostUpdate (another entry came first), InstanceExists (``expected``
        0 for an instance that is there), BadInput (text that no database keeps),
        ClaimLost (a request of ``held`` was taken by somebody else), DamagedData (its
        plan is not kept here), Unavailable.
        """

    def append_all(self, batches: Sequence[Batch]) -> Sequence[Receipt | PlangateError]:
        """Record batches of different instances, in one transaction.

        Each is answered, in order, by its receipt or by the LostUpdate, InstanceExists
        or BadInput of :meth:`append`: it is left out, the others are recorded. Any
        other trouble is raised, and nothing is recorded. Batches with a command key
        or with ``held`` are appended one by one.
        """

    def one_moment(self) -> AbstractContextManager[None]:
        """While it lasts, all that this thread reads is of one moment.

        It writes nothing. Nobody else waits, but for threads on the same connection.
        """

    def turn(self, instance: str) -> AbstractContextManager[None]:
        """While it lasts, others who ask for a turn wait. Appending goes on inside."""

    def head(self, instance: str) -> Head | None: ...

    def heads(self, instances: Sequence[str] | None = None) -> Sequence[Head]:
        """All instances, by id; or those of some that are there, in any order."""

    def state(self, instance: str) -> State | None: ...

    def standings(
        self, instances: Sequence[str]
    ) -> Mapping[str, Standing | DamagedData]:
        """Those of them that are there, all read at one moment."""

    def entries(
        self, instance: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Entry]:
        """Entries with ``seq > after``, in order."""

    def commands(self, instance: str) -> Sequence[Accepted]:
        """The command keys of an instance, in the order of their entries."""

    def due(
        self, *, until: datetime, limit: int = 100, is_latest_first: bool = False
    ) -> Sequence[Timer]:
        """Timers due at or before ``until``: the earliest of them, or the latest."""

    def due_instances(self, *, until: datetime, simulated: bool = False) -> int:
        """How many instances of a clock have something due."""

    def timers(self, instance: str) -> Sequence[Timer]: ...

    def next_due(self) -> datetime | None: ...

    def open_requests(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Request]: ...

    def queue(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Waiting]:
        """The same, each with how its work stands."""

    def claim(
        self, *, now: datetime, until: datetime, simulated: bool = False, limit: int = 1
    ) -> Sequence[Waiting]:
        """Takes requests that are ready by ``now``, longest ready first.

        Nobody else is given them before ``until``. Those of simulated instances are
        of another queue: they are no work for the world.
        """

    def claims(
        self, *, beyond: datetime, simulated: bool = False, limit: int = 100
    ) -> Sequence[Claim]:
        """Those that end after a moment, without a word since; the last end first."""

    def renew(self, key: str, attempt: int, *, until: datetime) -> bool:
        """Lets a claim end at another moment; False if somebody else has it."""

    def put_off(
        self,
        key: str,
        attempt: int,
        *,
        until: datetime | None,
        trouble: str | None,
        tries: int,
    ) -> bool:
        """Ends a claim: to be taken again, or parked (None). False as above."""

    def retry(self, key: str, *, at: datetime) -> bool:
        """Has it taken again as if new, parked or not; False: it is not open."""

    def next_ready(self, *, simulated: bool = False) -> datetime | None:
        """When the next request may be taken; None if all are parked, or none is."""

    def inbox(self, party: str, *, limit: int = 100) -> Sequence[Letter]:
        """What a party was told, the newest first."""

    def letters(self, instance: str) -> Sequence[Letter]:
        """What was told by an instance, the oldest first."""

    def put_plan(self, digest: str, text: bytes) -> None:
        """Keep a plan's canonical text for ever; the same digest twice is no news."""

    def plan(self, digest: str) -> bytes | None: ...

    def put_blob(self, content: bytes) -> str:
        """Keep content; answers its SHA-256 in hex."""

    def blob(self, digest: str) -> bytes | None: ...

    def put_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Keeps them, in one transaction; of two of the same entry, the later one."""

    def snapshot(
        self, instance: str, *, seq: int, at: datetime | None = None
    ) -> Snapshot | None:
        """The last one of an entry up to ``seq``, and of a time up to ``at``."""

    def snapshots(self, instance: str) -> Iterator[Snapshot]:
        """All of an instance, in order, one at a time."""

    def drop_snapshots(self, instance: str) -> None:
        """Forgets them: answers stay what they are, and are slower for once.

        Whoever takes something out of what is known of an instance must call it.
        """

    def stretches(self, *, after: str = "", limit: int) -> Sequence[Stretch]:
        """Instances by id, from behind one: where each was kept last."""

    def privates(
        self, instance: str, commitments: Sequence[str] | None = None
    ) -> Sequence[Private]:
        """Personal values that are kept: all of an instance, or these of it."""

    def sharing(self, digest: str, *, instance: str) -> Sequence[str]:
        """Other instances that name a file and had it not erased since.

        Every entry is looked at.
        """

    # what a verifier reads of all instances at once

    def bodies(self) -> Iterator[bytes]:
        """The bytes of every entry, as they are stored, in pages."""

    def blobs(self, first: str, limit: int) -> Sequence[str]:
        """The digests of kept content, in order, from one on."""

    def plans(self, first: str, limit: int) -> Sequence[str]:
        """Those of kept plans."""

    def unowned(self, *, limit: int) -> Sequence[Unowned]:
        """Rows beside the entries whose instance is not among :meth:`heads`."""

    def sweep(self) -> Swept:
        """Takes out of the database's files what is left of rows that were taken away.

        It waits for some seconds for who still reads what was before; then it says so,
        and is to be tried again. Raises Unavailable, DamagedData.
        """

    def close(self) -> None:
        """A second time is no news; any other use afterwards raises Unavailable."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
