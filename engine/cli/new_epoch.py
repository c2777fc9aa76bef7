"""``plangate new-epoch``: after a restore, openly, and with two who approve."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.command import Session, command


@command("new-epoch", database=True)
@click.option(
    "--key",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="seal.opt_key",
)
@click.option("--reason", required=True, metavar="TEXT", help="seal.opt_reason")
@click.option(
    "--approve", "approvers", multiple=True, metavar="WHO", help="seal.opt_approve"
)
@click.option("--as", "who", metavar="WHO", help="office.opt_as")
def run(
    session: Session,
    *,
    file: Path,
    reason: str,
    approvers: tuple[str, ...],
    who: str | None,
) -> None:
    """The first note of the new epoch is printed."""
    from engine.audit.signing.keys import By, begin_epoch
    from engine.audit.signing.signer import Signer
    from engine.bootstrap import system_time

    by = By(now=system_time(), actor=who, reason=reason)
    signer = Signer.open(file)
    lost, note = begin_epoch(session.service().journal, signer, approvers, by)
    session.print(str(note).removesuffix("\n"))
    told = {"origin": signer.origin, "lost": lost.origin, "size": lost.size}
    session.warn(session.say("seal.new_epoch", **told))
