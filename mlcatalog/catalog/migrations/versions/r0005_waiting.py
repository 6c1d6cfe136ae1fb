"""What waits to be looked at, and whose turn it is, is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark (everything waits once), and the turns of all kinds of work."""
    op.add_column(
        "folder",
        sa.Column("waiting", sa.Boolean(), server_default="0", nullable=False),
    )
    op.execute(
        "CREATE INDEX folder_waiting ON folder (project_id) WHERE folder.waiting"
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    for column in ("lease_owner", "lease_token", "lease_until"):
        op.execute(f"ALTER TABLE project DROP COLUMN {column}")
    op.execute("DROP INDEX file_seen")
    op.execute("UPDATE folder SET waiting = 1")
