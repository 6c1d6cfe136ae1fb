"""Models of an MGit lineage graph: what came from what, how trained, how tested.

MGit (Microsoft Research, ICML 2024) keeps `lineage_graph.json` and, beside it,
every parameter under the SHA-256 of its values, so that models share what is
equal. A node is a model in a folder of that name; what trained and tested it is
told as a run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from mlcatalog.domain.reading import (
    THIS,
    Claim,
    Fact,
    Param,
    Point,
    Reference,
    RunReading,
    Scheme,
    Series,
)
from mlcatalog.domain.values import Value, clipped
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.trackers import told
from mlcatalog.trackers.bounded_yaml import as_table

GRAPH, STORE = "lineage_graph.json", "parameter_store"
MOST = 10_000  # nodes of one graph
REASON = 240  # characters of MGit's own words
RELATIONS = {
    "adapted": Relation.FINETUNED_FROM,
    "versioned": Relation.DERIVED_FROM,
}
FUNCTIONS = (
    "model_init_function_path",
    "preprocess_function_path",
    "compute_metrics_path",
)
Table = Mapping[str, object]


class MgitTracker:
    """Reads nodes, edges with MGit's reasons, training settings and test results."""

    tool = "mgit"
    title = "MGit"
    version = 1

    def sources(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The graph; the store beside it is a part of it."""
        return folder_names & {GRAPH}

    def owned(self, folder_names: frozenset[str]) -> frozenset[str]:
        """The graph and the parameters; the models' folders stay artifacts."""
        return folder_names & {GRAPH, f"{STORE}/"}

    def read(self, place: Path) -> tuple[RunReading, ...]:
        """A run for each node; raises FormatError."""
        graph = _Graph.of(place.parent, told.json_table(place))
        return tuple(_run(name, graph) for name in islice(graph.nodes, MOST))


@dataclass(frozen=True, slots=True)
class _Graph:
    folder: Path
    nodes: dict[str, dict[str, object]]
    log: dict[str, object]  # why there is an edge, by its type
    tests: dict[str, object]
    hashes: dict[str, object]  # of parameters by MGit's global names
    store: Path | None  # None: out of the project, as far as can be told

    @classmethod
    def of(cls, folder: Path, raw: Table) -> _Graph:
        tracker = as_table(raw.get("entanglement_tracker"))
        home = raw.get("param_home")
        inner = PurePosixPath(home if isinstance(home, str) else STORE)
        is_outside = inner.is_absolute() or ".." in inner.parts
        return cls(
            folder,
            {name: as_table(node) for name, node in as_table(raw.get("nodes")).items()},
            as_table(raw.get("log")),
            as_table(raw.get("test_dict")),
            as_table(tracker.get("global_to_hash")),
            None if is_outside else folder / inner,
        )

    def parameters(self, name: str) -> dict[str, str]:
        """The content hashes of a node's parameters by their names in the model."""
        names = as_table(self.nodes.get(name, {}).get("local_to_global_id"))
        return {
            local: found
            for local, key in names.items()
            if isinstance(key, str) and isinstance(found := self.hashes.get(key), str)
        }


def _run(name: str, graph: _Graph) -> RunReading:
    node = graph.nodes[name]
    results = as_table(node.get("test_result_dict"))
    return RunReading(
        tool="mgit",
        native_id=clipped(name, 500),
        name=clipped(name.rstrip("/").rpartition("/")[2] or name, 200),
        folder=_folder(name, graph) if _was_trained(node) else "",
        status="FINISHED" if node.get("is_init") and _was_trained(node) else "",
        facts=tuple(_facts(name, node, graph, results)),
        params=tuple(_params(as_table(node.get("lineage_train")))),
        metrics=tuple(_metrics(results)),
        claims=tuple(_claims(name, node, graph)),
    )


def _folder(name: str, graph: _Graph) -> str:
    """The node's own folder, when it is where the graph says it is."""
    inner = PurePosixPath(name)
    if inner.is_absolute() or ".." in inner.parts or "\0" in name:
        return ""
    place = graph.folder / inner
    return str(place) if place.is_dir() and not place.is_symlink() else ""


def _was_trained(node: Table) -> bool:
    return bool(as_table(node.get("lineage_train")))


def _facts(name: str, node: Table, graph: _Graph, results: Table) -> Iterator[Fact]:
    yield from told.fact("mgit.node", name, "nodes")
    for key in ("model_type", "task_type", "init_checkpoint"):
        yield from told.fact(f"mgit.{key}", node.get(key), f"nodes: {key}")
    held = graph.parameters(name)
    if held:
        source = "entanglement_tracker"
        yield from told.fact("mgit.tensors", len(held), source)
        yield from told.fact("mgit.parameters", sum(map(_elements, held.values())))
        yield from told.fact("mgit.stored", _stored(held, graph), source)
    frozen = node.get("frozen_local_ids")
    if isinstance(frozen, list) and frozen:
        yield from told.fact("mgit.frozen", len(frozen), "frozen_local_ids")
    for test, raw in results.items():
        success = as_table(raw).get("success")
        if isinstance(success, bool):
            outcome = "passed" if success else "failed"
            source = f"test_result_dict: {test}"
            yield from told.fact(f"test.{clipped(test, 80)}", outcome, source)


def _elements(key: str) -> int:
    """How many numbers a parameter has: `<sha256>_<rows>,<columns>`."""
    sizes = key.rpartition("_")[2].split(",")
    numbers = [int(size) for size in sizes if size.isdecimal() and len(size) < 16]
    return math.prod(numbers)


def _stored(held: Mapping[str, str], graph: _Graph) -> str:
    """How many of its parameters lie in the store, and how many others share."""
    wanted = set(held.values())
    if graph.store is None:
        return f"{len(wanted):,} in a store out of the graph's folder, not looked at"
    here = sum(1 for key in wanted if "/" not in key and (graph.store / key).is_file())
    return f"{here:,} of {len(wanted):,} distinct tensors are in {graph.store.name}"


def _params(training: Table) -> Iterator[Param]:
    for key, value in training.items():
        if isinstance(value, str | int | float) and value != "":
            yield Param(clipped(key, 200), Value.of(value))


def _metrics(results: Table) -> Iterator[Series]:
    for test, raw in results.items():
        for key, found in as_table(as_table(raw).get("results")).items():
            value = None if isinstance(found, str) else told.number_of(found)
            if value is not None:
                name = f"{test}.{key.removeprefix('eval_')}"
                yield Series(clipped(name, 200), (Point(None, value),))


def _claims(name: str, node: Table, graph: _Graph) -> Iterator[Claim]:
    model = _model(name)
    if _was_trained(node):
        run = Reference(Scheme.RUN, f"mgit:{clipped(name, 500)}", kind=Kind.RUN)
        yield told.claim(Relation.PRODUCED_BY, run, "nodes", subject=model)
    else:
        yield told.claim(Relation.STARTED_FROM, model, "nodes", detail="tested only")
    parents = list(_parents(name, node, graph))
    yield from parents
    start = node.get("init_checkpoint")
    if not parents and isinstance(start, str) and start not in ("", name):
        scheme = Scheme.HUB if "/" in start else Scheme.NAME
        base = Reference(scheme, clipped(start), kind=Kind.MODEL)
        source = "init_checkpoint"
        yield told.claim(Relation.DERIVED_FROM, base, source, subject=model)
    yield from _uses(node, graph)


def _model(name: str) -> Reference:
    return Reference(Scheme.STORED, clipped(name), kind=Kind.MODEL)


def _parents(name: str, node: Table, graph: _Graph) -> Iterator[Claim]:
    mine = graph.parameters(name)
    for etype, relation in RELATIONS.items():
        listed = as_table(node.get("parent_dict")).get(etype)
        for parent in listed if isinstance(listed, list) else []:
            if not isinstance(parent, str) or parent not in graph.nodes:
                continue
            theirs = graph.parameters(parent)
            same = sum(theirs.get(local) == key for local, key in mine.items())
            words = [f"{etype} from it"]
            if mine and theirs:
                words.append(f"{same} of {len(mine)} tensors are the parent's")
            reason = as_table(graph.log.get(etype)).get(f"{parent},{name}")
            if isinstance(reason, str):
                words.append(f"MGit: {clipped(reason, REASON)}")
            yield told.claim(
                relation,
                _model(parent),
                f"parent_dict.{etype}",
                subject=_model(name),
                detail="; ".join(words),
            )


def _uses(node: Table, graph: _Graph) -> Iterator[Claim]:
    """What trained and tested the node: datasets and scripts."""
    training = as_table(node.get("lineage_train"))
    yield from _data(
        Relation.TRAINED_ON, training.get("train_dataset"), "train_dataset"
    )
    yield from _data(
        Relation.EVALUATED_ON, training.get("eval_dataset"), "eval_dataset"
    )
    names = node.get("test_name_list")
    scripts = {str(table.get(key)) for table in (node, training) for key in FUNCTIONS}
    for test in names if isinstance(names, list) else []:
        table = as_table(graph.tests.get(str(test)))
        source = f"test_dict.{clipped(str(test), 80)}"
        yield from _data(Relation.EVALUATED_ON, table.get("eval_dataset"), source)
        scripts.add(str(table.get("custom_test_function_path")))
    for path in sorted(scripts - {"None", ""}):
        target = Reference(Scheme.PATH, clipped(path), kind=Kind.SCRIPT)
        yield told.claim(Relation.EXECUTED, target, "functions")


def _data(relation: Relation, raw: object, source: str) -> Iterator[Claim]:
    """The dataset on disk, or the one of the hub that was loaded."""
    table = as_table(raw)
    local, loaded = table.get("local_path"), table.get("load_args")
    if isinstance(local, str) and local:
        target = Reference(Scheme.PATH, clipped(local), kind=Kind.DATASET)
        yield told.claim(relation, target, source, subject=THIS)
    elif isinstance(loaded, list) and loaded and isinstance(loaded[0], str):
        detail = " ".join(clipped(str(one), 80) for one in loaded[1:4])
        target = Reference(Scheme.HUB, clipped(loaded[0]), kind=Kind.DATASET)
        yield told.claim(relation, target, source, detail=detail)
