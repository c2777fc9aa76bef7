"""Somebody else, who signs that a log has only grown since he last looked.

    witness = Witness.create(file, "audit.example/w")
    line = witness.answer(request_file.read_bytes(), policy, now=now)

He needs no network and no database: a request comes as a file, on a stick if need be,
and a line for the note goes back. Of all that the office could do with its own key and
its own database, he is what it cannot undo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine import words
from engine.audit.memory import Memory, create_key, memory_of, read_key
from engine.errors import OldProof, Untrusted
from engine.proof.checkpoint import Checkpoint, Request
from engine.proof.note import WITNESS, Signature, SigningKey, VerifierKey
from engine.proof.policy import Policy


@dataclass(frozen=True, slots=True)
class Witness:
    key: SigningKey
    memory: Memory

    @classmethod
    def create(cls, file: Path, name: str) -> Witness:
        create_key(file, SigningKey.new(name, WITNESS))
        return cls.open(file)

    @classmethod
    def open(cls, file: Path) -> Witness:
        return cls(read_key(file, kind=WITNESS), memory_of(file))

    @property
    def verifier(self) -> VerifierKey:
        return self.key.verifier

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
        its_keys = [key for key in logs if key.name == given.origin]
        if not its_keys:
            raise Untrusted(what=words.both("proof.unknown_log", origin=given.origin))
        request.note.opened(its_keys)
        self.memory.advance(given, lambda known: _path(request, known))
        return self.key.sign(request.note.text, seconds=int(now.timestamp()))


def _path(request: Request, known: Checkpoint) -> Sequence[bytes]:
    if request.old != known.size:
        raise OldProof(origin=known.origin, given=request.old, known=known.size)
    return request.path
