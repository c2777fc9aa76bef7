"""Personal values beside the history, so that they can be erased.

What was recorded before stands in entries in clear, and stays.
"""

from alembic import op
from sqlalchemy import Column, LargeBinary, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "private",
        Column("instance", Text, primary_key=True),
        Column("commitment", Text, primary_key=True),
        Column("field", Text, nullable=False),
        Column("salt", LargeBinary, nullable=False),
        Column("value", LargeBinary, nullable=False),
    )
