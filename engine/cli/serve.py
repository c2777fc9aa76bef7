"""``plangate serve``: what an office leaves running on one machine."""

from __future__ import annotations

from typing import Any

from engine.cli.command import Session, command
from engine.cli.worker import Wanted, keep, options


@command("serve", database=True)
@options
def run(session: Session, **given: Any) -> None:
    """The clock and the actions, as ``worker``."""
    keep(session, Wanted(**given))
