"""The thirteen checks of a model version (DESIGN section 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.code_history import COMMITTED, HISTORY, STATE, revisions
from mlcatalog.domain.finding import Check
from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.moments import parse_moment, short_text
from mlcatalog.domain.words import MODEL_PARENTS, CheckState, Presence, Relation

SERIES = frozenset({Relation.CHECKPOINT_OF, Relation.CONVERTED_FROM, Relation.COPY_OF})
BASES = MODEL_PARENTS - {Relation.CONVERTED_FROM, Relation.PRUNED_FROM}
MET, MISSING = CheckState.MET, CheckState.MISSING
NOT_APPLICABLE = CheckState.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class _Subject:
    """A model with its surroundings, and the questions that the checks ask."""

    detail: Detail
    graph: Graph

    @property
    def id(self) -> str:
        return self.detail.summary.id

    def linked(self, owners: Iterable[str], *relations: Relation) -> list[Node]:
        """What some nodes are related to, each once, in the order of names."""
        wanted = set(owners)
        found = {
            edge.parent
            for edge in self._edges()
            if edge.child in wanted and edge.relation in relations
        }
        return self._nodes(found)

    def linking(self, owners: Iterable[str], relation: Relation) -> list[Node]:
        """What is related to some nodes: documents, tests, scripts."""
        wanted = set(owners)
        found = {
            e.child
            for e in self._edges()
            if e.parent in wanted and e.relation is relation
        }
        return self._nodes(found)

    def family(self) -> list[str]:
        """The model, then what its checkpoint, export or copy stands for."""
        near = {self.id: None}
        for edge in self._edges():
            if edge.relation in SERIES and self.id in (edge.child, edge.parent):
                near.setdefault(edge.parent if edge.child == self.id else edge.child)
        return list(near)

    def runs(self) -> list[Node]:
        """The runs that made it, or those of the model that it stands for."""
        own = self.linked([self.id], Relation.PRODUCED_BY)
        return own or self.linked(self.family(), Relation.PRODUCED_BY)

    def actors(self) -> list[str]:
        """The model and its runs: what is said of either counts."""
        return [self.id, *(run.id for run in self.runs())]

    def bases(self) -> list[Node]:
        """The models that it was made from."""
        started = self.linked(self.actors(), Relation.STARTED_FROM)
        return [*self.linked([self.id], *BASES), *started]

    def _edges(self) -> Iterator[Edge]:
        return (edge for edge in self.graph.edges if edge.status != "rejected")

    def _nodes(self, ids: set[str]) -> list[Node]:
        nodes = [node for node in self.graph.nodes if node.id in ids]
        return sorted(nodes, key=lambda node: (node.name, node.path, node.id))


def checklist(model: Detail, graph: Graph) -> tuple[Check, ...]:
    """All checks of a model, in the order of DESIGN section 6.

    `graph` is its surroundings, runs and their inputs included. A finding
    `traceability.<check>` that was waived turns missing into waived.
    """
    subject = _Subject(model, graph)
    checks = (one(subject) for one in CHECKS)
    waived = {f.rule for f in model.findings if f.state == "waived"}
    return tuple(
        Check(check.check, CheckState.WAIVED, "waived", check.remedy)
        if check.state is MISSING and f"traceability.{check.check}" in waived
        else check
        for check in checks
    )


def _decided(name: str, found: Iterable[str], remedy: str) -> Check:
    shown = ", ".join(dict.fromkeys(found))
    return Check(name, MET, shown) if shown else Check(name, MISSING, "", remedy)


def _version(node: Node) -> str:
    mark = node.digest[:8] if node.digest else node.revision
    return f"{node.name} @ {mark}" if mark else node.name


def _identity(subject: _Subject) -> Check:
    summary = subject.detail.summary
    name = "identity and time"
    if not summary.digest:
        return Check(name, MISSING, "", "Wait until its bytes have been read through.")
    if summary.presence is not Presence.PRESENT:
        remedy = "Bring the file back to where it was."
        if summary.presence is Presence.ELSEWHERE:
            remedy = "Fetch them: git lfs pull, git annex get or dvc pull."
        return Check(name, MISSING, f"its bytes are {summary.presence}", remedy)
    current = next((v for v in subject.detail.versions if v.current), None)
    recorded = current.recorded if current else None
    runs = [run.modified for run in subject.runs() if run.modified]
    when, how = (recorded, "recorded") if recorded else (None, "")
    if when is None and runs:
        when, how = min(runs), "recorded by its run"
    if when is None:
        remedy = "Record `created` in the file's metadata, or log the run that made it."
        return Check(name, MISSING, "no creation time is recorded", remedy)
    return Check(name, MET, f"sha256 {summary.digest[:8]}, {short_text(when)} {how}")


def _data(subject: _Subject) -> Check:
    data = subject.linked(subject.actors(), Relation.TRAINED_ON)
    known = [_version(node) for node in data if node.digest or node.revision]
    if data and not known:
        remedy = "Put the dataset in a watched folder, so that its version is known."
        return Check(
            "data version", MISSING, f"{data[0].name}: no version known", remedy
        )
    remedy = "Name the dataset in the config, the card or when registering."
    return _decided("data version", known, remedy)


def _configuration(subject: _Subject) -> Check:
    configs = subject.linked(subject.actors(), Relation.CONFIGURED_BY)
    remedy = "Keep the config in the run's folder, or name its output_dir in it."
    return _decided("configuration", map(_version, configs), remedy)


def _code(subject: _Subject) -> Check:
    name = "training script and code"
    scripts = subject.linked(subject.actors(), Relation.EXECUTED)
    commits = {
        run.facts["code.commit"][:8]
        for run in subject.runs()
        if "code.commit" in run.facts
    }
    commits |= {subject.detail.fact("code.commit")[:8]} - {""}
    if scripts and commits:
        said = f"{scripts[0].name} @ {min(commits)}{_tree(subject)}"
        return Check(name, MET, said)
    if scripts:
        return _found_in_git(name, scripts, subject.runs())
    said = f"commit {min(commits)}, no script" if commits else ""
    return Check(name, MISSING, said, "Name the script in the config or the run.")


def _found_in_git(name: str, scripts: Sequence[Node], runs: Sequence[Node]) -> Check:
    """What the repository says of scripts whose run recorded no commit."""
    remedy = "Record the commit of the code when a run starts."
    tracked = [s for s in scripts if revisions(s.facts.get(HISTORY, ""))]
    if not tracked:
        return Check(name, MISSING, f"{scripts[0].name}, no commit", remedy)
    script = tracked[0]
    history = revisions(script.facts[HISTORY])
    began = _began(runs)
    if began is None:
        said = f"{script.name} @ {history[0].commit[:8]} in git, but not when it ran"
        return Check(name, MISSING, said, remedy)
    then = next((r for r in history if (r.moment or began + 1) <= began), None)
    if then is None:
        said = f"{script.name}: every commit known of it is later than the run"
        return Check(name, MISSING, said, remedy)
    is_same = then == history[0] and script.facts.get(STATE) == COMMITTED
    since = "unchanged since" if is_same else "edited since"
    said = f"{script.name} @ {then.commit[:8]}, found in git: the last before the run"
    return Check(name, MET, f"{said}, {since}")


def _began(runs: Iterable[Node]) -> int | None:
    """When the earliest run began, or is known to have ended."""
    times = (parse_moment(run.facts.get("started", "")) or run.modified for run in runs)
    return min((at for at in times if at), default=None)


def _tree(subject: _Subject) -> str:
    """Whether there were uncommitted changes; "" where nothing says."""
    said = {run.facts.get("code.dirty", "") for run in subject.runs()}
    said = {text.lower() for text in said | {subject.detail.fact("code.dirty")}} - {""}
    if not said:
        return ""
    return ", clean tree" if said <= {"false", "0", "no"} else ", uncommitted changes"


def _environment(subject: _Subject) -> Check:
    found = subject.linked(subject.actors(), Relation.IN_ENVIRONMENT)
    remedy = "Keep requirements.txt with the run, or name it in the config."
    return _decided("environment", map(_version, found), remedy)


def _base(subject: _Subject) -> Check:
    name = "base model"
    bases = subject.bases()
    if not bases:
        return Check(name, NOT_APPLICABLE, "trained from scratch, as far as is known")
    pinned = [_version(base) for base in bases if base.digest or base.revision]
    if not pinned:
        remedy = "Write the base's revision in the card or the adapter's config."
        return Check(name, MISSING, f"{bases[0].name}: no revision", remedy)
    return _decided(name, pinned, "")


def _finetuning(subject: _Subject) -> Check:
    name = "fine-tuning data and processing"
    if not subject.bases():
        return Check(name, NOT_APPLICABLE, "no fine-tune")
    data = subject.linked(subject.actors(), Relation.TRAINED_ON)
    ids = [node.id for node in data]
    steps = subject.linked(ids, Relation.DERIVED_FROM, Relation.PRODUCED_BY)
    if data and steps:
        return Check(name, MET, f"{data[0].name} from {steps[0].name}")
    remedy = "Link the dataset and what it was made from, in the processing config."
    said = f"{data[0].name}: nothing says how it was made" if data else ""
    return Check(name, MISSING, said, remedy)


def _checkpoints(subject: _Subject) -> Check:
    name = "checkpoints"
    series = subject.linking(subject.family(), Relation.CHECKPOINT_OF)
    own = subject.linked([subject.id], Relation.CHECKPOINT_OF)
    if own:
        return Check(name, NOT_APPLICABLE, f"a checkpoint of {own[0].name}")
    if series:
        shown = ", ".join(node.name for node in series[:4])
        more = f" and {len(series) - 4} more" if len(series) > 4 else ""
        return Check(name, MET, shown + more)
    return Check(name, NOT_APPLICABLE, "nothing tells of more than one stage")


def _metrics(subject: _Subject) -> Check:
    name = "metrics"
    names = [metric.name for metric in subject.detail.metrics]
    evaluated = subject.linked(subject.actors(), Relation.EVALUATED_ON)
    measured = bool(names) or bool(subject.detail.summary.metric)
    if measured and evaluated:
        shown = ", ".join(names[:3]) or subject.detail.summary.metric
        return Check(name, MET, f"{shown} on {evaluated[0].name}")
    if measured:
        remedy = "Say which dataset they were measured on (eval_data in the config)."
        return Check(name, MISSING, "on an unknown dataset", remedy)
    return Check(name, MISSING, "", "Write evaluation metrics into the run's folder.")


def _data_tests(subject: _Subject) -> Check:
    data = subject.linked(subject.actors(), Relation.TRAINED_ON)
    tests = subject.linking([node.id for node in data], Relation.TESTS)
    remedy = "Keep the results of the data's tests beside it."
    return _decided("data tests", (node.name for node in tests), remedy)


def _features(subject: _Subject) -> Check:
    name = "feature documentation"
    data = subject.linked(subject.actors(), Relation.TRAINED_ON)
    documents = subject.linking([node.id for node in data], Relation.DESCRIBES)
    documented = _told(documents, "features.documented")
    columns = _columns_of(data) or [c.name for c in subject.detail.columns]
    if not documented:
        remedy = "Write a data dictionary (name, description, owner) beside the data."
        return Check(name, MISSING, "", remedy)
    if not columns:
        said = f"{len(documented)} described, but the data's columns are not known"
        remedy = "Put the dataset in a watched folder, so that its columns are known."
        return Check(name, MISSING, said, remedy)
    left = [column for column in columns if column not in documented]
    if left:
        known = f"{len(left)} of {counted(len(columns), 'feature')} undocumented"
        said = f"{known}: {', '.join(left[:3])}{', …' if len(left) > 3 else ''}"
        return Check(name, MISSING, said, "Describe them in the data dictionary.")
    said = f"{counted(len(columns), 'feature')} in {documents[0].name}"
    owned = _told(documents, "features.owned")
    alone = [column for column in columns if column not in owned]
    return Check(name, MET, said + _without_owner(alone, columns))


def _told(documents: Iterable[Node], key: str) -> set[str]:
    """The features that a fact of some documents lists."""
    return {name for node in documents for name in _names(node.facts.get(key, ""))}


def _without_owner(alone: list[str], columns: list[str]) -> str:
    if not alone:
        return ", each with an owner"
    return f", {len(alone)} without an owner" if len(alone) < len(columns) else ""


def _columns_of(data: Iterable[Node]) -> list[str]:
    """The columns of some datasets, each name once, in their order."""
    return list(
        dict.fromkeys(
            name
            for node in data
            for name in node.columns or _names(node.facts.get("features", ""))
        )
    )


def _names(text: str) -> list[str]:
    try:
        names = json.loads(text)
    except ValueError:
        return []
    return [str(name) for name in names] if isinstance(names, list) else []


def _scripts(subject: _Subject) -> Check:
    deploys = subject.linking(subject.family(), Relation.DEPLOYS)
    runs = subject.linked(subject.actors(), Relation.EXECUTED)
    remedy = "Keep the script that runs or deploys the model in the project."
    found = [node.name for node in (*deploys, *runs)]
    return _decided("run and deploy scripts", found, remedy)


def _name(subject: _Subject) -> Check:
    broken = [
        finding
        for finding in subject.detail.findings
        if finding.rule.startswith("name.") and finding.state == "open"
    ]
    if broken:
        return Check("name", MISSING, broken[0].message, broken[0].remedy)
    return Check("name", MET, "matches and agrees with the facts")


CHECKS: tuple[Callable[[_Subject], Check], ...] = (
    _identity,
    _data,
    _configuration,
    _code,
    _environment,
    _base,
    _finetuning,
    _checkpoints,
    _metrics,
    _data_tests,
    _features,
    _scripts,
    _name,
)
