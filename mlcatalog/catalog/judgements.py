"""The judge stage's side of the catalogue: what to judge, and what that rests on."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlmodel import col

from mlcatalog.catalog import linked, stale
from mlcatalog.catalog.bulk import last_values
from mlcatalog.catalog.graphs import decided, graph_of
from mlcatalog.catalog.linkables import Linkable, nameables
from mlcatalog.catalog.linked import EdgeKey
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.tables import (
    ArtifactRow,
    EdgeRow,
    FindingRow,
    JudgedNameRow,
    ProjectRow,
    table,
)
from mlcatalog.domain.artifact import Metric
from mlcatalog.domain.finding import Check, Finding
from mlcatalog.domain.lineage import Edge, Graph
from mlcatalog.domain.words import Kind, Relation

Opened = Callable[[], AbstractContextManager[Connection]]

FEW = 500  # more than these, and it is asked whether all are meant
STEPS = 6  # how far what a model came from, or what came of a thing, is followed
ABOUT = (Relation.DESCRIBES, Relation.TESTS)
SERIES = (Relation.CHECKPOINT_OF, Relation.CONVERTED_FROM, Relation.COPY_OF)
NAMING = (Relation.PRODUCED_BY, Relation.TRAINED_ON)
LEFT_ALONE = """INSERT OR IGNORE INTO stale (stage, taken, artifact_id)
    SELECT 'judge', 1, other.artifact_id FROM judged_name AS own
    JOIN judged_name AS other ON other.name_key = own.name_key
    WHERE own.artifact_id IN (SELECT value FROM json_each(:rows))"""
DUPLICATE = "name.duplicate"
DOUBLES = col(FindingRow.rule) == DUPLICATE


@dataclass(frozen=True, slots=True)
class JudgedName:
    """A name that a convention speaks of: what finds its doubles."""

    row: int
    key: str  # names that differ only by case have one
    project: str
    word: str  # what the name calls the project
    path: str


@dataclass(frozen=True, slots=True)
class Named:
    """Artifacts with what their names are held against, by id."""

    artifacts: Mapping[str, Linkable]
    parents: Mapping[str, Sequence[Edge]]


def lineage_changed(
    connection: Connection, artifacts: Iterable[int], edges: Collection[EdgeKey]
) -> None:
    """Have judged what changed, and what came from it."""
    spread, alone, shared = set[str](), set[str](), set[str]()
    for child, relation, parent in edges:
        spread.add(child)
        (spread if relation in ABOUT else alone).add(parent)
        if relation in (*SERIES, Relation.DEPLOYS):
            shared.add(parent)
    alone |= {row.parent for row in _edges(connection, shared, "child", SERIES)}
    known = stale.numbers(connection, spread | alone)
    stale.add(connection, stale.SPREAD, artifacts)
    stale.add(connection, stale.SPREAD, (known[u] for u in spread if u in known))
    stale.add(connection, stale.JUDGE, (known[u] for u in alone if u in known))


class Judgements:
    """One method a step of the stage; each write is one transaction."""

    def __init__(self, reading: Opened, writing: Opened) -> None:
        self._reading = reading
        self._writing = writing

    def roots(self) -> list[str]:
        """The roots of all projects."""
        with self._reading() as connection:
            rows = connection.execute(select(col(ProjectRow.path_text)))
            return sorted({str(root) for root in rows.scalars()})

    def begin(self, places: Mapping[str, str]) -> list[int]:
        """Take what is to be judged; `done` ends with it.

        `places` say what judgements rest on beside artifacts, by project root;
        all that lies where that is another than it was is judged again.
        """
        with self._writing() as connection:
            known = stale.signatures(connection)
            if known.get(stale.EVERYWHERE) != places[stale.EVERYWHERE]:
                connection.execute(delete(JudgedNameRow))
                stale.add_everything(connection, stale.JUDGE)
            for place, signature in places.items():
                if place and known.get(place) != signature:
                    stale.add(connection, stale.JUDGE, _lying_in(connection, place))
            spread = set(stale.take(connection, stale.SPREAD))
            alone = set(stale.take(connection, stale.JUDGE))
            if not spread <= alone:
                alone |= spread | _downstream(connection, spread)
            return sorted(alone)

    def done(self, places: Mapping[str, str]) -> None:
        """Note that all that was taken is judged, and bring the counts up to date."""
        with self._writing() as connection:
            for place, signature in places.items():
                stale.sign(connection, place, signature)
            stale.done(connection, stale.SPREAD)
            stale.done(connection, stale.JUDGE)
            counted = stale.take(connection, stale.COUNT)
            linked.write_counts(connection, counted)
            stale.done(connection, stale.COUNT)

    # names

    def placed(self, rows: Collection[int]) -> list[Linkable]:
        """Present artifacts by number, without their facts."""
        with self._reading() as connection:
            return nameables(connection, rows, facts=False)

    def named(self, rows: Collection[int]) -> Named:
        """Present artifacts with their facts, their runs and the data of both."""
        with self._reading() as connection:
            own = nameables(connection, rows)
            lines = _edges(connection, [a.id for a in own], "child", NAMING)
            runs = [r.parent for r in lines if r.relation == Relation.PRODUCED_BY]
            lines += _edges(connection, runs, "child", NAMING)
            parents: dict[str, list[Edge]] = {}
            for edge in decided(connection, list({r.id: r for r in lines}.values())):
                if edge.status != "rejected":
                    parents.setdefault(edge.child, []).append(edge)
            others = stale.numbers(connection, {row.parent for row in lines})
            more = nameables(connection, set(others.values()) - {a.row for a in own})
        return Named({a.id: a for a in (*own, *more)}, parents)

    def names_of(self, rows: Collection[int]) -> list[JudgedName]:
        """What is noted of the names of artifacts."""
        with self._reading() as connection:
            found = connection.execute(
                select(table(JudgedNameRow)).where(
                    among(col(JudgedNameRow.artifact_id), rows)
                )
            )
            return [
                JudgedName(r.artifact_id, r.name_key, r.project, r.word, r.path_text)
                for r in found
            ]

    def alike(self, keys: Collection[str]) -> list[tuple[str, int]]:
        """The keys and numbers of all artifacts whose names have one of some keys."""
        with self._reading() as connection:
            found = connection.execute(
                select(col(JudgedNameRow.name_key), col(JudgedNameRow.artifact_id))
                .where(among(col(JudgedNameRow.name_key), keys))
                .order_by(col(JudgedNameRow.name_key), col(JudgedNameRow.artifact_id))
            )
            return [(row[0], int(row[1])) for row in found]

    def called(self, project: str) -> str:
        """What most right names call a project; the eldest artifact's of equals."""
        with self._reading() as connection:
            row = connection.execute(
                select(col(JudgedNameRow.word))
                .where(
                    col(JudgedNameRow.project) == project, col(JudgedNameRow.word) != ""
                )
                .group_by(col(JudgedNameRow.word))
                .order_by(func.count().desc(), func.min(col(JudgedNameRow.artifact_id)))
                .limit(1)
            ).scalar()
            return str(row or "")

    def call(self, project: str, word: str, place: str) -> set[int]:
        """Note what a project is called now; gives all whose names tell of it."""
        with self._writing() as connection:
            rows = connection.execute(
                select(col(JudgedNameRow.artifact_id)).where(
                    col(JudgedNameRow.project) == project
                )
            )
            found = {int(row) for row in rows.scalars()}
            stale.sign(connection, place, word)
            stale.add(connection, stale.JUDGE, found, is_taken=True)
            return found

    def signatures(self) -> dict[str, str]:
        """What the judgements of each place rested on."""
        with self._reading() as connection:
            return stale.signatures(connection)

    def note_names(self, rows: Collection[int], names: Sequence[JudgedName]) -> None:
        """Replace what is noted of the names of artifacts.

        What had a name in common with them is taken too: should this program
        end here, the next one finds their doubles.
        """
        with self._writing() as connection:
            connection.execute(text(LEFT_ALONE), {"rows": json.dumps(list(rows))})
            connection.execute(
                delete(JudgedNameRow).where(among(col(JudgedNameRow.artifact_id), rows))
            )
            if names:
                connection.execute(
                    insert(table(JudgedNameRow)),
                    [
                        {
                            "artifact_id": name.row,
                            "name_key": name.key,
                            "project": name.project,
                            "word": name.word,
                            "path_text": name.path,
                        }
                        for name in names
                    ],
                )

    def write_names(self, rows: Collection[int], findings: Sequence[Finding]) -> None:
        """Make the findings about names of artifacts those given, but for doubles."""
        about = among(col(FindingRow.artifact_id), rows)
        with self._writing() as connection:
            linked.write_findings(connection, "judge", findings, about & ~DOUBLES)

    def write_doubles(
        self, rows: Collection[int], findings: Sequence[Finding]
    ) -> set[int]:
        """Make doubled names those given; gives the artifacts where that changed."""
        about = among(col(FindingRow.artifact_id), rows) & DOUBLES
        with self._writing() as connection:
            before = _said_of(connection, about)
            linked.write_findings(connection, "judge", findings, about)
            after = _said_of(connection, about)
        return {row for row, _ in before ^ after}

    def write_places(self, findings: Sequence[Finding]) -> None:
        """Make what is wrong with folders and conventions those given."""
        with self._writing() as connection:
            linked.write_findings(
                connection, "judge", findings, col(FindingRow.artifact_id).is_(None)
            )

    def about_places(self) -> list[Finding]:
        """What is said of folders and conventions now."""
        with self._reading() as connection:
            return [
                linked.plain_finding(row)
                for row in connection.execute(
                    select(table(FindingRow)).where(
                        col(FindingRow.artifact_id).is_(None),
                        col(FindingRow.origin) == "judge",
                    )
                )
            ]

    def holds_artifacts(self, root: str, folder: str) -> bool:
        """Whether a folder of a project holds any artifact, and is none itself."""
        inner = folder.removeprefix(root.rstrip("/") + "/")
        below = f"{inner}/"
        with self._reading() as connection:
            of_project = (
                select(col(ArtifactRow.id))
                .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
                .where(col(ProjectRow.path_text) == root, col(ArtifactRow.present))
                .limit(1)
            )
            path = col(ArtifactRow.path_text)
            inside = of_project.where(func.substr(path, 1, len(below)) == below)
            itself = of_project.where(path == inner)
            return bool(connection.scalar(inside)) and not connection.scalar(itself)

    # checklists

    def apply_waivers(self) -> set[int]:
        """Waive what people waived; gives the artifacts where that changed."""
        with self._writing() as connection:
            return linked.apply_waivers(connection)

    def surroundings(self, uids: Sequence[str]) -> Graph:
        """What models came from, their series and deployments, and documents."""
        with self._reading() as connection:
            rows: dict[int, Any] = {}
            seen, frontier = dict.fromkeys(uids), set(uids)
            for _ in range(STEPS):
                found = _edges(connection, frontier, "child")
                rows |= {row.id: row for row in found}
                frontier = {row.parent for row in found} - seen.keys()
                seen |= dict.fromkeys(sorted(frontier))
                if not frontier:
                    break
            down = _edges(connection, uids, "parent", (*SERIES, Relation.DEPLOYS))
            series = {row.child for row in down if row.relation in SERIES}
            down += _edges(
                connection,
                series,
                "parent",
                (Relation.CHECKPOINT_OF, Relation.DEPLOYS),
            )
            seen |= {row.child: None for row in down}
            about = _edges(connection, list(seen), "parent", ABOUT)
            seen |= {row.child: None for row in about}
            rows |= {row.id: row for row in (*down, *about)}
            return graph_of(connection, list(seen), list(rows.values()))

    def last_values(self, rows: Collection[int]) -> dict[int, list[Metric]]:
        """The last value of each metric of artifacts, without their curves."""
        with self._reading() as connection:
            return last_values(connection, rows)

    def runs_of(self, uids: Collection[str]) -> dict[str, list[str]]:
        """The runs that made each of some models, rejected ones left out."""
        with self._reading() as connection:
            rows = _edges(connection, uids, "child", (Relation.PRODUCED_BY,))
            found: dict[str, list[str]] = {}
            for edge in decided(connection, rows):
                if edge.status != "rejected":
                    found.setdefault(edge.child, []).append(edge.parent)
            return found

    def numbers(self, uids: Collection[str]) -> dict[str, int]:
        """The row numbers of artifacts."""
        with self._reading() as connection:
            return stale.numbers(connection, uids)

    def write_checks(self, checklists: Mapping[int, Sequence[Check]]) -> None:
        """Make the checklists of models those given."""
        with self._writing() as connection:
            linked.write_checks(connection, checklists)

    def write_headlines(
        self, headlines: Mapping[int, tuple[str, float | None]]
    ) -> None:
        """Make the metrics that the library shows those given."""
        with self._writing() as connection:
            linked.write_headlines(connection, headlines)


def _edges(
    connection: Connection,
    uids: Collection[str],
    end: str,
    relations: Sequence[Relation] = (),
) -> list[Any]:
    """The rows of edges whose `end` is among ids, of some relations or of all."""
    if not uids:
        return []
    statement = select(table(EdgeRow)).where(among(table(EdgeRow).c[end], uids))
    if relations:
        words = [relation.value for relation in relations]
        statement = statement.where(col(EdgeRow.relation).in_(words))
    return list(connection.execute(statement))


def _said_of(connection: Connection, about: Any) -> set[tuple[int, str]]:
    rows = connection.execute(
        select(col(FindingRow.artifact_id), col(FindingRow.message)).where(about)
    )
    return {(int(row[0] or 0), str(row[1])) for row in rows}


def _lying_in(connection: Connection, root: str) -> list[int]:
    """The artifacts of the projects at a root."""
    rows = connection.execute(
        select(col(ArtifactRow.id))
        .join(ProjectRow, col(ProjectRow.id) == col(ArtifactRow.project_id))
        .where(col(ProjectRow.path_text) == root)
    )
    return [int(row or 0) for row in rows.scalars()]


def _downstream(connection: Connection, rows: Collection[int]) -> set[int]:
    """What is judged by something that came before it: models, runs and data.

    What a model tells of others goes no further than to what was made of it
    and to its series.
    """
    if not rows:
        return set()
    if len(rows) > FEW:
        every = connection.execute(select(col(ArtifactRow.id))).scalars().all()
        if len(rows) > len(every) // 2:
            return {int(row or 0) for row in every}
    found = connection.execute(
        select(col(ArtifactRow.uid), col(ArtifactRow.kind)).where(
            among(col(ArtifactRow.id), rows)
        )
    ).all()
    seen = {uid for uid, _ in found}
    models = {uid for uid, kind in found if kind == Kind.MODEL}
    frontier = set(seen)
    for _ in range(STEPS):
        children = {row.child for row in _edges(connection, frontier, "parent")}
        new = children - seen
        if not new:
            break
        seen |= new
        made = {
            str(uid)
            for uid in connection.execute(
                select(col(ArtifactRow.uid)).where(
                    among(col(ArtifactRow.uid), new), col(ArtifactRow.kind) == "model"
                )
            ).scalars()
        }
        models |= made
        frontier = new - made
        if not frontier:
            break
    seen |= {row.parent for row in _edges(connection, models, "child", SERIES)}
    seen |= {row.child for row in _edges(connection, models, "parent", SERIES)}
    return set(stale.numbers(connection, seen).values())


__all__ = ["JudgedName", "Judgements", "Named", "lineage_changed"]
