"""Open links in use: the framing host, started answers, limits per browser, marks of one day.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("open_links", sa.Column("host", sa.Text(), nullable=True))
    # A frame without its host was allowed nowhere; it goes on as a plain link.
    op.execute("UPDATE open_links SET kind = 'web' WHERE kind = 'embed'")
    op.create_check_constraint(
        op.f("ck_open_links_host"), "open_links", "(kind = 'embed') = (host IS NOT NULL)"
    )
    op.alter_column("open_link_days", "opened", server_default=sa.text("0"))
    op.add_column(
        "open_link_days", sa.Column("started", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "open_link_devices",
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("taken", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["open_links.id"], name=op.f("fk_open_link_devices_link_id_open_links")
        ),
        sa.PrimaryKeyConstraint("link_id", "device_hash", name=op.f("pk_open_link_devices")),
    )
    op.create_table(
        "sightings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "mark", name=op.f("pk_sightings")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "sighting_salts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_sighting_salts")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("sighting_salts")
    op.drop_table("sightings")
    op.drop_table("open_link_devices")
    op.drop_column("open_link_days", "started")
    op.alter_column("open_link_days", "opened", server_default=None)
    op.drop_constraint(op.f("ck_open_links_host"), "open_links")
    op.drop_column("open_links", "host")
