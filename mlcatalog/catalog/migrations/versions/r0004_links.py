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
