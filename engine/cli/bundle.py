"""``plangate export --to bundle``: a history that is checked without this program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from engine.cli.command import Session
from engine.cli.given import read_given

if TYPE_CHECKING:
    from engine.audit.exports.bundle import Bundled, Sign
    from engine.audit.signing.noted import Noted
    from engine.ports import Journal

DAMAGED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``instances``: none of them is the whole log. ``key``: who signs, if anybody.

    ``note``: what was signed before; whether the log did is known by ``policy`` or key.
    """

    instances: tuple[str, ...]
    file: Path
    key: Path | None
    note: Path | None
    policy: Path | None
    force: bool
    who: str | None
    is_json: bool
    is_open: bool = False
    since: tuple[int, ...] = ()


def written(session: Session, wanted: Wanted) -> int:
    """The exit code; raises NotWritten, and what the signer refuses for."""
    from engine.audit.exports.bundle import write
    from engine.audit.placing import placed
    from engine.audit.placing import written as in_bytes
    from engine.audit.signing.deeds import exported
    from engine.bootstrap import system_time
    from engine.ports import Signing

    journal = session.service().journal
    names = wanted.instances or None
    sign = _signing(journal, wanted)
    _refuse_later(session, journal, sign, wanted.since)
    with placed(wanted.file, force=wanted.force) as out:
        told = write(
            journal,
            out,
            names,
            now=system_time(),
            sign=sign,
            is_open=wanted.is_open,
            since=wanted.since,
        )
        if told.is_signed and wanted.note is None:
            journal.log.keep_signing(Signing(size=told.size, at=system_time()))
        deed = exported(
            system_time(),
            form="bundle",
            instances=names,
            file=in_bytes(out),
            size=told.size,
            actor=wanted.who,
        )
        # nothing leaves the house that the log does not know of
        journal.log.enter(deed)
    _tell(session, wanted, told)
    return DAMAGED if told.missing else 0


def _refuse_later(
    session: Session, journal: Journal, sign: Sign | Noted, since: tuple[int, ...]
) -> None:
    """Raises UsageError for a growth that would begin beyond the end."""
    size = journal.log.state().size if callable(sign) else sign.size
    if any(one > size for one in since):
        raise click.UsageError(session.say("seal.since", size=size))


def _signing(journal: Journal, wanted: Wanted) -> Sign | Noted:
    from engine.audit.exports.bundle import nobody
    from engine.audit.signing.noted import noted
    from engine.audit.signing.signer import Signer
    from engine.proof.policy import Policy

    signer = None if wanted.key is None else Signer.open(wanted.key)
    if wanted.note is not None:
        note = read_given(wanted.note)
        if wanted.policy is not None:
            return noted(journal, note, Policy.parse(read_given(wanted.policy)))
        assert signer is not None, "one of them is asked for"
        return noted(journal, note, signer.verifier)
    if signer is None:
        return nobody
    return lambda tree: str(signer.sign(tree.size, tree.root(), tree.consistency))


def _tell(session: Session, wanted: Wanted, told: Bundled) -> None:
    if wanted.is_json:
        session.print_json(
            {
                "file": str(wanted.file),
                "format": "bundle",
                "instances": list(wanted.instances),
                "size": told.size,
                "root": told.root.hex(),
                "entries": told.entries,
                "plans": told.plans,
                "files": told.files,
                "missing": list(told.missing),
                "signed": told.is_signed,
                "private": told.privates,
            }
        )
        return
    session.print(
        session.say(
            "seal.bundled",
            file=str(wanted.file),
            entries=told.entries,
            plans=told.plans,
            files=told.files,
            size=told.size,
            root=told.root.hex(),
        )
    )
    if not told.is_signed:
        session.warn(session.say("seal.unsigned"))
    for digest in told.missing:
        session.warn(session.say("seal.missing", digest=digest))
