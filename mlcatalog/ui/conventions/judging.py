"""Names as the place shows them: one line per artifact, with its fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.finding import Finding

# The verdict that each rule gives, the gravest first.
VERDICTS = {
    "name.invalid": "breaks",
    "name.contradicts": "contradicts",
    "name.ambiguous": "ambiguous",
    "name.duplicate": "duplicate",
}
BROKEN = tuple(VERDICTS.values())


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
    verdict: str  # keeps, breaks, ambiguous, contradicts, duplicate, waived, exempt
    wrong: str = ""
    right: str = ""
    fields: tuple[FieldLine, ...] = ()
    findings: tuple[Finding, ...] = ()


def lines_of(
    models: Sequence[Summary],
    findings: Iterable[Finding],
    as_read: Mapping[str, NameLine] | None = None,
) -> list[NameLine]:
    """One line per model, from the naming findings; the broken ones first.

    as_read: how each name was read, field by field, by the model's id.
    """
    by_artifact: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_artifact[finding.artifact].append(finding)
    known = as_read or {}
    lines = [line_of(m, by_artifact[m.id], known.get(m.id)) for m in models]
    return sorted(lines, key=lambda line: (_gravity(line), line.name, line.artifact))


def line_of(
    model: Summary, findings: Sequence[Finding], as_read: NameLine | None = None
) -> NameLine:
    """The line of one model; waived findings do not count as broken."""
    if not findings and as_read is not None:
        return as_read
    ranked = sorted(findings, key=lambda f: list(VERDICTS).index(_rule(f)))
    still_open = [finding for finding in ranked if finding.state == "open"]
    said = still_open or ranked
    verdict = "waived" if ranked else "keeps"
    return NameLine(
        artifact=model.id,
        name=model.name,
        project=model.project,
        verdict=VERDICTS[_rule(still_open[0])] if still_open else verdict,
        wrong="; ".join(f.message.removeprefix(f"{model.name}: ") for f in said),
        right=next((f.suggestion for f in said if f.suggestion), ""),
        fields=as_read.fields if as_read is not None else (),
        findings=tuple(still_open),
    )


def _rule(finding: Finding) -> str:
    return finding.rule if finding.rule in VERDICTS else "name.invalid"


def _gravity(line: NameLine) -> int:
    return (*BROKEN, "waived", "keeps", "exempt").index(line.verdict)
