"""The tables of a journal, for SQLite and PostgreSQL alike (SQLAlchemy Core).

Moments are whole microseconds in UTC. ``entry`` is insert-only; the columns beside
``body`` are an index to it. ``fact`` holds the state of every instance: only rows
that an act changed are written again. ``request`` is a queue: whoever takes a row
moves ``ready`` to the end of a lease and counts ``attempts``, and only the attempt
that was counted last may end it. No ``ready``: nobody takes it. ``unlogged`` says what
has been recorded and has no place in the log yet; ``log`` has one row, where the log
stands; ``leaf``, ``tile`` and ``way`` hold its order, its tree and the trie of heads.
``snapshot`` is a cache: whatever stands in it follows from ``entry``.
``private`` holds the personal values that entries only commit to.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Serial = BigInteger().with_variant(Integer, "sqlite")

instance = Table(
    "instance",
    metadata,
    Column("id", Text, primary_key=True),
    Column("plan", Text, ForeignKey("plan_text.digest"), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("simulated", SmallInteger, nullable=False),
)
entry = Table(
    "entry",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
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
fact = Table(
    "fact",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
timer = Table(
    "timer",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("move", Text, primary_key=True),
    Column("due", BigInteger, nullable=False),
    Index("ix_timer_due", "due", "instance", "node", "move"),
    sqlite_with_rowid=False,
)
request = Table(
    "request",
    metadata,
    Column("key", Text, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("simulated", SmallInteger, nullable=False, server_default="0"),
    Column("ready", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("silent", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("trouble", Text),
    Index("ix_request_instance", "instance"),
    Index("ix_request_simulated", "simulated", "ready"),
)
inbox = Table(
    "inbox",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("party", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("party", "key"),
    Index("ix_inbox_instance", "instance"),
)
plan_text = Table(
    "plan_text",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("text", LargeBinary, nullable=False),
)
blob = Table(
    "blob",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
private = Table(
    "private",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("commitment", Text, primary_key=True),
    Column("field", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
command = Table(
    "command",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
unlogged = Table(
    "unlogged",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("instance", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)
log = Table(
    "log",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("sealed", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", BigInteger),
    Column("keys", BigInteger),
    Column("signed", BigInteger, nullable=False, server_default="0"),
    Column("signed_at", BigInteger),
    Column("trouble", Text),
    Column("migrated", Text),
)
leaf = Table(
    "leaf",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("instance", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    UniqueConstraint("instance", "seq"),
)
tile = Table(
    "tile",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
way = Table(
    "way",
    metadata,
    Column("bits", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
snapshot = Table(
    "snapshot",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("instance", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    UniqueConstraint("instance", "seq"),
)
