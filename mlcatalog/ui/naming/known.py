"""The name of one artifact, as the Library shows it beside what else is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.findings import own_findings
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.tasks.naming import conventions_in_force, subjects_of
from mlcatalog.ui.naming.judging import NameLine, line_of, verdict_of

DOUBLE = "name.duplicate"
RULES = "name."  # what the rules about names begin with


def known_name(
    catalog: Catalog, detail: Detail, settings_path: Path | None = None
) -> NameLine | None:
    """How a name stands; None where no template speaks of it."""
    about = detail.summary
    rules = conventions_in_force(settings_path)
    subjects = subjects_of(catalog, [about.row], rules)
    if not subjects:
        return None
    (subject,), convention = subjects, rules.of(subjects[0])
    findings = _findings(subject, rules, detail.findings)
    verdict = verdict_of(findings)
    if not verdict:
        is_exempt = convention is not None and convention.is_exempt(subject)
        verdict = "exempt" if is_exempt else "keeps"
    return line_of(
        subject,
        convention,
        verdict=verdict,
        findings=findings,
        waivers=_waivers(catalog, about.id),
    )


def _findings(
    subject: NameSubject, rules: Conventions, noted: Sequence[Finding]
) -> list[Finding]:
    """What is wrong with a name now; the catalogue knows what of that is waived.

    It also knows the doubles; the rest it may have noted of another name or template.
    """
    states = {(one.rule, one.detail): one.state for one in noted}
    own = [
        replace(one, state=states.get((one.rule, one.detail), one.state))
        for one in own_findings([subject], rules.of)
    ]
    doubles = (one for one in noted if one.rule == DOUBLE and one.found == subject.name)
    return [*own, *doubles]


def _waivers(catalog: Catalog, identity: str) -> tuple[Waiver, ...]:
    return tuple(
        one
        for one in catalog.waivers()
        if one.subject == identity and one.rule.startswith(RULES)
    )
