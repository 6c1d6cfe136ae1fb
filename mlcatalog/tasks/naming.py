"""Names of the catalogue's artifacts, with the facts and conventions to judge them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlcatalog import settings
from mlcatalog.catalog.linkables import Linkable
from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.in_force import Conventions
from mlcatalog.conventions.names import stem
from mlcatalog.conventions.offering import Blank, Met, open_fields
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.conventions.template import blanks_of
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.lineage import Edge
from mlcatalog.domain.moments import parse_moment
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.tasks.rename_plan import Wanted, place_of

Edges = Mapping[str, Sequence[Edge]]
EVERY = 500  # names between two looks at whether to stop
JUDGED = frozenset({Kind.MODEL, Kind.DATASET, Kind.CONFIG, Kind.SCRIPT, Kind.RUN})


def conventions_in_force(settings_path: Path | None = None) -> Conventions:
    """The conventions of the projects' files, over the template of the settings."""
    try:
        template = settings.load(settings_path or settings.default_path()).name_template
    except SettingsError:
        template = ""  # told by whoever shows the settings
    return Conventions(template)


def name_subjects(
    artifacts: Sequence[Linkable], edges: Edges, conventions: Conventions
) -> list[NameSubject]:
    """The names that a convention speaks of, with their facts; folders last."""
    by_id = {artifact.id: artifact for artifact in artifacts}
    subjects = [
        name_subject(artifact, by_id, edges)
        for artifact in artifacts
        if speaks_of(conventions, artifact)
    ]
    called = _called(subjects, conventions)
    return [
        replace(one, called=called.get(one.project, "")) for one in subjects
    ] + _folders(artifacts, conventions)


def speaks_of(conventions: Conventions, artifact: Linkable) -> bool:
    """Whether a convention speaks of the name of an artifact."""
    if artifact.kind not in JUDGED or not artifact.path:
        return False
    folder = artifact.path.rpartition("/")[0]
    return conventions.at(artifact.kind.value, folder) is not None


def name_subject(
    artifact: Linkable, by_id: Mapping[str, Linkable], edges: Edges
) -> NameSubject:
    """An artifact's name with the facts that it can be held against."""
    runs = [
        edge.parent
        for edge in edges.get(artifact.id, ())
        if edge.relation is Relation.PRODUCED_BY
    ]
    data = [
        edge.parent
        for node in (artifact.id, *runs)
        for edge in edges.get(node, ())
        if edge.relation is Relation.TRAINED_ON
    ]
    names = [by_id[i].name for i in data if i in by_id]
    is_text = artifact.kind in (Kind.CONFIG, Kind.SCRIPT) and not artifact.bundle
    return NameSubject(
        id=artifact.id,
        path=artifact.path,
        name=stem(artifact.name) if is_text else artifact.name,
        kind=artifact.kind,
        project=artifact.project.rpartition("/")[2],
        recorded=parse_moment(artifact.facts.get("created", "")),
        datasets=tuple(sorted(set(names))),
        architecture=artifact.facts.get("architecture", ""),
        run_ids=_run_ids(artifact, [by_id[i] for i in runs if i in by_id]),
        digest=artifact.digest,
        format=artifact.format,
        task=artifact.facts.get("task", ""),
    )


def _run_ids(artifact: Linkable, runs: Sequence[Linkable]) -> tuple[str, ...]:
    ids = {run.name for run in runs} | {run.path.rpartition("/")[2] for run in runs}
    ids |= {run.facts.get("run.id", "") for run in runs}
    ids.add(artifact.facts.get("run.id", ""))
    return tuple(sorted(ids - {""}))


def read_subjects(catalog: Catalog, conventions: Conventions) -> list[NameSubject]:
    """The names of a catalogue that a convention speaks of, with their facts."""
    return name_subjects(catalog.ingest.linkables(), _edges(catalog), conventions)


def subjects_of(
    catalog: Catalog, rows: Sequence[int], conventions: Conventions
) -> list[NameSubject]:
    """The names of some artifacts, by number, without a look at all others."""
    work = catalog.ingest.judgements
    named, wanted = work.named(rows), set(rows)
    subjects = [
        name_subject(artifact, named.artifacts, named.parents)
        for artifact in named.artifacts.values()
        if artifact.row in wanted and speaks_of(conventions, artifact)
    ]
    called = {
        project: work.called(project) for project in {s.project for s in subjects}
    }
    return [replace(one, called=called[one.project]) for one in subjects]


def _edges(catalog: Catalog) -> dict[str, list[Edge]]:
    edges: dict[str, list[Edge]] = {}
    for edge in catalog.graph("", limit=1_000_000).edges:
        if edge.status != "rejected":
            edges.setdefault(edge.child, []).append(edge)
    return edges


@dataclass(frozen=True, slots=True)
class Named:
    """A name with its facts, and the watched folder that it lies in."""

    root: str
    subject: NameSubject


def every_name(
    catalog: Catalog, conventions: Conventions, progress: Progress = no_progress
) -> list[Named]:
    """The names of the catalogue, free ones too, and its folders; folders last."""
    progress(0, None, "Reading the names")
    artifacts = catalog.ingest.linkables()
    by_id = {artifact.id: artifact for artifact in artifacts}
    edges = _edges(catalog)
    found = []
    for done, artifact in enumerate(artifacts):
        if done % EVERY == 0:
            progress(done, len(artifacts), "Reading the names")
        if artifact.kind in JUDGED and artifact.path:
            subject = name_subject(artifact, by_id, edges)
            found.append(Named(artifact.project, subject))
    called = _called([one.subject for one in found], conventions)
    return [
        Named(
            one.root, replace(one.subject, called=called.get(one.subject.project, ""))
        )
        for one in found
    ] + [
        Named(root, subject)
        for root, subject in _every_folder(artifacts, lambda above: True)
    ]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A better name for what a finding is about; blanks are `{field}`."""

    wanted: Wanted
    path: str  # of the artifact
    rules: tuple[str, ...]
    values: Mapping[str, str]  # the fields that are known
    blanks: tuple[Blank, ...]


def proposals(
    catalog: Catalog,
    holds: Callable[[str], bool] = lambda path: True,
    given: Mapping[str, str] | None = None,
) -> list[Proposal]:
    """Better names for what breaks a convention now, `given` fields filled in.

    Raises SettingsError for a given field that the convention has not, or
    whose value is wrong.
    """
    rules: dict[str, list[str]] = {}
    for finding in catalog.findings(rule_prefix="name."):
        if finding.state == "open" and finding.suggestion and holds(finding.path):
            rules.setdefault(finding.artifact or finding.path, []).append(finding.rule)
    conventions = conventions_in_force()
    subjects = read_subjects(catalog, conventions)
    usual = _usual(subjects, conventions)
    found = []
    for subject in subjects:
        broken = rules.get(subject.id or subject.path)
        convention = conventions.of(subject)
        if broken and convention is not None:
            for field, text in (given or {}).items():
                convention.check(field, text)
            wanted = Wanted(
                _place(catalog, subject),
                convention.suggestion(subject, given),
                subject.id,
            )
            values = {**convention.known(subject), **(given or {})}
            met = usual[subject.project]
            blanks = open_fields(convention, subject, met, given)
            rules_broken = tuple(dict.fromkeys(broken))
            found.append(Proposal(wanted, subject.path, rules_broken, values, blanks))
    return found


def _place(catalog: Catalog, subject: NameSubject) -> str:
    if not subject.id:
        return subject.path
    return place_of(catalog.find(f"id:{subject.id}"))


def blanks_for(
    catalog: Catalog, findings: Iterable[Finding]
) -> dict[str, tuple[Blank, ...]]:
    """What is known of the blanks in suggested names, by artifact or by path."""
    asked = {one.artifact or one.path for one in findings if blanks_of(one.suggestion)}
    if not asked:
        return {}
    conventions = conventions_in_force()
    subjects = read_subjects(catalog, conventions)
    usual = _usual(subjects, conventions)
    return {
        key: open_fields(convention, subject, usual[subject.project])
        for subject in subjects
        if (key := subject.id or subject.path) in asked
        and (convention := conventions.of(subject)) is not None
    }


def _usual(
    subjects: Iterable[NameSubject], conventions: Conventions
) -> defaultdict[str, Met]:
    """What the right names of each project hold."""
    found: defaultdict[str, Met] = defaultdict(Met)
    for subject in subjects:
        convention = conventions.of(subject)
        if convention is not None:
            found[subject.project].note(convention, subject.name)
    return found


def _called(
    subjects: Iterable[NameSubject], conventions: Conventions
) -> dict[str, str]:
    """What each project calls itself in the names that are right."""
    said: dict[str, Counter[str]] = {}
    for subject in subjects:
        if word := word_of(subject, conventions):
            said.setdefault(subject.project, Counter())[word] += 1
    return {project: words.most_common(1)[0][0] for project, words in said.items()}


def word_of(subject: NameSubject, conventions: Conventions) -> str:
    """What a name that is right calls its project; "" where it says nothing."""
    convention = conventions.of(subject)
    if convention is None or "project" not in convention.template.fields:
        return ""
    ways = convention.read(subject.name)
    return ways[0].get("project", "") if len(ways) == 1 else ""


def _folders(
    artifacts: Iterable[Linkable], conventions: Conventions
) -> list[NameSubject]:
    """The folders that hold artifacts, where a convention speaks of folders."""

    def speaks(above: str) -> bool:
        return conventions.at("folder", above) is not None

    return [subject for _, subject in _every_folder(artifacts, speaks)]


def _every_folder(
    artifacts: Iterable[Linkable], is_wanted: Callable[[str], bool]
) -> Iterator[tuple[str, NameSubject]]:
    """Plain folders that hold artifacts, by root; `is_wanted` is asked of the one above."""
    known = tuple(artifacts)
    seen = {artifact.path for artifact in known}
    for artifact in known:
        here = artifact.path.rpartition("/")[0]
        while here.startswith(f"{artifact.project}/") and here not in seen:
            seen.add(here)
            above, _, name = here.rpartition("/")
            if is_wanted(above):
                project = artifact.project.rpartition("/")[2]
                yield (
                    artifact.project,
                    NameSubject("", here, name, Kind.DOCUMENT, project, is_folder=True),
                )
            here = above
