"""The search index: the words of artifacts, filled behind their rows.

Each artifact's own name is in it once, and each folder's: what a folder's name
finds is all that lies below it. Rows that are not filled in yet, a tail of the
newest and those whose words changed, are looked through one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, TextualSelect, bindparam, column, text

from mlcatalog.catalog.views import display

BATCH = 5_000  # rows of one short transaction


def fill(connection: Connection, most: int = BATCH) -> int:
    """Put words of rows that wait into the index; gives how many rows it were."""
    again = _renew(connection, most)
    rows = connection.execute(
        text(f"{_ROWS} WHERE id > {_UPTO} ORDER BY id LIMIT :most"), {"most": most}
    ).all()
    _put(connection, rows)
    if rows:
        connection.execute(
            text("UPDATE search_mark SET upto = :upto"), {"upto": rows[-1].id}
        )
    return again + len(rows)


def is_filled(connection: Connection) -> bool:
    """Whether no row waits."""
    return not connection.scalar(
        text(
            f"SELECT EXISTS (SELECT 1 FROM artifact WHERE id > {_UPTO})"
            " OR EXISTS (SELECT 1 FROM search_again)"
        )
    )


def found(phrase: str) -> TextualSelect:
    """The rows, as a column `rowid`, whose name or path holds a text of three or more."""
    parts = phrase.split("/")
    longest = max(parts, key=len)
    if len(parts) == 1:
        statement = f"{_BY_NAME} UNION {_BY_FOLDER} UNION {_UNFILLED}"
    elif len(longest) < 3:
        statement = f"SELECT id AS rowid FROM artifact WHERE {_HOLDS}"
    else:
        by_part = f"{_BY_NAME} UNION {_BY_FOLDER}".replace(":phrase", ":part")
        statement = (
            f"SELECT id AS rowid FROM artifact WHERE id IN ({by_part}) AND {_HOLDS}"
            f" UNION {_BY_NAME} UNION {_UNFILLED}"
        )
    values = {
        "phrase": _quoted(phrase),
        "part": _quoted(longest),
        "like": _like(phrase),
    }
    return (
        text(statement)
        .bindparams(
            *(
                bindparam(name, value, unique=True)
                for name, value in values.items()
                if f":{name}" in statement
            )
        )
        .columns(column("rowid"))
    )


def _quoted(phrase: str) -> str:
    return '"' + phrase.replace('"', '""') + '"'


def _like(phrase: str) -> str:
    for sign in ("\\", "%", "_"):
        phrase = phrase.replace(sign, f"\\{sign}")
    return f"%{phrase}%"


_UPTO = "(SELECT upto FROM search_mark)"
_ROWS = "SELECT id, project_id, path, path_text, name FROM artifact"
_HOLDS = r"(name LIKE :like ESCAPE '\' OR path_text LIKE :like ESCAPE '\')"
_BY_NAME = """SELECT rowid FROM artifact_search WHERE artifact_search MATCH :phrase
    AND rowid NOT IN (SELECT artifact_id FROM search_again)"""
_BY_FOLDER = """SELECT artifact.id FROM folder_search
    CROSS JOIN search_folder ON search_folder.id = folder_search.rowid
    CROSS JOIN artifact ON artifact.project_id = search_folder.project_id
    AND artifact.path > CAST(search_folder.path || '/' AS BLOB)
    AND artifact.path < CAST(search_folder.path || '0' AS BLOB)
    WHERE folder_search MATCH :phrase"""
_UNFILLED = f"""SELECT id FROM artifact WHERE id > {_UPTO} AND {_HOLDS}
    UNION SELECT id FROM artifact
    WHERE id IN (SELECT artifact_id FROM search_again) AND {_HOLDS}"""


def _renew(connection: Connection, most: int) -> int:
    """Take words out that are no longer right, and put in what holds now."""
    rows = connection.execute(
        text("SELECT artifact_id, name, path_text FROM search_again LIMIT :most"),
        {"most": most},
    ).all()
    if not rows:
        return 0
    old = [
        {"id": row.artifact_id, "words": _words(row.name, row.path_text)}
        for row in rows
        if row.name is not None
    ]
    if old:
        connection.execute(
            text(
                "INSERT INTO artifact_search (artifact_search, rowid, words)"
                " VALUES ('delete', :id, :words)"
            ),
            old,
        )
    numbers = [{"id": row.artifact_id} for row in rows]
    now = (
        connection.execute(
            text(f"{_ROWS} WHERE id = :id AND id <= {_UPTO}"), number
        ).first()
        for number in numbers
    )
    _put(connection, [row for row in now if row is not None])
    connection.execute(
        text("DELETE FROM search_again WHERE artifact_id = :id"), numbers
    )
    return len(rows)


def _put(connection: Connection, rows: Iterable[Any]) -> None:
    words = [{"id": r.id, "words": _words(r.name, r.path_text)} for r in rows]
    if words:
        connection.execute(
            text("INSERT INTO artifact_search (rowid, words) VALUES (:id, :words)"),
            words,
        )
    _put_folders(
        connection,
        {(r.project_id, bytes(r.path).rpartition(b"/")[0]) for r in rows},
    )


def _put_folders(connection: Connection, parents: Iterable[tuple[int, bytes]]) -> None:
    """Put in the folders above artifacts that are not in yet, each once."""
    wanted: set[tuple[int, bytes]] = set()
    for project, path in parents:
        above = path
        while above and (project, above) not in wanted:
            wanted.add((project, above))
            above = above.rpartition(b"/")[0]
    for project, path in sorted(wanted):
        number = connection.scalar(
            text(
                "INSERT INTO search_folder (project_id, path) VALUES (:project, :path)"
                " ON CONFLICT DO NOTHING RETURNING id"
            ),
            {"project": project, "path": path},
        )
        if number is not None:
            connection.execute(
                text("INSERT INTO folder_search (rowid, name) VALUES (:id, :name)"),
                {"id": number, "name": display(path.rpartition(b"/")[2])},
            )


def _words(name: str, path: str) -> str:
    """What an artifact is found by: its name, and its own place's where they differ."""
    own = path.rpartition("/")[2]
    if name.lower() in own.lower():
        return own
    return f"{name}\n{own}"
