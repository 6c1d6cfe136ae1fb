"""Problems and checks as values."""

from __future__ import annotations

from dataclasses import dataclass

from mlcatalog.domain.words import CheckState, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: keyed by (rule, subject, detail)."""

    rule: str  # "name.invalid", "integrity.unreadable", "lineage.stale-export"
    severity: Severity
    message: str
    artifact: str = ""  # id, "" when there is only a path
    path: str = ""  # absolute
    detail: str = ""  # part of the key: what tells two of one rule apart
    field: str = ""  # of a name: the field that is wrong
    found: str = ""
    expected: str = ""
    suggestion: str = ""
    state: str = "open"  # open, fixed, waived or suspended
    remedy: str = ""
    waiver: Waiver | None = None  # who accepted it, also where its day has come


@dataclass(frozen=True, slots=True)
class Waiver:
    """A problem that a person accepts, for a reason and until a moment."""

    rule: str
    subject: str  # an artifact's id, or a path
    detail: str
    who: str
    why: str
    until: int | None  # UTC µs, None for good
    at: int
    name: str = ""  # of the artifact, or the path
    message: str = ""  # what is accepted, where it is still there
    is_over: bool = False  # its day has come


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the traceability checklist."""

    check: str  # "data version", as DESIGN section 6 names it
    state: CheckState
    evidence: str = ""  # what decided, for people
    remedy: str = ""  # what would meet it
