"""``plangate checkpoint``: the log is sealed, and its size and root are signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.command import Session, command
from engine.errors import Unavailable

if TYPE_CHECKING:
    from engine.audit.signing.signer import Signer
    from engine.proof.note import Note


@command("checkpoint", database=True)
@click.option(
    "--key",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="seal.opt_key",
)
@click.option(
    "--since", type=click.IntRange(min=0), metavar="SIZE", help="seal.opt_since"
)
@click.option(
    "--handover",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="seal.opt_handover",
)
def run(
    session: Session, *, file: Path, since: int | None, handover: Path | None
) -> None:
    """For a witness who has seen SIZE last, with the proof that it only grew."""
    from engine.audit.signing.signer import Signer
    from engine.bootstrap import system_time
    from engine.ports import Signing
    from engine.proof.checkpoint import Request
    from engine.proof.tree import Tree

    journal, signer = session.service().journal, Signer.open(file)
    state = journal.log.seal(system_time())
    tree = Tree(state.size, journal.log.tile)
    if since is not None and since > tree.size:
        raise click.UsageError(session.say("seal.since", size=tree.size))
    note = signer.sign(tree.size, tree.root(), tree.consistency)
    journal.log.keep_signing(Signing(size=tree.size, at=system_time()))
    if handover is not None:
        _hand_over(session, signer, note, handover)
    told = note if since is None else Request(since, tree.consistency(since), note)
    session.print(str(told).removesuffix("\n"))


def _hand_over(session: Session, signer: Signer, note: Note, file: Path) -> None:
    """The proof for a witness that another key handed over to this one."""
    from engine.audit.signing.keys import handed_over

    proof = handed_over(session.service().journal, note, signer.verifier)
    if proof is None:
        raise click.UsageError(session.say("seal.no_handover"))
    try:
        file.write_text(str(proof), encoding="utf-8")
    except OSError as wrong:
        raise Unavailable(detail=f"{file}: {wrong.strerror}") from wrong
