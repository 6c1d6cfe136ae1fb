"""Emptying what is derived, so that the next scan makes it anew from the files.

What people and the program decided is never touched here, and neither is what
the files cannot tell again: facts of versions that were overwritten, of files
that are gone, and of projects that are offline.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, text, update
from sqlmodel import col

from mlcatalog.catalog import answers, journal, locations, soundness, stale
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.erasing import dissolve
from mlcatalog.catalog.ingest import Place
from mlcatalog.catalog.listing import SAID
from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    ClaimRow,
    DecisionRow,
    DossierRow,
    EdgeRow,
    FactRow,
    FeatureDocRow,
    FileRow,
    FindingRow,
    FolderRow,
    JournalRow,
    JudgedByRow,
    JudgedNameRow,
    NoteRow,
    PersonClaimRow,
    ProjectRow,
    SavedSearchRow,
    StageRow,
    TagRow,
    VersionRow,
    WaiverRow,
)

# The noun of what people typed or decided, its table, and which of its rows.
TYPED: tuple[tuple[str, Any, Any], ...] = (
    ("projects", ProjectRow, None),
    ("artifacts", ArtifactRow, None),
    ("versions", VersionRow, None),
    ("owners", ArtifactRow, col(ArtifactRow.owner) != ""),
    ("tags", TagRow, None),
    ("notes", NoteRow, None),
    ("stages", StageRow, None),
    ("decisions", DecisionRow, None),
    ("links named by people", PersonClaimRow, None),
    ("waivers", WaiverRow, None),
    ("documented features", FeatureDocRow, None),
    ("saved searches", SavedSearchRow, None),
    ("reports", DossierRow, None),
    ("journal entries", JournalRow, None),
)
FirstSeen = dict[tuple[str, str, str], int]


class Repairs:
    """The steps of a repair; each is one transaction."""

    def __init__(self, database: Database, actor: str) -> None:
        self._database = database
        self._actor = actor

    def typed(self) -> dict[str, int]:
        """How much there is of what people typed or decided."""
        with self._database.reading() as connection:
            return {
                noun: _count(connection, row, condition)
                for noun, row, condition in TYPED
            }

    def remove_strays(self) -> int:
        """Remove derived rows that belong to nothing; gives how many."""
        with self._database.writing() as connection:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            gone = [
                connection.execute(delete(row).where(soundness.stray(number, owner)))
                for row, number, owner in soundness.BELONGS
            ]
            return sum(int(result.rowcount) for result in gone)

    def first_seen(self) -> FirstSeen:
        """Since when each finding is known."""
        with self._database.reading() as connection:
            return {
                (row.rule, row.subject, row.detail): row.first_seen
                for row in connection.execute(
                    select(
                        col(FindingRow.rule),
                        col(FindingRow.subject),
                        col(FindingRow.detail),
                        col(FindingRow.first_seen),
                    )
                )
            }

    def put_first_seen(self, known: FirstSeen) -> None:
        """Let findings that came back be known since when they were."""
        with self._database.writing() as connection:
            for (rule, subject, detail), moment in known.items():
                connection.execute(
                    update(FindingRow)
                    .where(
                        col(FindingRow.rule) == rule,
                        col(FindingRow.subject) == subject,
                        col(FindingRow.detail) == detail,
                        col(FindingRow.first_seen) > moment,
                    )
                    .values(first_seen=moment)
                )

    def empty_lineage(self) -> int:
        """Remove all edges and checklists: they are drawn from the claims again."""
        with self._database.writing() as connection:
            made: tuple[Any, ...] = (EdgeRow, CheckRow, JudgedByRow, JudgedNameRow)
            gone = [connection.execute(delete(row)) for row in made]
            answers.forget(connection)
            stale.add_everything(connection, stale.LINK)
            return sum(int(result.rowcount) for result in gone)

    def empty(self, place: Place) -> int:
        """Remove what the files of a project told and can tell again."""
        ours = select(col(ArtifactRow.id)).where(
            col(ArtifactRow.project_id) == place.number
        )
        files = select(col(FileRow.id)).where(col(FileRow.project_id) == place.number)
        with self._database.writing() as connection:
            gone = 0
            for row in SAID:
                gone += connection.execute(
                    delete(row).where(_is_told_again(row, place.number))
                ).rowcount
                # The numbers of files are given again.
                connection.execute(
                    update(row).where(row.artifact_id.in_(ours)).values(file_id=None)
                )
            told: tuple[Any, ...] = (ClaimRow, FindingRow)
            for row in told:
                theirs = or_(row.artifact_id.in_(ours), row.file_id.in_(files))
                gone += connection.execute(delete(row).where(theirs)).rowcount
            walked: tuple[Any, ...] = (FileRow, FolderRow)
            for row in walked:
                gone += connection.execute(
                    delete(row).where(row.project_id == place.number)
                ).rowcount
            return int(gone)

    def miss(self, place: Place) -> int:
        """Say of what no file and no tool told again that it is missing."""
        with self._database.writing() as connection:
            lost = connection.execute(
                select(col(ArtifactRow.id)).where(
                    col(ArtifactRow.project_id) == place.number,
                    soundness.without_files(that_are_there=True),
                )
            ).scalars()
            lost_numbers = [number for number in lost if number is not None]
            for number in lost_numbers:
                connection.execute(
                    update(ArtifactRow)
                    .where(col(ArtifactRow.id) == number)
                    .values(presence="missing", present=False)
                )
                locations.end(connection, [number])
            told = select(col(FactRow.artifact_id)).where(
                col(FactRow.version_id).is_(None)
            )
            untold = connection.execute(
                select(col(ArtifactRow.id)).where(
                    col(ArtifactRow.project_id) == place.number,
                    col(ArtifactRow.kind) == "run",
                    col(ArtifactRow.present),
                    col(ArtifactRow.id).not_in(told),
                )
            ).scalars()
            untold_numbers = [number for number in untold if number is not None]
            for number in untold_numbers:
                dissolve(connection, number)
            return len(lost_numbers) + len(untold_numbers)

    def record(self, payload: dict[str, object]) -> None:
        """Write into the journal that a repair was made."""
        with self._database.writing() as connection:
            journal.append(
                connection,
                actor=self._actor,
                kind="repair",
                subject=str(self._database.path),
                payload=payload,
            )


def _is_told_again(row: Any, project: int) -> Any:
    """The condition for rows of what is there now, in its present state."""
    now = select(col(ArtifactRow.id)).where(
        col(ArtifactRow.project_id) == project, col(ArtifactRow.present)
    )
    current = select(col(ArtifactRow.version_id)).where(
        col(ArtifactRow.project_id) == project,
        col(ArtifactRow.version_id).is_not(None),
    )
    return and_(
        row.artifact_id.in_(now),
        or_(row.version_id.is_(None), row.version_id.in_(current)),
    )


def _count(connection: Connection, row: Any, condition: Any) -> int:
    statement = select(func.count()).select_from(row)
    if condition is not None:
        statement = statement.where(condition)
    return int(connection.scalar(statement) or 0)
