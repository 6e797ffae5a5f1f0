"""Tickets and dashboards.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rollup_marks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rollup_marks")),
    )
    op.create_table(
        "root_causes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_root_causes")),
    )
    op.create_table(
        "sla_targets",
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("working_minutes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("working_minutes > 0", name=op.f("ck_sla_targets_working_minutes")),
        sa.PrimaryKeyConstraint("priority", "valid_from", name=op.f("pk_sla_targets")),
    )
    op.create_table(
        "promise_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.CheckConstraint("due > 0 AND kept >= 0 AND kept <= due", name=op.f("ck_promise_days_counts")),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_promise_days_region_id_regions")
        ),
        sa.PrimaryKeyConstraint("day", "touchpoint_code", "region_id", name=op.f("pk_promise_days")),
    )
    op.create_index("ix_promise_days_region_id_day", "promise_days", ["region_id", "day"], unique=False)
    op.create_table(
        "voice_days",
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("negative", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("positive", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "negative >= 0 AND neutral >= 0 AND positive >= 0", name=op.f("ck_voice_days_counts")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_voice_days_region_id_regions")),
        sa.PrimaryKeyConstraint("touchpoint_code", "day", "region_id", "topic", name=op.f("pk_voice_days")),
    )
    op.create_index("ix_voice_days_region_id_day", "voice_days", ["region_id", "day"], unique=False)
    op.create_table(
        "ask_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "eligible >= invited AND invited >= sent AND sent >= opened AND opened >= answered AND answered >= 0",
            name=op.f("ck_ask_days_funnel"),
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_ask_days_region_id_regions")),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_ask_days_touchpoint_code_touchpoints")
        ),
        sa.PrimaryKeyConstraint("day", "touchpoint_code", "region_id", name=op.f("pk_ask_days")),
    )
    op.create_index("ix_ask_days_region_id_day", "ask_days", ["region_id", "day"], unique=False)
    op.create_table(
        "score_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.String(length=8), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("metric IN ('nps', 'csat', 'ces')", name=op.f("ck_score_days_metric")),
        sa.CheckConstraint(
            "n > 0 AND good >= 0 AND bad >= 0 AND good + bad <= n", name=op.f("ck_score_days_counts")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_score_days_region_id_regions")),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_score_days_touchpoint_code_touchpoints")
        ),
        sa.PrimaryKeyConstraint("day", "touchpoint_code", "region_id", "metric", name=op.f("pk_score_days")),
    )
    op.create_index("ix_score_days_region_id_day", "score_days", ["region_id", "day"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feedback_id", sa.BigInteger(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=True),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="new", nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_exact", sa.Boolean(), nullable=False),
        sa.Column("first_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("root_cause_code", sa.Text(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_how", sa.String(length=16), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_tickets_closed")),
        sa.CheckConstraint(
            "(state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)",
            name=op.f("ck_tickets_resolved_at"),
        ),
        sa.CheckConstraint("priority IN ('urgent', 'high', 'normal')", name=op.f("ck_tickets_priority")),
        sa.CheckConstraint("state = 'new' OR assignee_id IS NOT NULL", name=op.f("ck_tickets_assignee")),
        sa.CheckConstraint(
            "state IN ('new', 'assigned', 'contacted', 'resolved', 'closed')", name=op.f("ck_tickets_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('resolved', 'closed') OR (resolved_at IS NOT NULL AND root_cause_code IS NOT NULL AND resolution <> '' AND told_at IS NOT NULL AND told_how IS NOT NULL)",
            name=op.f("ck_tickets_resolved"),
        ),
        sa.CheckConstraint(
            "told_how IN ('phone', 'sms', 'wechat', 'email', 'letter', 'in_person')",
            name=op.f("ck_tickets_told_how"),
        ),
        sa.CheckConstraint(
            "trigger IN ('detractor', 'low_csat', 'risk', 'manual')", name=op.f("ck_tickets_trigger")
        ),
        sa.CheckConstraint("due_at > opened_at AND reopened >= 0", name=op.f("ck_tickets_promise")),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_tickets_assignee_id_staff")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_tickets_feedback_id_feedback")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_tickets_region_id_regions")),
        sa.ForeignKeyConstraint(
            ["root_cause_code"], ["root_causes.code"], name=op.f("fk_tickets_root_cause_code_root_causes")
        ),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_tickets_touchpoint_code_touchpoints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("feedback_id", name=op.f("uq_tickets_feedback_id")),
    )
    op.create_index("ix_tickets_assignee_id_state", "tickets", ["assignee_id", "state"], unique=False)
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id"], unique=False)
    op.create_index("ix_tickets_due_at_id", "tickets", ["due_at", "id"], unique=False)
    op.create_index(
        "ix_tickets_open_due_at",
        "tickets",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'assigned', 'contacted')"),
    )
    op.create_index(
        "ix_tickets_opened_at_id",
        "tickets",
        [sa.literal_column("opened_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_tickets_region_id_state_due_at", "tickets", ["region_id", "state", "due_at"], unique=False
    )
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ticket_events_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        sa.UniqueConstraint("ticket_id", "submission", name=op.f("uq_ticket_events_ticket_id_submission")),
    )
    op.create_index("ix_ticket_events_ticket_id", "ticket_events", ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_ticket_events_ticket_id", table_name="ticket_events")
    op.drop_table("ticket_events")
    op.drop_index("ix_tickets_region_id_state_due_at", table_name="tickets")
    op.drop_index("ix_tickets_opened_at_id", table_name="tickets")
    op.drop_index(
        "ix_tickets_open_due_at",
        table_name="tickets",
        postgresql_where=sa.text("state IN ('new', 'assigned', 'contacted')"),
    )
    op.drop_index("ix_tickets_due_at_id", table_name="tickets")
    op.drop_index("ix_tickets_customer_id", table_name="tickets")
    op.drop_index("ix_tickets_assignee_id_state", table_name="tickets")
    op.drop_table("tickets")
    op.drop_index("ix_score_days_region_id_day", table_name="score_days")
    op.drop_table("score_days")
    op.drop_index("ix_ask_days_region_id_day", table_name="ask_days")
    op.drop_table("ask_days")
    op.drop_index("ix_voice_days_region_id_day", table_name="voice_days")
    op.drop_table("voice_days")
    op.drop_index("ix_promise_days_region_id_day", table_name="promise_days")
    op.drop_table("promise_days")
    op.drop_table("sla_targets")
    op.drop_table("root_causes")
    op.drop_table("rollup_marks")
