"""Whose signature counts: one key follows another, is revoked, or begins an epoch.

Each is an entry of the log's own (docs/history-format.md §4), which names the one
before it; a seal names the last. What a signatory must remember is on the disk before
the entry is: whoever was interrupted says the same again, and it is done once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from engine import words
from engine.audit.signing.memory import Ended, Kept
from engine.audit.signing.signer import Signer
from engine.audit.signing.vouching import handover, revocation
from engine.errors import (
    BadKey,
    LostUpdate,
    NothingLost,
    OneApprover,
    RolledBack,
    Untrusted,
)
from engine.journal.codec import decode
from engine.ports import OFFICE, Deed, Draft, Journal, Json, Leaf, LogState, Signing
from engine.proof.checkpoint import Checkpoint, LoggedProof
from engine.proof.epoch import epoch_of, origin_of
from engine.proof.note import LOG, Note, VerifierKey, encoded
from engine.proof.tree import SIZE_MAX, Tree, extends

APPROVERS_MIN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """When it is done, by whom, and why."""

    now: datetime
    actor: str | None = None
    reason: str = ""


def about_keys(journal: Journal, state: LogState | None = None) -> Iterator[Leaf]:
    """The log's entries about who signs, the last one first, as of a state or now."""
    position = (state or journal.log.state()).keys
    while position is not None:
        (leaf,) = journal.log.leaves(after=position - 1, limit=1)
        yield leaf
        position = data_of(leaf).get("before")


def data_of(leaf: Leaf) -> dict[str, Any]:
    found: dict[str, Any] = decode(leaf.entry.body)["data"]
    return found


def forebears(journal: Journal, key: VerifierKey) -> tuple[VerifierKey, ...]:
    """A key of the log, and those whose place it took, by handover or revocation."""
    found = {str(key): key}
    for leaf in about_keys(journal):
        said = data_of(leaf)
        if said.get("new") in found:
            old = said["old"] if leaf.entry.type == "rekeyed" else said["key"]
            found.setdefault(old, VerifierKey.parse(old))
    return tuple(found.values())


def believed(journal: Journal, keys: Sequence[VerifierKey]) -> dict[VerifierKey, int]:
    """These keys and those they handed over to, each with the last size it may sign."""
    acts = [
        (leaf.position, leaf.entry.type, data_of(leaf)) for leaf in about_keys(journal)
    ]
    revoked: dict[VerifierKey, int] = {}
    for _, kind, said in acts:
        if kind == "revoked":
            key = VerifierKey.parse(said["key"])
            revoked[key] = min(said["after"], revoked.get(key, SIZE_MAX))
    limits = dict.fromkeys(keys, SIZE_MAX)
    for position, kind, said in reversed(acts):
        if kind != "rekeyed":
            continue
        old, new = VerifierKey.parse(said["old"]), VerifierKey.parse(said["new"])
        if min(limits.get(old, -1), revoked.get(old, SIZE_MAX)) >= position:
            limits[old] = position
            limits.setdefault(new, SIZE_MAX)
    return {key: min(size, revoked.get(key, size)) for key, size in limits.items()}


def origin_at(journal: Journal, size: int, name: str) -> str:
    """The origin of the first ``size`` entries of the log of this name."""
    for leaf in about_keys(journal):
        if leaf.position < size and leaf.entry.type != "revoked":
            return str(data_of(leaf)["origin"])
    return name


def tree_of(journal: Journal, now: datetime) -> Tree:
    """The log, sealed."""
    return Tree(journal.log.seal(now).size, journal.log.tile)


def signed(journal: Journal, signer: Signer, now: datetime) -> Note:
    """The log is sealed and signed. Raises RolledBack, KeyEnded."""
    tree = tree_of(journal, now)
    note = signer.sign(tree.size, tree.root(), tree.consistency)
    journal.log.keep_signing(Signing(size=tree.size, at=now))
    return note


# -- one key follows another


def rekey(journal: Journal, old: Signer, file: Path, by: By) -> tuple[Signer, Note]:
    """The old key hands over to that in the file, which is made if it is not there.

    Answers it with its first note. Raises what signing raises, and BadKey for a new key
    of another name, or one that has signed something else.
    """
    new = _successor(old, file)
    if not _is_done(journal, "rekeyed", old=str(old.verifier), new=str(new.verifier)):
        if old.memory.kept().ended is None:
            signed(journal, old, by.now)
        seen = journal.log.state().keys
        journal.log.enter(_unless_moved(seen, _rekeyed(old, new, by)))
    return new, signed(journal, new, by.now)


def _rekeyed(old: Signer, new: Signer, by: By) -> Deed:
    def told(state: LogState) -> Draft:
        origin, pair = old.origin, (str(old.verifier), str(new.verifier))
        text = handover(origin, state.size, *pair)
        old.memory.end(Ended(state.size, pair[1]))
        new.memory.adopt(old.memory.kept())
        said: dict[str, Json] = {
            "origin": origin,
            "size": state.size,
            "old": pair[0],
            "new": pair[1],
            "signed_old": encoded(old.key.sign(text).content),
            "signed_new": encoded(new.key.sign(text).content),
        }
        return _draft("rekeyed", state, said, by)

    return told


def handed_over(journal: Journal, note: Note, key: VerifierKey) -> LoggedProof | None:
    """The entry by which the key took another's place, proved to be under a note.

    None: no key of the log handed over to this one, or only after the note.
    """
    size = Checkpoint.parse(note.text).size
    for leaf in about_keys(journal):
        is_it = leaf.entry.type == "rekeyed" and data_of(leaf)["new"] == str(key)
        if is_it and leaf.position < size:
            path = Tree(size, journal.log.tile).inclusion(leaf.position)
            return LoggedProof(leaf.position, path, note, extra=leaf.entry.body)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Up to how many entries the old key is to be believed, and who approved it."""

    after: int
    approvers: Sequence[str]


@dataclass(frozen=True, slots=True)
class LostKey:
    """A key that nobody can sign with any more, and the last that is left of it."""

    verifier: VerifierKey
    last: Checkpoint

    @classmethod
    def of(cls, key: str, note: bytes) -> LostKey:
        """By its verifier key and a note that it signed.

        Raises BadKey, BadNote; Untrusted if the key did not sign it for its own log.
        """
        verifier, signed = VerifierKey.parse(key), Note.parse(note)
        last = Checkpoint.parse(signed.text)
        is_its = epoch_of(last.origin, verifier.name) is not None
        is_its = is_its and verifier.id in {one.id for one in signed.signatures}
        if verifier.kind != LOG or not is_its:
            raise Untrusted(what=words.both("proof.not_its_note", key=key))
        signed.opened([verifier])
        return cls(verifier, last)

    @property
    def origin(self) -> str:
        return self.last.origin

    def ended(self) -> Kept:
        """What the key that goes on remembers instead of it."""
        return Kept({self.origin: (self.last,)})


def revoke(
    journal: Journal, old: Signer | LostKey, file: Path, what: Revocation, by: By
) -> tuple[Signer, Note]:
    """The old key is not to be believed beyond so many entries; the new one signs.

    The new one signs the entry: whoever has it in his policy knows that it was not
    written by somebody else who can write here. The old one signs nothing: whoever has
    stolen it could, and who has lost it cannot. Raises as :func:`rekey`, and
    OneApprover; RolledBack, before anything is said, if this is not the log that was
    signed, grown.
    """
    two, after = _different(what.approvers), what.after
    new = _successor(old, file)
    pair = {"key": str(old.verifier), "new": str(new.verifier)}
    if not _is_done(journal, "revoked", **pair):
        last = old.last if isinstance(old, LostKey) else old.last()
        _grown(journal, last, by.now)
        if after > journal.log.number().size:
            raise BadKey(what=words.both("proof.revoked_later", after=after))

        def told(state: LogState) -> Draft:
            origin = old.origin
            new.memory.adopt(_ended(old, Ended(after, pair["new"])))
            said: dict[str, Json] = {
                **pair,
                "origin": origin,
                "size": state.size,
                "after": after,
                "approvers": list(two),
                "reason": by.reason,
            }
            said = _linked(state, said)
            said["signed"] = encoded(new.key.sign(revocation(said)).content)
            return _draft("revoked", state, said, by)

        seen = journal.log.state().keys
        journal.log.enter(_unless_moved(seen, told))
    return new, signed(journal, new, by.now)


def _grown(journal: Journal, last: Checkpoint, now: datetime) -> None:
    """Raises RolledBack if the log is not that of the checkpoint, grown."""
    tree = tree_of(journal, now)
    if not _agrees(tree, last):
        raise RolledBack(origin=last.origin, known=last.size, given=tree.size)


def _ended(old: Signer | LostKey, ended: Ended) -> Kept:
    """What the old key had signed; it signs nothing larger from now on."""
    if isinstance(old, LostKey):
        return old.ended()
    old.memory.end(ended)
    return old.memory.kept()


def _successor(old: Signer | LostKey, file: Path) -> Signer:
    name = old.verifier.name
    new = Signer.open(file) if file.exists() else Signer.create(file, name)
    if new.key.name != name:
        found = new.key.name
        raise BadKey(what=words.both("proof.other_name", found=found, name=name))
    if new.verifier == old.verifier:
        raise BadKey(what=words.both("proof.key_used", file=file))
    return new


def _is_done(journal: Journal, kind: str, **said: str) -> bool:
    """Whether the log says so already, of somebody who was interrupted after it."""
    return any(
        leaf.entry.type == kind and said.items() <= data_of(leaf).items()
        for leaf in about_keys(journal)
    )


# -- an epoch


def begin_epoch(
    journal: Journal, signer: Signer, approvers: Sequence[str], by: By
) -> tuple[Checkpoint, Note]:
    """After a restore: what was signed and is lost, and the new epoch's first note.

    Raises OneApprover; NothingLost if the log is what was signed, grown.
    """
    two = _different(approvers)
    lost = signer.last()
    tree = tree_of(journal, by.now)
    if _agrees(tree, lost):
        raise NothingLost(size=lost.size)
    origin = origin_of(signer.key.name, _epoch(signer, lost.origin) + 1)
    if not _is_done(journal, "restored", origin=origin):
        former = signer.memory.kept().logs.get(lost.origin, ())
        said: dict[str, Json] = {
            "origin": origin,
            "kept": max((one.size for one in former if _agrees(tree, one)), default=0),
            "checkpoint": str(Note(str(lost)).signed(signer.key)),
            "approvers": list(two),
            "reason": by.reason,
        }

        def told(state: LogState) -> Draft:
            return _draft("restored", state, {**said, "size": state.size}, by)

        seen = journal.log.state().keys
        journal.log.enter(_unless_moved(seen, told))
        tree = tree_of(journal, by.now)
    note = signer.sign(tree.size, tree.root(), tree.consistency, origin=origin)
    journal.log.keep_signing(Signing(size=tree.size, at=by.now))
    return lost, note


def _epoch(signer: Signer, origin: str) -> int:
    found = epoch_of(origin, signer.key.name)
    assert found is not None, "a signer signs its own log"
    return found


def _agrees(tree: Tree, known: Checkpoint) -> bool:
    """Whether the tree is that of the checkpoint, grown."""
    if known.size > tree.size:
        return False
    path = tree.consistency(known.size) if known.size else ()
    return extends(known.size, tree.size, path, known.root, tree.root())


def _different(names: Sequence[str]) -> tuple[str, ...]:
    """The people, each once: by another case or form of letters nobody is another."""
    found: dict[str, str] = {}
    for name in names:
        plain = " ".join(unicodedata.normalize("NFKC", name).split())
        if plain:
            found.setdefault(plain.casefold(), plain)
    if len(found) < APPROVERS_MIN:
        raise OneApprover(who=list(found.values()) or "–")
    return tuple(found.values())


# -- their entries


def _draft(kind: str, state: LogState, said: dict[str, Json], by: By) -> Draft:
    return Draft(at=by.now, type=kind, actor=by.actor, payload=_linked(state, said))


def _linked(state: LogState, said: dict[str, Json]) -> dict[str, Json]:
    """With the place of the entry about keys before it, if there is one."""
    return said if state.keys is None else {**said, "before": state.keys}


def _unless_moved(seen: int | None, deed: Deed) -> Deed:
    """The deed, if nobody has said anything about keys since. Raises LostUpdate."""

    def told(state: LogState) -> Draft:
        if state.keys != seen:
            expected, found = seen or 0, state.keys or 0
            raise LostUpdate(instance=OFFICE, expected=expected, found=found)
        return deed(state)

    return told
