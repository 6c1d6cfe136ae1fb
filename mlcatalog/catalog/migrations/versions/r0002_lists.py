"""Indices that hold all that a list needs, so that no row is read to order it."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in DROPPED + MADE:
        op.execute(statement)


DROPPED = (
    "DROP INDEX artifact_by_name",
    "DROP INDEX artifact_by_modified",
    "DROP INDEX artifact_by_kind",
    "DROP INDEX fact_by_key",
    "DROP INDEX param_by_key",
    "DROP INDEX metric_by_key",
)
MADE = (
    "CREATE INDEX artifact_by_name ON artifact (present, name COLLATE NOCASE, id)",
    "CREATE INDEX artifact_by_modified ON artifact (present, modified, id)",
    "CREATE INDEX artifact_by_size ON artifact (present, size, id)",
    "CREATE INDEX artifact_by_metric ON artifact (present, metric_value, id)",
    "CREATE INDEX artifact_by_division"
    " ON artifact (present, kind, format, stage, project_id, owner)",
    "CREATE INDEX fact_by_key ON fact (key_id, number, artifact_id, version_id)",
    "CREATE INDEX param_by_key ON param (key_id, number, artifact_id, version_id)",
    "CREATE INDEX metric_by_key ON metric (key_id, last, artifact_id, version_id)",
)
