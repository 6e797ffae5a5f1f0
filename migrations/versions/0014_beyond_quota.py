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


# What came by a personal link has no place in the older table. It is somebody's answer, so it waits here.
_KEPT = "suspects_of_personal_links"


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
    if sa.inspect(op.get_bind()).has_table(_KEPT):
        columns = ", ".join(column["name"] for column in sa.inspect(op.get_bind()).get_columns(_KEPT))
        op.execute(f"INSERT INTO suspects ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {_KEPT}")  # noqa: S608 - our own names
        op.drop_table(_KEPT)


def downgrade() -> None:
    kept = op.get_bind().scalar(sa.text("SELECT count(*) FROM suspects WHERE link_id IS NULL"))
    if kept:
        op.execute(f"CREATE TABLE {_KEPT} AS SELECT * FROM suspects WHERE link_id IS NULL")  # noqa: S608 - our own name
        op.execute("DELETE FROM suspects WHERE link_id IS NULL")
    op.drop_constraint(op.f("ck_suspects_one_way_in"), "suspects")
    op.alter_column("suspects", "link_id", nullable=False)
    for column in ("invitation_id", "channel", "region_id", "touchpoint_code"):
        op.drop_column("suspects", column)
