"""Asking to be called: a customer who chose so is heard whatever they scored, and gets a ticket.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "feedback", sa.Column("call_back", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.drop_constraint(op.f("ck_feedback_says_something"), "feedback")
    op.create_check_constraint(
        op.f("ck_feedback_says_something"),
        "feedback",
        "words <> '' OR num_nonnulls(nps, csat, ces, rating) > 0 OR call_back",
    )
    op.drop_constraint(op.f("ck_tickets_trigger"), "tickets")
    op.create_check_constraint(
        op.f("ck_tickets_trigger"),
        "tickets",
        "trigger IN ('detractor', 'low_csat', 'high_effort', 'risk', 'call_back', 'manual')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_tickets_trigger"), "tickets")
    # The older table knows no such wish; a person opened the ticket as far as it can tell.
    op.execute("UPDATE tickets SET trigger = 'manual' WHERE trigger = 'call_back'")
    op.create_check_constraint(
        op.f("ck_tickets_trigger"),
        "tickets",
        "trigger IN ('detractor', 'low_csat', 'high_effort', 'risk', 'manual')",
    )
    op.drop_constraint(op.f("ck_feedback_says_something"), "feedback")
    # Who wanted a call and said nothing else stays there with the wish in words.
    op.execute(
        "UPDATE feedback SET words = '请给我回电', masked_words = '请给我回电', sentiment = 'neutral', score = 0,"
        " tagged_at = COALESCE(tagged_at, received_at)"
        " WHERE words = '' AND num_nonnulls(nps, csat, ces, rating) = 0"
    )
    op.create_check_constraint(
        op.f("ck_feedback_says_something"),
        "feedback",
        "words <> '' OR num_nonnulls(nps, csat, ces, rating) > 0",
    )
    op.drop_column("feedback", "call_back")
