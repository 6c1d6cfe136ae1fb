"""The names of some artifacts, judged without a look at all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.findings import own_findings
from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.finding import Finding
from mlcatalog.tasks.naming import Named, conventions_in_force, subjects_of
from mlcatalog.ui.naming.judged import Judged, Names, unbroken, waivers_of_names
from mlcatalog.ui.naming.judging import NameLine, verdict_of

DOUBLE = "name.duplicate"
AROUND = 300  # others of a kind whose names tell which values are usual


def known_name(
    catalog: Catalog, detail: Detail, settings_path: Path | None = None
) -> NameLine | None:
    """How a name stands; None where no template speaks of it."""
    judged = judged_some(catalog, [detail], settings_path)
    return judged.line(0) if judged.names.named else None


def judged_some(
    catalog: Catalog,
    details: Sequence[Detail],
    settings_path: Path | None = None,
    *,
    around: int = 0,
) -> Judged:
    """The names that a template speaks of, of some artifacts and of others around them.

    around: how many others of each of their kinds.
    """
    rules = conventions_in_force(settings_path)
    rows = [one.summary.row for one in details]
    for kind in sorted({one.summary.kind for one in details}) if around else ():
        rows += catalog.ids(f"kind:{kind}")[:around]
    subjects = subjects_of(catalog, list(dict.fromkeys(rows)), rules)
    noted = {one.summary.id: one.findings for one in details}
    own = defaultdict(list)
    for finding in own_findings(subjects, rules.of):
        own[finding.artifact].append(finding)
    findings = {
        at: _with_noted(own[one.id], noted.get(one.id, ()), one.name)
        for at, one in enumerate(subjects)
    }
    verdicts = [
        verdict_of(findings[at]) or unbroken(one, rules)
        for at, one in enumerate(subjects)
    ]
    names = Names(
        [Named("", one) for one in subjects], waivers=waivers_of_names(catalog)
    )
    return Judged(names, rules, verdicts, findings)


def _with_noted(
    own: Sequence[Finding], noted: Sequence[Finding], name: str
) -> tuple[Finding, ...]:
    """What is wrong with a name now; the catalogue knows what of that is waived.

    It also knows the doubles; the rest it may have noted of another name or template.
    """
    states = {(one.rule, one.detail): one.state for one in noted}
    doubles = (one for one in noted if one.rule == DOUBLE and one.found == name)
    told = (
        replace(one, state=states.get((one.rule, one.detail), one.state)) for one in own
    )
    return (*told, *doubles)
