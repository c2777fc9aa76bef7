"""What is due is read in its whole order from the index.

With an index of the due time alone PostgreSQL sorts everything that is due at one
midnight whenever it is asked for the first of it.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_index("ix_timer_due", "timer")
    op.create_index("ix_timer_due", "timer", ["due", "instance", "node", "move"])
