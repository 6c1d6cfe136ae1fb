"""What readers said of files, written for many files at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from mlcatalog.catalog.listing import SAID, FileState
from mlcatalog.catalog.many import many
from mlcatalog.catalog.readings import Keys, Marks, Rows, Said, drop_evidence
from mlcatalog.catalog.stale import among
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import ArtifactRow, FileRow, TensorRow
from mlcatalog.catalog.views import display
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.reading import Notice, Reading
from mlcatalog.domain.words import Kind, Presence, is_pointer


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file, and what its reader said of it, or why it could not."""

    state: FileState
    outcome: Reading | Notice
    text: bytes | None = None  # its whole text, packed

    @property
    def is_main(self) -> bool:
        """Whether what it says is what its artifact is."""
        return self.state.role == "main"

    @property
    def is_evidence(self) -> bool:
        """Whether it tells of something else: it makes no artifact of its own."""
        return (
            self.is_main
            and isinstance(self.outcome, Reading)
            and self.outcome.kind in (None, Kind.RUN)
        )

    @property
    def reading(self) -> Reading:
        """What it says; of one that could not be read, a notice."""
        if isinstance(self.outcome, Notice):
            return Reading("", None, notices=(self.outcome,))
        return self.outcome

    @property
    def problem(self) -> str:
        """Why it could not be read, if so."""
        return self.outcome.message if isinstance(self.outcome, Notice) else ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where what a file says belongs, and whether its bytes were digested."""

    said: Said
    is_digested: bool


def write(
    connection: Connection,
    keys: Keys,
    files: Sequence[FileRead],
    *,
    root: str,
    version: str,
) -> None:
    """Replace what files say about their artifacts' current versions.

    What the name alone had guessed is corrected. A file without an artifact,
    or that turns out to be only evidence (a metrics file, a tokenizer), says
    nothing here.
    """
    places = _places(connection, files, root)
    evidence = [one for one in files if one.is_evidence and one.state.id in places]
    for one in evidence:
        drop_evidence(connection, places[one.state.id].said, one.reading)
    if evidence:
        places = _places(connection, files, root)
    spoken = [
        (one, places[one.state.id])
        for one in files
        if one.state.id in places and not one.is_evidence
    ]
    marks = _marks(connection, [place for _, place in spoken])
    _forget(connection, [place.said for _, place in spoken])
    rows = Rows(connection, keys)
    rows.name(one.reading for one, _ in spoken)
    for one, place in spoken:
        rows.add(place.said, one.reading, marks=marks.get(one.state.id))
    rows.flush()
    _correct(connection, spoken)
    _write_versions(connection, spoken)
    _ask_for_bytes(connection, spoken, marks)
    _mark_read(connection, files, version)


def _places(
    connection: Connection, files: Sequence[FileRead], root: str
) -> dict[int, _Place]:
    paths = {one.state.id: one.state.path for one in files}
    rows: Any = connection.execute(
        select(
            col(FileRow.id),
            col(FileRow.digested),
            col(ArtifactRow.id).label("artifact"),
            col(ArtifactRow.version_id),
        )
        .join(ArtifactRow, col(ArtifactRow.id) == col(FileRow.artifact_id))
        .where(among(col(FileRow.id), paths.keys()))
    )
    return {
        row.id: _Place(
            Said(
                artifact_id=row.artifact,
                version_id=row.version_id,
                file_id=row.id,
                source=display(paths[row.id].rpartition(b"/")[2]),
                source_path=joined(root, display(paths[row.id])),
            ),
            bool(row.digested),
        )
        for row in rows
    }


def _forget(connection: Connection, said: Sequence[Said]) -> None:
    """Drop what files said about these versions, and their claims and notices."""
    of_version = [(one.file_id, one.version_id) for one in said]
    for row_class in SAID:
        many(
            connection,
            f"DELETE FROM {row_class.__tablename__}"
            " WHERE file_id = ? AND version_id IS ?",
            of_version,
        )
    for name in ("claim", "finding"):
        many(
            connection,
            f"DELETE FROM {name} WHERE file_id = ?",
            [(one.file_id,) for one in said],
        )


def _marks(connection: Connection, places: Sequence[_Place]) -> dict[int, Marks]:
    """The fingerprints of files whose bytes were digested.

    A newer reader reads headers again, but bytes that did not change are not
    digested again: what they proved must not be lost.
    """
    versions = {p.said.file_id: p.said.version_id for p in places if p.is_digested}
    marks: dict[int, Marks] = {file_id: {} for file_id in versions}
    if not versions:
        return marks
    tensor = TensorRow
    for file_id, version_id, name, dtype, offset, size, digest in connection.execute(
        select(
            col(tensor.file_id),
            col(tensor.version_id),
            col(tensor.name),
            col(tensor.dtype),
            col(tensor.offset),
            col(tensor.size),
            col(tensor.digest),
        ).where(among(col(tensor.file_id), versions.keys()))
    ):
        if file_id is not None and version_id == versions[file_id]:
            marks[file_id][name, dtype, offset, size] = digest
    return marks


Spoken = Sequence[tuple[FileRead, _Place]]


def _ask_for_bytes(
    connection: Connection, spoken: Spoken, marks: Mapping[int, Marks]
) -> None:
    """Have files digested again of which a tensor is new, or none has a fingerprint."""
    again = []
    for one, _ in spoken:
        known, tensors = marks.get(one.state.id), one.reading.tensors
        if known is None or not tensors:
            continue
        places = {(t.name, t.dtype, t.offset, t.size) for t in tensors}
        has_bytes = any(t.offset is not None and t.size for t in tensors)
        if not places <= known.keys() or (has_bytes and not any(known.values())):
            again.append((one.state.id,))
    many(connection, "UPDATE file SET digested = 0 WHERE id = ?", again)


def _correct(connection: Connection, spoken: Spoken) -> None:
    """Let artifacts be what their main files say, not what names had guessed."""
    many(
        connection,
        # A bundle is what its files make together, not what its main one is.
        "UPDATE artifact SET kind = ?, format = ? WHERE id = ? AND NOT bundle",
        [
            (one.reading.kind.value, one.reading.format, place.said.artifact_id)
            for one, place in spoken
            if one.is_main and one.reading.kind is not None
        ],
    )


def _write_versions(connection: Connection, spoken: Spoken) -> None:
    """Give versions their text, and when they say that they were made."""
    of_version = [
        (one, place.said.version_id)
        for one, place in spoken
        if place.said.version_id is not None
    ]
    many(
        connection,
        "UPDATE version SET text = ? WHERE id = ?",
        [
            (one.text, version_id)
            for one, version_id in of_version
            if one.text is not None and one.is_main
        ],
    )
    many(
        connection,
        "UPDATE version SET recorded_at = ?, recorded_source = ? WHERE id = ?",
        [
            (*recorded, version_id)
            for one, version_id in of_version
            if (recorded := next(_recorded(one.reading), None)) is not None
        ],
    )


def _recorded(reading: Reading) -> Iterator[tuple[int, str]]:
    for fact in reading.facts:
        if fact.key == "created":
            moment = parse_moment(fact.value.text)
            if moment is not None:
                yield moment, fact.source


def _mark_read(connection: Connection, files: Sequence[FileRead], version: str) -> None:
    many(
        connection,
        "UPDATE file SET read_version = ?, problem = ?, state = ?,"
        " format = coalesce(?, format) WHERE id = ?",
        [
            (
                version,
                one.problem,
                "unreadable" if one.problem else "present",
                one.outcome.format if isinstance(one.outcome, Reading) else None,
                one.state.id,
            )
            for one in files
        ],
    )
    many(
        connection,
        "UPDATE artifact SET presence = ?, size = coalesce(?, size)"
        " WHERE id = ? AND present",
        [
            (*_presence(one), one.state.artifact_id)
            for one in files
            if one.is_main and one.state.artifact_id is not None
        ],
    )


def _presence(one: FileRead) -> tuple[str, int | None]:
    """Whether its bytes are here, and how many there are of what a pointer names."""
    if one.problem or not isinstance(one.outcome, Reading):
        return (Presence.UNREADABLE if one.problem else Presence.PRESENT).value, None
    if not is_pointer(one.outcome.format):
        return Presence.PRESENT.value, None
    said = (f.value.text for f in one.outcome.facts if f.key == "content.size")
    size = next((int(text) for text in said if text.isdecimal()), None)
    is_kept = size is not None and size < 2**62
    return Presence.ELSEWHERE.value, size if is_kept else None
