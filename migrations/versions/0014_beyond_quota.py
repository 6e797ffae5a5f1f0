"""Beyond the quota: what came when the places were gone is put aside, from personal links too.

An answer put aside says itself where it comes from, for not every one of them has an open link any more.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suspects", sa.Column("touchpoint_code", sa.Text(), nullable=True))
    op.add_column("suspects", sa.Column("region_id", sa.BigInteger(), nullable=True))
    op.add_column("suspects", sa.Column("channel", sa.String(length=16), nullable=True))
    op.add_column("suspects", sa.Column("invitation_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE suspects SET touchpoint_code = link.touchpoint_code, region_id = link.region_id, channel = link.kind"
        " FROM open_links AS link WHERE link.id = suspects.link_id"
    )
    for column in ("touchpoint_code", "region_id", "channel"):
        op.alter_column("suspects", column, nullable=False)
    op.alter_column("suspects", "link_id", nullable=True)
    op.create_foreign_key(
        op.f("fk_suspects_touchpoint_code_touchpoints"),
        "suspects",
        "touchpoints",
        ["touchpoint_code"],
        ["code"],
    )
    op.create_foreign_key(op.f("fk_suspects_region_id_regions"), "suspects", "regions", ["region_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_suspects_invitation_id_invitations"), "suspects", "invitations", ["invitation_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_suspects_one_way_in"), "suspects", "num_nonnulls(link_id, invitation_id) <= 1"
    )


def downgrade() -> None:
    # Before, there was no place for what did not come by an open link.
    op.execute("DELETE FROM suspects WHERE link_id IS NULL")
    op.drop_constraint(op.f("ck_suspects_one_way_in"), "suspects")
    op.alter_column("suspects", "link_id", nullable=False)
    for column in ("invitation_id", "channel", "region_id", "touchpoint_code"):
        op.drop_column("suspects", column)
