"""What changed since it was linked and judged is written down where it changes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What the lineage and the judgements of an artifact rest on; "": any change.
SAID_OF = {
    "fact": "",
    "claim": "",
    "column_of": "",
    "fingerprint": "artifact_id, version_id, digest",
    "metric": "",
    "version": "artifact_id, digest, recorded_at, observed_at",
    "file": "artifact_id, state, name, folder_id",
    "artifact": (
        "uid, project_id, kind, name, path_text, run_key, bundle, version_id, format,"
        " digest, modified, presence, present"
    ),
}


def _marked(stage: str, artifact: str, which: str = "1") -> str:
    return (
        f"INSERT INTO stale (stage, taken, artifact_id) SELECT '{stage}', 0,"
        f" {artifact} WHERE {which} AND {artifact} IS NOT NULL AND NOT EXISTS (SELECT 1"
        f" FROM stale WHERE stage = '{stage}' AND taken = 0"
        f" AND artifact_id = {artifact});"
    )


def _marked_by_uid(end: str) -> str:
    return (
        "INSERT INTO stale (stage, taken, artifact_id) SELECT 'link', 0, id"
        f" FROM artifact WHERE uid = {end} AND NOT EXISTS (SELECT 1 FROM stale WHERE"
        " stage = 'link' AND taken = 0 AND artifact_id = artifact.id);"
    )


def _differs(columns: str) -> str:
    each = [one.strip() for one in columns.split(",")]
    return " OR ".join(f"old.{one} IS NOT new.{one}" for one in each)


def _triggers() -> list[str]:
    made = []
    for table, columns in SAID_OF.items():
        end = "id" if table == "artifact" else "artifact_id"
        new, old = _marked("link", f"new.{end}"), _marked("link", f"old.{end}")
        which = f" OF {columns}" if columns else ""
        when = f" WHEN {_differs(columns)}" if columns else ""
        made += [
            f"CREATE TRIGGER {table}_comes AFTER INSERT ON {table} BEGIN {new} END",
            f"CREATE TRIGGER {table}_goes AFTER DELETE ON {table} BEGIN {old} END",
            f"CREATE TRIGGER {table}_changes AFTER UPDATE{which} ON {table}{when}"
            f" BEGIN {old} {new} END",
        ]
    return made


def _people() -> list[str]:
    """What people say of lineage, and where projects are."""
    made = []
    for event, side in (("INSERT", "new"), ("DELETE", "old"), ("UPDATE", "new")):
        said = _marked_by_uid(f"{side}.child")
        both = said + " " + _marked_by_uid(f"{side}.parent")
        waived = _marked_by_uid(f"{side}.subject")
        when = event.lower()
        made += [
            f"CREATE TRIGGER person_claim_{when} AFTER {event} ON person_claim"
            f" BEGIN {said} END",
            f"CREATE TRIGGER decision_{when} AFTER {event} ON decision BEGIN {both} END",
            f"CREATE TRIGGER waiver_{when} AFTER {event} ON waiver BEGIN {waived} END",
        ]
    return [
        *made,
        "CREATE TRIGGER project_is_elsewhere AFTER UPDATE OF path_text ON project"
        " WHEN old.path_text IS NOT new.path_text BEGIN"
        " INSERT INTO stale (stage, taken, artifact_id) SELECT 'link', 0, id FROM"
        " artifact WHERE project_id = new.id AND NOT EXISTS (SELECT 1 FROM stale WHERE"
        " stage = 'link' AND taken = 0 AND artifact_id = artifact.id); END",
    ]


def _conventions() -> list[str]:
    """A convention's file that comes, goes or changes is about its whole project."""
    made = []
    for event, side in (("INSERT", "new"), ("DELETE", "old"), ("UPDATE", "new")):
        made.append(
            f"CREATE TRIGGER convention_{event.lower()} AFTER {event} ON file"
            f" WHEN {side}.name = CAST('.mlcatalog.toml' AS BLOB) BEGIN"
            " INSERT INTO stale (stage, taken, artifact_id) SELECT 'judge', 0, id FROM"
            f" artifact WHERE project_id = {side}.project_id AND NOT EXISTS (SELECT 1"
            " FROM stale WHERE stage = 'judge' AND taken = 0"
            " AND artifact_id = artifact.id); END"
        )
    return made


def _counts() -> list[str]:
    """The number of open findings stands in the artifact's row."""
    new, old = _marked("count", "new.artifact_id"), _marked("count", "old.artifact_id")
    return [
        f"CREATE TRIGGER finding_comes AFTER INSERT ON finding BEGIN {new} END",
        f"CREATE TRIGGER finding_goes AFTER DELETE ON finding BEGIN {old} END",
        "CREATE TRIGGER finding_changes AFTER UPDATE OF artifact_id, state ON finding"
        f" BEGIN {old} {new} END",
    ]


def upgrade() -> None:
    """Make the list of what is stale, and what fills it; at first everything is."""
    op.create_table(
        "stale",
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stage", "taken", "artifact_id"),
    )
    op.create_table(
        "judged_by",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_table(
        "judged_name",
        sa.Column("artifact_id", sa.Integer(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("path_text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("artifact_id"),
    )
    op.create_index("judged_name_by_key", "judged_name", ["name_key"])
    op.create_index("judged_name_by_word", "judged_name", ["project", "word"])
    op.execute("DROP INDEX edge_by_parent")
    op.create_index("edge_by_parent", "edge", ["parent", "relation"])
    op.execute("CREATE INDEX finding_waived ON finding (state) WHERE state = 'waived'")
    for statement in (*_triggers(), *_people(), *_conventions(), *_counts()):
        op.execute(statement)
