"""The order of compared versions, and the tensors that very many of them hold."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin the answers of linking anew."""
    op.drop_table("link_weights")
    op.create_table(
        "link_weights",
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("rank", sa.String(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "position"),
    )
    op.create_index("link_weights_by_family", "link_weights", ["kind", "family"])
    op.create_table(
        "link_common",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("holders", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "mark"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link_holders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("families", sa.String(), nullable=False),
        sa.Column("ranks", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("link_answer", "link_key", "link_read"):
        op.execute(f"DELETE FROM {name}")
