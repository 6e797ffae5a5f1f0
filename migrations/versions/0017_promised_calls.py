"""Promised calls: a ticket knows when its customer was promised to be called, and its owner's news are found at once.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("call_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_tickets_said_again", "tickets")
    op.create_index(
        "ix_tickets_news",
        "tickets",
        ["assignee_id"],
        postgresql_where=sa.text("said_again_at IS NOT NULL OR call_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_news", "tickets")
    op.create_index(
        "ix_tickets_said_again",
        "tickets",
        ["assignee_id"],
        postgresql_where=sa.text("said_again_at IS NOT NULL"),
    )
    op.drop_column("tickets", "call_at")
