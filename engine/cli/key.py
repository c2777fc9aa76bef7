"""``plangate key``: a key of a log, or of a witness, and what others need of it."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.command import Session, command


@command("key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, metavar="NAME", help="seal.opt_name")
@click.option("--witness", "is_witness", is_flag=True, help="seal.opt_witness")
def run(session: Session, *, file: Path, name: str, is_witness: bool) -> None:
    """Made once, kept by its owner; a file that is there is never written over."""
    from engine.audit.signing.signer import Signer
    from engine.audit.signing.witness import Witness

    maker = Witness if is_witness else Signer
    made = maker.create(file, name)
    session.print(str(made.verifier))
    code = "seal.made_witness" if is_witness else "seal.made_log"
    session.warn(session.say(code, file=str(file), key=str(made.verifier)))
