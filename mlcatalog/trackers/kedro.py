"""Runs of Kedro: sessions, as their versions of datasets and its stores tell.

A session's id is the time when it began, and the version of each versioned
dataset that it saved: `X.csv/ID/X.csv`. Kedro-Viz keeps the events of the last
run in `.viz`, and before its version 11 every session in `session_store.db`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Notice,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.trackers import bounded_yaml, kedro_catalog, kedro_stores, told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.hydra import flattened
from mlcatalog.trackers.kedro_catalog import Dataset
from mlcatalog.trackers.kedro_nodes import Node, nodes
from mlcatalog.trackers.kedro_stores import Events, Session

PROJECT = "pyproject.toml"
PROJECT_LIMIT = 1_048_576  # bytes
METRICS_FILES = ("metrics*.json", "*metrics.json", "scores*.json", "results.json")
RUN_LIMIT = 2_000  # the newest sessions are read


class KedroTracker:
    """Reads sessions with their datasets, versions, settings, nodes and metrics."""

    tool = "kedro"
    title = "Kedro"
    version = 1
    is_wide = True  # what tells of its runs lies anywhere below the project

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """A project file beside the folder of settings; read says whose it is."""
        is_project = {PROJECT, "conf/"} <= folder_names
        return frozenset({PROJECT}) if is_project else frozenset()

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The folder of Kedro-Viz; the project file is a configuration."""
        return folder_names & {".viz/", kedro_stores.STORE}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The sessions of a project, none for another tool's; raises FormatError."""
        own = _settings(place)
        if not own:
            return ()
        project = _Project(place.parent, own)
        known = kedro_stores.sessions(project.root, project.problems)
        names = {*known, *(v for found in project.versions.values() for v in found)}
        ordered = sorted(names)[-RUN_LIMIT:]
        project.last = project.events.session(ordered)
        if not ordered and project.events.began:
            project.last = project.events.name
            ordered = [project.last]
        return tuple(project.run(name, known.get(name, Session())) for name in ordered)


def _settings(place: Path) -> dict[str, object]:
    with place.open("rb") as file:
        raw = file.read(PROJECT_LIMIT)
    try:
        tools = as_table(tomllib.loads(raw.decode("utf-8", "replace")).get("tool"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}  # the reader of configurations says so
    return as_table(tools.get("kedro"))


@dataclass(slots=True)
class _Project:
    """A Kedro project, read once for all its runs."""

    root: Path
    own: dict[str, object]
    problems: list[FormatError] = field(default_factory=list)
    datasets: dict[str, Dataset] = field(init=False)
    nodes: list[Node] = field(init=False)
    versions: dict[str, list[str]] = field(init=False)
    events: Events = field(init=False)
    given: tuple[Param, ...] = field(init=False)
    settled: float = field(init=False)  # when its parameters were changed last
    last: str = ""  # the session that the events are of

    def __post_init__(self) -> None:
        self.datasets = kedro_catalog.datasets(self.root, self.problems)
        package = str(self.own.get("package_name") or "")
        source = str(self.own.get("source_dir") or "src")
        is_name = package.replace("_", "").isalnum() and source.isidentifier()
        folder = self.root / source / package
        self.nodes = nodes(self.root, folder) if is_name else []
        self.versions = {
            name: kedro_catalog.versions(self.root, one)
            for name, one in self.datasets.items()
        }
        self.events = kedro_stores.events(self.root, self.problems)
        self.given, self.settled = self._parameters()

    def _parameters(self) -> tuple[tuple[Param, ...], float]:
        """The parameters as they are now, and since when they are so."""
        whole: dict[str, object] = {}
        changed = 0.0
        for path in kedro_catalog.settings(self.root, "parameters"):
            try:
                whole |= bounded_yaml.table(path)
            except FormatError as problem:
                self.problems.append(problem)
            changed = max(changed, path.stat().st_mtime)
        return (tuple(flattened(whole)) if whole else ()), changed

    def run(self, name: str, session: Session) -> RunReading:
        """One session."""
        started = kedro_catalog.moment(name)
        is_last = name == self.last
        done = [node for node in self.nodes if self._ran(node, name)]
        folders = [f for f, _ in self._metrics(name)]
        return RunReading(
            tool="kedro",
            native_id=name,
            name=f"{self.own.get('project_name') or self.root.name} {name}",
            # Its numbers lie there: a generic run of that folder is this one.
            folder=str(folders[0]) if folders else "",
            status=self.events.status if is_last else session.status,
            started=started or (self.events.began if is_last else None),
            ended=self.events.ended if is_last else None,
            facts=tuple(self._facts(session, done, is_last=is_last)),
            params=self._params_of(session, started),
            metrics=tuple(
                series
                for folder, found in self._metrics(name)
                if folder != folders[0] or not _is_metrics_file(folder.parent.name)
                for series in found
            ),
            claims=(*self._settings_claims(done), *self._data_claims(name, done)),
            notices=tuple(self._notices()),
        )

    def _ran(self, node: Node, name: str) -> bool:
        """Whether a node ran in a session: what it made is there, or was noted."""
        if name == self.last and node.name in self.events.nodes:
            return True
        return any(name in self.versions.get(output, ()) for output in node.outputs)

    def _metrics(self, name: str) -> Iterator[tuple[Path, list[Series]]]:
        """The folders of a session's numbers, with them."""
        for key, dataset in self.datasets.items():
            if dataset.is_metrics and name in self.versions[key]:
                path = self.root / dataset.at(name)
                table, problem = told.neighbour(path)
                if problem is None and not path.is_symlink():
                    time = kedro_catalog.moment(name)
                    yield (
                        path.parent,
                        [
                            Series(clipped(k), (Point(None, value, time),))
                            for k, value in told.numbers(table)
                        ],
                    )

    def _params_of(self, session: Session, started: int | None) -> tuple[Param, ...]:
        """Those of the command line, and of files that were not changed since.

        Where no session was stored nobody knows what the command line said.
        """
        extra = tuple(flattened(session.extra)) if session.extra else ()
        is_stale = started is None or started < self.settled * 1_000_000
        if is_stale or not session.said:
            return extra
        over = {param.key for param in extra}
        return (*(param for param in self.given if param.key not in over), *extra)

    def _facts(
        self, session: Session, done: list[Node], *, is_last: bool
    ) -> Iterator[Fact]:
        yield from session.facts()
        version = self.own.get("kedro_init_version")
        yield from told.fact("kedro.version", version, f"{PROJECT}: tool.kedro")
        if is_last:
            events = kedro_stores.EVENTS
            yield from told.fact("nodes", list(self.events.nodes), events)
            yield from told.fact("failed.node", self.events.failed, events)
            yield from told.fact("error", self.events.error, events)
        else:
            yield from told.fact("nodes", [node.name for node in done], "code")

    def _settings_claims(self, done: list[Node]) -> Iterator[Claim]:
        for word in ("parameters", "catalog"):
            for path in kedro_catalog.settings(self.root, word):
                place = path.relative_to(self.root).as_posix()
                target = Reference(Scheme.PATH, place, kind=Kind.CONFIG)
                yield told.claim(Relation.CONFIGURED_BY, target, f"conf/base: {word}")
        for place in dict.fromkeys(node.source for node in done):
            target = Reference(Scheme.PATH, place, kind=Kind.SCRIPT)
            yield told.claim(Relation.EXECUTED, target, "nodes")

    def _data_claims(self, name: str, done: list[Node]) -> Iterator[Claim]:
        run = Reference(Scheme.RUN, f"kedro:{name}", kind=Kind.RUN)
        for key, dataset in self.datasets.items():
            place = self._made(key, name)
            if place and not dataset.is_metrics:
                source, detail = f"{dataset.source}: {key}", f"version {name}"
                yield told.claim(
                    Relation.PRODUCED_BY,
                    run,
                    source,
                    subject=_file(place),
                    detail=detail if dataset.versioned else "",
                )
        for node in done:
            yield from self._node_claims(name, node)

    def _node_claims(self, name: str, node: Node) -> Iterator[Claim]:
        """How the run took what a node takes, and what its data came from."""
        source = f"{node.source}: {node.name}"
        made = [place for key in node.outputs if (place := self._made(key, name))]
        is_training = any(_file(place).kind is Kind.MODEL for place in made)
        inner = {output for one in self.nodes for output in one.outputs}
        for key in node.inputs:
            place = self._taken(key, name)
            if not place:
                continue
            target = _file(place)
            is_data = target.kind is Kind.DATASET
            if not is_data and key not in inner:
                yield _declared(THIS, Relation.STARTED_FROM, target, source)
            elif is_data and (is_training or key not in inner):
                yield _declared(THIS, Relation.TRAINED_ON, target, source)
            elif is_data and self._is_evaluation(node):
                yield _declared(THIS, Relation.EVALUATED_ON, target, source)
            for output in made if is_data else ():
                if _file(output).kind is Kind.DATASET:
                    subject = _file(output)
                    yield _declared(subject, Relation.DERIVED_FROM, target, source)

    def _is_evaluation(self, node: Node) -> bool:
        found = (self.datasets.get(key) for key in node.outputs)
        return any(one is not None and one.is_metrics for one in found)

    def _made(self, key: str, name: str) -> str:
        """Where a session saved a dataset; "" where it did not, as far as is known."""
        dataset = self.datasets.get(key)
        if dataset is None or not dataset.path:
            return ""
        if dataset.versioned:
            return dataset.at(name) if name in self.versions[key] else ""
        is_saved = name == self.last and key in self.events.saved
        return dataset.path if is_saved else ""

    def _taken(self, key: str, name: str) -> str:
        """Where a session found a dataset: its own version, or the last before it."""
        dataset = self.datasets.get(key)
        if dataset is None or not dataset.path or dataset.is_metrics:
            return ""
        if not dataset.versioned:
            return dataset.path
        earlier = [version for version in self.versions[key] if version <= name]
        return dataset.at(earlier[-1]) if earlier else ""

    def _notices(self) -> Iterator[Notice]:
        for problem in self.problems:
            place = problem.where.removeprefix(f"{self.root}/")
            why = f"{place}: {problem.what} {problem.why}".strip()
            yield Notice("integrity.unreadable", why)


def _is_metrics_file(name: str) -> bool:
    """Whether the reader of metrics files reads it, in the run's folder."""
    return any(fnmatchcase(name.lower(), pattern) for pattern in METRICS_FILES)


def _file(place: str) -> Reference:
    return Reference(Scheme.PATH, place, kind=kedro_catalog.kind_of(place))


def _declared(
    subject: Reference, relation: Relation, target: Reference, source: str
) -> Claim:
    """What the code of a node says, which the run was seen to have run."""
    return Claim(subject, relation, target, Evidence.DECLARED, source)
