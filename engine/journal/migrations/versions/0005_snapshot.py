"""Snapshots: instances as they stood, so that a late question reads no whole history.

A cache, empty at first: what it holds follows from the entries.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, UniqueConstraint

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "snapshot",
        Column(
            "id",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        Column("instance", Text, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("entry", LargeBinary, nullable=False),
        Column("digest", Text, nullable=False),
        Column("facts", LargeBinary, nullable=False),
        UniqueConstraint("instance", "seq"),
    )
