"""What linking answered for each artifact, and what each answer rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _whose() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
    )


def upgrade() -> None:
    """Add them empty: the next link makes the whole lineage anew, and fills them."""
    op.create_table(
        "link_answer",
        *_whose(),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("reads", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stage", "subject"),
        sqlite_with_rowid=False,
    )
    for name in ("link_key", "link_read"):
        op.create_table(
            name,
            sa.Column("key", sa.Integer(), nullable=False),
            *_whose(),
            sa.PrimaryKeyConstraint("key", "stage", "subject"),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "link_weights",
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "position"),
    )
    op.create_index("link_weights_by_family", "link_weights", ["kind", "family"])
