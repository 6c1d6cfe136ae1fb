"""MGit's lineage graph is read as MGit itself tells it."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import RunReading
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.index import index
from mlcatalog.trackers import registry

HERE = Path(__file__).parents[1] / "fixtures/trackers/mgit"
SAID: dict[str, Any] = json.loads((HERE / "expected.json").read_text())


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    folder = tmp_path / "graph"
    with zipfile.ZipFile(HERE / "graph.zip") as held:
        held.extractall(folder)
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(tmp_path / "catalogue.db")
    yield opened
    opened.close()


def runs(folder: Path) -> dict[str, RunReading]:
    found = registry.read("mgit", folder / "lineage_graph.json")
    return {run.native_id: run for run in found}


def facts(run: RunReading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in run.facts}


def lineage(catalog: Catalog) -> set[tuple[str, str, str]]:
    found = catalog.graph("", limit=1_000)
    names = {node.id: f"{node.kind.value} {node.name}" for node in found.nodes}
    return {(names[e.child], e.relation.value, names[e.parent]) for e in found.edges}


def test_nodes_tests_and_sizes_are_those_mgit_tells(graph):
    found = runs(graph)
    assert found.keys() == SAID.keys()
    for name, said in SAID.items():
        run = found[name]
        assert facts(run)["mgit.tensors"] == str(said["tensors"])
        assert facts(run)["mgit.parameters"] == str(said["parameters"])
        metrics = {one.name: one.points[0].value for one in run.metrics}
        for test, (success, results) in said["tests"].items():
            outcome = {True: "passed", False: "failed"}[success]
            assert facts(run)[f"test.{test}"] == outcome
            for key, value in results.items():
                assert metrics[f"{test}.{key.removeprefix('eval_')}"] == value
    assert facts(found["models/sentiment"])["test.strict"] == "failed"
    params = {one.key: one.value.text for one in found["models/sentiment"].params}
    assert params["learning_rate"] == "0.001"


def test_a_parent_is_told_with_the_tensors_that_are_its_own(graph):
    for name, said in SAID.items():
        told = {
            (claim.target.id, claim.source.rpartition(".")[2]): claim.detail
            for claim in runs(graph)[name].claims
            if claim.source.startswith("parent_dict.")
        }
        expected = {(p, e) for e in ("adapted", "versioned") for p in said[e]}
        assert told.keys() == expected
        for (parent, _), detail in told.items():
            theirs = SAID[parent]["hashes"]
            same = sum(theirs[key] == one for key, one in said["hashes"].items())
            assert f"{same} of {said['tensors']} tensors are the parent's" in detail
            assert f"MGit: WARNING: {name} is specified to be" in detail


def test_models_runs_data_and_scripts_are_linked(graph, catalog):
    index(catalog, [graph])
    assert lineage(catalog) >= {
        ("model sentiment", "finetuned_from", "model base"),
        ("model sentiment_v2", "derived_from", "model sentiment"),
        ("model base", "derived_from", "model seed"),
        ("model sentiment", "produced_by", "run sentiment"),
        ("run sentiment", "trained_on", "dataset reviews"),
        ("run sentiment", "evaluated_on", "dataset reviews"),
        ("run sentiment", "executed", "script functions.py"),
    }
    kinds = [one.kind for one in catalog.list("", sort="path")]
    assert kinds.count(Kind.MODEL) == 3  # not one for each tensor of the store


def test_models_that_only_the_store_has_stand_in_the_lineage(graph, catalog):
    for path in graph.glob("models/*/pytorch_model.bin"):
        path.unlink()
    index(catalog, [graph])
    assert lineage(catalog) >= {
        ("model models/sentiment", "finetuned_from", "model models/base"),
        ("model models/sentiment_v2", "derived_from", "model models/sentiment"),
        ("model models/sentiment", "produced_by", "run sentiment"),
    }
    nodes = {n.name: n for n in catalog.graph("", limit=100).nodes if n.external}
    assert nodes["models/base"].format == "stored"


def test_tensors_that_the_store_lost_are_counted(graph):
    held = facts(runs(graph)["models/base"])["mgit.stored"]
    whole = len(set(SAID["models/base"]["hashes"].values()))
    assert held == f"{whole} of {whole} distinct tensors are in parameter_store"
    shutil.rmtree(graph / "parameter_store")
    held = facts(runs(graph)["models/base"])["mgit.stored"]
    assert held == f"0 of {whole} distinct tensors are in parameter_store"


@pytest.mark.parametrize(
    "raw",
    [
        "{}",
        "[]",
        '{"nodes": []}',
        '{"nodes": {"../../etc": {"lineage_train": {"a": 1}}}}',
        '{"nodes": {"m": null}, "entanglement_tracker": 3}',
        '{"nodes": {"m": {"local_to_global_id": {"w": "g"}}},'
        ' "param_home": "/etc", "entanglement_tracker": {"global_to_hash": {"g": "x"}}}',
    ],
)
def test_strange_graphs_lead_nowhere(tmp_path, raw):
    (tmp_path / "lineage_graph.json").write_text(raw)
    for run in runs(tmp_path).values():
        assert run.folder == ""
        assert "of 1 distinct" not in facts(run).get("mgit.stored", "")


def test_half_a_graph_is_an_error_that_names_it(tmp_path):
    (tmp_path / "lineage_graph.json").write_text('{"nodes": {')
    with pytest.raises(FormatError) as caught:
        runs(tmp_path)
    assert caught.value.where == str(tmp_path / "lineage_graph.json")
