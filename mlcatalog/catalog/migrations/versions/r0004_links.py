"""Links: files that are further places of another, and folders known by inode."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what tells a link from a file, and a moved folder from a new one."""
    op.add_column(
        "file", sa.Column("link", sa.Boolean(), nullable=False, server_default="0")
    )
    op.add_column("project", sa.Column("inode", sa.Integer(), nullable=True))
    op.create_index("file_by_inode", "file", ["inode", "device"])
    for statement in WAITING:
        op.execute(statement)


# What waits for a stage of the flow is found without a look at the rest.
WAITING = (
    "CREATE INDEX file_seen ON file (project_id) WHERE state = 'seen'",
    "CREATE INDEX file_unread ON file (project_id)"
    " WHERE artifact_id IS NOT NULL AND read_version = ''",
    "CREATE INDEX file_undigested ON file (project_id)"
    " WHERE artifact_id IS NOT NULL AND digested = 0",
    "CREATE INDEX artifact_offline ON artifact (project_id) WHERE presence = 'offline'",
)
