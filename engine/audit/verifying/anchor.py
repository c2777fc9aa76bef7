"""A checkpoint that was kept elsewhere, and whether a database still contains it.

Who holds one, signed before, needs to trust nobody who can reach the database: what was
cut off makes it shorter than what was signed, what was changed gives another root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.audit.verifying.defects import Defect
from engine.audit.verifying.whole_log import LogVerified
from engine.errors import Untrusted
from engine.ports import OFFICE
from engine.proof.checkpoint import Checkpoint
from engine.proof.note import LOG, Note, Signed
from engine.proof.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Something that was asked for and cannot be known; no defect."""

    code: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A checkpoint as far as it is known whose it is.

    ``signers``, ``witnesses``: names of keys of the policy whose signatures are right.
    """

    checkpoint: Checkpoint | None
    signers: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    undecided: tuple[Undecided, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes whose roots are needed."""
        return () if self.checkpoint is None else (self.checkpoint.size,)

    def against(self, told: LogVerified) -> tuple[Defect, ...]:
        """Whether the log contains the tree that was signed."""
        if self.checkpoint is None:
            return ()
        size, root = self.checkpoint.size, self.checkpoint.root
        if size > told.size:
            return (_defect("log.shorter", signed=size, size=told.size),)
        if told.roots.get(size) != root:
            return (_defect("log.forked", signed=size),)
        return ()


def anchor(checkpoint: bytes | None, policy: bytes | None) -> Anchor:
    """What is known of them alone. Raises BadNote, BadPolicy for what is none."""
    whom = None if policy is None else Policy.parse(policy)
    if checkpoint is None:
        return Anchor(
            checkpoint=None,
            undecided=() if whom is None else (_undecided("log.no_checkpoint"),),
        )
    note = Note.parse(checkpoint)
    said = Checkpoint.parse(note.text)
    if whom is None:
        return Anchor(checkpoint=said, undecided=(_undecided("log.no_policy"),))
    return _judged(said, note, whom)


def _judged(said: Checkpoint, note: Note, whom: Policy) -> Anchor:
    try:
        signed = _signed(note, whom)
    except Untrusted as wrong:
        false = _defect("log.untrue", what=wrong.values["what"])
        return Anchor(checkpoint=said, defects=(false,))
    undecided: tuple[Undecided, ...] = ()
    try:
        whom.opened(note)
    except Untrusted as wrong:
        undecided = (_undecided("log.nobody", what=wrong.values["what"]),)
    own = [one for one in signed if one.key.kind != LOG or one.key.name == said.origin]
    return Anchor(
        checkpoint=said,
        signers=_names(one for one in own if one.key.kind == LOG),
        witnesses=_names(one for one in own if one.key.kind != LOG),
        undecided=undecided,
    )


def _signed(note: Note, whom: Policy) -> tuple[Signed, ...]:
    """By keys of the policy; raises Untrusted for a false signature of one."""
    keys = (*whom.logs, *whom.witnesses.values())
    ids = {key.id for key in keys}
    if not any(one.id in ids for one in note.signatures):
        return ()
    return note.opened(keys).signed


def _names(signed: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.key.name for one in signed))


def _defect(code: str, **values: Any) -> Defect:
    return Defect(code=code, instance=OFFICE, values=values)


def _undecided(code: str, **values: Any) -> Undecided:
    return Undecided(code=code, values=values)
