"""What is filled behind the rows: search words; and what tells that nothing changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Start the search anew (it is filled by the next scan), and drop idle indices."""
    op.add_column("folder", sa.Column("signature", sa.LargeBinary(), nullable=True))
    op.add_column(
        "project",
        sa.Column("readers", sa.String(), server_default="", nullable=False),
    )
    for statement in INDICES + OLD_SEARCH:
        op.execute(statement)
    op.create_table(
        "search_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "search_again",
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("path_text", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("artifact_id"),
    )
    op.create_table(
        "search_folder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "path"),
    )
    for statement in SEARCH:
        op.execute(statement)


INDICES = (
    "DROP INDEX file_by_digest",
    "DROP INDEX file_by_project",
    "DROP INDEX file_by_artifact",
    "CREATE INDEX file_by_artifact ON file (artifact_id) WHERE artifact_id IS NOT NULL",
    "CREATE INDEX file_by_link ON file (project_id) WHERE role = 'link'",
    "CREATE INDEX file_unreadable ON file (project_id) WHERE state = 'unreadable'",
)
OLD_SEARCH = (
    "DROP TRIGGER artifact_is_found",
    "DROP TRIGGER artifact_is_forgotten",
    "DROP TRIGGER artifact_is_found_again",
    "DROP TABLE artifact_search",
)
IS_FILLED = "(SELECT upto FROM search_mark)"
SEARCH = (
    "INSERT INTO search_mark (id, upto) VALUES (1, 0)",
    "CREATE VIRTUAL TABLE artifact_search USING"
    " fts5(words, content='', tokenize='trigram')",
    "CREATE VIRTUAL TABLE folder_search USING"
    " fts5(name, content='', tokenize='trigram')",
    # What is not filled yet needs no note; the rest waits with its old words. A
    # number that may be given again is not filled: a trigger on INSERT would
    # make the first listing three times as slow.
    f"""CREATE TRIGGER artifact_is_forgotten AFTER DELETE ON artifact
    WHEN old.id <= {IS_FILLED} BEGIN
    INSERT OR IGNORE INTO search_again (artifact_id, name, path_text)
    VALUES (old.id, old.name, old.path_text);
    UPDATE search_mark SET upto = min(upto,
    (SELECT coalesce(max(id), 0) FROM artifact)); END""",
    f"""CREATE TRIGGER artifact_is_found_again
    AFTER UPDATE OF name, path_text, project_id ON artifact
    WHEN old.id <= {IS_FILLED} AND (old.name, old.path_text, old.project_id)
    IS NOT (new.name, new.path_text, new.project_id) BEGIN
    INSERT OR IGNORE INTO search_again (artifact_id, name, path_text)
    VALUES (old.id, old.name, old.path_text); END""",
)
