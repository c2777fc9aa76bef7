"""``plangate kinds``: what sorts of things a plan can be made of."""

from __future__ import annotations

import click

from engine.cli.command import Session, as_json, command


@command("kinds")
@click.argument("name", required=False)
@as_json
def run(session: Session, name: str | None, *, is_json: bool) -> None:
    """Every kind that plangate ships, or one of them as it is written."""
    del session, name, is_json
