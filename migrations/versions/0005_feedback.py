"""Feedback.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("known_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("masked_words", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("touchpoint_code", sa.Text(), nullable=True),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=True),
        sa.Column("nps", sa.SmallInteger(), nullable=True),
        sa.Column("csat", sa.SmallInteger(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sentiment", sa.String(length=8), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column(
            "risks", postgresql.ARRAY(sa.String(length=16)), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("keywords", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("engine", sa.Text(), nullable=True),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("history", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(sentiment IS NULL) = (tagged_at IS NULL OR words = '')", name=op.f("ck_feedback_tagged")
        ),
        sa.CheckConstraint(
            "sentiment IN ('negative', 'neutral', 'positive')", name=op.f("ck_feedback_sentiment")
        ),
        sa.CheckConstraint(
            "words <> '' OR nps IS NOT NULL OR csat IS NOT NULL OR rating IS NOT NULL",
            name=op.f("ck_feedback_says_something"),
        ),
        sa.CheckConstraint("score BETWEEN -1 AND 1", name=op.f("ck_feedback_score")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_feedback_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_runs.id"], name=op.f("fk_feedback_import_id_import_runs")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_feedback_region_id_regions")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_feedback_response_id_responses")
        ),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_feedback_touchpoint_code_touchpoints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("response_id", name=op.f("uq_feedback_response_id")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_feedback_source_source_id")),
    )
    op.create_index(
        "ix_feedback_channel_occurred_at",
        "feedback",
        ["channel", sa.literal_column("occurred_at DESC")],
        unique=False,
    )
    op.create_index(
        "ix_feedback_import_id",
        "feedback",
        ["import_id"],
        unique=False,
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index(
        "ix_feedback_occurred_at_id",
        "feedback",
        [sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_feedback_region_id_occurred_at",
        "feedback",
        ["region_id", sa.literal_column("occurred_at DESC")],
        unique=False,
    )
    op.create_index(
        "ix_feedback_risks",
        "feedback",
        ["risks"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("risks <> '{}'"),
    )
    op.create_index(
        "ix_feedback_sentiment_occurred_at",
        "feedback",
        ["sentiment", sa.literal_column("occurred_at DESC")],
        unique=False,
    )
    op.create_index("ix_feedback_tagged_at", "feedback", ["tagged_at"], unique=False)
    op.create_index(
        "ix_feedback_waiting",
        "feedback",
        ["history", "id"],
        unique=False,
        postgresql_where=sa.text("tagged_at IS NULL"),
    )
    op.create_table(
        "feedback_topics",
        sa.Column("feedback_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("polarity", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            "polarity IN ('negative', 'neutral', 'positive')", name=op.f("ck_feedback_topics_polarity")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_topics_feedback_id_feedback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("feedback_id", "code", name=op.f("pk_feedback_topics")),
    )
    op.create_index(
        "ix_feedback_topics_code", "feedback_topics", ["code", "polarity", "feedback_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_feedback_topics_code", table_name="feedback_topics")
    op.drop_table("feedback_topics")
    op.drop_index("ix_feedback_waiting", table_name="feedback", postgresql_where=sa.text("tagged_at IS NULL"))
    op.drop_index("ix_feedback_tagged_at", table_name="feedback")
    op.drop_index("ix_feedback_sentiment_occurred_at", table_name="feedback")
    op.drop_index(
        "ix_feedback_risks",
        table_name="feedback",
        postgresql_using="gin",
        postgresql_where=sa.text("risks <> '{}'"),
    )
    op.drop_index("ix_feedback_region_id_occurred_at", table_name="feedback")
    op.drop_index("ix_feedback_occurred_at_id", table_name="feedback")
    op.drop_index(
        "ix_feedback_import_id", table_name="feedback", postgresql_where=sa.text("import_id IS NOT NULL")
    )
    op.drop_index("ix_feedback_channel_occurred_at", table_name="feedback")
    op.drop_table("feedback")
    op.drop_table("import_runs")
