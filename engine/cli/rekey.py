"""``plangate rekey``: one key of the log follows another, and both sign it."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.command import Session, command


@command("rekey", database=True)
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "old",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="seal.opt_old_key",
)
@click.option("--as", "who", metavar="WHO", help="office.opt_as")
def run(session: Session, *, new: Path, old: Path, who: str | None) -> None:
    """The first note of the new key is printed; the old one signs no larger sizes."""
    from engine.audit.signing.keys import By, rekey
    from engine.audit.signing.signer import Signer
    from engine.bootstrap import system_time

    by = By(now=system_time(), actor=who)
    signer, note = rekey(session.service().journal, Signer.open(old), new, by)
    session.print(str(note).removesuffix("\n"))
    told = {"old": str(old), "new": str(new), "key": str(signer.verifier)}
    session.warn(session.say("seal.rekeyed", **told))
