"""``plangate inbox``: what somebody was told by the plans of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.command import Session, as_json, command

if TYPE_CHECKING:
    from engine.ports import Letter
    from engine.runtime.service import Service

LETTERS_MAX = 10_000


@command("inbox", database=True)
@click.argument("who")
@click.option(
    "--limit",
    type=click.IntRange(1, LETTERS_MAX),
    default=50,
    metavar="N",
    help="cli.opt_letters",
)
@as_json
def run(session: Session, who: str, *, limit: int, is_json: bool) -> None:
    """The newest first."""
    service = session.service()
    letters = [
        read(service, one, session.language)
        for one in service.journal.inbox(who, limit=limit)
    ]
    if is_json:
        told = [
            {
                "at": one.at.isoformat(),
                "instance": one.instance,
                "node": one.node,
                "text": one.text,
            }
            for one in letters
        ]
        session.print_json({"who": who, "letters": told})
        return
    if not letters:
        session.print(session.say("cli.inbox_empty", who=who))
    for one in letters:
        zone = service.look(one.instance).plan.zone
        at = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}"
        session.print(f"{at}  {one.instance}  {one.node}")
        for line in one.text.splitlines():
            session.print(f"    {line}")


def read(service: Service, letter: Letter, language: str) -> Letter:
    """The letter with personal values in it; nothing but what its request had opens."""
    from msgspec.structs import replace

    from engine.core.effects import asked_in
    from engine.proof.private import commitments_in, marks_in, token, unmasked

    if not marks_in(letter.text):
        return letter
    asked = asked_in(letter.key.rpartition("/")[0])
    entries = service.journal.entries(letter.instance, after=asked - 1, limit=1)
    (event,) = (service.decode(one)[0] for one in entries)
    known = set(commitments_in(event.payload()))
    reader = service.reader(letter.instance)

    def said(one: str) -> str | None:
        return str(reader.opened(token(one), language)) if one in known else None

    return replace(letter, text=unmasked(letter.text, said))
