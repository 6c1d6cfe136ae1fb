"""The indexer's side of the catalogue: what each stage of the flow reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlmodel import col

from mlcatalog.catalog import (
    checksums,
    files_read,
    first,
    judgements,
    leases,
    linked,
    listing,
    logs,
    moves,
    placing,
    readings,
    repositories,
    runs,
    stale,
    versions,
)
from mlcatalog.catalog.answers import Answers, Kept, forget
from mlcatalog.catalog.checksums import Unchecked, UncheckedFolder
from mlcatalog.catalog.compared import Compared, Holders, Version
from mlcatalog.catalog.database import Database
from mlcatalog.catalog.erasing import dissolve
from mlcatalog.catalog.files_read import FileRead
from mlcatalog.catalog.first import NewArtifact, NewFolder
from mlcatalog.catalog.judgements import Judgements
from mlcatalog.catalog.leases import Lease
from mlcatalog.catalog.linkables import Linkable, linkables
from mlcatalog.catalog.listing import FileState, Seen
from mlcatalog.catalog.logs import Log
from mlcatalog.catalog.placing import Desired
from mlcatalog.catalog.readings import Keys
from mlcatalog.catalog.relinking import Relinking
from mlcatalog.catalog.repositories import RepositoryState, Tracked
from mlcatalog.catalog.runs import Part, Told
from mlcatalog.catalog.said import StoredClaim, claims
from mlcatalog.catalog.search import words
from mlcatalog.catalog.summaries import joined
from mlcatalog.catalog.tables import (
    ArtifactRow,
    FileRow,
    ProjectRow,
    table,
)
from mlcatalog.catalog.views import display
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge, Node
from mlcatalog.domain.reading import (
    Fact,
    Notice,
    RunSource,
    Tensor,
)
from mlcatalog.domain.words import POINTER, Kind, Presence

SOME = 10_000  # files that are held at a time
FEW = 200  # artifacts that changed: more of them, and than a part of all,
MOST = 8  # and the whole lineage is made anew


@dataclass(frozen=True, slots=True)
class Place:
    """A project as the indexer needs it: root in bytes."""

    number: int
    id: str
    name: str
    root: bytes
    device: int | None = None  # of the root, when it was added

    @property
    def root_text(self) -> str:
        """The root for people and for claims."""
        return display(self.root)


@dataclass(frozen=True, slots=True)
class LinkAnswers:
    """What the whole lineage was made of, by which rules."""

    rules: str
    numbers: Mapping[str, int]  # of all artifacts
    kept: Iterable[Kept]
    compared: Sequence[Version]
    common: Iterable[tuple[Kind, Mapping[str, Holders]]]


class Ingest:
    """One method a step of the flow; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = Keys()
        self._leases: dict[str, Lease] = {}

    # list

    def place(self, project_id: str) -> Place:
        """The project of an id."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(table(ProjectRow)).where(col(ProjectRow.uid) == project_id)
            ).one()
        return Place(row.id, row.uid, row.name, bytes(row.path), row.device)

    def inner_roots(self, place: Place) -> frozenset[bytes]:
        """Roots of other projects inside this one: they own their files."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(ProjectRow.path)).where(col(ProjectRow.removed_at).is_(None))
            ).scalars()
            prefix = place.root.rstrip(b"/") + b"/"
            return frozenset(
                bytes(path)[len(prefix) :]
                for path in rows
                if bytes(path).startswith(prefix)
            )

    def signatures(
        self, place: Place, folder: bytes, *, recursive: bool
    ) -> dict[bytes, bytes | None]:
        """The known folders of a part of a project, with what each is known by."""
        with self._database.reading() as connection:
            return listing.signatures(
                connection, place.number, folder, recursive=recursive
            )

    def has_files(self, place: Place) -> bool:
        """Whether a project had any file when it was last looked at."""
        with self._database.reading() as connection:
            return listing.has_files(connection, place.number)

    def folder_paths(self, place: Place) -> list[bytes]:
        """All folders of a project that hold or held files."""
        with self._database.reading() as connection:
            return listing.folder_paths(connection, place.number)

    def is_unknown(self, place: Place) -> bool:
        """Whether the catalogue holds nothing at all of a project."""
        with self._database.reading() as connection:
            return first.is_unknown(connection, place.number)

    def show(self, place: Place, artifacts: Sequence[NewArtifact]) -> range:
        """Let artifacts that are new be seen; gives their numbers in the same order."""
        with self._writing() as connection:
            return first.show(connection, place.number, artifacts)

    def remember(
        self,
        place: Place,
        folders: Sequence[NewFolder],
        artifacts: Sequence[NewArtifact],
        *,
        numbers: range,
        version: str,
    ) -> None:
        """Write the folders and files behind artifacts that are shown."""
        with self._writing() as connection:
            first.remember(
                connection,
                place.number,
                folders=folders,
                artifacts=artifacts,
                numbers=numbers,
                version=version,
            )

    def close_first(self, place: Place, version: str) -> None:
        """Note that a project was listed whole; what was shown in vain is taken back."""
        with self._database.reading() as connection:
            if first.is_finished(connection, place.number):
                return
        with self._writing() as connection:
            for number in first.unfinished(connection, place.number):
                dissolve(connection, number)
            first.finish(connection, place.number, version)

    def fill_search(self) -> bool:
        """Put the words of some rows into the search index; whether there were any."""
        with self._database.reading() as connection:
            if words.is_filled(connection):
                return False
        with self._writing() as connection:
            return words.fill(connection) > 0

    def folders_sharing(self, place: Place, folders: Iterable[bytes]) -> set[bytes]:
        """These folders, and those that links join with files in them."""
        with self._database.reading() as connection:
            return listing.folders_sharing(connection, place.number, set(folders))

    def write_listing(
        self,
        place: Place,
        *,
        added: Sequence[Seen],
        changed: Sequence[tuple[int, Seen]],
        gone: Sequence[int],
        signatures: Mapping[bytes, bytes],
    ) -> None:
        """Write what differs between a walk and the catalogue."""
        with self._writing() as connection:
            listing.write_files(
                connection,
                place.number,
                added=added,
                changed=changed,
                gone=gone,
                signatures=signatures,
            )

    def write_artifacts(
        self,
        place: Place,
        *,
        folders: Iterable[bytes],
        desired: Sequence[Desired],
        touched: frozenset[int],
    ) -> set[int]:
        """Make the artifacts of folders; gives the numbers of new ones."""
        with self._writing() as connection:
            return placing.place(
                connection,
                place.number,
                folders=folders,
                desired=desired,
                touched=touched,
            )

    def set_role(self, file_ids: Sequence[int], role: str) -> None:
        """Say what files are to their folder, without an artifact."""
        if not file_ids:
            return
        with self._writing() as connection:
            connection.execute(
                update(table(FileRow))
                .where(table(FileRow).c.id == bindparam("file"))
                .values(role=role, artifact_id=None),
                [{"file": file_id} for file_id in file_ids],
            )

    def read_again(self, file_ids: Sequence[int]) -> None:
        """Have files read again that did not change: what they are about did."""
        if not file_ids:
            return
        with self._writing() as connection:
            connection.execute(
                update(table(FileRow))
                .where(table(FileRow).c.id == bindparam("file"))
                .values(read_version=""),
                [{"file": file_id} for file_id in file_ids],
            )

    def placed(self, place: Place, folders: Collection[bytes], version: str) -> None:
        """Note that the files of folders were grouped by the readers of a version."""
        with self._writing() as connection:
            listing.placed(connection, place.number, folders, version)

    def retire(self, place: Place, version: str) -> None:
        """Have what other readers read, or passed over, looked at again."""
        with self._writing() as connection:
            listing.retire(connection, place.number, version)

    def waiting(self, place: Place) -> set[bytes]:
        """The folders in which something waits to be looked at."""
        with self._database.reading() as connection:
            return listing.waiting(connection, place.number)

    def looked_at(self, place: Place, folders: Collection[bytes]) -> None:
        """Note that nothing waits in some folders any more."""
        with self._writing() as connection:
            listing.looked_at(connection, place.number, folders)

    def newborn(self, place: Place) -> set[int]:
        """Artifacts whose first content is not digested: a move may have ended there."""
        with self._database.reading() as connection:
            return listing.newborn(connection, place.number)

    def files_under(
        self, place: Place, folder: bytes, *, recursive: bool
    ) -> list[FileState]:
        """The remembered files of a part of a project."""
        with self._database.reading() as connection:
            return listing.files_under(
                connection, place.number, folder, recursive=recursive
            )

    def files_in(self, place: Place, folders: Collection[bytes]) -> list[FileState]:
        """The remembered files that lie directly in some folders."""
        with self._database.reading() as connection:
            return list(listing.files_in(connection, place.number, folders))

    def link_folders(self, artifacts: Collection[int]) -> dict[int, set[bytes]]:
        """The folders in which there are links to artifacts."""
        with self._database.reading() as connection:
            return listing.link_folders(connection, artifacts)

    def children(
        self, place: Place, folders: Collection[bytes]
    ) -> list[tuple[bytes, bytes]]:
        """Each folder with the names of the folders in it that hold files."""
        with self._database.reading() as connection:
            return list(listing.children(connection, place.number, folders))

    def set_presence(self, place: Place, presence: Presence) -> None:
        """A project that vanished is offline, and back as it was when it returns."""
        offline = presence is Presence.OFFLINE
        before = (
            col(ArtifactRow.presence).in_(
                (Presence.PRESENT, Presence.UNREADABLE, Presence.ELSEWHERE)
            )
            if offline
            else text("artifact.presence = 'offline'")  # as its partial index says
        )
        with self._writing() as connection:
            moved = connection.execute(
                update(ArtifactRow)
                .where(
                    col(ArtifactRow.project_id) == place.number,
                    before,
                )
                .values(presence=presence.value, present=True)
            )
            if not offline and moved.rowcount:
                connection.execute(
                    update(ArtifactRow)
                    .where(
                        col(ArtifactRow.project_id) == place.number,
                        col(ArtifactRow.presence) == Presence.PRESENT.value,
                        col(ArtifactRow.format).endswith(POINTER),
                    )
                    .values(presence=Presence.ELSEWHERE.value)
                )
            if not offline:
                self._unreadable_again(connection, place)

    @staticmethod
    def _unreadable_again(connection: Connection, place: Place) -> None:
        broken = select(col(FileRow.artifact_id)).where(
            col(FileRow.project_id) == place.number,
            col(FileRow.state) == "unreadable",
            col(FileRow.role) == "main",
        )
        connection.execute(
            update(ArtifactRow)
            .where(
                col(ArtifactRow.id).in_(broken),
                col(ArtifactRow.presence) == Presence.PRESENT.value,
            )
            .values(presence=Presence.UNREADABLE.value)
        )

    # read

    def unread(self, place: Place) -> Iterator[list[FileState]]:
        """Files of artifacts whose header was not read yet, some at a time."""
        yield from self._some(place, listing.unread)

    def write_readings(
        self, place: Place, files: Sequence[FileRead], version: str
    ) -> None:
        """Keep what readers said of files, or why they could not."""
        try:
            with self._writing() as connection:
                files_read.write(
                    connection,
                    self._keys,
                    files,
                    root=place.root_text,
                    version=version,
                )
        except BaseException:
            self._keys.forget()
            raise

    def pass_over(self, states: Sequence[FileState], version: str) -> None:
        """Note that files of bundles have nothing to say: no reader knows them."""
        with self._writing() as connection:
            connection.execute(
                update(table(FileRow))
                .where(table(FileRow).c.id == bindparam("file"))
                .values(read_version=version, problem="", state="present"),
                [{"file": state.id} for state in states],
            )

    def write_runs(self, place: Place, sources: Sequence[Told]) -> None:
        """Replace the runs of sources (a tracker's file, a metrics folder)."""
        with self._runs_writing(place) as (connection, project):
            runs.write_runs(
                connection, self._keys, project, root=place.root_text, sources=sources
            )

    @contextmanager
    def _runs_writing(self, place: Place) -> Iterator[tuple[Connection, Any]]:
        try:
            with self._writing() as connection:
                yield (
                    connection,
                    connection.execute(
                        select(table(ProjectRow)).where(
                            col(ProjectRow.id) == place.number
                        )
                    ).one(),
                )
        except BaseException:
            self._keys.forget()
            raise

    def write_source_problem(
        self, place: Place, state: FileState, notice: Notice
    ) -> None:
        """Note why a tracker's source could not be read; its runs stay as they were."""
        with self._writing() as connection:
            readings.write_source_problem(
                connection,
                project=place.number,
                file_id=state.id,
                path=joined(place.root_text, display(state.path)),
                notice=notice,
            )

    def logs(self, files: Collection[int]) -> dict[int, Log]:
        """Which of some files are logs that may grow, and how far each was read."""
        with self._database.reading() as connection:
            return logs.logs(connection, files)

    def lengthen(self, place: Place, part: Part, log: Log, ended: int) -> None:
        """Give the new points of a metrics file to its run."""
        with self._runs_writing(place) as (connection, _):
            runs.lengthen(
                connection,
                self._keys,
                part=part,
                log=log,
                ended=ended,
                root=place.root_text,
            )

    def wait(self, place: Place, files: Collection[int]) -> None:
        """Have the folders of some files looked at again."""
        if files:
            with self._writing() as connection:
                listing.wait(
                    connection,
                    (col(FileRow.project_id) == place.number)
                    & col(FileRow.id).in_(files),
                )

    def grown(self, files: Collection[int], version: str) -> None:
        """Note that files only grew, and that their new lines were read."""
        with self._writing() as connection:
            listing.grown(connection, files, version)

    def add_to_run(
        self, place: Place, run: int, folder: bytes, parts: Sequence[Part]
    ) -> None:
        """Give what the metrics files of a folder say to a tracker's run."""
        with self._runs_writing(place) as (connection, _):
            runs.add_to_run(
                connection,
                self._keys,
                project=place.number,
                run=run,
                folder=folder,
                parts=parts,
                root=place.root_text,
            )

    def run_sources(self, place: Place) -> list[RunSource]:
        """What every source in a project told of runs."""
        with self._database.reading() as connection:
            return runs.sources_of(connection, place.number)

    def join_runs(self, place: Place, groups: Sequence[Sequence[RunSource]]) -> int:
        """Let each group of sources be one run; gives how many runs moved."""
        with self._runs_writing(place) as (connection, project):
            return runs.join(connection, project, groups)

    def forget_missing_metrics(self, place: Place) -> None:
        """Take back what metrics files that are gone said of runs."""
        with self._runs_writing(place) as (connection, _):
            runs.forget_missing(connection, place.number)

    def run_keys(self, place: Place) -> list[str]:
        """The sources of the runs that a project has: the keys they were told by."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(ArtifactRow.run_key)).where(
                    col(ArtifactRow.project_id) == place.number,
                    col(ArtifactRow.present),
                    col(ArtifactRow.run_key).is_not(None),
                )
            ).scalars()
            told = {
                source.place for source in runs.sources_of(connection, place.number)
            }
            return sorted({str(key).split("|")[1] for key in rows} | told)

    def drop_runs(self, place: Place, key: str) -> None:
        """Take back what a source that is gone told of runs."""
        with self._runs_writing(place) as (connection, project):
            runs.drop(connection, project, key)

    # code

    def repositories(self, place: Place) -> dict[bytes, RepositoryState]:
        """The git repositories of a project by their folders."""
        with self._database.reading() as connection:
            return repositories.known(connection, place.number)

    def tracked(self, place: Place) -> tuple[list[Tracked], dict[int, str]]:
        """The main files of artifacts, and the commits that artifacts recorded."""
        with self._database.reading() as connection:
            return (
                repositories.files(connection, place.number),
                repositories.recorded(connection, place.number),
            )

    def write_repository(
        self,
        place: Place,
        state: RepositoryState,
        said: Mapping[tuple[int, int | None], Sequence[Fact]],
    ) -> int:
        """Keep what a repository says; gives how many artifacts it is news of."""
        with self._runs_writing(place) as (connection, _):
            return repositories.write(connection, self._keys, place.number, state, said)

    def forget_repository(self, place: Place, folder: bytes) -> None:
        """Take back what a repository that is gone said."""
        with self._writing() as connection:
            repositories.forget(connection, place.number, folder)

    # digest

    def undigested(self, place: Place) -> Iterator[list[FileState]]:
        """Files of artifacts whose bytes have not been read through, some at a time."""
        yield from self._some(place, listing.undigested)

    def undigested_since(self, place: Place, mtime_ns: int) -> list[FileState]:
        """Those of them that were written lately."""
        with self._database.reading() as connection:
            return listing.undigested_since(connection, place.number, mtime_ns)

    def _some(
        self, place: Place, wanted: Callable[..., list[FileState]]
    ) -> Iterator[list[FileState]]:
        after = 0
        while True:
            with self._database.reading() as connection:
                states = wanted(connection, place.number, after=after, most=SOME)
            if not states:
                return
            yield states
            after = states[-1].id

    def tensors(self, files: Collection[int]) -> dict[int, list[Tensor]]:
        """The tensors of files' current versions, in the readers' order."""
        with self._database.reading() as connection:
            return versions.tensors(connection, files)

    def write_digests(
        self, digests: Mapping[int, tuple[str, Sequence[str | None]]]
    ) -> None:
        """Keep files' digests and tensor fingerprints."""
        with self._writing() as connection:
            versions.write_digests(connection, digests)

    def unchecked(self, place: Place) -> list[Unchecked]:
        """Digested files of which something says the MD5, while it is not known."""
        with self._database.reading() as connection:
            return checksums.unchecked(connection, place.number, place.root_text)

    def write_checksums(self, checked: Sequence[tuple[Unchecked, str, str]]) -> None:
        """Keep files' MD5, and that by lines where it is another one."""
        if not checked:
            return
        try:
            with self._writing() as connection:
                checksums.write(connection, self._keys, checked)
        except BaseException:
            self._keys.forget()
            raise

    def unchecked_folders(self, place: Place) -> list[UncheckedFolder]:
        """Folders that DVC pointers stand for, and that are others than when checked."""
        with self._database.reading() as connection:
            return checksums.unchecked_folders(connection, place.number)

    def write_folder_checksum(self, one: UncheckedFolder, md5: str) -> None:
        """Keep a folder's MD5; "" for one that is not computed."""
        try:
            with self._writing() as connection:
                checksums.write_folder(connection, self._keys, one, md5)
        except BaseException:
            self._keys.forget()
            raise

    def settle_versions(
        self,
        place: Place,
        *,
        manifest: versions.Manifest,
        digested: Collection[int],
        born: Collection[int],
    ) -> set[int]:
        """Turn digests into versions, and follow moves; gives what is still new.

        A program that ends between two writes has done all of the first.
        """
        left = set(born)
        with self._database.reading() as connection:
            parts = versions.settled(
                connection,
                place.number,
                manifest=manifest,
                digested=digested,
                born=left,
            )
        for part in parts:
            with self._writing() as connection:
                versions.settle(connection, part)
                new = left.intersection(one.artifact for one in part)
                left -= new - moves.follow(connection, new)
                # Who takes over a place is as readable as what lies there.
                self._unreadable_again(connection, place)
        return left

    # link and judge

    def claims(self) -> list[StoredClaim]:
        """All claims of readers, trackers and people about present artifacts."""
        with self._database.reading() as connection:
            return claims(connection)

    def linkables(self) -> list[Linkable]:
        """All present artifacts with what the link stage needs of them."""
        with self._database.reading() as connection:
            return linkables(connection)

    def take_link(self, rules: str) -> list[int] | None:
        """The numbers of the artifacts that changed since the last link.

        None where all of it is to be made anew. `write_link` or `relinking`
        ends with it.
        """
        with self._writing() as connection:
            taken = stale.take(connection, stale.LINK)
            if not Answers(connection).is_whole(rules):
                return None
            number = connection.scalar(select(func.count()).select_from(ArtifactRow))
            return taken if len(taken) <= max(FEW, int(number or 0) // MOST) else None

    @contextmanager
    def relinking(self) -> Iterator[Relinking]:
        """Link some artifacts only, in one transaction."""
        with self._writing() as connection:
            yield Relinking(connection)

    def write_link(
        self,
        edges: Sequence[Edge],
        externals: Sequence[Node],
        findings: Sequence[Finding],
        answers: LinkAnswers | None = None,
    ) -> int:
        """Make the whole lineage that given; gives how many rows changed.

        What changed, and what was taken, is left to be judged. Without the
        answers that it is made of, the next link makes all of it anew.
        """
        with self._writing() as connection:
            taken = stale.taken(connection, stale.LINK)
            changed = linked.write_edges(connection, edges, externals)
            judgements.lineage_changed(connection, taken, changed)
            stale.done(connection, stale.LINK)
            found = linked.write_findings(connection, "link", findings)
            forget(connection)
            if answers is not None:
                kept = Answers(connection)
                kept.learn(answers.numbers.items())
                kept.put_all(answers.rules, answers.kept)
                Compared(connection).put_all(answers.compared, answers.common)
            return len(changed) + found

    def write_scan_findings(self, project_id: str, findings: Sequence[Finding]) -> None:
        """Make what the last walks of a project ran into those given."""
        with self._writing() as connection:
            linked.write_findings(connection, f"walk:{project_id}", findings)

    @property
    def judgements(self) -> Judgements:
        """The judge stage's side of the catalogue."""
        return Judgements(self._database.reading, self._writing)

    # turns

    def take(
        self, name: str, owner: str, *, seconds: float, instead_of: str = ""
    ) -> Lease:
        """Take or renew a turn unless somebody else has it; gives who has it now.

        While this one has it, every write makes sure that it still has.
        """
        with self._database.writing(announce=False) as connection:
            lease = leases.take(
                connection, name, owner, seconds=seconds, instead_of=instead_of
            )
        if lease.owner == owner:
            self._leases[name] = lease
        return lease

    def keep(self, name: str, *, seconds: float) -> None:
        """Make a turn longer, as long as this one has it."""
        lease = self._leases.get(name)
        if lease is not None:
            with self._database.writing(announce=False) as connection:
                leases.keep(connection, lease, seconds=seconds)

    def give_back(self, name: str) -> None:
        """Let others have a turn."""
        lease = self._leases.pop(name, None)
        if lease is not None:
            with self._database.writing(announce=False) as connection:
                leases.give_back(connection, lease)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._database.writing() as connection:
            for lease in tuple(self._leases.values()):
                leases.check(connection, lease)
            yield connection


__all__ = [
    "Desired",
    "FileState",
    "Ingest",
    "LinkAnswers",
    "Linkable",
    "Place",
    "Seen",
    "StoredClaim",
]
