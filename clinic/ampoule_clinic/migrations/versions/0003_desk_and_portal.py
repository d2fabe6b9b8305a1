"""Staff, sessions, audit log, patients, tickets that are worked on, outbox."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)
_LONG_AGO = "1970-01-01 00:00:00+00:00"
_TABLES = ("daily_figures", "outbox", "visit_items", "used_tokens", "login_codes", "patients", "audit", "setup_links", "web_sessions", "staff",
           "handoff_seen", "handoff_events")
_MOMENTS = ("claimed_at", "first_claimed_at", "first_reply_at", "acknowledged_at", "overdue_told_at", "closed_at")
_HANDOFF = ("channel", "patient_id", "priority", "open", "language", "reading", "due_at", "activity_at", "claimed_by", "acknowledged_by",
            "resolution", *_MOMENTS)
_CONVERSATION = ("patient_id", "subject", "patient_seen", "patient_seen_at", "staff_seen", "staff_seen_at")


def upgrade() -> None:
    for column in (sa.Column("patient_id", sa.Integer), sa.Column("subject", sa.String(200)),
                   sa.Column("patient_seen", sa.Integer, nullable=False, server_default="0"), sa.Column("patient_seen_at", _moment),
                   sa.Column("staff_seen", sa.Integer, nullable=False, server_default="0"), sa.Column("staff_seen_at", _moment)):
        op.add_column("conversations", column)
    op.create_index("ix_conversations_patient_id", "conversations", ["patient_id"])
    _upgrade_handoffs()
    _create_staff_tables()
    # As plain SQL: for SQLite Alembic would take the reference for a change of the table.
    op.execute("ALTER TABLE sessions ADD COLUMN web_session VARCHAR(64) REFERENCES web_sessions (token_hash) ON DELETE CASCADE")
    op.create_index("ix_sessions_web_session", "sessions", ["web_session"])
    _create_patient_tables()
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(100), nullable=False, unique=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("next_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.String(80)),
        sa.Column("sent_at", _moment),
        sa.Column("failed_at", _moment),
    )
    op.create_index("ix_outbox_next", "outbox", ["sent_at", "failed_at", "next_at"])
    op.create_table(
        "daily_figures",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def _upgrade_handoffs() -> None:
    # Nothing here may rebuild the table: SQLite would delete what refers to it.
    columns: list[sa.Column[Any]] = [
        sa.Column("channel", sa.String(8), nullable=False, server_default="widget"),
        sa.Column("patient_id", sa.Integer),
        sa.Column("priority", sa.Integer, nullable=False, server_default="2"),
        sa.Column("open", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("language", sa.String(8), nullable=False, server_default="en"),
        sa.Column("reading", sa.JSON),
        sa.Column("due_at", _moment, nullable=False, server_default=_LONG_AGO),
        sa.Column("activity_at", _moment, nullable=False, server_default=_LONG_AGO),
        sa.Column("claimed_by", sa.Integer),
        sa.Column("acknowledged_by", sa.Integer),
        sa.Column("resolution", sa.String(40)),
        *(sa.Column(name, _moment) for name in _MOMENTS),
    ]
    for column in columns:
        op.add_column("handoffs", column)
    op.execute("UPDATE handoffs SET priority = CASE urgency WHEN 'emergency' THEN 0 WHEN 'same_day' THEN 1 ELSE 2 END, "
               "open = (state <> 'closed'), due_at = COALESCE(reply_by, created_at), activity_at = created_at")
    op.create_index("ix_handoffs_patient_id", "handoffs", ["patient_id"])
    op.create_index("ix_handoffs_claimed", "handoffs", ["origin", "open", "claimed_by", "priority", "due_at", "id"])
    op.drop_index("ix_handoffs_queue", "handoffs")
    op.create_index("ix_handoffs_queue", "handoffs", ["origin", "open", "priority", "due_at", "id"])
    op.create_index("ix_handoffs_created", "handoffs", ["origin", "created_at"])
    op.create_table(
        "handoff_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("handoff_id", sa.Integer, sa.ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("staff_id", sa.Integer),
        sa.Column("staff_name", sa.String(200)),
        sa.Column("text", sa.Text),
        sa.Column("at", _moment, nullable=False),
    )
    op.create_table(
        "handoff_seen",
        sa.Column("staff_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("handoff_id", sa.Integer, sa.ForeignKey("handoffs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("at", _moment, nullable=False),
    )


def _create_staff_tables() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(200), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("totp_secret", sa.String(64)),
        sa.Column("totp_pending", sa.String(64)),
        sa.Column("totp_last_step", sa.Integer),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
    )
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("subject_id", sa.Integer, nullable=False, index=True),
        sa.Column("step", sa.String(8), nullable=False),
        sa.Column("csrf", sa.String(43), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("used_at", _moment, nullable=False),
    )
    op.create_table(
        "setup_links",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id", ondelete="CASCADE")),
        sa.Column("expires_at", _moment, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("object", sa.String(80), nullable=False),
        sa.Column("detail", sa.JSON),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    for column in ("action", "actor", "object"):
        op.create_index(f"ix_audit_{column}", "audit", [column, "id"])
    _make_append_only()


def _make_append_only() -> None:
    """The database itself refuses to change or delete a line of the audit log."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                   "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$")
        op.execute("CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()")
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END")


def _create_patient_tables() -> None:
    op.create_table(
        "patients",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(200), unique=True),
        sa.Column("birth_date", sa.String(10)),
        sa.Column("phone", sa.String(50)),
        sa.Column("issuer", sa.String(200)),
        sa.Column("subject", sa.String(200)),
        sa.Column("notify_email", sa.Boolean, nullable=False),
        sa.Column("contact_by", sa.String(8), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.UniqueConstraint("issuer", "subject"),
    )
    patient = sa.ForeignKey("patients.id", ondelete="CASCADE")
    op.create_table(
        "login_codes",
        sa.Column("patient_id", sa.Integer, patient, primary_key=True, autoincrement=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("tries_left", sa.Integer, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
    )
    op.create_table(
        "used_tokens",
        sa.Column("issuer", sa.String(200), primary_key=True),
        sa.Column("jti", sa.String(200), primary_key=True),
        sa.Column("expires_at", _moment, nullable=False),
    )
    op.create_table(
        "visit_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("patient_id", sa.Integer, sa.ForeignKey("patients.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("created_at", _moment, nullable=False),
    )


def downgrade() -> None:
    op.drop_index("ix_sessions_web_session", "sessions")
    op.drop_column("sessions", "web_session")
    for name in _TABLES:
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
    op.drop_index("ix_handoffs_created", "handoffs")
    op.drop_index("ix_handoffs_queue", "handoffs")
    for index in ("ix_handoffs_patient_id", "ix_handoffs_claimed"):
        op.drop_index(index, "handoffs")
    for name in _HANDOFF:
        op.drop_column("handoffs", name)
    op.create_index("ix_handoffs_queue", "handoffs", ["origin", "state", "created_at"])
    op.drop_index("ix_conversations_patient_id", "conversations")
    for name in _CONVERSATION:
        op.drop_column("conversations", name)
