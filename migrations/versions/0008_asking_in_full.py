"""Asking in full: drafts and notices, open links, sittings, files, quotas, columns of results.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NEW_GUARDS = """
CREATE OR REPLACE FUNCTION huisheng_keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('draft', 'review') THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE'
        OR NEW.definition IS DISTINCT FROM OLD.definition
        OR NEW.notice_id IS DISTINCT FROM OLD.notice_id
        OR NEW.survey_id <> OLD.survey_id
        OR NEW.number <> OLD.number
        OR NEW.published_at IS DISTINCT FROM OLD.published_at
        OR NEW.state IN ('draft', 'review')
        OR (OLD.state = 'retired' AND NEW.state <> 'retired')
    THEN
        RAISE EXCEPTION 'published survey versions do not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER privacy_notices_append_only BEFORE UPDATE OR DELETE ON privacy_notices
    FOR EACH ROW EXECUTE FUNCTION huisheng_forbid_change();
"""

OLD_GUARDS = """
DROP TRIGGER privacy_notices_append_only ON privacy_notices;
CREATE OR REPLACE FUNCTION huisheng_keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE'
        OR NEW.definition IS DISTINCT FROM OLD.definition
        OR NEW.survey_id <> OLD.survey_id
        OR NEW.number <> OLD.number
        OR NEW.published_at IS DISTINCT FROM OLD.published_at
        OR NEW.state = 'draft'
        OR (OLD.state = 'retired' AND NEW.state <> 'retired')
    THEN
        RAISE EXCEPTION 'published survey versions do not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# The older tables have no place for encrypted answers: going back they wait among the words, still encrypted,
# and coming forward again they return to their place.
HIDE_SECRETS = """
UPDATE answers SET words = 'encrypted:' || encode(secret, 'base64') WHERE secret IS NOT NULL AND words IS NULL
"""
FIND_SECRETS = """
UPDATE answers SET secret = decode(substr(words, 11), 'base64'), words = NULL WHERE words LIKE 'encrypted:%'
"""


# One line for each column, wider than elsewhere, so that a table can be read at a glance.
# fmt: off


def upgrade() -> None:
    op.create_table(
        "survey_images",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("media_type IN ('image/png', 'image/jpeg', 'image/webp')", name=op.f("ck_survey_images_media_type")),
        sa.CheckConstraint("octet_length(data) <= 524288", name=op.f("ck_survey_images_size")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_survey_images_survey_id_surveys")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_images")),
        sa.UniqueConstraint("token", name=op.f("uq_survey_images_token")),
    )
    op.create_table(
        "survey_quotas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("turned_away", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND most", name=op.f("ck_survey_quotas_taken")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_survey_quotas_survey_id_surveys")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_quotas")),
        sa.UniqueConstraint("survey_id", "name", name=op.f("uq_survey_quotas_survey_id_name")),
    )
    op.create_table(
        "open_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("touchpoint_code", sa.Text(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("per_device", sa.SmallInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('web', 'qr', 'poster', 'kiosk', 'embed')", name=op.f("ck_open_links_kind")),
        sa.CheckConstraint("per_device > 0", name=op.f("ck_open_links_per_device")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_open_links_created_by_staff")),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_open_links_region_id_regions")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_open_links_survey_id_surveys")),
        sa.ForeignKeyConstraint(["touchpoint_code"], ["touchpoints.code"], name=op.f("fk_open_links_touchpoint_code_touchpoints")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_links")),
        sa.UniqueConstraint("slug", name=op.f("uq_open_links_slug")),
    )
    op.create_index("ix_open_links_survey_id_id", "open_links", ["survey_id", "id"], unique=False)
    op.create_table(
        "privacy_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["published_by"], ["staff.id"], name=op.f("fk_privacy_notices_published_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_notices")),
        sa.UniqueConstraint("number", name=op.f("uq_privacy_notices_number")),
    )
    op.create_table(
        "survey_locks",
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_from", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_survey_locks_staff_id_staff")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_survey_locks_survey_id_surveys"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["taken_from"], ["staff.id"], name=op.f("fk_survey_locks_taken_from_staff")),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_survey_locks")),
    )
    op.create_table(
        "open_link_days",
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["open_links.id"], name=op.f("fk_open_link_days_link_id_open_links")),
        sa.PrimaryKeyConstraint("link_id", "day", name=op.f("pk_open_link_days")),
    )
    op.create_table(
        "survey_blocks",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["survey_versions.id"], name=op.f("fk_survey_blocks_version_id_survey_versions")),
        sa.PrimaryKeyConstraint("version_id", "number", "key", name=op.f("pk_survey_blocks")),
    )
    op.create_table(
        "survey_draft_steps",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_survey_draft_steps_staff_id_staff")),
        sa.ForeignKeyConstraint(["version_id"], ["survey_versions.id"], name=op.f("fk_survey_draft_steps_version_id_survey_versions"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", "number", name=op.f("pk_survey_draft_steps")),
    )
    op.create_index("uq_survey_draft_steps_current", "survey_draft_steps", ["version_id"], unique=True, postgresql_where=sa.text("current"))
    op.create_table(
        "suspects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("sent", sa.LargeBinary(), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_suspects_decided_at")),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'rejected')", name=op.f("ck_suspects_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_suspects_decided_by_staff")),
        sa.ForeignKeyConstraint(["link_id"], ["open_links.id"], name=op.f("fk_suspects_link_id_open_links")),
        sa.ForeignKeyConstraint(["version_id"], ["survey_versions.id"], name=op.f("fk_suspects_version_id_survey_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspects")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_suspects_key_hash")),
    )
    op.create_index("ix_suspects_waiting", "suspects", ["received_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "sittings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.Column("link_id", sa.BigInteger(), nullable=True),
        sa.Column("key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("sent", sa.LargeBinary(), nullable=False),
        sa.Column("page_id", sa.String(length=64), nullable=False),
        sa.Column("page_seconds", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(link_id IS NULL) = (key_hash IS NULL)", name=op.f("ck_sittings_key_hash")),
        sa.CheckConstraint("num_nonnulls(invitation_id, link_id) = 1", name=op.f("ck_sittings_one_way_in")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_sittings_invitation_id_invitations")),
        sa.ForeignKeyConstraint(["link_id"], ["open_links.id"], name=op.f("fk_sittings_link_id_open_links")),
        sa.ForeignKeyConstraint(["version_id"], ["survey_versions.id"], name=op.f("fk_sittings_version_id_survey_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_sittings_invitation_id")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sittings_key_hash")),
    )
    op.create_index("ix_sittings_updated_at", "sittings", ["updated_at"], unique=False)
    op.create_index("ix_sittings_version_id_started_at", "sittings", ["version_id", "started_at"], unique=False)
    op.create_table(
        "answer_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("size = octet_length(data) AND size <= 10485760", name=op.f("ck_answer_files_size")),
        sa.ForeignKeyConstraint(["response_id"], ["responses.id"], name=op.f("fk_answer_files_response_id_responses"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["survey_versions.id"], name=op.f("fk_answer_files_version_id_survey_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_files")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_answer_files_token_hash")),
    )
    op.create_index("ix_answer_files_key_hash", "answer_files", ["key_hash"], unique=False)
    op.create_index("ix_answer_files_response_id", "answer_files", ["response_id"], unique=False)
    op.create_index("ix_answer_files_unclaimed", "answer_files", ["uploaded_at"], unique=False, postgresql_where=sa.text("response_id IS NULL"))
    op.add_column("answers", sa.Column("secret", sa.LargeBinary(), nullable=True))
    op.alter_column("answers", "question_id", existing_type=sa.VARCHAR(length=64), type_=sa.String(length=160), existing_nullable=False)
    op.drop_constraint(op.f("ck_answers_not_empty"), "answers")
    op.get_bind().exec_driver_sql(FIND_SECRETS.replace("%", "%%"))
    op.create_check_constraint(op.f("ck_answers_not_empty"), "answers", "num_nonnulls(number, option_ids, words, secret) >= 1")
    op.add_column("invitations", sa.Column("spent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("responses", sa.Column("link_id", sa.BigInteger(), nullable=True))
    op.add_column("responses", sa.Column("key_hash", sa.LargeBinary(), nullable=True))
    op.add_column("responses", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("responses", sa.Column("page_seconds", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("responses", sa.Column("ending", sa.String(length=64), nullable=True))
    op.add_column("responses", sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index("ix_responses_link_id", "responses", ["link_id"], unique=False, postgresql_where=sa.text("link_id IS NOT NULL"))
    op.create_index("ix_responses_version_id_id", "responses", ["version_id", "id"], unique=False)
    op.create_unique_constraint(op.f("uq_responses_key_hash"), "responses", ["key_hash"])
    op.create_foreign_key(op.f("fk_responses_link_id_open_links"), "responses", "open_links", ["link_id"], ["id"])
    op.add_column("survey_versions", sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("survey_versions", sa.Column("notice_id", sa.BigInteger(), nullable=True))
    op.add_column("survey_versions", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.add_column("survey_versions", sa.Column("submitted_by", sa.BigInteger(), nullable=True))
    op.add_column("survey_versions", sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("survey_versions", sa.Column("published_by", sa.BigInteger(), nullable=True))
    op.create_index("uq_survey_versions_being_written", "survey_versions", ["survey_id"], unique=True, postgresql_where=sa.text("state IN ('draft', 'review')"))
    op.create_foreign_key(op.f("fk_survey_versions_published_by_staff"), "survey_versions", "staff", ["published_by"], ["id"])
    op.create_foreign_key(op.f("fk_survey_versions_notice_id_privacy_notices"), "survey_versions", "privacy_notices", ["notice_id"], ["id"])
    op.create_foreign_key(op.f("fk_survey_versions_submitted_by_staff"), "survey_versions", "staff", ["submitted_by"], ["id"])
    op.create_foreign_key(op.f("fk_survey_versions_created_by_staff"), "survey_versions", "staff", ["created_by"], ["id"])
    op.drop_constraint(op.f("ck_survey_versions_state"), "survey_versions")
    op.drop_constraint(op.f("ck_survey_versions_published_at"), "survey_versions")
    op.create_check_constraint(op.f("ck_survey_versions_state"), "survey_versions", "state IN ('draft', 'review', 'published', 'retired')")
    op.create_check_constraint(op.f("ck_survey_versions_published_at"), "survey_versions", "(state IN ('draft', 'review')) = (published_at IS NULL)")
    op.get_bind().exec_driver_sql(NEW_GUARDS.replace("%", "%%"))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(OLD_GUARDS.replace("%", "%%"))
    op.execute("UPDATE survey_versions SET state = 'draft' WHERE state = 'review'")
    op.drop_constraint(op.f("ck_survey_versions_state"), "survey_versions")
    op.drop_constraint(op.f("ck_survey_versions_published_at"), "survey_versions")
    op.create_check_constraint(op.f("ck_survey_versions_published_at"), "survey_versions", "(state = 'draft') = (published_at IS NULL)")
    op.create_check_constraint(op.f("ck_survey_versions_state"), "survey_versions", "state IN ('draft', 'published', 'retired')")
    op.drop_constraint(op.f("fk_survey_versions_created_by_staff"), "survey_versions", type_="foreignkey")
    op.drop_constraint(op.f("fk_survey_versions_submitted_by_staff"), "survey_versions", type_="foreignkey")
    op.drop_constraint(op.f("fk_survey_versions_notice_id_privacy_notices"), "survey_versions", type_="foreignkey")
    op.drop_constraint(op.f("fk_survey_versions_published_by_staff"), "survey_versions", type_="foreignkey")
    op.drop_index("uq_survey_versions_being_written", table_name="survey_versions", postgresql_where=sa.text("state IN ('draft', 'review')"))
    op.drop_column("survey_versions", "published_by")
    op.drop_column("survey_versions", "submitted_at")
    op.drop_column("survey_versions", "submitted_by")
    op.drop_column("survey_versions", "created_by")
    op.drop_column("survey_versions", "notice_id")
    op.drop_column("survey_versions", "revision")
    op.drop_constraint(op.f("fk_responses_link_id_open_links"), "responses", type_="foreignkey")
    op.drop_constraint(op.f("uq_responses_key_hash"), "responses", type_="unique")
    op.drop_index("ix_responses_version_id_id", table_name="responses")
    op.drop_index("ix_responses_link_id", table_name="responses", postgresql_where=sa.text("link_id IS NOT NULL"))
    op.drop_column("responses", "variables")
    op.drop_column("responses", "ending")
    op.drop_column("responses", "page_seconds")
    op.drop_column("responses", "started_at")
    op.drop_column("responses", "key_hash")
    op.drop_column("responses", "link_id")
    op.drop_column("invitations", "spent")
    op.drop_constraint(op.f("ck_answers_not_empty"), "answers")
    op.execute(HIDE_SECRETS)
    op.drop_column("answers", "secret")
    op.create_check_constraint(op.f("ck_answers_not_empty"), "answers", "num_nonnulls(number, option_ids, words) >= 1")
    op.drop_index("ix_answer_files_unclaimed", table_name="answer_files", postgresql_where=sa.text("response_id IS NULL"))
    op.drop_index("ix_answer_files_response_id", table_name="answer_files")
    op.drop_index("ix_answer_files_key_hash", table_name="answer_files")
    op.drop_table("answer_files")
    op.drop_index("ix_sittings_version_id_started_at", table_name="sittings")
    op.drop_index("ix_sittings_updated_at", table_name="sittings")
    op.drop_table("sittings")
    op.drop_index("ix_suspects_waiting", table_name="suspects", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("suspects")
    op.drop_index("uq_survey_draft_steps_current", table_name="survey_draft_steps", postgresql_where=sa.text("current"))
    op.drop_table("survey_draft_steps")
    op.drop_table("survey_blocks")
    op.drop_table("open_link_days")
    op.drop_table("survey_locks")
    op.drop_table("privacy_notices")
    op.drop_index("ix_open_links_survey_id_id", table_name="open_links")
    op.drop_table("open_links")
    op.drop_table("survey_quotas")
    op.drop_table("survey_images")
