"""What the office does stands in the log: when it did last, and who signs.

``migrated`` waits until an entry says that these tables were brought up to date; how
far the log is signed is told beside it, for whoever looks.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0006"
down_revision = "0005"

_LAST = "UPDATE log SET at = (SELECT max(at) FROM entry WHERE instance = '~log')"


def upgrade() -> None:
    op.add_column("log", Column("at", BigInteger))
    op.add_column("log", Column("keys", BigInteger))
    op.add_column(
        "log", Column("signed", BigInteger, nullable=False, server_default="0")
    )
    op.add_column("log", Column("signed_at", BigInteger))
    op.add_column("log", Column("trouble", Text))
    op.add_column("log", Column("migrated", Text))
    op.execute(_LAST)
