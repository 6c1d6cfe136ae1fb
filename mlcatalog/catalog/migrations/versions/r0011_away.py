"""Indices for what is not there, and for what is asked when rows are deleted."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them: few rows are away, and each deletion looked through two tables."""
    op.execute(
        "CREATE INDEX artifact_away ON artifact (presence) WHERE presence <> 'present'"
    )
    op.create_index("location_by_version", "location", ["version_id"])
    op.create_index("artifact_alias_by_artifact", "artifact_alias", ["artifact_id"])
