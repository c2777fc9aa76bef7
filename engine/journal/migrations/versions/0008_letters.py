"""The letters of one instance are found without reading those of all."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_inbox_instance", "inbox", ["instance"])
