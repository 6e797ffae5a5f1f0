"""Another answer by an answered link: the utterance and its ticket know of it; what a customer said is found by them.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_suspects_invitation_id",
        "suspects",
        ["invitation_id"],
        postgresql_where=sa.text("invitation_id IS NOT NULL"),
    )
    op.add_column("feedback", sa.Column("said_again_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_feedback_said_again",
        "feedback",
        [sa.text("occurred_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("said_again_at IS NOT NULL"),
    )
    op.create_index(
        "ix_feedback_customer_id",
        "feedback",
        ["customer_id", sa.text("occurred_at DESC")],
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.add_column("tickets", sa.Column("said_again_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_tickets_said_again",
        "tickets",
        ["assignee_id"],
        postgresql_where=sa.text("said_again_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_said_again", "tickets")
    op.drop_column("tickets", "said_again_at")
    op.drop_index("ix_feedback_customer_id", "feedback")
    op.drop_index("ix_feedback_said_again", "feedback")
    op.drop_column("feedback", "said_again_at")
    op.drop_index("ix_suspects_invitation_id", "suspects")
    # The older code knows no such lines of history; what was said stays in suspects.
    op.execute("UPDATE ticket_events SET kind = 'noted' WHERE kind IN ('said_again', 'raised')")
