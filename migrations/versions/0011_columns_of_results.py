"""Columns of results: nothing deleted is ever counted, and invitations are found by version.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Whatever deletes or changes a response, by whatever path, takes the blocks away that hold it: they are read
# live until the next run seals them anew.
DROP_BLOCKS = """
CREATE FUNCTION huisheng_drop_survey_blocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM survey_blocks b USING old_rows o
    WHERE b.version_id = o.version_id AND o.id BETWEEN b.first_id AND b.last_id AND NOT starts_with(b.key, '@asks');
    RETURN NULL;
END $$;
CREATE TRIGGER responses_deleted_drop_blocks AFTER DELETE ON responses
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION huisheng_drop_survey_blocks();
CREATE TRIGGER responses_changed_drop_blocks AFTER UPDATE ON responses
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION huisheng_drop_survey_blocks();
"""

KEEP_BLOCKS = """
DROP TRIGGER responses_changed_drop_blocks ON responses;
DROP TRIGGER responses_deleted_drop_blocks ON responses;
DROP FUNCTION huisheng_drop_survey_blocks();
"""


def upgrade() -> None:
    op.create_index("ix_invitations_version_id_id", "invitations", ["version_id", "id"], unique=False)
    # The bytes are compressed already; PostgreSQL need not try again.
    op.execute("ALTER TABLE survey_blocks ALTER COLUMN data SET STORAGE EXTERNAL")
    op.get_bind().exec_driver_sql(DROP_BLOCKS.replace("%", "%%"))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(KEEP_BLOCKS.replace("%", "%%"))
    op.execute("ALTER TABLE survey_blocks ALTER COLUMN data SET STORAGE EXTENDED")
    op.drop_index("ix_invitations_version_id_id", table_name="invitations")
