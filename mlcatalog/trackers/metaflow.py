"""Runs of Metaflow's local datastore: `.metaflow/FLOW/RUN/STEP/TASK`.

A run's folder has a `_meta` of its own and a step `_parameters`. A task's
`N.data.json` names each artifact's SHA-1, under which `FLOW/data` keeps its
pickle, gzipped. Pickles are looked at without running them, small ones only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlcatalog.domain.inert_pickle import dangerous
from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
)
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import metaflow_blobs, told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.hydra import flattened, param_claims
from mlcatalog.trackers.metaflow_blobs import Blobs

ROOT = ".metaflow/"
PARAMETERS = "_parameters"
TASK_LIMIT = 2_000  # tasks of a run that are looked at
ARTIFACT_LIMIT = 200  # artifacts of a run that are told
GIT_FACTS = {
    "commit_sha": "code.commit",
    "has_uncommitted_changes": "code.dirty",
    "branch_name": "code.branch",
    "repo_url": "code.origin",
}


class MetaflowTracker:
    """Reads parameters, small artifacts, steps, tags, times and what failed."""

    tool = "metaflow"
    title = "Metaflow"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """A run by its metadata; the datastore's root so that it owns all in it."""
        if f"{PARAMETERS}/" in folder_names and "_meta/" in folder_names:
            return frozenset({"_meta/"})
        return folder_names & {ROOT}

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Every step of a run, and the datastore as a whole."""
        if ROOT in folder_names:
            return frozenset({ROOT})
        return frozenset(name for name in folder_names if name.endswith("/"))

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """The run whose metadata lies there; raises FormatError."""
        if place.name != "_meta":
            return ()
        return (_Run(place.parent, told.json_table(place / "_self.json")).reading(),)


@dataclass(frozen=True, slots=True)
class _Task:
    """The last attempt of one task."""

    step: str
    number: str
    began: int  # ms since 1970
    objects: dict[str, str]  # artifact to SHA-1
    types: dict[str, object]
    said: dict[str, str]  # metadata: the last value of each field
    done: int | None  # ms since 1970

    @property
    def is_failed(self) -> bool:
        return self.said.get("attempt_ok") == "False"


@dataclass(slots=True)
class _Run:
    """One run's folder, with what is read of it once."""

    folder: Path
    own: dict[str, object]
    notices: list[Notice] = field(default_factory=list)
    tasks: list[_Task] = field(default_factory=list)

    def reading(self) -> RunReading:
        """All that the folder says."""
        flow = str(self.own.get("flow_id") or self.folder.parent.name)
        self.tasks = sorted(self._tasks(), key=lambda task: task.began)
        blobs = Blobs(self.folder.parent / "data")
        given = self._given(blobs)
        params = tuple(flattened(given)) if given else ()
        kept, points = self._artifacts(blobs, frozenset(given))
        if found := dangerous(blobs.names):
            why = f"Loading its artifacts would give them access to {', '.join(found)}"
            self.notices.append(Notice("safety.pickle", why[:500], "error"))
        return RunReading(
            tool="metaflow",
            native_id=f"{flow}/{self.folder.name}",
            name=f"{flow}/{self.folder.name}",
            folder=str(self.folder),
            status=self._status(),
            started=_microseconds(self.own.get("ts_epoch")),
            ended=self._ended(),
            facts=(*self._facts(flow, blobs), *kept),
            params=params,
            metrics=told.series(points),
            claims=(*self._claims(), *self._data_claims(params)),
            notices=tuple(self.notices),
            same=told.twins(given, self._texts(blobs)),
        )

    def _tasks(self) -> Iterator[_Task]:
        count = 0
        for step in told.folders(self.folder):
            if step.name == "_meta":
                continue
            for folder in told.folders(step):
                if folder.name == "_meta":
                    continue
                count += 1
                if count <= TASK_LIMIT:
                    yield self._task(step.name, folder)
        if count > TASK_LIMIT:
            why = f"Of {count:,} tasks the first {TASK_LIMIT:,} are read"
            self.notices.append(Notice("integrity.partly-read", why, "note"))

    def _task(self, step: str, folder: Path) -> _Task:
        attempts = [
            int(name)
            for path in told.files(folder, ".data.json")
            if (name := path.name.partition(".")[0]).isdigit()
        ]
        last = max(attempts, default=None)
        stored = {} if last is None else self._near(folder / f"{last}.data.json")
        own = self._near(folder / "_meta/_self.json")
        said, done = self._said(folder / "_meta")
        return _Task(
            step=step,
            number=folder.name,
            began=_milliseconds(own.get("ts_epoch")) or 0,
            objects={
                key: sha
                for key, sha in as_table(stored.get("objects")).items()
                if isinstance(sha, str)
            },
            types={
                key: as_table(one).get("type")
                for key, one in as_table(stored.get("info")).items()
            },
            said=said,
            done=done,
        )

    def _said(self, meta: Path) -> tuple[dict[str, str], int | None]:
        """The metadata of a task by field, the last of each, and when it was done."""
        newest: dict[str, Path] = {}
        for path in told.files(meta, ".json"):
            field_name, _, stamp = path.stem.rpartition("_")
            if field_name.startswith("sysmeta_") and stamp.isdigit():
                newest[field_name.removeprefix("sysmeta_")] = path
        said: dict[str, str] = {}
        done: int | None = None
        for name in newest.keys() & metaflow_blobs.FIELDS:
            table = self._near(newest[name])
            said[name] = str(table.get("value") or "")
            if name == "attempt-done":
                done = _milliseconds(table.get("ts_epoch"))
        return said, done

    def _near(self, path: Path) -> dict[str, object]:
        """What a file of the run says; a half-written one takes nothing from it."""
        found, problem = told.neighbour(path)
        if problem is not None:
            shown = path.relative_to(self.folder).as_posix()
            why = f"{shown}: {problem.what} {problem.why}".strip()
            self.notices.append(Notice("integrity.unreadable", why))
        return found

    def _given(self, blobs: Blobs) -> dict[str, object]:
        """The flow's parameters with the values that this run had."""
        start = next((task for task in self.tasks if task.step == PARAMETERS), None)
        if start is None:
            return {}
        graph = blobs.value(start.objects.get("_graph_info", ""))
        listed = as_table(graph).get("parameters")
        named = [as_table(one).get("name") for one in _listed(listed)]
        names = [one for one in named if isinstance(one, str)] or [
            name for name in start.objects if name[:1] != "_" and name != "name"
        ]
        return {
            name: value
            for name in names
            if (value := blobs.value(start.objects.get(name, "")))
            is not metaflow_blobs.UNKNOWN
        }

    def _artifacts(
        self, blobs: Blobs, given: frozenset[str]
    ) -> tuple[list[Fact], dict[str, list[Point]]]:
        """Each artifact as the last task left it; real numbers as measurements."""
        last: dict[str, tuple[_Task, str]] = {}
        points: dict[str, list[Point]] = {}
        for task in self.tasks:
            for name, sha in task.objects.items():
                if name in given or name[:1] == "_" or name == "name":
                    continue
                is_new = name not in last or last[name][1] != sha
                if not is_new or (name not in last and len(last) >= ARTIFACT_LIMIT):
                    continue
                last[name] = task, sha
                value = blobs.value(sha)
                if isinstance(value, float):
                    step = int(task.number) if task.number.isdigit() else None
                    time = (task.done or task.began) * 1_000 or None
                    points.setdefault(clipped(name), []).append(
                        Point(step, value, time)
                    )
        facts: list[Fact] = []
        for name, (task, sha) in last.items():
            if name not in points:
                shown = blobs.shown(sha, task.types.get(name))
                source = f"{task.step}/{task.number}: sha1 {sha}"
                facts += told.fact(f"artifact.{clipped(name)}", shown, source)
        return facts, points

    def _texts(self, blobs: Blobs) -> dict[str, object]:
        """The artifacts by which steps note other tools' ids of the run."""
        return {
            name: blobs.value(sha)
            for task in self.tasks
            for name, sha in task.objects.items()
            if name.endswith("_id")
        }

    def _facts(self, flow: str, blobs: Blobs) -> Iterator[Fact]:
        yield from told.fact("experiment", flow, "flow_id")
        yield from told.fact("user", self.own.get("user_name"), "user_name")
        yield from told.fact("tagged", _listed(self.own.get("tags")), "tags")
        said = {key: text for task in self.tasks for key, text in task.said.items()}
        version = said.get("metaflow_version")
        yield from told.fact("metaflow.version", version, "metaflow_version")
        yield from told.fact("python", said.get("python_version"), "python_version")
        git = told.table_in(said.get("git-info", ""))
        for key, name in GIT_FACTS.items():
            yield from told.fact(name, git.get(key), f"git-info: {key}")
        package = told.table_in(said.get("code-package", ""))
        yield from told.fact("code.package", package.get("sha"), "code-package: sha")
        location = package.get("location")
        yield from told.fact("code.package.place", location, "code-package: location")
        yield from self._step_facts()
        failed = next((task for task in self.tasks if task.is_failed), None)
        if failed is not None:
            yield from told.fact("failed.step", f"{failed.step}/{failed.number}", "")
            error = blobs.fields(failed.objects.get("_exception", ""))
            kind = str(error.get("type") or "").rpartition(".")[2]
            shown = f"{kind}: {error.get('exception') or ''}".strip(": ")
            yield from told.fact("error", shown[:2_000], "_exception")

    def _step_facts(self) -> Iterator[Fact]:
        counts: dict[str, int] = {}
        for task in self.tasks:
            if task.step != PARAMETERS:
                counts[task.step] = counts.get(task.step, 0) + 1
        shown = [f"{name} ({n} tasks)" if n > 1 else name for name, n in counts.items()]
        yield from told.fact("steps", shown, "STEP/TASK")

    def _status(self) -> str:
        """FINISHED at the end step, FAILED by a task that did; else not known."""
        ends = {task.said["end_step"] for task in self.tasks if "end_step" in task.said}
        for task in self.tasks:
            if task.step in (ends or {"end"}) and task.said.get("attempt_ok") == "True":
                return "FINISHED"
        return "FAILED" if any(task.is_failed for task in self.tasks) else ""

    def _ended(self) -> int | None:
        done = [task.done for task in self.tasks if task.done is not None]
        return max(done) * 1_000 if done and self._status() else None

    def _claims(self) -> Iterator[Claim]:
        said = {key: text for task in self.tasks for key, text in task.said.items()}
        script = said.get("script-name", "")
        if script:
            target = Reference(Scheme.PATH, script, kind=Kind.SCRIPT)
            yield told.claim(Relation.EXECUTED, target, "script-name")
        origin = said.get("origin-run-id", "None")
        if origin not in ("", "None"):
            name = f"metaflow:{self.folder.parent.name}/{origin}"
            target = Reference(Scheme.RUN, name, kind=Kind.RUN)
            yield told.claim(
                Relation.CHILD_OF, target, "origin-run-id", detail="resumed"
            )

    def _data_claims(self, params: tuple[Param, ...]) -> Iterator[Claim]:
        home = self.folder.parents[2]  # where .metaflow lies
        return param_claims(params, home, PARAMETERS)


def _listed(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []


def _milliseconds(raw: object) -> int | None:
    return raw if isinstance(raw, int) and abs(raw) < 10**14 else None


def _microseconds(raw: object) -> int | None:
    found = _milliseconds(raw)
    return None if found is None else found * 1_000
