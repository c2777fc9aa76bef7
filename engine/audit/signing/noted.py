"""A checkpoint that was signed before, and whether this database is what it signs.

    shown = noted(journal, note, signer.verifier)        # or a policy
    write(journal, out, None, now=now, sign=shown)

So a bundle can hold a note that witnesses have cosigned meanwhile: it is then of the
size of that note, whatever was recorded since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import words
from engine.audit.signing.keys import believed, data_of, forebears, origin_at
from engine.errors import NotThisLog, Untrusted
from engine.ports import Journal
from engine.proof.checkpoint import Checkpoint
from engine.proof.epoch import epoch_of
from engine.proof.note import LOG, Note, VerifierKey
from engine.proof.policy import Policy
from engine.proof.tree import Tree


@dataclass(frozen=True, slots=True)
class Noted:
    """A note that was found true of a database: its size, and its text."""

    size: int
    text: str


def noted(journal: Journal, content: bytes, whom: VerifierKey | Policy) -> Noted:
    """The note, if the log's key signed it and the log still has what it signs.

    ``whom``: the log's present key, whose forebears count for what they signed; or a
    policy, whose quorum of witnesses must have signed too, as for whoever verifies.
    Raises BadNote, Untrusted, NotThisLog.
    """
    note = Note.parse(content)
    said = Checkpoint.parse(note.text)
    name = _signer(journal, note, said, whom)
    due = origin_at(journal, said.size, name)
    if said.origin != due:
        raise _untrue("seal.other_origin", origin=said.origin, due=due)
    state = journal.log.state()
    if said.size > state.size:
        raise _not_this("log.shorter", signed=said.size, size=state.size)
    if Tree(state.size, journal.log.tile).root(said.size) != said.root:
        raise _not_this("log.forked", signed=said.size)
    if not _is_sealed(journal, said.size):
        raise _not_this("seal.no_seal_there", size=said.size)
    return Noted(said.size, str(note))


def _signer(
    journal: Journal, note: Note, said: Checkpoint, whom: VerifierKey | Policy
) -> str:
    """The name of the log whose key signed; raises Untrusted."""
    policy = whom if isinstance(whom, Policy) else None
    logs = whom.logs if isinstance(whom, Policy) else forebears(journal, whom)
    limits = believed(journal, logs)
    witnesses = {} if policy is None else policy.witnesses
    keys = {one.key for one in note.opened((*limits, *witnesses.values())).signed}
    own = [
        key.name
        for key in keys
        if key.kind == LOG
        and epoch_of(said.origin, key.name)
        and said.size <= limits[key]
    ]
    if not own:
        raise _untrue("proof.not_its_log", origin=said.origin)
    if policy is not None and not policy.is_met(keys):
        names = [name for name, key in witnesses.items() if key in keys]
        raise _untrue("proof.no_quorum", signed=names or 0)
    return own[0]


def _is_sealed(journal: Journal, size: int) -> bool:
    """Whether the last of the first ``size`` entries seals those before it."""
    if size == 0:
        return False
    (leaf,) = journal.log.leaves(after=size - 2, limit=1)
    return leaf.entry.type == "sealed" and data_of(leaf).get("size") == size - 1


def _untrue(code: str, **values: Any) -> Untrusted:
    return Untrusted(what=words.both(code, **values))


def _not_this(code: str, **values: Any) -> NotThisLog:
    return NotThisLog(what=words.both(code, **values))
