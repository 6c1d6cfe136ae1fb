"""Artifacts that a person removed, and the guard that keeps them out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARD = """CREATE TRIGGER artifact_stays_removed
    AFTER UPDATE OF present, presence ON artifact
    WHEN (new.present OR new.presence <> 'removed') AND EXISTS
    (SELECT 1 FROM removed_artifact WHERE artifact_id = new.id) BEGIN
    UPDATE artifact SET present = 0, presence = 'removed' WHERE id = new.id; END"""


def upgrade() -> None:
    """Make the list of what was removed, and its guard."""
    op.create_table(
        "removed_artifact",
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifact.id"]),
        sa.PrimaryKeyConstraint("artifact_id"),
    )
    op.execute(GUARD)
