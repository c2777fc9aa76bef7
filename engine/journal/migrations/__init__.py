"""Bringing a database up to date (Alembic), from the first day on.

Alembic is loaded only when there is something to do. SQLite is migrated without
the foreign-key pragma: with it, remaking a table would take its children along.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine import words
from engine.errors import Unavailable

KNOWN: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every revision, oldest first."""
HEAD: Final = KNOWN[-1]
"""The revision that this release reads and writes."""


def is_current(revision: str | None) -> bool:
    """Whether tables are as this release needs them; None: there are none.

    Raises Unavailable for tables that a later release has made.
    """
    if revision is not None and revision not in KNOWN:
        raise Unavailable(
            detail=words.both("journal.newer", found=revision, known=HEAD)
        )
    return revision == HEAD


def upgrade(url: str, *, before: str | None = None) -> None:
    """Brings the tables of a database (an SQLAlchemy address) to ``HEAD``.

    ``before`` is the revision that it has; it is left for the log to be told of. What
    the driver raises comes as it is: the journal names who must act.
    """
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
            if before is not None:
                left = text("UPDATE log SET migrated = coalesce(migrated, :before)")
                connection.execute(left, {"before": before})
    except DBAPIError as wrong:
        raise wrong.orig or wrong from wrong
    finally:
        engine.dispose()
