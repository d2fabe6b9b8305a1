"""Whether a reply helped, and who at the clinic wrote a message."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("helpful", sa.Boolean))
    op.add_column("messages", sa.Column("staff_name", sa.String(200)))


def downgrade() -> None:
    op.drop_column("messages", "staff_name")
    op.drop_column("messages", "helpful")
