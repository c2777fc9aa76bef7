"""``plangate witness``: somebody else signs that a log has only grown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.command import Session, command
from engine.cli.given import GIVEN, read_given

if TYPE_CHECKING:
    from engine.audit.signing.witness import Witness
    from engine.proof.checkpoint import Request
    from engine.proof.note import VerifierKey


@command("witness")
@click.argument("request", type=GIVEN)
@click.option(
    "--key",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="seal.opt_key",
)
@click.option(
    "--policy",
    type=GIVEN,
    required=True,
    metavar="FILE",
    help="seal.opt_policy",
)
@click.option("--handover", type=GIVEN, metavar="FILE", help="seal.opt_handover_seen")
def run(
    session: Session,
    *,
    request: Path,
    file: Path,
    policy: Path,
    handover: Path | None,
) -> None:
    """Needs no database and no network: the note with the new signature goes back."""
    from engine.audit.signing.witness import Witness, heir
    from engine.bootstrap import system_time
    from engine.proof.checkpoint import LoggedProof, Request
    from engine.proof.policy import Policy

    asked = Request.parse(read_given(request))
    logs = Policy.parse(read_given(policy)).logs
    witness, new = Witness.open(file), None
    if handover is not None:
        new = heir(LoggedProof.parse(read_given(handover)), asked, logs)
        logs = (*logs, new)
    line = witness.cosign(asked, logs, now=system_time())
    if new is not None:
        session.warn(session.say("seal.witness_new_key", key=str(new)))
    _tell_epoch(session, witness, asked, logs)
    session.print(str(asked.note.with_signatures(line)).removesuffix("\n"))


def _tell_epoch(
    session: Session, witness: Witness, asked: Request, logs: Sequence[VerifierKey]
) -> None:
    """That a log goes on under another origin is nothing to be overlooked."""
    from engine.proof.checkpoint import Checkpoint
    from engine.proof.epoch import epoch_of

    origin = Checkpoint.parse(asked.note.text).origin
    name = next(key.name for key in logs if epoch_of(origin, key.name))
    before = witness.before(origin, name)
    if before is not None:
        told = {"origin": origin, "lost": before.origin, "size": before.size}
        session.warn(session.say("seal.witness_new_epoch", **told))
