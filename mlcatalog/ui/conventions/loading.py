"""What jobs do for Conventions: read names and findings, and try a template on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlcatalog import settings
from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.findings import naming_findings
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.subjects import NameSubject, Verdict
from mlcatalog.conventions.template import DEFAULT_TEMPLATE, Template
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.tasks.naming import name_subject
from mlcatalog.ui.conventions.judging import FieldLine, NameLine, lines_of

Named = tuple[Summary, NameSubject]
Key = tuple[str, str, str]  # rule, artifact, detail
LOOKS = {"ok": "good", "wrong": "bad", "contradicts": "bad"}
EVERY = 200  # names between two looks at whether to stop


@dataclass(frozen=True)
class Judged:
    """Every name of a model with its verdict under a template."""

    template: str
    lines: Sequence[NameLine]
    subjects: Sequence[Named] = ()
    problem: str = ""  # why the template cannot be used
    waived: frozenset[Key] = frozenset()


def read(
    catalog: Catalog, settings_path: Path, progress: Progress = no_progress
) -> Judged:
    """The names of the catalogue with their findings under the template in force."""
    progress(0, None, "Reading the names")
    models = catalog.rows(catalog.ids("kind:model"))
    findings = catalog.findings("kind:model", rule_prefix="name.")
    text = settings.load(settings_path).name_template or DEFAULT_TEMPLATE
    waived = frozenset(_key(f) for f in findings if f.state == "waived")
    return judged(_subjects(catalog, models), text, progress, waived=waived)


def judged(
    subjects: Sequence[Named],
    text: str,
    progress: Progress = no_progress,
    *,
    waived: frozenset[Key] = frozenset(),
) -> Judged:
    """The names under a template; one that cannot be used says why."""
    try:
        Convention.parse(text)
    except SettingsError as error:
        return Judged(text, (), subjects, problem=str(error))
    rules = Conventions(text)  # a project's own file has the last word
    fields = {}
    for done, (model, subject) in enumerate(subjects):
        if done % EVERY == 0:
            progress(done, len(subjects), "Trying the template")
        convention = rules.of(subject)
        if convention is not None:
            fields[model.id] = read_line(model, convention.judge(subject))
    found = naming_findings([subject for _, subject in subjects], rules.of)
    findings = [replace(f, state="waived") if _key(f) in waived else f for f in found]
    lines = lines_of([model for model, _ in subjects], findings, fields)
    return Judged(text, lines, subjects, waived=waived)


def save_template(settings_path: Path, text: str) -> str:
    """Keep a template in the settings; gives it back. Raises SettingsError."""
    Template.parse(text)
    known = settings.load(settings_path)
    kept = "" if text == DEFAULT_TEMPLATE else text
    settings.save(known.changed(name_template=kept), settings_path)
    return text


def read_line(model: Summary, verdict: Verdict) -> NameLine:
    """A name as it was read: its fields, whatever findings say of it."""
    fields = tuple(
        FieldLine(
            one.field,
            one.found,
            LOOKS.get(one.state, ""),
            one.message or "as it should be",
        )
        for one in verdict.fields
    )
    state = "exempt" if verdict.state == "exempt" else "keeps"
    return NameLine(
        model.id, model.name, model.project, state, verdict.message, fields=fields
    )


def _key(finding: Finding) -> Key:
    return finding.rule, finding.artifact, finding.detail


def _subjects(catalog: Catalog, models: Sequence[Summary]) -> list[Named]:
    artifacts = {one.id: one for one in catalog.ingest.linkables()}
    edges: dict[str, list[Edge]] = {}
    for edge in catalog.graph("", limit=1_000_000).edges:
        if edge.status != "rejected":
            edges.setdefault(edge.child, []).append(edge)
    return [
        (model, name_subject(artifacts[model.id], artifacts, edges))
        for model in models
        if model.id in artifacts
    ]
