"""Surveys.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("code", name=op.f("uq_surveys_code")),
    )
    op.create_table(
        "survey_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="draft", nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (published_at IS NULL)", name=op.f("ck_survey_versions_published_at")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'retired')", name=op.f("ck_survey_versions_state")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["surveys.id"], name=op.f("fk_survey_versions_survey_id_surveys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_versions")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_survey_versions_survey_id_number")),
    )
    op.create_index(
        "uq_survey_versions_published",
        "survey_versions",
        ["survey_id"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "ask_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("delay_minutes", sa.BigInteger(), nullable=False),
        sa.Column("sample_percent", sa.SmallInteger(), server_default=sa.text("100"), nullable=False),
        sa.Column("rest_days", sa.SmallInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("valid_days", sa.SmallInteger(), server_default=sa.text("14"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("delay_minutes >= 0", name=op.f("ck_ask_rules_delay")),
        sa.CheckConstraint("rest_days >= 0 AND valid_days BETWEEN 1 AND 90", name=op.f("ck_ask_rules_days")),
        sa.CheckConstraint("sample_percent BETWEEN 0 AND 100", name=op.f("ck_ask_rules_sample")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_ask_rules_survey_id_surveys")),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_ask_rules_touchpoint_code_touchpoints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_ask_rules_name")),
    )
    op.create_index(
        "ix_ask_rules_touchpoint_code",
        "ask_rules",
        ["touchpoint_code"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_invitations_token_hash")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_invitations_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["touchpoint_events.id"], name=op.f("fk_invitations_event_id_touchpoint_events")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_invitations_region_id_regions")),
        sa.ForeignKeyConstraint(["rule_id"], ["ask_rules.id"], name=op.f("fk_invitations_rule_id_ask_rules")),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_invitations_touchpoint_code_touchpoints")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["survey_versions.id"], name=op.f("fk_invitations_version_id_survey_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("rule_id", "event_id", name=op.f("uq_invitations_rule_id_event_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(
        "ix_invitations_customer_id_created_at", "invitations", ["customer_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_invitations_region_id_created_at", "invitations", ["region_id", "created_at"], unique=False
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nps", sa.SmallInteger(), nullable=True),
        sa.Column("csat", sa.SmallInteger(), nullable=True),
        sa.Column("ces", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("ces BETWEEN 1 AND 7", name=op.f("ck_responses_ces")),
        sa.CheckConstraint("csat BETWEEN 1 AND 5", name=op.f("ck_responses_csat")),
        sa.CheckConstraint("nps BETWEEN 0 AND 10", name=op.f("ck_responses_nps")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_responses_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_responses_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_responses_region_id_regions")),
        sa.ForeignKeyConstraint(
            ["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_responses_touchpoint_code_touchpoints")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["survey_versions.id"], name=op.f("fk_responses_version_id_survey_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_responses_invitation_id")),
    )
    op.create_index("ix_responses_customer_id", "responses", ["customer_id"], unique=False)
    op.create_index(
        "ix_responses_region_id_submitted_at", "responses", ["region_id", "submitted_at"], unique=False
    )
    op.create_index("ix_responses_submitted_at", "responses", ["submitted_at"], unique=False)
    op.create_table(
        "answers",
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Numeric(precision=12, scale=4, asdecimal=False), nullable=True),
        sa.Column("option_ids", postgresql.ARRAY(sa.String(length=64)), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint("num_nonnulls(number, option_ids, words) >= 1", name=op.f("ck_answers_not_empty")),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name=op.f("fk_answers_response_id_responses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "question_id", name=op.f("pk_answers")),
    )


def downgrade() -> None:
    op.drop_table("answers")
    op.drop_index("ix_responses_submitted_at", table_name="responses")
    op.drop_index("ix_responses_region_id_submitted_at", table_name="responses")
    op.drop_index("ix_responses_customer_id", table_name="responses")
    op.drop_table("responses")
    op.drop_index("ix_invitations_region_id_created_at", table_name="invitations")
    op.drop_index("ix_invitations_customer_id_created_at", table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_ask_rules_touchpoint_code", table_name="ask_rules", postgresql_where=sa.text("active"))
    op.drop_table("ask_rules")
    op.drop_index(
        "uq_survey_versions_published",
        table_name="survey_versions",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_table("survey_versions")
    op.drop_table("surveys")
