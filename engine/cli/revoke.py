"""``plangate revoke``: a key of the log is no longer to be believed, or is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, command
from engine.cli.given import GIVEN, read_given

if TYPE_CHECKING:
    from engine.audit.signing.keys import LostKey
    from engine.audit.signing.signer import Signer


@command("revoke", database=True)
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="seal.opt_old_key",
)
@click.option("--lost", metavar="KEY", help="seal.opt_lost")
@click.option("--checkpoint", type=GIVEN, metavar="FILE", help="seal.opt_last_note")
@click.option(
    "--after",
    type=click.IntRange(min=0),
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
    after: int | None,
    reason: str,
    approvers: tuple[str, ...],
    who: str | None,
    **old: Any,
) -> None:
    """The new key signs this, and from now on; readers get it by another way."""
    from engine.audit.signing.keys import By, LostKey, Revocation, revoke
    from engine.bootstrap import system_time

    former = _former(session, **old)
    if after is None and isinstance(former, LostKey):
        after = former.last.size  # who has lost it has signed nothing since
    if after is None:
        raise click.UsageError(session.say("seal.after_wanted"))
    by = By(now=system_time(), actor=who, reason=reason)
    said = Revocation(after=after, approvers=approvers)
    signer, note = revoke(session.service().journal, former, new, said, by)
    session.print(str(note).removesuffix("\n"))
    told = {"after": after, "new": str(new), "key": str(signer.verifier)}
    session.warn(session.say("seal.revoked", **told))


def _former(
    session: Session, *, key: Path | None, lost: str | None, checkpoint: Path | None
) -> Signer | LostKey:
    """The key until now: its file, or what is left of it."""
    from engine.audit.signing.keys import LostKey
    from engine.audit.signing.signer import Signer

    if key is not None and lost is None and checkpoint is None:
        return Signer.open(key)
    if key is not None or lost is None or checkpoint is None:
        raise click.UsageError(session.say("seal.key_or_lost"))
    return LostKey.of(lost, read_given(checkpoint))
