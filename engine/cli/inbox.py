"""``plangate inbox``: what somebody was told by the plans of a database."""

from __future__ import annotations

import click

from engine.cli.command import Session, as_json, command

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
    letters = service.journal.inbox(who, limit=limit)
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
