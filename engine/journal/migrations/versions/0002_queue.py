"""Requests become a queue that many workers share; parties have an inbox.

What was asked before there were workers is parked: nobody expects it any more, and
whoever does can have it tried (``plangate requests --retry``).
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)

revision = "0002"
down_revision = "0001"

_SIMULATED = """
UPDATE request SET simulated = 1 WHERE instance IN
(SELECT id FROM instance WHERE simulated = 1)
"""


def upgrade() -> None:
    for column in (
        Column("simulated", SmallInteger, nullable=False, server_default="0"),
        Column("ready", BigInteger),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("silent", Integer, nullable=False, server_default="0"),
        Column("tries", Integer, nullable=False, server_default="0"),
        Column("trouble", Text),
    ):
        op.add_column("request", column)
    op.execute(_SIMULATED)
    op.create_index("ix_request_simulated", "request", ["simulated", "ready"])
    op.create_table(
        "inbox",
        Column(
            "id",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        Column("party", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("instance", Text, nullable=False),
        Column("node", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("text", Text, nullable=False),
        UniqueConstraint("party", "key"),
    )
