"""A bundle: a history that can be checked without this program or its database.

Its form is docs/history-format.md §5. The log is sealed first, so that what a bundle
shows is all there was: of the whole log, or of some instances, each with the proofs
that its entries are in the log and that none of them is left out.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Final, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from engine.audit.signing.keys import about_keys
from engine.audit.signing.noted import Noted
from engine.core.holding import kept_by, let_go
from engine.core.inputs import files_in
from engine.errors import DamagedData, LostUpdate, UnknownInstance
from engine.journal.codec import decode, encode, moment_text
from engine.ports import OFFICE, Entry, Head, Journal, Leaf, LogState
from engine.proof import heads
from engine.proof.private import commitments_in
from engine.proof.tree import Tree

FORMAT: Final = "plangate-bundle"
VERSION: Final = 1
PAGE: Final = 1_000
"""Entries read at a time."""
TRIES_MAX: Final = 10
"""Times that somebody else may seal the log while proofs are made."""
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every member: the same history is the same bytes."""

Sign: TypeAlias = Callable[[Tree], str | None]
"""The checkpoint of a tree; None: nobody signs here."""
Progress: TypeAlias = Callable[[int], None]
"""Called with how many entries are written."""


def nobody(_: Tree) -> None:
    """No checkpoint: the bundle says so by having none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """What a bundle holds. ``missing``: files that entries name and nobody has."""

    size: int
    root: bytes
    entries: int
    plans: int
    files: int
    missing: tuple[str, ...]
    is_signed: bool
    privates: int = 0


def write(  # noqa: PLR0913 -- what is shown, and how
    journal: Journal,
    out: BinaryIO,
    instances: Sequence[str] | None,
    *,
    now: datetime,
    sign: Sign | Noted = nobody,
    is_open: bool = False,
    since: Sequence[int] = (),
    progress: Progress = lambda _: None,
) -> Bundled:
    """The whole log (None), or these instances; raises UnknownInstance, Unavailable.

    ``sign``: who signs the log as it is now, or a note that was signed before.
    ``is_open``: with the personal values that its entries only commit to. ``since``:
    of instances, sizes from which it is proved that the log has only grown. ``out`` is
    written from its beginning; it must be seekable.
    """
    checkpoint: str | None
    if isinstance(sign, Noted):
        shown, checkpoint = _shown_at(journal, instances, sign.size), sign.text
    else:
        shown = _shown(journal, instances, now)
        checkpoint = sign(shown.tree)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        bundle = _Writing(journal, archive, shown, progress)
        bundle.member("bundle.json", encode(shown.about(now)))
        if checkpoint is not None:
            bundle.member("checkpoint", checkpoint.encode())
        bundle.entries()
        if shown.instances is not None:
            bundle.proofs(sorted(set(since)))
        bundle.plans()
        bundle.files()
        if is_open:
            bundle.privates()
    return Bundled(
        size=shown.size,
        root=shown.root,
        entries=bundle.written,
        plans=len(bundle.plan_digests),
        files=bundle.files_written,
        missing=tuple(bundle.missing),
        is_signed=checkpoint is not None,
        privates=bundle.opened,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown: a size at which the log was sealed, and the proofs of heads."""

    size: int
    tree: Tree
    root: bytes
    instances: tuple[str, ...] | None
    siblings: dict[str, tuple[bytes, ...]]
    keys: tuple[Leaf, ...] = ()
    """Of a bundle of instances: the entries about who signs, in their order."""

    def about(self, now: datetime) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "scope": "log" if self.instances is None else list(self.instances),
            "size": self.size,
            "root": self.root.hex(),
            "made": moment_text(now),
        }


def _shown(journal: Journal, instances: Sequence[str] | None, now: datetime) -> _Shown:
    for _ in range(TRIES_MAX):
        state = journal.log.seal(now)
        tree = Tree(state.size, journal.log.tile)
        if instances is None:
            return _Shown(state.size, tree, tree.root(), None, {})
        names = tuple(sorted(set(instances)))
        with suppress(_Moved):
            siblings = {name: _siblings(journal, state, name) for name in names}
            keys = tuple(sorted(about_keys(journal, state), key=_by_position))
            return _Shown(state.size, tree, tree.root(), names, siblings, keys)
    raise LostUpdate(instance=OFFICE, expected=state.size, found=state.size + 1)


def _shown_at(journal: Journal, instances: Sequence[str] | None, size: int) -> _Shown:
    """As the log was sealed at an earlier size; what has a place is never rewritten."""
    tree = Tree(size, journal.log.tile)
    if instances is None:
        return _Shown(size, tree, tree.root(), None, {})
    names = tuple(sorted(set(instances)))
    for name in names:
        if not _is_placed(journal, name, size):
            raise UnknownInstance(instance=name)
    trie = _trie_at(journal, size)
    siblings = {name: heads.proof(name, trie.nodes.get) for name in names}
    keys = [leaf for leaf in about_keys(journal) if leaf.position < size]
    return _Shown(
        size, tree, tree.root(), names, siblings, tuple(sorted(keys, key=_by_position))
    )


def _trie_at(journal: Journal, size: int) -> heads.Trie:
    """The heads of all instances at a size, as its seal has them; or DamagedData."""
    trie = heads.Trie()
    found = (
        _head_at(journal, size, one.instance)
        for one in journal.heads()
        if _is_placed(journal, one.instance, size)
    )
    root = trie.renew({one.instance: (one.revision, one.hash) for one in found})
    if root != _sealed_root(journal, size):
        raise DamagedData(detail=f"heads at {size}")
    return trie


def _is_placed(journal: Journal, name: str, size: int) -> bool:
    """Whether an entry of it stands among the first so many."""
    first = journal.log.position(name, 1)
    return first is not None and first < size


def _sealed_root(journal: Journal, size: int) -> bytes:
    seal = _entry_at(journal, size - 1)
    return bytes.fromhex(decode(seal.body)["data"]["root"])


def _by_position(leaf: Leaf) -> int:
    return leaf.position


class _Moved(Exception):
    """Somebody has sealed the log again."""


def _siblings(journal: Journal, state: LogState, name: str) -> tuple[bytes, ...]:
    """The proof of a head as the log was sealed at this state."""
    head = _head_at(journal, state.size, name)
    root = _sealed_root(journal, state.size)
    try:
        found = heads.proof(name, journal.log.way)
    except DamagedData:
        if journal.log.state() != state:
            raise _Moved from None
        raise
    if not heads.holds(root, name, head.revision, head.hash, found):
        raise _Moved
    return found


def _head_at(journal: Journal, size: int, name: str) -> Head:
    """The last entry of an instance that has a place before this size."""
    head = journal.head(name)
    if head is None:
        raise UnknownInstance(instance=name)
    count = sum(1 for one in journal.log.positions(name) if one < size)
    if count == head.revision:
        return head
    (last,) = journal.entries(name, after=count - 1, limit=1)
    return Head(
        instance=name,
        revision=last.seq,
        hash=last.hash,
        plan=head.plan,
        simulated=head.simulated,
        at=last.at,
    )


def _entry_at(journal: Journal, position: int) -> Entry:
    (leaf,) = journal.log.leaves(after=position - 1, limit=1)
    return leaf.entry


@dataclass(slots=True)
class _Writing:
    """A bundle in the making: what its entries name is gathered on the way."""

    journal: Journal
    archive: ZipFile
    shown: _Shown
    progress: Progress
    written: int = 0
    positions: list[int] = field(default_factory=list)
    plan_digests: dict[str, None] = field(default_factory=dict)
    file_digests: dict[str, set[str]] = field(default_factory=dict)
    """Each with the instances that name it."""
    commitments: dict[str, set[str]] = field(default_factory=dict)
    """Of each instance."""
    let_go: set[tuple[str, str]] = field(default_factory=set)
    """Instances with the files that they had erased and have not named since."""
    missing: list[str] = field(default_factory=list)
    opened: int = 0
    files_written: int = 0

    def member(self, name: str, content: bytes) -> None:
        self.archive.writestr(_info(name), content)

    def entries(self) -> None:
        with self.archive.open(_info("entries"), "w", force_zip64=True) as out:
            for leaf in self.leaves():
                out.write(b"%d %s\n" % (leaf.position, leaf.entry.body))
                self.names(leaf.entry)
                self.written += 1
                if self.shown.instances is not None:
                    self.positions.append(leaf.position)
                self.progress(self.written)

    def leaves(self) -> Iterator[Leaf]:
        if self.shown.instances is None:
            return self.every_leaf()
        seal = self.shown.size - 1
        last = Leaf(position=seal, entry=_entry_at(self.journal, seal))
        each = (self.leaves_of(name) for name in self.shown.instances)
        return heapq.merge(*each, self.shown.keys, [last], key=_by_position)

    def every_leaf(self) -> Iterator[Leaf]:
        after, size = -1, self.shown.size
        while after + 1 < size:
            page = self.journal.log.leaves(
                after=after, limit=min(PAGE, size - after - 1)
            )
            yield from page
            after = page[-1].position

    def leaves_of(self, name: str) -> Iterator[Leaf]:
        entries = self.journal.entries(name)
        # what was recorded since has no place yet
        placed = zip(self.journal.log.positions(name), entries, strict=False)
        for position, entry in placed:
            if position >= self.shown.size:
                return
            yield Leaf(position=position, entry=entry)

    def names(self, entry: Entry) -> None:
        """What an entry names besides itself."""
        body = decode(entry.body)
        if "plan" in body:
            self.plan_digests.setdefault(body["plan"])
        for digest in files_in(body["data"]):
            self.file_digests.setdefault(digest, set()).add(entry.instance)
        for digest in commitments_in(body["data"]):
            self.commitments.setdefault(entry.instance, set()).add(digest)
        for digest in let_go(entry.type, body["data"]):
            self.let_go.add((entry.instance, digest))
        if self.let_go:
            for digest in kept_by(body["data"]):
                self.let_go.discard((entry.instance, digest))

    def proofs(self, since: Sequence[int]) -> None:
        with self.archive.open(_info("proofs"), "w", force_zip64=True) as out:
            for position in self.positions:
                path = self.shown.tree.inclusion(position)
                out.write(_line(position=position, path=_hex(path)))
            for name in self.shown.instances or ():
                siblings = _hex(self.shown.siblings[name])
                out.write(_line(instance=name, siblings=siblings))
            for older in since:
                path = self.shown.tree.consistency(older)
                if path:
                    out.write(_line(older=older, path=_hex(path)))

    def plans(self) -> None:
        for digest in sorted(self.plan_digests):
            text = self.journal.plan(digest)
            if text is not None:
                self.member(f"plans/{digest}", text)

    def files(self) -> None:
        for digest in sorted(self.file_digests):
            content = self.journal.blob(digest)
            if content is None:
                if self.is_held(digest):
                    self.missing.append(digest)
            elif self.is_held(digest) or not self.is_of_others(digest):
                self.member(f"files/{digest}", content)
                self.files_written += 1

    def is_held(self, digest: str) -> bool:
        by = self.file_digests[digest]
        return any((name, digest) not in self.let_go for name in by)

    def is_of_others(self, digest: str) -> bool:
        """Whether a file that nobody here holds any more is here for somebody else.

        If it is not, it was not erased as is said: whoever verifies is to see it.
        """
        mine, *_ = self.file_digests[digest]
        return bool(self.journal.sharing(digest, instance=mine))

    def privates(self) -> None:
        """Of what is erased nothing is there; in the order of their names."""
        found: dict[str, bytes] = {}
        for instance, wanted in self.commitments.items():
            for one in self.journal.privates(instance):
                if one.commitment in wanted:
                    said = {"field": one.field, "salt": one.salt.hex()}
                    value = decode(one.value)
                    found[one.commitment] = encode({**said, "value": value})
        for digest in sorted(found):
            self.member(f"private/{digest}", found[digest])
        self.opened = len(found)


def _info(name: str) -> ZipInfo:
    found = ZipInfo(name, LONG_AGO)
    found.compress_type = ZIP_DEFLATED
    return found


def _line(**said: Any) -> bytes:
    return encode(said) + b"\n"


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in hashes]
