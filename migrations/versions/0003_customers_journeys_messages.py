"""Customers journeys messages.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stages",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_stages")),
        sa.UniqueConstraint("position", name=op.f("uq_stages_position")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_index", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("wechat_openid", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(email IS NULL) = (email_index IS NULL)", name=op.f("ck_customers_email_index")),
        sa.CheckConstraint(
            "(mobile IS NULL) = (mobile_index IS NULL)", name=op.f("ck_customers_mobile_index")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_customers_region_id_regions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customers_external_id")),
    )
    op.create_index("ix_customers_email_index", "customers", ["email_index"], unique=False)
    op.create_index("ix_customers_mobile_index", "customers", ["mobile_index"], unique=False)
    op.create_index("ix_customers_region_id", "customers", ["region_id"], unique=False)
    op.create_table(
        "touchpoints",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("stage_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["stage_code"], ["stages.code"], name=op.f("fk_touchpoints_stage_code_stages")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_touchpoints")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("provider_answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('claimed', 'sending')) = (lease_until IS NOT NULL)", name=op.f("ck_messages_lease")
        ),
        sa.CheckConstraint(
            "(state IN ('withheld', 'failed')) = (reason IS NOT NULL)", name=op.f("ck_messages_reason")
        ),
        sa.CheckConstraint("channel IN ('email', 'sms', 'wechat')", name=op.f("ck_messages_channel")),
        sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name=op.f("ck_messages_sent_at")),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sending', 'sent', 'failed', 'uncertain', 'withheld')",
            name=op.f("ck_messages_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('sending', 'sent', 'uncertain') OR message_id IS NOT NULL",
            name=op.f("ck_messages_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_messages_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_messages_region_id_regions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
    )
    op.create_index("ix_messages_customer_id_sent_at", "messages", ["customer_id", "sent_at"], unique=False)
    op.create_index(
        "ix_messages_due", "messages", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_messages_kind_subject_id", "messages", ["kind", "subject_id"], unique=False)
    op.create_index(
        "ix_messages_leased",
        "messages",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index("ix_messages_region_id_state", "messages", ["region_id", "state"], unique=False)
    op.create_index(
        "ix_messages_uncertain",
        "messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'uncertain'"),
    )
    op.create_table(
        "opt_outs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_opt_outs_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_outs")),
        sa.UniqueConstraint("customer_id", "channel", "at", name=op.f("uq_opt_outs_customer_id_channel_at")),
    )
    op.create_index(
        "uq_opt_outs_in_force",
        "opt_outs",
        ["customer_id", "channel"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "touchpoint_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_touchpoint_events_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_touchpoint_events_region_id_regions")
        ),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"],
            ["touchpoints.code"],
            name=op.f("fk_touchpoint_events_touchpoint_code_touchpoints"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint_events")),
        sa.UniqueConstraint("source", "event_id", name=op.f("uq_touchpoint_events_source_event_id")),
    )
    op.create_index("ix_touchpoint_events_customer_id", "touchpoint_events", ["customer_id"], unique=False)
    op.create_index(
        "ix_touchpoint_events_region_id_occurred_at",
        "touchpoint_events",
        ["region_id", "occurred_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_touchpoint_events_region_id_occurred_at", table_name="touchpoint_events")
    op.drop_index("ix_touchpoint_events_customer_id", table_name="touchpoint_events")
    op.drop_table("touchpoint_events")
    op.drop_index(
        "uq_opt_outs_in_force", table_name="opt_outs", postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.drop_table("opt_outs")
    op.drop_index(
        "ix_messages_uncertain", table_name="messages", postgresql_where=sa.text("state = 'uncertain'")
    )
    op.drop_index("ix_messages_region_id_state", table_name="messages")
    op.drop_index(
        "ix_messages_leased",
        table_name="messages",
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.drop_index("ix_messages_kind_subject_id", table_name="messages")
    op.drop_index("ix_messages_due", table_name="messages", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_messages_customer_id_sent_at", table_name="messages")
    op.drop_table("messages")
    op.drop_table("touchpoints")
    op.drop_index("ix_customers_region_id", table_name="customers")
    op.drop_index("ix_customers_mobile_index", table_name="customers")
    op.drop_index("ix_customers_email_index", table_name="customers")
    op.drop_table("customers")
    op.drop_table("stages")
