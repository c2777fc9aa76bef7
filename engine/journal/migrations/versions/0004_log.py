"""A log over all instances: an order, a tree, and the trie of heads.

What was recorded before stands in no order of all instances; it gets its places by
instance, when the log is brought up to date for the first time.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)

revision = "0004"
down_revision = "0003"

_RECORDED_BEFORE = """
INSERT INTO unlogged (instance, first, last)
SELECT id, 1, revision FROM instance ORDER BY id
"""


def upgrade() -> None:
    op.create_table(
        "unlogged",
        Column(
            "id",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        Column("instance", Text, nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
    )
    log = op.create_table(
        "log",
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("size", BigInteger, nullable=False),
        Column("sealed", BigInteger, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("hash", LargeBinary, nullable=False),
    )
    op.create_table(
        "leaf",
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("instance", Text, nullable=False),
        Column("seq", BigInteger, nullable=False),
        UniqueConstraint("instance", "seq"),
    )
    op.create_table(
        "tile",
        Column("level", SmallInteger, primary_key=True, autoincrement=False),
        Column("place", BigInteger, primary_key=True, autoincrement=False),
        Column("hashes", LargeBinary, nullable=False),
    )
    op.create_table(
        "way",
        Column("bits", Text, primary_key=True),
        Column("content", LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(
        log, [{"id": 1, "size": 0, "sealed": 0, "seq": 0, "hash": bytes(32)}]
    )
    op.execute(_RECORDED_BEFORE)
