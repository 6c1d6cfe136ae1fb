"""The catalogue: one SQLite file, opened once, asked from any thread."""

from __future__ import annotations

import getpass
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import func, select, text
from sqlmodel import col

from mlcatalog.catalog import journal, packing, soundness, views
from mlcatalog.catalog.bulk import tensors_of
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.details import Asked, current, details
from mlcatalog.catalog.editing import Editing, artifact_row
from mlcatalog.catalog.graphs import graph_around, whole_graph
from mlcatalog.catalog.ingest import Ingest
from mlcatalog.catalog.opening import opened
from mlcatalog.catalog.projects import Projects
from mlcatalog.catalog.references import found
from mlcatalog.catalog.renames import Renames
from mlcatalog.catalog.repairing import Repairs
from mlcatalog.catalog.search import Sets, compile_query, facet_counts
from mlcatalog.catalog.tables import (
    ArtifactRow,
    DossierRow,
    FindingRow,
    SavedSearchRow,
    VersionRow,
    WaiverRow,
    table,
)
from mlcatalog.domain.artifact import (
    Detail,
    Dossier,
    Facet,
    JournalEntry,
    Project,
    ProjectCounts,
    SavedSearch,
    Summary,
)
from mlcatalog.domain.errors import NotFoundError
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.lineage import Graph

IsUnwanted = Callable[[], bool]


class Catalog(Editing):
    """What mlcatalog knows. Reads from any thread; writes take turns."""

    def __init__(self, database: Database, *, actor: str) -> None:
        super().__init__(database, actor)
        self.path = database.path
        self.actor = actor
        self.read_only = database.read_only
        self.ingest = Ingest(database)
        self.renames = Renames(database, actor)
        self.repairs = Repairs(database, actor)
        self._projects = Projects(database, actor)
        self._sets = Sets()

    @classmethod
    def open(cls, path: Path, *, actor: str = "", read_only: bool = False) -> Self:
        """Open a catalogue, making or migrating it when that is needed.

        Raises CatalogError or CatalogTooNewError; the file is left as it was.
        """
        return cls(opened(path, read_only=read_only), actor=actor or _user())

    def close(self) -> None:
        """Close every connection to the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def sequence(self) -> int:
        """A number that grows with every committed write, by any process."""
        return self._database.sequence()

    # lists

    def ids(
        self,
        query: str = "",
        *,
        sort: str = "-modified",
        is_unwanted: IsUnwanted | None = None,
    ) -> array[int]:
        """The row numbers of what a query finds, in order.

        is_unwanted: asked meanwhile; the first True ends it, by Cancelled.
        """
        with self._database.reading(is_unwanted) as connection:
            return self._sets.ids(connection, query, sort)

    def head(
        self, query: str, *, sort: str, is_unwanted: IsUnwanted | None = None
    ) -> list[Summary]:
        """The first rows of what a query finds, where they are sooner known than all.

        Empty where they are not.
        """
        with self._database.reading(is_unwanted) as connection:
            found = self._sets.head(connection, query, sort)
            return views.summaries_of(connection, found)

    def count(self, query: str = "") -> int:
        """How many artifacts a query finds."""
        with self._database.reading() as connection:
            return self._sets.count(connection, query)

    def rows(self, rows: Sequence[int]) -> list[Summary]:
        """The summaries of row numbers, in the order asked."""
        with self._database.reading() as connection:
            return views.summaries_of(connection, rows)

    def list(self, query: str = "", *, sort: str = "-modified") -> list[Summary]:
        """Everything a query finds; use `ids` and `rows` for long lists."""
        return self.rows(self.ids(query, sort=sort))

    def hints(self, query: str) -> tuple[str, ...]:
        """What of a query was taken as plain text, and why."""
        return tuple(str(hint) for hint in compile_query(query).hints)

    def facets(
        self, query: str = "", *, is_unwanted: IsUnwanted | None = None
    ) -> tuple[Facet, ...]:
        """How what a query finds divides by kind, format, project and stage."""
        with self._database.reading(is_unwanted) as connection:
            return facet_counts(connection, self._sets, query)

    # one artifact

    def find(self, reference: str) -> Summary:
        """What a REF means; raises NotFoundError or AmbiguousError."""
        return self.find_version(reference)[0]

    def find_version(self, reference: str) -> tuple[Summary, str | None]:
        """What a REF means, and the id of the version it names (None: current)."""
        with self._database.reading() as connection:
            row, version = found(connection, reference)
            return views.summaries_of(connection, [row.id])[0], version

    def detail(self, artifact_id: str, *, version: str | None = None) -> Detail:
        """All that is known of an artifact, at its current or another version."""
        with self._database.reading() as connection:
            artifact = artifact_row(connection, artifact_id)
            at = _version_row(connection, artifact, version)
            return details(connection, [Asked(artifact, at)])[0]

    def details(self, artifact_ids: Sequence[str]) -> tuple[Detail, ...]:
        """All that is known of several, now; those that are gone are left out."""
        with self._database.reading() as connection:
            return tuple(details(connection, current(connection, artifact_ids)))

    def text(self, artifact_id: str, version: str | None = None) -> str | None:
        """The text of a config or script, None where it was not kept."""
        with self._database.reading() as connection:
            artifact = artifact_row(connection, artifact_id)
            at = _version_row(connection, artifact, version)
            return (
                packing.unpacked_text(at.text) if at is not None and at.text else None
            )

    def tensors(self, artifact_id: str) -> tuple[tuple[str, str | None, int], ...]:
        """A model's tensors: name, fingerprint (None where unknown), elements."""
        with self._database.reading() as connection:
            return tensors_of(connection, artifact_id)

    def graph(
        self,
        artifact_id: str = "",
        *,
        up: int = 2,
        down: int = 2,
        limit: int = 500,
        documents: bool = False,
    ) -> Graph:
        """The lineage around an artifact, or the whole catalogue's.

        `documents` adds what describes or tests anything of it.
        """
        with self._database.reading() as connection:
            if not artifact_id:
                return whole_graph(connection, limit=limit)
            return graph_around(
                connection,
                artifact_id,
                up=up,
                down=down,
                limit=limit,
                documents=documents,
            )

    def findings(
        self, query: str = "", *, rule_prefix: str = ""
    ) -> tuple[Finding, ...]:
        """Open and waived findings, of what a query finds or of everything."""
        statement = (
            select(
                *views.finding_columns(),
                func.coalesce(col(ArtifactRow.uid), "").label("uid"),
            )
            .join(
                ArtifactRow,
                col(ArtifactRow.id) == col(FindingRow.artifact_id),
                isouter=True,
            )
            .join(WaiverRow, views.its_waiver(), isouter=True)
        )
        statement = statement.where(
            col(FindingRow.state).in_(("open", "waived")),
            col(FindingRow.rule).startswith(rule_prefix, autoescape=True),
        ).order_by(
            col(FindingRow.path_text), col(FindingRow.rule), col(FindingRow.detail)
        )
        if query:
            statement = statement.where(compile_query(query).condition)
        with self._database.reading() as connection:
            return tuple(
                views.finding(row, row.uid) for row in connection.execute(statement)
            )

    def waivers(self) -> tuple[Waiver, ...]:
        """What people accepted, the latest first; those whose day has come too."""
        statement = (
            select(
                table(WaiverRow),
                col(ArtifactRow.name).label("name"),
                col(FindingRow.message).label("message"),
            )
            .join(
                ArtifactRow,
                col(ArtifactRow.uid) == col(WaiverRow.subject),
                isouter=True,
            )
            .join(FindingRow, views.its_waiver(), isouter=True)
            .order_by(col(WaiverRow.at).desc())
        )
        with self._database.reading() as connection:
            return tuple(
                views.waiver(row, row.name or row.subject, row.message or "")
                for row in connection.execute(statement)
            )

    # the catalogue itself

    def projects(self) -> tuple[Project, ...]:
        """The watched folders, by name."""
        return self._projects.all()

    def add_project(self, path: Path) -> Project:
        """Watch a folder from now on; raises ProjectError when it is none."""
        return self._projects.add(path)

    def move_project(self, project_id: str, path: Path) -> Project:
        """Follow a folder that was moved; what was known of it goes along."""
        return self._projects.move(project_id, path)

    def remove_project(self, project_id: str) -> None:
        """Stop watching a folder; what people typed about it is kept."""
        self._projects.remove(project_id)

    def set_project_state(self, project_id: str, state: str, note: str = "") -> None:
        """Say what is going on with a watched folder."""
        self._projects.set_state(project_id, state, note)

    def project_counts(self, project_id: str) -> ProjectCounts:
        """What a project holds now."""
        return self._projects.counts(project_id)

    def journal(self, limit: int = 200) -> tuple[JournalEntry, ...]:
        """The newest journal entries, newest first."""
        with self._database.reading() as connection:
            return journal.entries(connection, limit)

    def verify_journal(self) -> tuple[bool, str]:
        """Whether the journal's chain holds, and a sentence about it."""
        with self._database.reading() as connection:
            return journal.verify(connection)

    def saved_searches(self) -> tuple[SavedSearch, ...]:
        """The queries people named, with how much each finds now."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(table(SavedSearchRow)).order_by(col(SavedSearchRow.name))
            ).all()
        return tuple(SavedSearch(r.name, r.query, self.count(r.query)) for r in rows)

    def dossiers(self) -> tuple[Dossier, ...]:
        """The audit reports that were written, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(table(DossierRow)).order_by(col(DossierRow.at).desc())
            )
            return tuple(
                Dossier(r.uid, r.at, r.title, r.path_text, r.digest, r.evidence_digest)
                for r in rows
            )

    def integrity(self) -> tuple[str, ...]:
        """What SQLite's own check and the foreign keys find wrong; empty is sound."""
        with self._database.reading() as connection:
            said = [
                str(row[0])
                for row in connection.execute(text("PRAGMA integrity_check"))
            ]
            strays = connection.execute(text("PRAGMA foreign_key_check")).all()
        problems = [line for line in said if line != "ok"]
        return (
            *problems,
            *(f"{row[0]}: row {row[1]} refers to nothing" for row in strays),
        )

    def disorder(self) -> tuple[str, ...]:
        """What does not hold together, though SQLite finds it sound; empty is well."""
        with self._database.reading() as connection:
            return soundness.problems(connection)


def _version_row(connection: Any, artifact: Any, version: str | None) -> Any:
    statement = select(table(VersionRow)).where(
        col(VersionRow.artifact_id) == artifact.id
    )
    wanted = (
        col(VersionRow.id) == artifact.version_id
        if version is None
        else col(VersionRow.uid) == version
    )
    row = connection.execute(statement.where(wanted)).first()
    if row is None and version is not None:
        raise NotFoundError(f"{artifact.name} has no such version.", where=version)
    return row


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
