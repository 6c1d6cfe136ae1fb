"""Names as the place shows them: one line per artifact, with its fields."""

from __future__ import annotations

from dataclasses import dataclass

from mlcatalog.domain.finding import Finding

BROKEN = ("breaks", "ambiguous", "contradicts", "duplicate")


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a name: its text, and whether it agrees with the facts."""

    field: str
    text: str
    state: str  # good, warning, bad or "" for not judged
    why: str


@dataclass(frozen=True, slots=True)
class NameLine:
    """One name and its verdict in words."""

    artifact: str
    name: str
    project: str
    verdict: str  # keeps, breaks, ambiguous, contradicts, duplicate, waived
    wrong: str = ""
    right: str = ""
    fields: tuple[FieldLine, ...] = ()
    findings: tuple[Finding, ...] = ()
