"""What a dossier says, as frozen values; the evidence is these values as JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SCHEMA = 1
EVIDENCE_NAME = "evidence.json"  # of the file that is attached to the PDF


class Section(StrEnum):
    """The parts of a dossier that can be left out; identity always stands."""

    TRACEABILITY = "traceability"
    CHAIN = "chain"
    DATASETS = "data"
    CONFIGURATIONS = "configurations"
    METRICS = "metrics"
    FINDINGS = "findings"
    JOURNAL = "journal"
    REGULATION = "regulation"
    EVIDENCE = "evidence"

    @property
    def heading(self) -> str:
        """What the section is called, in the window and on paper."""
        return TITLES[self]


TITLES: dict[Section, str] = {
    Section.TRACEABILITY: "Traceability",
    Section.CHAIN: "Chain of custody",
    Section.DATASETS: "Data versions and features",
    Section.CONFIGURATIONS: "Configurations in full",
    Section.METRICS: "Metrics and comparison",
    Section.FINDINGS: "Findings and waivers",
    Section.JOURNAL: "Journal extract",
    Section.REGULATION: "EU AI Act Annex IV, SR 26-2",
    Section.EVIDENCE: "Evidence annex",
}
ALL_SECTIONS: tuple[Section, ...] = tuple(Section)

LIMITS: tuple[str, ...] = (
    "This dossier states what was found on disk and in the records of tools at the "
    "time of export. It is no statement of conformity with any law or standard; "
    "whoever answers for the model makes that one.",
    "Whoever can write to this computer can rewrite the whole catalogue with a new, "
    "consistent journal. Only a journal head that was kept elsewhere, such as this "
    "document in other hands, makes that evident.",
    "A self-signed signature proves that the document was not changed after it was "
    "signed. It does not prove who signed it.",
    "What is inferred is a suggestion with a confidence, and what is declared is what "
    "somebody wrote; only content and recorded evidence was not typed by a person.",
)


class FileState(StrEnum):
    """How a file compares with the digest that the catalogue has of it."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNCHECKED = "not checked yet"
    UNDIGESTED = "not digested"  # the catalogue has no digest to compare with


@dataclass(frozen=True, slots=True)
class KeyValue:
    """One key and its value as they are shown."""

    key: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One traceability check of a subject."""

    check: str
    state: str  # met, missing, not applicable or waived
    evidence: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One artifact in the drawing, in points from the drawing's upper left."""

    id: str
    name: str
    detail: str
    x: float
    y: float
    width: float
    height: float
    kind: str = ""
    is_subject: bool = False
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the drawing: the points it passes, from parent to child."""

    points: tuple[tuple[float, float], ...]
    evidence: str = "recorded"


@dataclass(frozen=True, slots=True)
class Drawing:
    """One row of a chain of custody, at most as wide as the page."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """One line of lineage with the best reason to believe in it."""

    child: str
    relation: str
    parent: str
    evidence: str
    source: str
    detail: str = ""
    confidence: float = 1.0
    decision: str = "open"
    child_id: str = ""
    parent_id: str = ""


@dataclass(frozen=True, slots=True)
class DataLine:
    """One dataset version, and its features where they are known."""

    name: str
    use: str  # trained on, evaluated on, derived from
    digest: str
    size: int | None
    recorded: str
    path: str
    columns: tuple[KeyValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration, flattened, with its text where that was kept."""

    name: str
    digest: str
    path: str
    params: tuple[KeyValue, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric of a subject, beside that of what it is compared with."""

    name: str
    value: float | None
    step: int | None = None
    dataset: str = ""
    previous: float | None = None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One problem, open or waived."""

    rule: str
    severity: str
    message: str
    subject: str
    state: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file, re-checked when the dossier was written."""

    artifact: str
    path: str
    role: str
    size: int | None
    expected: str
    found: str
    state: FileState
    place: str = ""  # the path's bytes in hex, where they are no UTF-8 text

    @property
    def on_disk(self) -> bytes:
        """The path as the system takes it."""
        return bytes.fromhex(self.place) if self.place else os.fsencode(self.path)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One entry of the catalogue's journal."""

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    hash: str


@dataclass(frozen=True, slots=True)
class JournalProof:
    """The journal's head at export, and its newest entries."""

    head: str = ""
    entries: int = 0
    holds: bool = True
    sentence: str = ""
    extract: tuple[JournalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class CrossLine:
    """One point of a law or guidance, and where this document says something of it."""

    norm: str
    point: str
    asks: str
    place: str  # the section that has it, "" where only the owner can state it
    state: str  # stated, in part, not found, owner statement required


@dataclass(frozen=True, slots=True)
class Subject:
    """One model that the dossier is about."""

    id: str
    name: str
    digest: str
    identity: tuple[KeyValue, ...]
    checks: tuple[CheckLine, ...] = ()
    chain: tuple[Drawing, ...] = ()
    hidden: int = 0  # artifacts of the chain that are in the annex only
    edges: tuple[EdgeLine, ...] = ()
    datasets: tuple[DataLine, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    metrics: tuple[MetricLine, ...] = ()
    compared_with: str = ""
    findings: tuple[FindingLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """The audit report of one or more models."""

    title: str
    catalogue: str
    program: str
    generated: str  # ISO 8601, UTC
    subjects: tuple[Subject, ...]
    files: tuple[FileLine, ...] = ()
    journal: JournalProof = JournalProof()
    sections: tuple[Section, ...] = ALL_SECTIONS
    limits: tuple[str, ...] = LIMITS
    regulation: tuple[CrossLine, ...] = ()
    signer: str = ""  # whose key will sign it, "" for an unsigned one
    schema: int = SCHEMA


def evidence(dossier: Dossier) -> bytes:
    """The dossier as canonical JSON: sorted keys, no spaces, UTF-8.

    Where boxes lie on the page is no evidence and is left out; numbers that
    are not finite are written as text.
    """
    plain = dataclasses.asdict(dossier)
    for subject in plain["subjects"]:
        del subject["chain"], subject["hidden"]
    text = json.dumps(
        _finite(plain), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return text.encode("utf-8", "backslashreplace")


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _finite(value: Any) -> Any:
    match value:
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
        case dict():
            return {key: _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case str():
            # A lone surrogate has no UTF-8; json would write one bare.
            return str(value).encode("utf-8", "backslashreplace").decode()
        case _:
            return value
