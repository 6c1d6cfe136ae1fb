"""What a reader or a tracker says: facts, params, metrics, tensors and claims."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mlcatalog.domain.portable import portable
from mlcatalog.domain.values import Value
from mlcatalog.domain.words import Evidence, Kind, Relation


class Scheme(StrEnum):
    """How a reference names what it means."""

    SELF = "self"  # the artifact (or run) that the source belongs to
    RUN_OF_SELF = "run-of-self"  # every run that this config configured
    RUN_IN = "run-in"  # the run whose folder is `id` (a path as written)
    RUN = "run"  # a tool's own run: id is "tool:native-id"
    PATH = "path"  # a path as written: relative or absolute, or a folder
    STORED = "stored"  # what a tool keeps in a store of its own, by its name there
    SHA256 = "sha256"
    MD5 = "md5"
    HUB = "hub"  # a Hugging Face id "org/name", with a revision or none
    URL = "url"
    NAME = "name"  # a bare name that only fits by name
    COMMIT = "commit"  # a git commit


@portable
@dataclass(frozen=True, slots=True)
class Reference:
    """How a claim names an artifact; resolved later, or kept as external."""

    scheme: Scheme
    id: str = ""
    revision: str | None = None
    kind: Kind | None = None  # what it must be, when the claim says so


THIS = Reference(Scheme.SELF)


@portable
@dataclass(frozen=True, slots=True)
class Claim:
    """*subject* RELATION *target*: the subject is the child, the target the parent."""

    subject: Reference
    relation: Relation
    target: Reference
    evidence: Evidence
    source: str  # key path in the source: "base_model_name_or_path"
    detail: str = ""
    confidence: float = 1.0


@portable
@dataclass(frozen=True, slots=True)
class Fact:
    """One key and value about a version, and where it was written."""

    key: str  # "architecture", "parameters", "license", "code.commit"
    value: Value
    source: str = ""  # key path in the file: "config.json: architectures"
    evidence: Evidence = Evidence.DECLARED


@portable
@dataclass(frozen=True, slots=True)
class Param:
    """One configuration value under its flattened key ("optimizer.lr")."""

    key: str
    value: Value


@portable
@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: step (None when there is none), value, time in UTC µs."""

    step: int | None
    value: float
    time: int | None = None


@portable
@dataclass(frozen=True, slots=True)
class Series:
    """A metric and all its measurements, in the order they were written."""

    name: str
    points: tuple[Point, ...]
    dataset: str = ""  # what it was measured on, when the source says so
    after: int = 0  # points before these that were told earlier: it goes on


@portable
@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor by header; offset is its first byte in the file, None if unknown.

    `size` is in bytes. Bytes from offset to offset + size are the tensor's
    own, uncompressed; only then is it fingerprinted.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int | None = None
    size: int = 0


@portable
@dataclass(frozen=True, slots=True)
class Column:
    """One column or array of a dataset."""

    name: str
    type: str


@portable
@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader saw that should become a finding."""

    rule: str  # "safety.pickle", "integrity.shard-missing"
    message: str
    severity: str = "warning"  # error, warning or note


@portable
@dataclass(frozen=True, slots=True)
class Reading:
    """What one file says about itself; nothing here is guessed.

    kind None: the file is only evidence or a companion (a tokenizer, a
    metrics file whose run is made from its folder has kind RUN).
    """

    format: str
    kind: Kind | None
    facts: tuple[Fact, ...] = ()
    params: tuple[Param, ...] = ()
    metrics: tuple[Series, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    columns: tuple[Column, ...] = ()
    claims: tuple[Claim, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReading:
    """One run as one tool left it on disk.

    `folder` is the run's own folder as an absolute path text, or "" when the
    tool has none; times are UTC µs.
    """

    tool: str
    native_id: str
    name: str
    folder: str = ""
    status: str = ""
    started: int | None = None
    ended: int | None = None
    facts: tuple[Fact, ...] = ()
    params: tuple[Param, ...] = ()
    metrics: tuple[Series, ...] = ()
    claims: tuple[Claim, ...] = ()
    notices: tuple[Notice, ...] = ()
    same: tuple[str, ...] = ()  # the same run by another tool's id: "wandb:3k2j9x"
    rank: int = 0  # whose name the run bears when several tools tell of it: lowest


@dataclass(frozen=True, slots=True)
class RunSource:
    """One run as one source told of it: what joining the same runs needs."""

    file_id: int
    artifact: int
    tool: str
    native_id: str
    place: str  # of the source, relative to the project
    folder: str  # the run's own, relative to the project; "" for none
    rank: int = 0
    same: tuple[str, ...] = ()
