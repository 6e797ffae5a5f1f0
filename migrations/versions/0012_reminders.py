"""Reminders: a rule may remind once who has not answered.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ask_rules", sa.Column("remind_days", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_ask_rules_remind_days"), "ask_rules", "remind_days BETWEEN 1 AND valid_days"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_ask_rules_remind_days"), "ask_rules")
    op.drop_column("ask_rules", "remind_days")
