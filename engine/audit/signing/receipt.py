"""A receipt: what somebody is given who acted, so that its omission can be proved.

    receipt = give(journal, "o", 8, now=now)
    text = receipt.signed(signer.key)

It names the entry by its leaf hash, and its place in the log if it has one; by a moment
that it names every seal has it. Its form is docs/history-format.md §4.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from engine import words
from engine.errors import BadNote
from engine.journal.chain import leaf_hash
from engine.journal.codec import decode, encode, moment_text
from engine.ports import Journal, Json
from engine.proof.checkpoint import PROOF_LINES_MAX
from engine.proof.note import Note, Signature, SigningKey, parsed_signatures, plain_text
from engine.proof.tree import HASH_SIZE, SIZE_MAX, Tree, includes

HEADER: Final = "plangate receipt 1"
PROMISED: Final = timedelta(seconds=60)
"""After which every seal has it."""

KEPT: Final = "kept"


class Receipt(Struct, frozen=True, kw_only=True):
    """``leaf`` is in hex; a ``place`` has position, size, root and path."""

    instance: str
    seq: int
    leaf: str
    made: str
    by: str
    place: Json = None
    signatures: tuple[Signature, ...] = ()

    def shape(self) -> dict[str, Json]:
        found: dict[str, Json] = {
            "instance": self.instance,
            "seq": self.seq,
            "leaf": self.leaf,
            "made": self.made,
            "by": self.by,
        }
        return found if self.place is None else {**found, **self.place}

    def text(self) -> str:
        """The two lines that are signed."""
        return f"{HEADER}\n{encode(self.shape()).decode()}\n"

    def signed(self, key: SigningKey | None) -> str:
        """All of it, as it is handed out; unsigned if nobody signs."""
        return self.text() if key is None else str(Note(self.text()).signed(key))

    @classmethod
    def parse(cls, content: bytes) -> Receipt:
        """Raises BadNote for what is no receipt."""
        lines, blank, tail = plain_text(content).partition("\n\n")
        header, _, said = lines.removesuffix("\n").partition("\n")
        try:
            found = decode(said.encode())
            signatures = parsed_signatures(tail) if blank else ()
            if header != HEADER or not isinstance(found, dict):
                raise ValueError
            shape = {name: found.pop(name) for name in _ALWAYS}
            receipt = cls(**shape, place=found or None, signatures=signatures)
            if encode(receipt.shape()).decode() != said or not _is_right(receipt):
                raise ValueError
        except (ValueError, KeyError, TypeError) as wrong:
            raise BadNote(what=words.both("proof.receipt_form")) from wrong
        return receipt


_ALWAYS: Final = ("instance", "seq", "leaf", "made", "by")
_PLACE: Final = {"position", "size", "root", "path"}


def _is_right(receipt: Receipt) -> bool:
    """Raises ValueError and the like for what is not even of the right kind."""
    times = (datetime.fromisoformat(one) for one in (receipt.made, receipt.by))
    return (
        isinstance(receipt.instance, str)
        and type(receipt.seq) is int
        and receipt.seq > 0
        and _is_hash(receipt.leaf)
        and all(one.tzinfo for one in times)
        and (receipt.place is None or _is_place(receipt.place))
    )


def _is_place(place: Any) -> bool:
    position, size, path = (place.get(name) for name in ("position", "size", "path"))
    return (
        set(place) == _PLACE
        and type(position) is int
        and type(size) is int
        and 0 <= position < size <= SIZE_MAX
        and _is_hash(place["root"])
        and isinstance(path, list)
        and len(path) <= PROOF_LINES_MAX
        and all(map(_is_hash, path))
    )


def _is_hash(text: Any) -> bool:
    return (
        isinstance(text, str)
        and bytes.fromhex(text).hex() == text
        and (len(text) == 2 * HASH_SIZE)
    )


def give(
    journal: Journal, instance: str, seq: int, *, now: datetime, has_place: bool = True
) -> Receipt:
    """The receipt of an entry that is recorded; with its place, if that is wanted."""
    (entry,) = journal.entries(instance, after=seq - 1, limit=1)
    place = _place(journal, instance, seq) if has_place else None
    return Receipt(
        instance=instance,
        seq=seq,
        leaf=entry.hash.hex(),
        made=moment_text(now),
        by=moment_text(now + PROMISED),
        place=place,
    )


def _place(journal: Journal, instance: str, seq: int) -> dict[str, Json]:
    state = journal.log.number()
    tree = Tree(state.size, journal.log.tile)
    position = journal.log.positions(instance)[seq - 1]
    return {
        "position": position,
        "size": state.size,
        "root": tree.root().hex(),
        "path": [one.hex() for one in tree.inclusion(position)],
    }


def checked(journal: Journal, receipt: Receipt) -> str:
    """``kept``, or how the database breaks it: ``dropped``, ``altered``, ``forked``."""
    found = list(journal.entries(receipt.instance, after=receipt.seq - 1, limit=1))
    if not found or found[0].seq != receipt.seq:
        return "dropped"
    leaf = leaf_hash(found[0].body)
    if leaf.hex() != receipt.leaf:
        return "altered"
    state, place = journal.log.number(), receipt.place
    positions = journal.log.positions(receipt.instance)
    if len(positions) < receipt.seq:
        return "dropped"
    if place is None:
        return KEPT
    position, size = place["position"], place["size"]
    if positions[receipt.seq - 1] != position or size > state.size:
        return "forked"
    root, path = bytes.fromhex(place["root"]), [bytes.fromhex(h) for h in place["path"]]
    is_same = Tree(state.size, journal.log.tile).root(size) == root
    is_in = includes(leaf, position, size, path, root)
    return KEPT if is_same and is_in else "forked"
