"""The tables of DESIGN section 3.

*Kept* tables hold what people and the program decided and are never rebuilt;
*derived* tables are rebuilt from the files. Kept rows never reference derived
ones. Times are UTC microseconds; digests are lower-case hex.

A `table=True` class does not validate what it is given: rows are written by
`catalog/` alone, from the frozen values of `domain/`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel


def table(row_class: type[SQLModel]) -> Any:
    """The SQLAlchemy table of a row class, for statements that give plain rows."""
    return row_class.__table__  # type: ignore[attr-defined]


# --- kept ---------------------------------------------------------------------


class ProjectRow(SQLModel, table=True):
    """A watched folder."""

    __tablename__ = "project"
    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    name: str
    path: bytes = Field(unique=True, sa_type=LargeBinary)
    path_text: str
    state: str = "idle"
    state_note: str = ""
    added_at: int
    removed_at: int | None = None
    device: int | None = None  # of the folder when last listed
    inode: int | None = None  # the same folder elsewhere is a moved project
    readers: str = Field(default="", sa_column_kwargs={"server_default": ""})


class LeaseRow(SQLModel, table=True):
    """Which program brings something up to date now, and until when."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    owner: str = ""
    token: int = 0  # fencing token: grows with each owner
    until: int = 0


class ArtifactRow(SQLModel, table=True):
    """A place followed through moves; runs have no bytes of their own.

    The columns after `created_at` repeat what the current version says, so
    that one row paints one line of the library.
    """

    __tablename__ = "artifact"
    __table_args__ = (
        Index("artifact_by_place", "project_id", "path"),
        # Each holds all that a list in its order needs, the filters of the left too.
        Index(
            "artifact_offline",
            "project_id",
            sqlite_where=text("presence = 'offline'"),
        ),
        Index("artifact_away", "presence", sqlite_where=text("presence <> 'present'")),
        Index("artifact_by_name", "present", text("name COLLATE NOCASE"), "id"),
        Index("artifact_by_modified", "present", "modified", "id"),
        Index("artifact_by_size", "present", "size", "id"),
        Index("artifact_by_metric", "present", "metric_value", "id"),
        Index(
            "artifact_by_division",
            "present",
            "kind",
            "format",
            "stage",
            "project_id",
            "owner",
        ),
        Index("artifact_by_digest", "digest"),
    )
    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    project_id: int = Field(foreign_key="project.id")
    kind: str
    name: str
    path: bytes = Field(sa_type=LargeBinary)  # relative to the project
    path_text: str  # relative, for people and for search
    run_key: str | None = Field(default=None, unique=True)  # "project tool native"
    bundle: bool = False
    owner: str = ""
    created_at: int
    # of the current version
    version_id: int | None = None
    format: str = ""
    size: int | None = None
    digest: str | None = None
    modified: int | None = None
    presence: str = "present"
    present: bool = True  # presence is not "missing": listed by default
    stage: str = "draft"
    metric_name: str = ""
    metric_value: float | None = None
    met: int = 0
    applicable: int = 0
    findings: int = 0
    name_broken: bool = False


class ArtifactAliasRow(SQLModel, table=True):
    """The id of an artifact that was merged into another."""

    __tablename__ = "artifact_alias"
    __table_args__ = (Index("artifact_alias_by_artifact", "artifact_id"),)
    uid: str = Field(primary_key=True)
    artifact_id: int = Field(foreign_key="artifact.id")


class RemovedRow(SQLModel, table=True):
    """An artifact that a person took out of the catalogue; its file stays.

    A trigger keeps it out, whatever later scans see, until this row goes.
    """

    __tablename__ = "removed_artifact"
    artifact_id: int = Field(foreign_key="artifact.id", primary_key=True)
    who: str
    at: int


class VersionRow(SQLModel, table=True):
    """One immutable content state; provisional until digested."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("artifact_id", "number"),
        Index("version_by_digest", "digest"),
    )
    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    artifact_id: int = Field(foreign_key="artifact.id")
    number: int
    digest: str | None = None  # SHA-256 of the file, or of the content manifest
    digest_all: str | None = None  # of a bundle with its companions
    size: int
    observed_at: int
    recorded_at: int | None = None
    recorded_source: str = ""
    text: bytes | None = Field(default=None, sa_type=LargeBinary)  # zlib


class LocationRow(SQLModel, table=True):
    """Where a version's bytes were, and when."""

    __tablename__ = "location"
    __table_args__ = (
        Index("location_by_artifact", "artifact_id"),
        # Deleting a version asks whether a location still speaks of it.
        Index("location_by_version", "version_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int = Field(foreign_key="artifact.id")
    version_id: int = Field(foreign_key="version.id")
    project_id: int = Field(foreign_key="project.id")
    path: bytes = Field(sa_type=LargeBinary)
    path_text: str
    first_seen: int
    last_seen: int
    ended_at: int | None = None
    state: str = "present"


class ExternalRow(SQLModel, table=True):
    """An artifact known by reference only; resolving it only adds a link."""

    __tablename__ = "external_artifact"
    __table_args__ = (UniqueConstraint("scheme", "reference", "revision"),)
    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    kind: str
    scheme: str
    reference: str
    revision: str = ""
    name: str
    resolved_uid: str | None = None


class DecisionRow(SQLModel, table=True):
    """A person's confirm or reject of an edge, by natural key."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("child", "relation", "parent"),)
    id: int | None = Field(default=None, primary_key=True)
    child: str
    relation: str
    parent: str
    verdict: str
    who: str
    why: str = ""
    at: int


class PersonClaimRow(SQLModel, table=True):
    """A lineage claim that a person typed when registering or editing."""

    __tablename__ = "person_claim"
    __table_args__ = (UniqueConstraint("child", "relation", "scheme", "reference"),)
    id: int | None = Field(default=None, primary_key=True)
    child: str  # uid
    relation: str
    scheme: str
    reference: str
    revision: str = ""
    kind: str = ""
    who: str
    at: int


class StageRow(SQLModel, table=True):
    """The stage of one version, by artifact and digest."""

    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("artifact_uid", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    artifact_uid: str
    digest: str
    stage: str
    who: str
    at: int


class WaiverRow(SQLModel, table=True):
    """A finding that a person accepts until a day."""

    __tablename__ = "waiver"
    __table_args__ = (UniqueConstraint("rule", "subject", "detail"),)
    id: int | None = Field(default=None, primary_key=True)
    rule: str
    subject: str  # artifact uid
    detail: str = ""
    who: str
    why: str
    until: int | None = None
    at: int


class TagRow(SQLModel, table=True):
    """One tag of one artifact."""

    __tablename__ = "tag"
    artifact_id: int = Field(foreign_key="artifact.id", primary_key=True)
    tag: str = Field(primary_key=True, index=True)


class NoteRow(SQLModel, table=True):
    """A person's note on an artifact."""

    __tablename__ = "note"
    artifact_id: int = Field(foreign_key="artifact.id", primary_key=True)
    text: str
    at: int


class FeatureDocRow(SQLModel, table=True):
    """What a person documented about one feature of a dataset."""

    __tablename__ = "feature_documentation"
    __table_args__ = (UniqueConstraint("artifact_id", "feature"),)
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int = Field(foreign_key="artifact.id")
    feature: str
    description: str = ""
    owner: str = ""
    rationale: str = ""
    computed_by: str = ""  # uid of the script
    at: int


class SavedSearchRow(SQLModel, table=True):
    """A query with a name."""

    __tablename__ = "saved_search"
    name: str = Field(primary_key=True)
    query: str
    at: int


class DossierRow(SQLModel, table=True):
    """An audit report that was written."""

    __tablename__ = "dossier"
    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    at: int
    title: str
    path_text: str
    digest: str
    evidence_digest: str
    subjects: str  # JSON list of uids


class JournalRow(SQLModel, table=True):
    """The append-only, hash-chained record; UNIQUE prev_hash forbids a fork."""

    __tablename__ = "journal"
    seq: int = Field(primary_key=True)
    at: int
    actor: str
    kind: str
    subject: str
    payload: str  # canonical JSON
    prev_hash: str = Field(unique=True)
    hash: str = Field(unique=True)


class ChangeRow(SQLModel, table=True):
    """One row: a number that grows with every committed write."""

    __tablename__ = "change"
    id: int = Field(primary_key=True)
    sequence: int


# --- derived ------------------------------------------------------------------


class FolderRow(SQLModel, table=True):
    """A walked folder, and whether something in it waits to be looked at.

    It is waiting from the listing until its artifacts are made and its runs are
    read, so that a program that was killed in between leaves nothing behind.
    """

    __tablename__ = "folder"
    __table_args__ = (
        UniqueConstraint("project_id", "path"),
        Index("folder_waiting", "project_id", sqlite_where=text("folder.waiting")),
    )
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    path: bytes = Field(sa_type=LargeBinary)
    waiting: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    # Of the listing that its files are known by; NULL when that is not sure.
    signature: bytes | None = Field(default=None, sa_type=LargeBinary)


class RepositoryRow(SQLModel, table=True):
    """A git repository in a project, as it was when it was last looked at."""

    __tablename__ = "repository"
    __table_args__ = (UniqueConstraint("project_id", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    path: bytes = Field(sa_type=LargeBinary)  # of its work tree
    signature: str  # another one when something was committed or staged
    kind: str = ""  # repository, work tree, submodule
    branch: str = ""
    commit_id: str = ""  # what is checked out
    date: str = ""  # of that commit, ISO 8601
    changed: int | None = None  # files with uncommitted changes; None: not known
    note: str = ""
    problem: str = ""  # why it could not be read


class FileRow(SQLModel, table=True):
    """A walked file; the first listing writes only these and the artifacts."""

    __tablename__ = "file"
    __table_args__ = (
        UniqueConstraint("folder_id", "name"),
        Index(
            "file_by_artifact",
            "artifact_id",
            sqlite_where=text("artifact_id IS NOT NULL"),
        ),
        Index("file_by_link", "project_id", sqlite_where=text("role = 'link'")),
        Index(
            "file_unreadable",
            "project_id",
            sqlite_where=text("state = 'unreadable'"),
        ),
        Index("file_by_inode", "inode", "device"),
        Index(
            "file_unread",
            "project_id",
            sqlite_where=text("artifact_id IS NOT NULL AND read_version = ''"),
        ),
        Index(
            "file_undigested",
            "project_id",
            sqlite_where=text("artifact_id IS NOT NULL AND digested = 0"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    folder_id: int = Field(foreign_key="folder.id")
    name: bytes = Field(sa_type=LargeBinary)
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int
    state: str = "present"  # present, missing, unreadable
    format: str = ""
    role: str = "main"  # main, content, companion, source, link, other
    artifact_id: int | None = None
    read_version: str = ""  # of the readers that read it; "" when unread
    problem: str = ""  # why it could not be read
    digest: str | None = None
    digested: bool = False
    link: bool = False  # a symbolic one; the numbers are its target's


class LogRow(SQLModel, table=True):
    """How far a log that may grow was read, and which source it belongs to."""

    __tablename__ = "log"
    file_id: int = Field(foreign_key="file.id", ondelete="CASCADE", primary_key=True)
    teller_id: int  # the file under which its run is told
    tool: str  # "" for a metrics file
    source: bytes = Field(sa_type=LargeBinary)  # relative to the project
    mark: bytes = Field(sa_type=LargeBinary)  # of its reader or tracker


class KeyRow(SQLModel, table=True):
    """The names of facts, params and metrics, once each."""

    __tablename__ = "key"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)


class FactRow(SQLModel, table=True):
    """One fact of a version."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_by_artifact", "artifact_id", "version_id"),
        Index("fact_by_key", "key_id", "number", "artifact_id", "version_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int
    version_id: int | None = None
    file_id: int | None = Field(default=None, index=True)  # who said so
    key_id: int
    type: str
    text: str
    number: float | None = None
    evidence: str
    source: str


class ParamRow(SQLModel, table=True):
    """One configuration value."""

    __tablename__ = "param"
    __table_args__ = (
        Index("param_by_artifact", "artifact_id", "version_id"),
        Index("param_by_key", "key_id", "number", "artifact_id", "version_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int
    version_id: int | None = None
    file_id: int | None = Field(default=None, index=True)  # who said so
    key_id: int
    type: str
    text: str
    number: float | None = None
    source: str = ""


class MetricRow(SQLModel, table=True):
    """One metric's summary, and its series as zlib-compressed packed points."""

    __tablename__ = "metric"
    __table_args__ = (
        Index("metric_by_artifact", "artifact_id", "version_id"),
        Index("metric_by_key", "key_id", "last", "artifact_id", "version_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int
    version_id: int | None = None
    file_id: int | None = Field(default=None, index=True)  # who said so
    key_id: int
    last: float | None = None
    low: float | None = None
    high: float | None = None
    step: int | None = None
    dataset: str = ""
    source: str = ""
    series: bytes = Field(default=b"", sa_type=LargeBinary)
    points: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class TensorRow(SQLModel, table=True):
    """One tensor by header, with its fingerprint once digested."""

    __tablename__ = "fingerprint"
    __table_args__ = (
        Index("fingerprint_by_artifact", "artifact_id", "version_id"),
        Index("fingerprint_by_digest", "digest", "artifact_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int
    version_id: int | None = None
    file_id: int | None = Field(default=None, index=True)
    position: int
    name: str
    dtype: str
    shape: str  # JSON
    offset: int | None = None
    size: int = 0
    digest: str | None = None


class ColumnRow(SQLModel, table=True):
    """One column of a dataset version."""

    __tablename__ = "column_of"
    __table_args__ = (Index("column_by_artifact", "artifact_id", "version_id"),)
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int
    version_id: int | None = None
    file_id: int | None = Field(default=None, index=True)  # who said so
    position: int
    name: str
    type: str


class ClaimRow(SQLModel, table=True):
    """What a reader or tracker said, replaced when its source changes."""

    __tablename__ = "claim"
    __table_args__ = (Index("claim_by_artifact", "artifact_id"),)
    id: int | None = Field(default=None, primary_key=True)
    artifact_id: int  # what SELF means
    file_id: int | None = Field(default=None, index=True)
    source_path: str  # absolute
    subject_scheme: str
    subject_id: str = ""
    subject_revision: str | None = None
    relation: str
    target_scheme: str
    target_id: str = ""
    target_revision: str | None = None
    target_kind: str | None = None
    evidence: str
    source: str
    detail: str = ""
    confidence: float = 1.0


class EdgeRow(SQLModel, table=True):
    """One line of lineage between uids (artifacts or externals)."""

    __tablename__ = "edge"
    __table_args__ = (
        UniqueConstraint("child", "relation", "parent"),
        Index("edge_by_parent", "parent", "relation"),
    )
    id: int | None = Field(default=None, primary_key=True)
    child: str
    relation: str
    parent: str
    evidence: str  # of the best proof
    confidence: float
    proofs: str  # JSON
    pinned: bool = True


class FindingRow(SQLModel, table=True):
    """One problem, keyed by rule, subject and detail."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("rule", "subject", "detail"),
        Index("finding_by_artifact", "artifact_id"),
        Index("finding_by_rule", "rule", "state"),
        Index("finding_waived", "state", sqlite_where=text("state = 'waived'")),
    )
    id: int | None = Field(default=None, primary_key=True)
    rule: str
    subject: str  # artifact uid, or absolute path text
    detail: str = ""
    artifact_id: int | None = None
    project_id: int | None = None
    file_id: int | None = Field(default=None, index=True)
    origin: str  # read, link or judge: the stage that replaces it
    severity: str
    message: str
    path_text: str = ""
    field: str = ""
    found: str = ""
    expected: str = ""
    suggestion: str = ""
    remedy: str = ""
    state: str = "open"
    first_seen: int


class CheckRow(SQLModel, table=True):
    """One line of a model's traceability checklist."""

    __tablename__ = "traceability"
    artifact_id: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    check: str = Field(sa_column_kwargs={"name": "check_name"})
    state: str
    evidence: str
    remedy: str


class StaleRow(SQLModel, table=True):
    """An artifact that changed since a stage (link, judge, count) looked at it.

    Triggers write it down where the change is made. A stage takes what it is
    about to do, and what it took goes when its outcome is written; what a
    program that was killed had taken is taken again.
    """

    __tablename__ = "stale"
    stage: str = Field(primary_key=True)
    taken: bool = Field(primary_key=True)
    artifact_id: int = Field(primary_key=True)


class LinkAnswerRow(SQLModel, table=True):
    """What linking said of an artifact at one of its stages; see `catalog/answers`.

    `subject` is the artifact's number, less than 0 that of an external one;
    `keys` are those by which it is looked up, `reads` those that it rests on.
    """

    __tablename__ = "link_answer"
    __table_args__ = {"sqlite_with_rowid": False}
    stage: int = Field(primary_key=True)
    subject: int = Field(primary_key=True)
    said: str = ""
    keys: bytes = Field(default=b"", sa_type=LargeBinary)
    reads: bytes = Field(default=b"", sa_type=LargeBinary)


class LinkKeyRow(SQLModel, table=True):
    """A hashed key by which linking looks up an answer."""

    __tablename__ = "link_key"
    __table_args__ = {"sqlite_with_rowid": False}
    key: int = Field(primary_key=True)
    stage: int = Field(primary_key=True)
    subject: int = Field(primary_key=True)


class LinkReadRow(SQLModel, table=True):
    """A hashed key that an answer rests on, whether anything has it or not."""

    __tablename__ = "link_read"
    __table_args__ = {"sqlite_with_rowid": False}
    key: int = Field(primary_key=True)
    stage: int = Field(primary_key=True)
    subject: int = Field(primary_key=True)


class LinkWeightsRow(SQLModel, table=True):
    """The fingerprints of a version as they were when its bytes were compared.

    `marks` are the beginnings of its tensors' digests, eight bytes each; versions
    of one family have tensors of the same names and sizes.
    """

    __tablename__ = "link_weights"
    __table_args__ = (Index("link_weights_by_family", "kind", "family"),)
    subject: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    kind: str
    family: int
    rank: str  # JSON: sorts by age
    marks: bytes = Field(sa_type=LargeBinary)


class LinkCommonRow(SQLModel, table=True):
    """A tensor that more versions hold than are looked at."""

    __tablename__ = "link_common"
    __table_args__ = {"sqlite_with_rowid": False}
    kind: str = Field(primary_key=True)
    mark: str = Field(primary_key=True)
    holders: int


class LinkHoldersRow(SQLModel, table=True):
    """Who holds such tensors: all their families, and the first versions."""

    __tablename__ = "link_holders"
    id: int = Field(primary_key=True)
    families: str  # JSON
    ranks: str  # JSON


class JudgedByRow(SQLModel, table=True):
    """What the judgements of a place rest on beside its artifacts; "" is everywhere."""

    __tablename__ = "judged_by"
    place: str = Field(primary_key=True)
    signature: str


class JudgedNameRow(SQLModel, table=True):
    """A name that a convention speaks of, so that its doubles are found."""

    __tablename__ = "judged_name"
    __table_args__ = (
        Index("judged_name_by_key", "name_key"),
        Index("judged_name_by_word", "project", "word"),
    )
    artifact_id: int = Field(primary_key=True)
    name_key: str  # names that differ only by case have one
    project: str
    word: str = ""  # what the name calls the project
    path_text: str  # absolute


class SearchMarkRow(SQLModel, table=True):
    """One row: the last artifact whose words were put into the search index."""

    __tablename__ = "search_mark"
    id: int = Field(primary_key=True)
    upto: int


class SearchAgainRow(SQLModel, table=True):
    """An artifact whose words in the search index are no longer right.

    With the name and path that they were made of, which take them out again;
    triggers write it.
    """

    __tablename__ = "search_again"
    artifact_id: int = Field(primary_key=True)
    name: str | None = None
    path_text: str | None = None


class SearchFolderRow(SQLModel, table=True):
    """A folder whose own name is in the search index, for all that lies below."""

    __tablename__ = "search_folder"
    __table_args__ = (UniqueConstraint("project_id", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    project_id: int
    path: bytes = Field(sa_type=LargeBinary)


KEPT: tuple[type[SQLModel], ...] = (
    ProjectRow,
    LeaseRow,
    ArtifactRow,
    ArtifactAliasRow,
    RemovedRow,
    VersionRow,
    LocationRow,
    ExternalRow,
    DecisionRow,
    PersonClaimRow,
    StageRow,
    WaiverRow,
    TagRow,
    NoteRow,
    FeatureDocRow,
    SavedSearchRow,
    DossierRow,
    JournalRow,
    ChangeRow,
)
DERIVED: tuple[type[SQLModel], ...] = (
    FolderRow,
    RepositoryRow,
    FileRow,
    LogRow,
    KeyRow,
    FactRow,
    ParamRow,
    MetricRow,
    TensorRow,
    ColumnRow,
    ClaimRow,
    EdgeRow,
    FindingRow,
    CheckRow,
    StaleRow,
    LinkAnswerRow,
    LinkKeyRow,
    LinkReadRow,
    LinkWeightsRow,
    LinkCommonRow,
    LinkHoldersRow,
    JudgedByRow,
    JudgedNameRow,
    SearchMarkRow,
    SearchAgainRow,
    SearchFolderRow,
)
