"""What may never change: lines of the audit log and of ticket histories, published survey versions.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
CREATE FUNCTION huisheng_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION huisheng_forbid_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION huisheng_forbid_change();
CREATE TRIGGER ticket_events_append_only BEFORE UPDATE OR DELETE ON ticket_events
    FOR EACH ROW EXECUTE FUNCTION huisheng_forbid_change();

CREATE FUNCTION huisheng_keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER survey_versions_published BEFORE UPDATE OR DELETE ON survey_versions
    FOR EACH ROW EXECUTE FUNCTION huisheng_keep_published_version();
"""

DOWN = """
DROP TRIGGER survey_versions_published ON survey_versions;
DROP FUNCTION huisheng_keep_published_version();
DROP TRIGGER ticket_events_append_only ON ticket_events;
DROP TRIGGER audit_log_no_truncate ON audit_log;
DROP TRIGGER audit_log_append_only ON audit_log;
DROP FUNCTION huisheng_forbid_change();
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(UP.replace("%", "%%"))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(DOWN)
