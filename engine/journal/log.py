"""The log: one order over all instances, which nobody who acts waits for.

Whoever appends leaves a line saying what it appended, in the same transaction. Later,
and under the lock of the log's one row, these lines are taken in the order in which
they were left and their entries get the next places. A line that was not committed
then comes with the next batch: so places have no gap, an instance's entries keep their
order, and whoever reads on from a place misses none.

Sealing writes the root of all heads into an entry of the log's own (:data:`OFFICE`),
which is then the last one: with it one instance can be shown whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from msgspec.structs import replace

from engine.journal.chain import seal as chained
from engine.ports import OFFICE, Batch, Draft, Entry, LogState
from engine.proof import heads, tree

LINES_MAX: Final = 500
"""Lines that get places in one transaction."""


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
    state = store.state()
    if state.is_sealed:
        return state
    changed = dict(store.moved_since(state.sealed))
    changed.pop(OFFICE, None)
    root, ways = heads.renewed(changed, store.way)
    said = {"size": state.size, "root": root.hex()}
    drafts = [Draft(at=at, type="sealed", payload=said)]
    batch = Batch(instance=OFFICE, expected=state.seq, plan="", drafts=drafts)
    (entry,) = chained(batch, state.hash)
    store.keep_entry(entry)
    store.keep_ways(ways)
    after = _placed(store, state, [(OFFICE, entry.seq)], [entry.hash])
    sealed = replace(after, sealed=after.size, seq=entry.seq, hash=entry.hash)
    store.keep_state(sealed)
    return sealed


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
