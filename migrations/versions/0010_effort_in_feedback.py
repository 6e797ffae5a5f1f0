"""Effort in feedback: a customer who found it hard is heard and may get a ticket.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feedback", sa.Column("ces", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_feedback_ces"), "feedback", "ces BETWEEN 1 AND 7")
    op.drop_constraint(op.f("ck_feedback_says_something"), "feedback")
    op.create_check_constraint(
        op.f("ck_feedback_says_something"),
        "feedback",
        "words <> '' OR num_nonnulls(nps, csat, ces, rating) > 0",
    )
    op.execute(
        "UPDATE feedback SET ces = responses.ces FROM responses"
        " WHERE responses.id = feedback.response_id AND responses.ces IS NOT NULL"
    )
    op.drop_constraint(op.f("ck_tickets_trigger"), "tickets")
    op.create_check_constraint(
        op.f("ck_tickets_trigger"),
        "tickets",
        "trigger IN ('detractor', 'low_csat', 'high_effort', 'risk', 'manual')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_tickets_trigger"), "tickets")
    # The older table knows no effort; a person opened the ticket as far as it can tell.
    op.execute("UPDATE tickets SET trigger = 'manual' WHERE trigger = 'high_effort'")
    op.create_check_constraint(
        op.f("ck_tickets_trigger"), "tickets", "trigger IN ('detractor', 'low_csat', 'risk', 'manual')"
    )
    op.drop_constraint(op.f("ck_feedback_says_something"), "feedback")
    # Who only said how hard it was stays there with the number as a rating; the response keeps the score.
    op.execute(
        "UPDATE feedback SET rating = ces"
        " WHERE words = '' AND nps IS NULL AND csat IS NULL AND rating IS NULL AND ces IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_feedback_says_something"),
        "feedback",
        "words <> '' OR nps IS NOT NULL OR csat IS NOT NULL OR rating IS NOT NULL",
    )
    op.drop_constraint(op.f("ck_feedback_ces"), "feedback")
    op.drop_column("feedback", "ces")
