"""Which points of EU AI Act Annex IV and SR 26-2 a dossier says something about.

It says where a fact stands and what only the owner can state; never that a
duty is met.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlcatalog.audit.content import CrossLine, Subject

ANNEX = "EU AI Act, Annex IV"
GUIDANCE = "SR 26-2 (OCC Bulletin 2026-13), which replaced SR 11-7"
STATED, PART, NOTHING = "stated", "in part", "not found"
OWNER = "owner statement required"


def cross_reference(subjects: Sequence[Subject]) -> tuple[CrossLine, ...]:
    """A line for each point: what it asks for, where this document says it, and how far."""
    identity = "Identity"
    chain = _found(subjects, any(s.edges for s in subjects), "Chain of custody")
    data = _found(subjects, any(s.datasets for s in subjects), "Data versions", PART)
    metrics = _found(subjects, any(s.metrics for s in subjects), "Metrics")
    findings = ("Findings and waivers", STATED)
    owner = ("", OWNER)
    named = all(_value(s, "owner") not in ("", "not known") for s in subjects)
    owned = (identity, STATED) if named else owner
    annex = (
        ("1", "general description, version and earlier versions", (identity, PART)),
        ("2 (a)", "methods, pre-trained systems used and how modified", chain),
        ("2 (b)", "design choices and their reasons", owner),
        ("2 (c)", "architecture and computing resources", _architecture(subjects)),
        ("2 (d)", "provenance, scope, labelling and cleaning of the data", data),
        ("2 (e)", "human oversight", owner),
        ("2 (f)", "changes that were determined in advance", owner),
        ("2 (g)", "validation and testing, metrics, signed reports", _part(metrics)),
        ("2 (h)", "cybersecurity", owner),
        ("3", "monitoring, functioning and limits", owner),
        ("4", "why the metrics are appropriate", owner),
        ("5", "risk management", owner),
        ("6", "changes through the lifecycle", ("Journal extract, Identity", PART)),
        ("7", "standards applied", owner),
        ("8", "declaration of conformity", owner),
        ("9", "plan of monitoring after placing on the market", owner),
    )
    guidance = (
        ("inventory", "identity, version and status", (identity, STATED)),
        ("ownership", "owner", owned),
        ("ownership", "developer and validator", owner),
        ("use", "purpose, materiality tier, intended use", owner),
        ("development", "inputs and data", data),
        ("development", "development documentation", _configured(subjects)),
        ("dependencies", "models this one depends on", chain),
        ("validation", "outcomes and metrics", _part(metrics)),
        ("validation", "independence and effective challenge", owner),
        ("validation", "limitations, overrides and known problems", _part(findings)),
        ("monitoring", "ongoing monitoring", owner),
    )
    return (
        *(CrossLine(ANNEX, point, asks, *said) for point, asks, said in annex),
        *(CrossLine(GUIDANCE, point, asks, *said) for point, asks, said in guidance),
    )


def _found(
    subjects: Sequence[Subject], has: bool, place: str, state: str = STATED
) -> tuple[str, str]:
    if has and subjects:
        return place, state
    return place, NOTHING


def _part(said: tuple[str, str]) -> tuple[str, str]:
    place, state = said
    return place, PART if state == STATED else state


def _architecture(subjects: Sequence[Subject]) -> tuple[str, str]:
    known = any(_value(s, "architecture") for s in subjects)
    return ("Identity", PART) if known else ("Identity", NOTHING)


def _configured(subjects: Sequence[Subject]) -> tuple[str, str]:
    known = any(s.configurations for s in subjects)
    return ("Configurations", PART) if known else ("Configurations", NOTHING)


def _value(subject: Subject, key: str) -> str:
    return next((row.value for row in subject.identity if row.key == key), "")
