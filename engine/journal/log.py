"""The log: one order over all instances, which nobody who acts waits for.

Whoever appends leaves a line saying what it appended, in the same transaction. Later,
and under the lock of the log's one row, these lines are taken in the order in which
they were left and their entries get the next places. A line that was not committed
then comes with the next batch: so places have no gap, an instance's entries keep their
order, and whoever reads on from a place misses none.

Sealing writes the root of all heads into an entry of the log's own (:data:`OFFICE`),
which is then the last one: with it one instance can be shown whole. What the office
does with the history stands there, too, and a seal names the last entry about who
signs: so that none of these can be held back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from msgspec.structs import replace

from engine.journal.chain import seal as chained
from engine.journal.migrations import HEAD
from engine.ports import OFFICE, Batch, Deed, Draft, Entry, Json, Leaf, LogState
from engine.proof import heads, tree

LINES_MAX: Final = 500
"""Lines that get places in one transaction."""
ABOUT_KEYS: Final = frozenset(("rekeyed", "revoked", "restored"))
"""Types of entries that say whose signature counts."""


class Store(Protocol):
    """The rows of a log, inside one write transaction that has locked them."""

    def state(self) -> LogState: ...

    def lines(self, most: int) -> Sequence[tuple[int, str, int, int]]:
        """(number, instance, first, last) of what has no place, the oldest first."""

    def hashes(self, instance: str, first: int, last: int) -> Sequence[bytes]: ...

    def moved_since(self, position: int) -> Mapping[str, tuple[int, bytes]]:
        """The last entry with a place, and its hash, of instances with one since."""

    def tile(self, level: int, index: int) -> bytes: ...

    def way(self, bits: str) -> bytes | None: ...

    def keep_leaves(self, first: int, leaves: Sequence[tuple[str, int]]) -> None: ...

    def keep_tiles(self, tiles: Mapping[tree.TileKey, bytes]) -> None: ...

    def keep_ways(self, ways: Mapping[str, bytes]) -> None: ...

    def keep_entry(self, entry: Entry) -> None: ...

    def drop_lines(self, numbers: Sequence[int]) -> None: ...

    def keep_state(self, state: LogState) -> None: ...


def number(store: Store) -> tuple[LogState, bool]:
    """Places for some of what has none; whether that was all."""
    lines = store.lines(LINES_MAX)
    leaves: list[tuple[str, int]] = []
    hashes: list[bytes] = []
    for _, instance, first, last in lines:
        leaves += [(instance, seq) for seq in range(first, last + 1)]
        hashes += store.hashes(instance, first, last)
    state = store.state()
    if lines:
        state = _placed(store, state, leaves, hashes)
        store.drop_lines([one for one, *_ in lines])
    return state, len(lines) < LINES_MAX


def seal(store: Store, at: datetime) -> LogState:
    """The root of all heads, as the last entry, if anything came since the last one."""
    state = _migration_told(store, store.state(), at)
    if state.is_sealed:
        return state
    changed = dict(store.moved_since(state.sealed))
    changed.pop(OFFICE, None)
    root, ways = heads.renewed(changed, store.way)
    store.keep_ways(ways)
    said: dict[str, Json] = {"size": state.size, "root": root.hex()}
    if state.keys is not None:
        said["keys"] = state.keys
    after, _ = _entered(store, state, Draft(at=at, type="sealed", payload=said))
    sealed = replace(after, sealed=after.size)
    store.keep_state(sealed)
    return sealed


def enter(store: Store, deed: Deed) -> Leaf:
    """An entry of the log's own, at the next place."""
    state = store.state()
    draft = deed(state)
    if state.migrated is not None:
        state = _migration_told(store, state, draft.at)
        draft = deed(state)
    after, leaf = _entered(store, state, draft)
    store.keep_state(after)
    return leaf


def _migration_told(store: Store, state: LogState, at: datetime) -> LogState:
    """Tables are brought up to date where no clock is: the next entry says so first."""
    if state.migrated is None:
        return state
    said = {"from": state.migrated, "to": HEAD}
    after, _ = _entered(store, state, Draft(at=at, type="migrated", payload=said))
    after = replace(after, migrated=None)
    store.keep_state(after)
    return after


def _entered(store: Store, state: LogState, draft: Draft) -> tuple[LogState, Leaf]:
    """The state is for whoever calls to keep. A clock that went back is recorded."""
    at = draft.at if state.at is None else max(draft.at, state.at)
    batch = Batch(
        instance=OFFICE,
        expected=state.seq,
        plan="",
        drafts=[replace(draft, at=at)],
        recorded=draft.at,
    )
    (entry,) = chained(batch, state.hash)
    store.keep_entry(entry)
    after = _placed(store, state, [(OFFICE, entry.seq)], [entry.hash])
    keys = state.size if entry.type in ABOUT_KEYS else state.keys
    after = replace(after, seq=entry.seq, hash=entry.hash, at=at, keys=keys)
    return after, Leaf(position=state.size, entry=entry)


def _placed(
    store: Store,
    state: LogState,
    leaves: Sequence[tuple[str, int]],
    hashes: Sequence[bytes],
) -> LogState:
    assert len(leaves) == len(hashes)
    store.keep_leaves(state.size, leaves)
    store.keep_tiles(tree.grown(state.size, hashes, store.tile))
    after = replace(state, size=state.size + len(leaves))
    store.keep_state(after)
    return after
