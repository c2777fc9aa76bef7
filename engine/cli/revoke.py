"""``plangate revoke``: a key of the log is no longer to be believed."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.command import Session, command


@command("revoke", database=True)
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "old",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="seal.opt_old_key",
)
@click.option(
    "--after",
    type=click.IntRange(min=0),
    required=True,
    metavar="SIZE",
    help="seal.opt_after",
)
@click.option("--reason", required=True, metavar="TEXT", help="seal.opt_reason")
@click.option(
    "--approve", "approvers", multiple=True, metavar="WHO", help="seal.opt_approve"
)
@click.option("--as", "who", metavar="WHO", help="office.opt_as")
def run(
    session: Session,
    *,
    new: Path,
    old: Path,
    after: int,
    reason: str,
    approvers: tuple[str, ...],
    who: str | None,
) -> None:
    """The new key signs this, and from now on; readers get it by another way."""
    from engine.audit.keys import By, Revocation, revoke
    from engine.audit.signer import Signer
    from engine.bootstrap import system_time

    by = By(now=system_time(), actor=who, reason=reason)
    journal = session.service().journal
    said = Revocation(after=after, approvers=approvers)
    signer, note = revoke(journal, Signer.open(old), new, said, by)
    session.print(str(note).removesuffix("\n"))
    told = {"after": after, "new": str(new), "key": str(signer.verifier)}
    session.warn(session.say("seal.revoked", **told))
