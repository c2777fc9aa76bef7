"""The first tables, and the triggers that keep entries as they are."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None

_SQLITE = """
CREATE TRIGGER entry_keeps_{word} BEFORE {word} ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END
"""
_POSTGRES = """
CREATE FUNCTION entry_keeps() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'entries are never changed'; END $$;
CREATE TRIGGER entry_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION entry_keeps();
"""


def upgrade() -> None:
    op.create_table(
        "plan_text",
        Column("digest", Text, primary_key=True),
        Column("text", LargeBinary, nullable=False),
    )
    op.create_table(
        "blob",
        Column("digest", Text, primary_key=True),
        Column("content", LargeBinary, nullable=False),
    )
    op.create_table(
        "instance",
        Column("id", Text, primary_key=True),
        Column("plan", Text, ForeignKey("plan_text.digest"), nullable=False),
        Column("revision", BigInteger, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("simulated", SmallInteger, nullable=False),
    )
    _entries()
    _states()


def _entries() -> None:
    op.create_table(
        "entry",
        Column(
            "id",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        Column("instance", Text, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        Column("node", Text),
        Column("actor", Text),
        Column("body", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        UniqueConstraint("instance", "seq"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for word in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(word=word))
    else:
        op.execute(_POSTGRES)


def _states() -> None:
    op.create_table(
        "fact",
        Column("instance", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("value", Text, nullable=False),
        Column("seq", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timer",
        Column("instance", Text, primary_key=True),
        Column("node", Text, primary_key=True),
        Column("move", Text, primary_key=True),
        Column("due", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_timer_due", "timer", ["due"])
    op.create_table(
        "request",
        Column("key", Text, primary_key=True),
        Column("instance", Text, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("action", Text, nullable=False),
        Column("node", Text, nullable=False),
        Column("parameters", Text, nullable=False),
    )
    op.create_index("ix_request_instance", "request", ["instance"])
    op.create_table(
        "command",
        Column("instance", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
