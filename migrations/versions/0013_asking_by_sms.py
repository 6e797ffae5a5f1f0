"""Asking by SMS: a rule chooses its channel, and whether a text lists the points of a short scale.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now e-mail was the only channel that anything was sent by.
    op.execute("UPDATE ask_rules SET channel = 'email' WHERE channel <> 'email'")
    op.create_check_constraint(
        op.f("ck_ask_rules_channel"), "ask_rules", "channel IN ('email', 'sms', 'sms_first', 'email_first')"
    )
    op.add_column(
        "ask_rules", sa.Column("score_in_sms", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("ask_rules", "score_in_sms")
    op.drop_constraint(op.f("ck_ask_rules_channel"), "ask_rules")
    op.execute("UPDATE ask_rules SET channel = 'email' WHERE channel <> 'email'")
