"""Somebody else, who signs that a log has only grown since he last looked.

    witness = Witness.create(file, "audit.example/w")
    line = witness.answer(request_file.read_bytes(), policy, now=now)

He needs no network and no database: a request comes as a file, on a stick if need be,
and a line for the note goes back. Of all that the office could do with its own key and
its own database, he is what it cannot undo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from engine import words
from engine.audit.signing.signatory import Signatory
from engine.audit.signing.vouching import is_signed
from engine.errors import OldProof, Untrusted
from engine.journal.chain import leaf_hash
from engine.journal.codec import decode
from engine.ports import OFFICE
from engine.proof.checkpoint import Checkpoint, LoggedProof, Request
from engine.proof.epoch import epoch_of
from engine.proof.note import WITNESS, Note, Signature, VerifierKey
from engine.proof.policy import Policy
from engine.proof.tree import includes


@dataclass(frozen=True, slots=True)
class Witness(Signatory):
    """Its key's name is its own, whatever logs it sees."""

    KIND: ClassVar[int] = WITNESS

    def last(self, origin: str) -> Checkpoint:
        """What of this log was signed last: a request begins there."""
        return self.memory.known(origin)

    def answer(self, request: bytes, policy: Policy, *, now: datetime) -> str:
        """The line that goes under the note; of the policy, its logs count."""
        return str(self.cosign(Request.parse(request), policy.logs, now=now))

    def cosign(
        self, request: Request, logs: Sequence[VerifierKey], *, now: datetime
    ) -> Signature:
        """Raises Untrusted, OldProof or RolledBack; then nothing was signed."""
        given = Checkpoint.parse(request.note.text)
        its_keys = [key for key in logs if epoch_of(given.origin, key.name)]
        if not its_keys:
            raise Untrusted(what=words.both("proof.unknown_log", origin=given.origin))
        _is_signed_by_one(request.note, its_keys)
        self._is_last_epoch(given.origin, its_keys[0].name)
        self.memory.advance(given, lambda known: _path(request, known))
        return self.key.sign(request.note.text, seconds=int(now.timestamp()))

    def before(self, origin: str, name: str) -> Checkpoint | None:
        """The last of an earlier epoch that this one has seen; for people to know."""
        asked = epoch_of(origin, name) or 1
        logs = self.memory.kept().logs
        earlier = {epoch_of(one, name): known[-1] for one, known in logs.items()}
        found = [one for one in earlier if one is not None and one < asked]
        return earlier[max(found)] if found else None

    def _is_last_epoch(self, origin: str, name: str) -> None:
        """An epoch that has ended grows no more, whoever signs it. Raises Untrusted."""
        asked = epoch_of(origin, name) or 1
        for known in self.memory.kept().logs:
            if (epoch_of(known, name) or 0) > asked:
                what = words.both("proof.epoch_over", origin=origin, now=known)
                raise Untrusted(what=what)


def heir(
    proof: LoggedProof, request: Request, logs: Sequence[VerifierKey]
) -> VerifierKey:
    """The key to which one of these handed over, by an entry of the log that is shown.

    Both keys must have signed it, for its place. Raises Untrusted.
    """
    given, body = Checkpoint.parse(request.note.text), proof.extra or b""
    found = _handover(body)
    old, new = str(found.get("old")), str(found.get("new"))
    if (
        proof.note.text != request.note.text
        or old not in {str(key) for key in logs}
        or not is_signed("rekeyed", found, proof.position)
        or not includes(
            leaf_hash(body), proof.position, given.size, proof.path, given.root
        )
    ):
        raise Untrusted(what=words.both("proof.no_handover", origin=given.origin))
    return VerifierKey.parse(new)


def _handover(body: bytes) -> Mapping[str, Any]:
    """What an entry says in which a key hands over; nothing of any other."""
    try:
        entry = decode(body)
        is_one = (entry["instance"], entry["type"]) == (OFFICE, "rekeyed")
        found = entry["data"] if is_one else {}
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _is_signed_by_one(note: Note, keys: Sequence[VerifierKey]) -> None:
    """Raises Untrusted; with what to do, where another key of the name signed it."""
    names = {key.name for key in keys}
    others = [one for one in note.signatures if one.name in names]
    if others and not {one.id for one in others} & {key.id for key in keys}:
        found = ", ".join(f"{one.name}+{one.number.hex()}" for one in others)
        known = ", ".join(f"{key.name}+{key.number.hex()}" for key in keys)
        raise Untrusted(what=words.both("proof.other_key", found=found, known=known))
    note.opened(keys)


def _path(request: Request, known: Checkpoint) -> Sequence[bytes]:
    if request.old != known.size:
        raise OldProof(origin=known.origin, given=request.old, known=known.size)
    return request.path
