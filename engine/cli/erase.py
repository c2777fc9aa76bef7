"""``plangate erase``: what is about a person goes, and an entry says that it did."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.moment import brought_to, clock
from engine.errors import ActRefused

if TYPE_CHECKING:
    from engine.ports import Holder, Json, Swept
    from engine.runtime.erasing import Approved, Meant
    from engine.runtime.service import Result, Service

LEFT: int = 4
"""Exit code: erased, and yet something of it may be left in a file."""


@command("erase", database=True)
@click.argument("instance")
@click.argument("entry", type=click.IntRange(min=1), required=False)
@click.option("--field", metavar="NAME", help="privacy.opt_field")
@click.option("--file", metavar="SHA256", help="privacy.opt_file")
@click.option("--basis", metavar="TEXT", help="privacy.opt_basis")
@click.option(
    "--approve", type=click.IntRange(min=1), metavar="ENTRY", help="privacy.opt_approve"
)
@click.option("--sweep", "is_sweep", is_flag=True, help="privacy.opt_sweep")
@click.option("--as", "who", metavar="WHO", help="cli.opt_as")
@clock
@as_json
def run(
    session: Session,
    *,
    instance: str,
    entry: int | None,
    is_sweep: bool,
    who: str | None,
    clock: str | None,
    is_json: bool,
    **given: Any,
) -> int:
    """One asks, two others approve; ``--sweep`` ends what readers held up."""
    approve = given.pop("approve")
    if [entry is not None, approve is not None, is_sweep].count(True) != 1:
        raise click.UsageError(session.say("privacy.one_of"))
    if not is_sweep and who is None:
        raise click.UsageError(session.say("privacy.who"))
    service = session.service()
    if is_sweep:
        return _swept(session, service, instance, is_json=is_json)
    now, _ = brought_to(service, instance, clock)
    asked = _Asked(session, service, instance, str(who), now, is_json=is_json)
    try:
        if approve is not None:
            return asked.approve(approve)
        return asked.ask(int(entry or 0), **given)
    except ActRefused as wrong:
        if is_json:
            session.print_json(asked.shape(wrong.values["seq"], refused=True))
        raise


class _Asked:
    def __init__(
        self,
        session: Session,
        service: Service,
        instance: str,
        who: str,
        now: Any,
        *,
        is_json: bool,
    ) -> None:
        self.session, self.service, self.instance = session, service, instance
        self.who, self.now, self.is_json = who, now, is_json

    def ask(
        self, entry: int, *, field: str | None, file: str | None, basis: str | None
    ) -> int:
        from engine.core.commands import AskErasure
        from engine.runtime.erasing import meant

        what = meant(self.service, self.instance, entry, field=field, file=file)
        command = AskErasure(
            actor=self.who,
            entry=entry,
            basis=basis or "",
            commitments=what.commitments,
            files=what.files,
        )
        result = self.service.erasure(self.instance, command, now=self.now)
        seq = _seq(result)
        if self.is_json:
            self.session.print_json(self.shape(seq, what=what))
            return 0
        self.print("asked", seq=seq, entry=entry, **_counted(what))
        for at, name, digest in what.made:
            self.print("made", at=at, name=name, digest=digest)
        self.print(
            "next_approve", instance=self.instance, seq=seq, db=self.session.option()
        )
        return 0

    def approve(self, asked: int) -> int:
        from engine.runtime.erasing import approve

        told = approve(self.service, self.instance, asked, actor=self.who, now=self.now)
        seq = _seq(told.result)
        if self.is_json:
            self.session.print_json(self.shape(seq, told=told))
        elif told.erased is None:
            self.print("approved", seq=seq, asked=asked)
        else:
            self.print(
                "is_erased",
                seq=seq,
                values=len(told.erased.commitments),
                files=len(told.erased.files),
            )
            for digest in told.erased.shared:
                self.print("shared", digest=digest)
        if told.swept is None:
            return 0
        return _told_left(self.session, self.instance, told.swept)

    def print(self, code: str, **values: Any) -> None:
        self.session.print(self.session.say(f"privacy.{code}", **values))

    def shape(
        self,
        seq: int,
        *,
        what: Meant | None = None,
        told: Approved | None = None,
        refused: bool = False,
    ) -> dict[str, Json]:
        erased = None if told is None else told.erased
        made = () if what is None else what.made
        found: Any = what or erased
        return {
            "instance": self.instance,
            "entry": seq,
            "refused": refused,
            "commitments": list(found.commitments) if found else [],
            "files": list(found.files) if found else [],
            "made": [
                {"entry": at, "name": name, "sha256": digest}
                for at, name, digest in made
            ],
            "shared": list(erased.shared) if erased else [],
            "erased": erased is not None,
            **_shape(None if told is None else told.swept),
        }


def _seq(result: Result) -> int:
    return result.events[-1][0]


def _counted(what: Meant) -> dict[str, int]:
    return {"values": len(what.commitments), "files": len(what.files)}


def _swept(session: Session, service: Service, instance: str, *, is_json: bool) -> int:
    from engine.runtime.erasing import sweep

    swept = sweep(service)
    if is_json:
        session.print_json(_shape(swept))
    elif swept.is_clean:
        session.print(session.say("privacy.swept"))
    return _told_left(session, instance, swept)


def _told_left(session: Session, instance: str, swept: Swept) -> int:
    """The exit code; until when something is left, and what to do about it."""
    if swept.is_clean:
        return 0
    who = ", ".join(_named(session, one) for one in swept.holders)
    told = who or session.say("privacy.readers")
    again = {"instance": instance, "db": session.option()}
    session.warn(session.say("privacy.left", who=told, **again))
    return LEFT


def _named(session: Session, one: Holder) -> str:
    if one.since is None:
        return one.name
    since = f"{one.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    return session.say("privacy.holder", name=one.name, since=since)


def _shape(swept: Swept | None) -> dict[str, Json]:
    holders = () if swept is None else swept.holders
    return {
        "swept": swept is not None and swept.is_clean,
        "held_up_by": [
            {
                "name": one.name,
                "since": None if one.since is None else one.since.isoformat(),
            }
            for one in holders
        ],
    }
