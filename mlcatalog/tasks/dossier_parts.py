"""The parts of a dossier, gathered from the catalogue."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence

from mlcatalog.audit.content import (
    CheckLine,
    Configuration,
    DataLine,
    EdgeLine,
    FileLine,
    FileState,
    FindingLine,
    JournalLine,
    JournalProof,
    KeyValue,
    MetricLine,
    Subject,
)
from mlcatalog.audit.drawing import chain_of
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail, JournalEntry, Metric
from mlcatalog.domain.code_history import STATE
from mlcatalog.domain.lineage import Edge, Graph, Node
from mlcatalog.domain.moments import utc_text
from mlcatalog.domain.progress import Progress
from mlcatalog.domain.words import MODEL_PARENTS, Kind, Relation

WHOLE_JOURNAL = 1 << 30
EXTRACT = 25  # journal entries that are printed
STEPS_UP = 64
MOST_NODES = 500
MOST_MEMBERS = 200  # files of one ancestor that are listed one by one
NEAR = 2  # steps up to a configuration that is printed in full
DOCUMENTED = ("rationale", "owner", "code")  # beside a feature's description
TOLD_FACTS = (
    "architecture",
    "task",
    "license",
    "code.commit",
    "code.dirty",
    "git.commit",
    "git.state",
)
COMMIT_FACTS = ("code.commit.date", "code.commit.author", "code.commit.subject")


class Gathering:
    """Collects subjects, and the files of everything that they came from."""

    def __init__(self, catalog: Catalog, progress: Progress) -> None:
        self._catalog = catalog
        self._progress = progress
        self._details: dict[str, Detail] = {}
        self._dictionaries: dict[str, list[str]] = {}  # of each dataset
        self._subjects: set[str] = set()
        self.limits: list[str] = []

    def subject(self, reference: str) -> Subject:
        """One model with its chain of custody; raises NotFoundError."""
        summary, version = self._catalog.find_version(reference)
        detail = self._at(self._catalog.detail(summary.id, version=version), version)
        self._details[summary.id] = detail
        self._subjects.add(summary.id)
        whole = self._catalog.graph(summary.id, up=STEPS_UP, down=0, limit=MOST_NODES)
        graph = _without_rejected(whole)
        self._read_nodes(graph)
        self._read_dictionaries(summary.id, graph)
        if whole.total > len(whole.nodes):
            self.limits.insert(
                0,
                f"{summary.name} has {whole.total} ancestors; the nearest "
                f"{len(whole.nodes)} are in this document.",
            )
        return self._described(detail, graph, whole)

    def files(self) -> tuple[FileLine, ...]:
        """Every file of the subjects and their ancestors, not checked yet."""
        lines = [
            line for detail in self._details.values() for line in self._files(detail)
        ]
        return tuple({(line.path, line.expected): line for line in lines}.values())

    def _at(self, detail: Detail, version_id: str | None) -> Detail:
        """The detail as of one version; files are those that are there now."""
        at = next((v for v in detail.versions if v.id == version_id), None)
        if at is None or at.current:
            return detail
        self.limits.insert(
            0,
            f"Version {at.number} of {detail.summary.name} is not the current one; "
            "the files that were re-checked are those of the current version.",
        )
        old = dataclasses.replace(detail.summary, digest=at.digest, stage=at.stage)
        return dataclasses.replace(detail, summary=old)

    def _described(self, detail: Detail, graph: Graph, whole: Graph) -> Subject:
        summary = detail.summary
        chain = chain_of(graph, summary.id)
        parent = self._compared_with(graph, summary.id)
        return Subject(
            id=summary.id,
            name=summary.name,
            digest=_digest(detail),
            identity=(*_identity(detail), *self._code(graph)),
            checks=tuple(
                CheckLine(c.check, str(c.state), c.evidence, c.remedy)
                for c in detail.checks
            ),
            chain=chain.rows,
            hidden=chain.hidden,
            edges=tuple(
                _edge_line(edge, whole) for edge in _nearest(whole, summary.id)
            ),
            datasets=tuple(self._datasets(graph)),
            configurations=tuple(self._configurations(graph, summary.id)),
            metrics=_metric_lines(
                self._metrics(graph, summary.id),
                self._metrics(graph, parent.id) if parent else (),
            ),
            compared_with=parent.name if parent else "",
            findings=tuple(self._findings(graph, summary.id)),
        )

    def _code(self, graph: Graph) -> Iterator[KeyValue]:
        """The commits that runs recorded, and how their scripts stand in git."""
        for node in graph.nodes:
            detail = self._details.get(node.id)
            if detail is None:
                continue
            if node.kind is Kind.RUN and (commit := detail.fact("code.commit")):
                parts = (commit, *map(detail.fact, COMMIT_FACTS))
                source = f"recorded by {node.name}"
                yield KeyValue("code commit", " ".join(filter(None, parts)), source)
            if node.kind is Kind.SCRIPT and (state := detail.fact(STATE)):
                parts = (detail.fact("git.commit"), detail.fact("git.date"))
                commit = " of ".join(filter(None, parts)) or "no commit"
                text = f"{node.name} @ {commit}, {state}"
                yield KeyValue("script", text, "git, when it was indexed")

    def _read_nodes(self, graph: Graph) -> None:
        for done, node in enumerate(graph.nodes):
            self._progress(done, len(graph.nodes), node.name)
            if not node.external and node.id not in self._details:
                self._details[node.id] = self._catalog.detail(node.id)

    def _read_dictionaries(self, focus: str, graph: Graph) -> None:
        """What describes the datasets; the dossier quotes it, so it is checked too."""
        data = {node.id for node in graph.nodes if node.kind is Kind.DATASET}
        around = self._catalog.graph(
            focus, up=STEPS_UP, down=0, limit=MOST_NODES, documents=True
        )
        for edge in _without_rejected(around).edges:
            if edge.relation is Relation.DESCRIBES and edge.parent in data:
                found = self._dictionaries.setdefault(edge.parent, [])
                found += [edge.child] if edge.child not in found else []
                if edge.child not in self._details:
                    self._details[edge.child] = self._catalog.detail(edge.child)

    def _datasets(self, graph: Graph) -> Iterator[DataLine]:
        for node in graph.nodes:
            if node.kind is not Kind.DATASET:
                continue
            uses = {edge.relation.phrase for edge in graph.children(node.id)}
            detail = self._details.get(node.id)
            yield DataLine(
                name=node.name,
                use=", ".join(sorted(uses)),
                digest=(_digest(detail) if detail else node.digest) or "",
                size=node.size,
                recorded=_recorded(detail) if detail else "",
                path=node.path or _place(node),
                columns=tuple(self._columns(detail)) if detail else (),
            )

    def _columns(self, data: Detail) -> Iterator[KeyValue]:
        """The columns of a dataset, each with what the data dictionaries say of it."""
        ids = self._dictionaries.get(data.summary.id, ())
        dictionaries = [self._details[one] for one in ids]
        for column in data.columns:
            told = (_documentation(one, column.name) for one in dictionaries)
            yield KeyValue(column.name, column.type, next(filter(None, told), ""))

    def _configurations(self, graph: Graph, focus: str) -> Iterator[Configuration]:
        near = _within(graph, focus, NEAR)
        for node in graph.nodes:
            if node.kind is not Kind.CONFIG or node.id not in near:
                continue
            detail = self._details.get(node.id)
            params = detail.params if detail else {}
            yield Configuration(
                name=node.name,
                digest=(_digest(detail) if detail else node.digest) or "",
                path=node.path,
                params=tuple(KeyValue(key, params[key].text) for key in sorted(params)),
                text=(detail.text or "") if detail else "",
            )

    def _metrics(self, graph: Graph, node_id: str) -> tuple[Metric, ...]:
        """A model's own metrics, then what else the runs that made it recorded."""
        detail = self._details.get(node_id)
        found = list(detail.metrics) if detail else []
        for edge in graph.parents(node_id):
            run = self._details.get(edge.parent)
            if edge.relation is Relation.PRODUCED_BY and run:
                known = {metric.name for metric in found}
                found += [m for m in run.metrics if m.name not in known]
        return tuple(found)

    def _compared_with(self, graph: Graph, focus: str) -> Node | None:
        """The nearest parent model with a metric of equal name and dataset."""
        own = {_measure(metric) for metric in self._metrics(graph, focus)}
        for edge in graph.parents(focus):
            shared = own & {_measure(m) for m in self._metrics(graph, edge.parent)}
            if edge.relation in MODEL_PARENTS and shared:
                return graph.node(edge.parent)
        return None

    def _findings(self, graph: Graph, focus: str) -> Iterator[FindingLine]:
        for node in sorted(graph.nodes, key=lambda n: (n.id != focus, n.name)):
            detail = self._details.get(node.id)
            for finding in detail.findings if detail else ():
                if finding.state in ("open", "waived"):
                    yield FindingLine(
                        rule=finding.rule,
                        severity=str(finding.severity),
                        message=f"{node.name}: {finding.message}"
                        if node.id != focus
                        else finding.message,
                        subject=node.name,
                        state=finding.state,
                        remedy=finding.remedy,
                    )

    def _files(self, detail: Detail) -> list[FileLine]:
        summary = detail.summary
        members = detail.members
        if len(members) > MOST_MEMBERS and summary.id not in self._subjects:
            self.limits.insert(
                0,
                f"{summary.name} has {len(members)} files; they were not re-checked "
                "one by one, and its digest is the one the catalogue has.",
            )
            return []
        return file_lines(detail)


def file_lines(detail: Detail) -> list[FileLine]:
    """The files of an artifact; one that lost them all is where it was."""
    summary = detail.summary
    if not detail.members and summary.path and summary.kind is not Kind.RUN:
        return [
            FileLine(
                artifact=summary.name,
                path=summary.path,
                role="main",
                size=summary.size,
                expected=summary.digest or "",
                found="",
                state=FileState.UNCHECKED,
            )
        ]
    return [
        FileLine(
            artifact=summary.name,
            path=member.path,
            role=member.role,
            size=member.size,
            expected=member.digest or "",
            found="",
            state=FileState.UNCHECKED,
            place=""
            if os.fsencode(member.path) == member.place
            else member.place.hex(),
        )
        for member in detail.members
    ]


def journal_proof(catalog: Catalog) -> tuple[str, JournalProof]:
    """The hash of the first entry (the catalogue's identity), and the head."""
    entries = catalog.journal(WHOLE_JOURNAL)
    holds, sentence = catalog.verify_journal()
    if not entries:
        return "", JournalProof(holds=holds, sentence="The journal is empty.")
    proof = JournalProof(
        head=entries[0].hash,
        entries=len(entries),
        holds=holds,
        sentence=sentence,
        extract=tuple(_journal_line(entry) for entry in entries[:EXTRACT]),
    )
    return entries[-1].hash, proof


def _journal_line(entry: JournalEntry) -> JournalLine:
    return JournalLine(
        seq=entry.seq,
        at=utc_text(entry.at).replace("T", " ").rstrip("Z"),
        actor=entry.actor,
        kind=entry.kind,
        subject=entry.subject,
        hash=entry.hash,
    )


def _identity(detail: Detail) -> Iterator[KeyValue]:
    summary = detail.summary
    yield KeyValue("sha256", _digest(detail))
    yield KeyValue("format", ", ".join(_form(detail)))
    for key in TOLD_FACTS:
        if text := detail.fact(key):
            yield KeyValue(key.replace(".", " "), text)
    yield KeyValue("owner", summary.owner or "not known")
    yield KeyValue("stage", str(summary.stage))
    text, source = _created(detail)
    yield KeyValue("created", text or "not known", source)
    current = next(
        (v.number for v in detail.versions if v.digest == _digest(detail)), 0
    )
    if current:
        yield KeyValue("version", f"{current} of {len(detail.versions)}")
    yield KeyValue("path", summary.path or "not known")
    yield KeyValue("id", summary.id)
    if detail.note:
        yield KeyValue("note", detail.note)


def _form(detail: Detail) -> Iterator[str]:
    yield detail.summary.format
    if detail.tensors:
        yield f"{len(detail.tensors):,} tensors".replace(",", " ")
    if parameters := detail.fact("parameters"):
        number = (
            f"{int(parameters):,}".replace(",", " ") if parameters.isdecimal() else ""
        )
        yield f"{number or parameters} parameters"


def _created(detail: Detail) -> tuple[str, str]:
    """When it was made and who says so; else when the catalogue first saw it."""
    for fact in detail.facts:
        if fact.key == "created":
            return fact.value.text, f"{fact.evidence}, {fact.source}"
    observed = [version.observed for version in detail.versions]
    if observed:
        return utc_text(min(observed)), "first seen by the catalogue"
    return "", ""


def _place(node: Node) -> str:
    return f"external, revision {node.revision or 'not known'}" if node.external else ""


def _recorded(detail: Detail) -> str:
    current = next((v for v in detail.versions if v.current), None)
    if current is None:
        return ""
    if current.recorded is not None:
        return utc_text(current.recorded)
    return f"{utc_text(current.observed)} (first seen)"


def _digest(detail: Detail) -> str:
    return detail.summary.digest or ""


def _edge_line(edge: Edge, graph: Graph) -> EdgeLine:
    child, parent = graph.node(edge.child), graph.node(edge.parent)
    best = edge.best
    return EdgeLine(
        child=child.name if child else edge.child,
        relation=edge.relation.phrase,
        parent=parent.name if parent else edge.parent,
        evidence=str(best.evidence),
        source=best.source,
        detail=best.detail,
        confidence=best.confidence,
        decision=edge.status,
        child_id=edge.child,
        parent_id=edge.parent,
    )


def _nearest(graph: Graph, focus: str) -> list[Edge]:
    """The edges, those closest to the focus first."""
    steps = _steps(graph, focus)
    far = len(steps)
    return sorted(
        graph.edges,
        key=lambda e: (steps.get(e.child, far), e.child, e.relation, e.parent),
    )


def _within(graph: Graph, focus: str, most: int) -> frozenset[str]:
    return frozenset(key for key, step in _steps(graph, focus).items() if step <= most)


def _steps(graph: Graph, focus: str) -> dict[str, int]:
    parents: dict[str, list[str]] = {}
    for edge in graph.edges:
        parents.setdefault(edge.child, []).append(edge.parent)
    steps, frontier = {focus: 0}, [focus]
    while frontier:
        found = [p for key in frontier for p in parents.get(key, ()) if p not in steps]
        step = steps[frontier[0]] + 1
        frontier = list(dict.fromkeys(found))
        steps |= dict.fromkeys(frontier, step)
    return steps


def _without_rejected(graph: Graph) -> Graph:
    kept = tuple(edge for edge in graph.edges if edge.status != "rejected")
    return Graph(graph.nodes, kept, graph.focus, graph.total)


def _metric_lines(
    metrics: Sequence[Metric], earlier: Sequence[Metric]
) -> tuple[MetricLine, ...]:
    """A line each; what several tools recorded alike stands once."""
    before = {_measure(metric): metric.last for metric in earlier}
    lines = (
        MetricLine(m.name, m.last, m.step, m.dataset, before.get(_measure(m)))
        for m in metrics
    )
    return tuple(dict.fromkeys(lines))


def _measure(metric: Metric) -> tuple[str, str]:
    """What makes two values comparable: the metric and what it was measured on."""
    return metric.name, metric.dataset


def _documentation(dictionary: Detail, column: str) -> str:
    """What a data dictionary says of a column, with owner, reason and code."""
    said = {word: dictionary.params.get(f"{column}.{word}") for word in DOCUMENTED}
    meaning = dictionary.params.get(column)
    parts = [meaning.text] if meaning and meaning.text.strip() else []
    parts += [f"{word}: {value.text}" for word, value in said.items() if value]
    return " · ".join(parts)
