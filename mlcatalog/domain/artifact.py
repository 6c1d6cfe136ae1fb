"""What the catalogue remembers of an artifact, as frozen values for any thread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlcatalog.domain.words import Evidence, Kind, Presence, ProjectState, Stage

if TYPE_CHECKING:  # a list of summaries is there before what a detail is made of
    from mlcatalog.domain.finding import Check, Finding
    from mlcatalog.domain.lineage import Edge
    from mlcatalog.domain.reading import Column, Point, Tensor
    from mlcatalog.domain.values import Value


@dataclass(frozen=True, slots=True)
class Project:
    """A watched folder and what it holds."""

    id: str
    name: str
    path: str  # absolute
    state: ProjectState
    artifacts: int = 0
    note: str = ""  # why it is offline, limited or in error


@dataclass(frozen=True, slots=True)
class Summary:
    """One row of the library; what every artifact has."""

    row: int  # the catalogue's own number; fast, not for people
    id: str  # the UUID that never changes
    kind: Kind
    format: str
    name: str
    path: str  # absolute; "" for a run without a folder
    project: str  # the project's name
    size: int | None
    digest: str | None  # SHA-256 hex; None until digested
    stage: Stage
    owner: str
    modified: int | None  # UTC µs
    presence: Presence
    metric: str = ""  # "f1 0.941", the headline metric
    met: int = 0
    applicable: int = 0
    findings: int = 0  # open ones
    name_broken: bool = False  # a naming rule is among them
    bundle: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable content state."""

    id: str
    number: int
    digest: str | None
    size: int
    observed: int
    recorded: int | None
    current: bool
    stage: Stage = Stage.DRAFT
    has_text: bool = False


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One fact with the file and key path that say so."""

    key: str
    value: Value
    evidence: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric's summary and its curve."""

    name: str
    last: float | None
    min: float | None
    max: float | None
    step: int | None  # of the last value
    points: tuple[Point, ...] = ()
    dataset: str = ""
    source: str = ""  # the file that told it: "metrics.csv", "mlflow.db"


def by_sources(metrics: Iterable[Metric]) -> dict[str, list[Metric]]:
    """Metrics by name: several where several files, or data, tell of one."""
    found: dict[str, list[Metric]] = {}
    for metric in metrics:
        found.setdefault(metric.name, []).append(metric)
    return found


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an artifact."""

    path: str  # absolute
    role: str  # main, content, companion, link
    size: int
    digest: str | None
    place: bytes = b""  # the same path as the system takes it


@dataclass(frozen=True, slots=True)
class Location:
    """Where a version's bytes were, from when until when (None: still)."""

    path: str  # absolute
    version: int  # its number
    first_seen: int
    ended: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Detail:
    """All that is known of one artifact at one version."""

    summary: Summary
    versions: tuple[Version, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    params: dict[str, Value] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    columns: tuple[Column, ...] = ()
    edges: tuple[Edge, ...] = ()  # those that touch it
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    members: tuple[Member, ...] = ()
    locations: tuple[Location, ...] = ()  # in the order of time
    tags: tuple[str, ...] = ()
    note: str = ""
    text: str | None = None  # of configs and scripts
    missing_since: int | None = None  # UTC µs; when its bytes were last found gone

    def fact(self, key: str) -> str:
        """The text of the fact with the strongest evidence, "" if there is none."""
        known = [fact for fact in self.facts if fact.key == key]
        known.sort(key=lambda fact: fact.evidence.rank)
        return known[0].value.text if known else ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One line of the facets: a value, how often, and the query that selects it."""

    value: str
    label: str
    count: int
    query: str  # "kind:model"


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of the facets, as shown on the left."""

    field: str  # kind, format, project, stage, attention
    title: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal."""

    seq: int
    at: int
    actor: str
    kind: str
    subject: str
    payload: dict[str, object]
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query that a person gave a name."""

    name: str
    query: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Dossier:
    """An audit report that was written."""

    id: str
    at: int
    title: str
    path: str
    digest: str  # SHA-256 of the PDF
    evidence_digest: str


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """What a project holds now."""

    kinds: dict[str, int]
    versions: int
    edges: int
    findings: int
    unreadable: int
