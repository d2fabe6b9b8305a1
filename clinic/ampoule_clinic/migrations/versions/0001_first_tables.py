"""Conversations, sessions, messages, contacts, hand-offs, erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("staff_name", sa.String(200)),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("active_at", _moment, nullable=False, index=True),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("used_at", _moment, nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("author", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("choice", sa.String(200)),
        sa.Column("refused", sa.String(32)),
        sa.Column("outcome", sa.JSON),
        sa.Column("reply_to", sa.Integer),
        sa.Column("at", _moment, nullable=False),
        sa.UniqueConstraint("conversation_id", "id"),
        sa.UniqueConstraint("conversation_id", "reply_to"),
    )
    op.create_table(
        "contacts",
        sa.Column("conversation_id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id", "seq"], ["messages.conversation_id", "messages.seq"], ondelete="CASCADE"),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(100), nullable=False, unique=True),
        sa.Column("reference", sa.String(16), nullable=False, unique=True),
        sa.Column("conversation_id", sa.String(200), nullable=False, index=True),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("reply_by", _moment),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_handoffs_queue", "handoffs", ["origin", "state", "created_at"])
    op.create_table(
        "handoff_messages",
        sa.Column("handoff_id", sa.Integer, sa.ForeignKey("handoffs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("message_id", sa.String(36), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _moment, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("conversation_id", sa.String(32), primary_key=True),
        sa.Column("asked_at", _moment, nullable=False),
    )


def downgrade() -> None:
    for table in ("erasures", "handoff_messages", "handoffs", "contacts", "messages", "sessions", "conversations"):
        op.drop_table(table)
