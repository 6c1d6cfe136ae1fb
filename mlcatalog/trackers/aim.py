"""Runs of an Aim repository: `.aim`, a database of names beside a folder a run.

Names, experiments, tags, notes and times lie in SQLite. What was logged lies in
RocksDB: settings in `meta/chunks/RUN`, sequences in `seqs/chunks/RUN`. Each is a
source of its own, so that a run that goes on costs no other; they are joined by
the run's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mlcatalog.domain.reading import (
    Claim,
    Fact,
    Notice,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import aim_tree, rocksdb, told
from mlcatalog.trackers.bounded_yaml import as_table
from mlcatalog.trackers.database_copy import opened
from mlcatalog.trackers.hydra import flattened, param_claims
from mlcatalog.trackers.mlflow_tables import Row, Store, text

ROOT = ".aim/"
NAMES = "run_metadata.sqlite"
CHUNK = re.compile(r"[0-9a-f]{24}/")
SYSTEM = "__system_params"
SERIES_LIMIT = 10_000
POINT_LIMIT = 1_000_000
NUMBERS = frozenset({"float", "int"})


class AimTracker:
    """Reads names, experiments, tags, notes and times of all runs."""

    tool = "aim"
    title = "Aim"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The database; the repository too, so that it owns all in it."""
        if {NAMES, "meta/"} <= folder_names:
            return frozenset({NAMES})
        return folder_names & {ROOT}

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The whole repository."""
        return folder_names if NAMES in folder_names else frozenset({ROOT})

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """Every run in the database; raises FormatError."""
        if place.name != NAMES:
            return ()
        with opened(place) as database:
            return tuple(_named(Store(database)))


def _named(store: Store) -> Iterator[RunReading]:
    experiments = {
        text(row["id"]): text(row["name"])
        for row in store.rows("experiment", ("id", "name"))
    }
    tags = {
        text(row["id"]): text(row["name"]) for row in store.rows("tag", ("id", "name"))
    }
    tagged = store.by("run_id", "run_tag", ("run_id", "tag_id"))
    notes = store.by("run_id", "note", ("run_id", "content"))
    columns = (
        "id", "hash", "name", "description", "is_archived", "created_at",
        "finalized_at", "experiment_id",
    )  # fmt: skip
    for row in store.rows("run", columns):
        number, name = text(row["id"]), text(row["hash"])
        ended = told.moment(row["finalized_at"])
        yield RunReading(
            tool="aim",
            native_id=name,
            name=text(row["name"]) or name,
            status="FINISHED" if ended is not None else "",
            started=told.moment(row["created_at"]),
            ended=ended,
            facts=tuple(
                _named_facts(
                    row,
                    experiments.get(text(row["experiment_id"]), ""),
                    [tags.get(text(one["tag_id"]), "") for one in tagged[number]],
                    [text(one["content"]) for one in notes[number]],
                )
            ),
        )


def _named_facts(
    row: Row, experiment: str, tags: list[str], notes: list[str]
) -> Iterator[Fact]:
    yield from told.fact("experiment", experiment, "experiment.name")
    yield from told.fact("description", row["description"], "run.description")
    yield from told.fact("tagged", [one for one in tags if one], "tag.name")
    yield from told.fact("run.notes", "\n".join(notes)[:2_000], "note.content")
    if row["is_archived"]:
        yield from told.fact("archived", True, "run.is_archived")


class AimChunksTracker:
    """Reads what a run logged: settings, code and packages, or its sequences."""

    tool = "aim-chunks"
    title = "Aim's logged runs"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Folders that are called as Aim calls runs; read says whose they are."""
        return frozenset(name for name in folder_names if CHUNK.fullmatch(name))

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """Nothing: the repository is owned where it lies."""
        return frozenset()

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """One part of one run; none for what is no chunk of Aim's."""
        part = place.parent.parent.name
        is_chunk = place.parent.name == "chunks" and (place / "CURRENT").is_file()
        if not is_chunk or part not in ("meta", "seqs"):
            return ()
        entries = rocksdb.read(place)
        tree, broken = aim_tree.tree(entries.values)
        problems = [*entries.problems, *broken]
        notices = tuple(
            Notice("integrity.unreadable", f"{part}/{place.name[:8]}/{problem}"[:500])
            for problem in problems
        )
        if part == "meta":
            return (_logged(place, tree, notices),)
        return (_sequences(place, tree, notices),)


def _logged(
    place: Path, tree: dict[object, object], notices: tuple[Notice, ...]
) -> RunReading:
    """The settings of a run, which people give it as its items."""
    name = place.name
    own = aim_tree.at(tree, "meta", "chunks", name)
    given = as_table(own.get("attrs"))
    system = as_table(given.pop(SYSTEM, None))
    params = tuple(flattened(given)) if given else ()
    ended = told.microseconds(own.get("end_time"))
    home = place.parents[3]  # where .aim lies
    return RunReading(
        tool="aim-settings",
        native_id=name,
        name=name,
        folder=str(place),
        status="FINISHED" if ended is not None else "",
        ended=ended,
        facts=(*_system_facts(system), *_other_sequences(own)),
        params=params,
        claims=(*_script(system), *param_claims(params, home, "attrs")),
        notices=notices,
        same=(f"aim:{name}", *told.twins(given, as_table(given.get("hparams")))),
    )


def _system_facts(system: dict[str, object]) -> Iterator[Fact]:
    """Code and packages; the environment's variables are nobody's business."""
    git = as_table(system.get("git_info"))
    commit = as_table(git.get("commit"))
    source = f"{SYSTEM}.git_info"
    yield from told.fact("code.commit", commit.get("hash"), f"{source}.commit")
    yield from told.fact("code.branch", git.get("branch"), f"{source}.branch")
    yield from told.fact("code.origin", git.get("remote_origin_url"), source)
    packages = as_table(system.get("packages"))
    listed = [f"{name}=={version}" for name, version in packages.items()]
    yield from told.fact("dependencies", listed, f"{SYSTEM}.packages")
    arguments = system.get("arguments")
    if isinstance(arguments, list):
        shown = " ".join(str(one) for one in arguments)
        yield from told.fact("command", shown, f"{SYSTEM}.arguments")


def _other_sequences(own: dict[object, object]) -> Iterator[Fact]:
    """What was tracked and is no number: texts, pictures, distributions."""
    for named in aim_tree.at(own, "traces").values():
        for key, one in aim_tree.table(named).items():
            kind = aim_tree.table(one).get("dtype")
            if kind not in NUMBERS:
                yield from told.fact(f"logged.{key}", kind, "traces")


def _script(system: dict[str, object]) -> Iterator[Claim]:
    arguments = system.get("arguments")
    first = arguments[0] if isinstance(arguments, list) and arguments else ""
    if isinstance(first, str) and first.endswith((".py", ".ipynb")):
        target = Reference(Scheme.PATH, first, kind=Kind.SCRIPT)
        yield told.claim(Relation.EXECUTED, target, f"{SYSTEM}.arguments")


def _sequences(
    place: Path, tree: dict[object, object], notices: tuple[Notice, ...]
) -> RunReading:
    """What a run tracked, by name and context."""
    name = place.name
    # Below "v2" numbers, whose places are hashes of steps; before it all else.
    parts = (("seqs", "v2", "chunks", name), ("seqs", "chunks", name))
    own = [aim_tree.at(tree, *part) for part in parts]
    meta = place.parents[2] / "meta/chunks" / name
    known, _ = aim_tree.tree(rocksdb.read(meta).values)
    contexts = aim_tree.at(known, "meta", "chunks", name, "contexts")
    return RunReading(
        tool="aim-series",
        native_id=name,
        name=name,
        metrics=tuple(s for part in own for s in _series(part, contexts)),
        notices=notices,
        same=(f"aim:{name}",),
    )


def _series(
    own: dict[object, object], contexts: dict[object, object]
) -> Iterator[Series]:
    left = POINT_LIMIT
    count = 0
    for context, named in own.items():
        shown = as_table(contexts.get(context))
        words = " ".join(f"{key}={value}" for key, value in sorted(shown.items()))
        for key, sequence in aim_tree.table(named).items():
            points = _points(aim_tree.table(sequence))[:left]
            count += 1
            if points and count <= SERIES_LIMIT:
                left -= len(points)
                yield Series(clipped(f"{key} {words}".strip()), tuple(points))


def _points(sequence: dict[object, object]) -> list[Point]:
    """The numbers of a sequence in the order of steps; other values are left out."""
    values, steps, times = (
        aim_tree.table(sequence.get(key)) for key in ("val", "step", "time")
    )
    found = []
    for place, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            step = steps.get(place, place)
            whole = step if isinstance(step, int) else None
            time = told.microseconds(times.get(place))
            found.append(Point(whole, float(value), time))
    return sorted(found, key=lambda point: point.step or 0)
