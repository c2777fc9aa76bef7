"""``plangate receipt``: whether what was acknowledged is still in the history.

Exit codes: 0 kept · 1 broken · 3 the bundle has defects of its own · 4 not yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from engine.cli.command import Session, command
from engine.cli.given import GIVEN, look_at, read_given

if TYPE_CHECKING:
    from engine.audit.signing.receipt import Receipt
    from engine.ports import Journal
    from engine.verifier import Defect, Told, Undecided

NOT_YET: Final = 4
DAMAGED: Final = 3


@command("receipt", database=True)
@click.argument("file", type=GIVEN)
@click.option("--bundle", type=GIVEN, metavar="FILE", help="seal.opt_in_bundle")
@click.option("--policy", type=GIVEN, metavar="FILE", help="seal.opt_policy")
def run(
    session: Session, *, file: Path, bundle: Path | None, policy: Path | None
) -> int:
    """Against the database, or against a bundle that somebody has handed out."""
    from engine.audit.signing.receipt import KEPT, Receipt, checked

    content = read_given(file)
    receipt = Receipt.parse(content)
    if bundle is not None:
        return _in_bundle(session, content, bundle, policy)
    journal = session.service().journal
    if policy is not None:
        signers = _signers(journal, receipt, policy)
        said = "seal.receipt_by" if signers else "seal.receipt_unsigned"
        session.warn(session.say(said, who=signers))
    found = checked(journal, receipt)
    told = {"instance": receipt.instance, "seq": receipt.seq}
    session.print(session.say(f"seal.receipt_{found}", **told))
    return 0 if found == KEPT else 1


def _signers(journal: Journal, receipt: Receipt, policy: Path) -> list[str]:
    """Whose signature counts, by the policy. Raises Untrusted for a false one."""
    from engine.audit.signing.keys import believed
    from engine.proof.note import Note
    from engine.proof.policy import Policy

    limits = believed(journal, Policy.parse(read_given(policy)).logs)
    size = 0 if receipt.place is None else receipt.place["size"]
    if not {key.id for key in limits} & {one.id for one in receipt.signatures}:
        return []
    signed = Note(receipt.text(), receipt.signatures).opened(limits).signed
    return [one.key.name for one in signed if size <= limits[one.key]]


def _in_bundle(
    session: Session, content: bytes, bundle: Path, policy: Path | None
) -> int:
    """As the verifier has it, which tells of the bundle itself as well."""
    from engine.verifier import verify

    given = None if policy is None else read_given(policy)
    text = None if given is None else given.decode(errors="surrogateescape")
    look_at(bundle)
    with bundle.open("rb") as opened:
        report = verify(opened, text, receipt=content)
    every: list[Defect | Undecided | Told] = [
        *report.defects,
        *report.undecided,
        *report.told,
    ]
    ours = [one for one in every if one.code.startswith("receipt.")]
    for one in ours:
        session.print(one.zh if session.language == "zh" else one.en)
    others = [one for one in report.defects if not one.code.startswith("receipt.")]
    if report.unreadable or others:
        count = len(others) + report.more
        session.warn(session.say("seal.receipt_defects", count=count or "?"))
        return DAMAGED
    codes = {one.code for one in ours}
    return 1 if "receipt.broken" in codes else 0 if "receipt.kept" in codes else NOT_YET
