"""What Git-Theta keeps of a model is told as the tool itself tells it."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Graph
from mlcatalog.domain.parameter_versions import (
    Parameter,
    ParameterHistory,
    ParameterVersion,
    difference,
    parameters,
)
from mlcatalog.domain.words import Relation
from mlcatalog.lineage.kept_versions import Kept, kept_versions
from mlcatalog.tasks.index import index
from mlcatalog.trackers.git.changes import changes
from mlcatalog.trackers.git.repository import Asked, look, opened
from mlcatalog.trackers.git.theta import ThetaHistory
from mlcatalog.ui.graph.wording import card_title, card_words

HERE = Path(__file__).parents[2] / "fixtures/trackers/git_theta"
SAID: dict[str, Any] = json.loads((HERE / "expected.json").read_text())
COMMITS: dict[str, str] = SAID["commits"]


@pytest.fixture
def churn(tmp_path: Path) -> Path:
    folder = tmp_path / "churn"
    with zipfile.ZipFile(HERE / "repository.zip") as held:
        held.extractall(folder)
    return folder


@pytest.fixture
def catalog(tmp_path: Path):
    opened = Catalog.open(tmp_path / "catalogue.db")
    yield opened
    opened.close()


def versions(folder: Path) -> dict[str, ParameterVersion]:
    found = look(Asked(os.fsencode(folder), os.fsencode(folder), (b"churn.pt",)))
    assert found is not None
    assert not found.notes
    return {one.commit: one for one in found.files[b"churn.pt"].versions}


def unsmudged(folder: Path) -> bytes:
    """What is committed in place of the model."""
    with opened(folder, folder) as repository:
        assert repository is not None
        commit = repository.commit()
        assert commit is not None
        entry = repository.history.at(commit.tree, b"churn.pt")
        assert entry is not None
        raw = repository.objects.get(entry.id, "blob", 2**20)
        assert raw is not None
        return raw


def shown(graph: Graph) -> set[tuple[str, str, str]]:
    """Edges with the model's name or, of an earlier version, its commit's."""
    short = {commit[:12]: name for name, commit in COMMITS.items()}
    names = {n.id: short.get(n.revision or "", n.name) for n in graph.nodes}
    return {(names[e.child], e.relation.value, names[e.parent]) for e in graph.edges}


def test_what_changed_in_each_commit_is_what_git_theta_tells(churn):
    found = versions(churn)
    assert found.keys() == SAID["diffs"].keys() | {COMMITS["emea"]}
    for commit, said in SAID["diffs"].items():
        version = found[commit]
        assert version.parameters == said["parameters"]
        assert {one.commit for one in version.parents} == said["parents"].keys()
        told = [
            set(parent["added"] + parent["removed"] + parent["modified"])
            for parent in said["parents"].values()
        ]
        assert set(version.changed) == set().union(*told), commit


def test_the_words_say_how_many_groups_changed_how_and_by_how_much(churn):
    found = versions(churn)
    head, thin, more, first = (
        found[COMMITS[name]] for name in ("head", "low-rank", "more", "first")
    )
    percent = head.words.partition("about ")[2].partition(" %")[0]
    assert float(percent) / 100 == pytest.approx(SAID["drift"], rel=0.4)
    assert head.words.startswith("2 of 6 parameter groups changed (dense) by about")
    assert head.words.endswith(": 4.bias, 4.weight")
    assert thin.words.startswith("1 of 6 parameter groups changed (low-rank)")
    assert more.words == "1 of 7 parameter groups added (dense): 5.weight"
    assert first.words == "6 parameter groups, 162 numbers"


def test_versions_stand_in_the_lineage_each_with_what_changed(churn, catalog):
    index(catalog, [churn])
    graph = catalog.graph("", limit=100)
    assert shown(graph) == {
        ("head", "finetuned_from", "first"),
        ("low-rank", "finetuned_from", "head"),
        ("emea", "finetuned_from", "low-rank"),
        ("main", "finetuned_from", "low-rank"),
        ("merge", "merged_from", "main"),
        ("merge", "merged_from", "emea"),
        ("churn", "finetuned_from", "merge"),
    }
    (edge,) = [e for e in graph.edges if "low-rank" in e.best.detail]
    assert edge.best.evidence.value == "recorded"
    assert edge.best.source == f"Git-Theta: churn.pt at {COMMITS['low-rank'][:12]}"


def test_each_version_is_called_by_its_commit(churn, catalog):
    index(catalog, [churn])
    nodes = catalog.graph("", limit=100).nodes
    (merged,) = [n for n in nodes if n.revision == COMMITS["merge"][:12]]
    assert card_title(merged) == f"churn.pt @ {COMMITS['merge'][:8]}"
    assert card_words(merged) == "model · in git"


def test_a_checkout_without_git_theta_has_the_parameters_and_no_bytes(churn, catalog):
    raw = unsmudged(churn)
    index(catalog, [churn])
    (churn / "churn.pt").write_bytes(raw)  # as a checkout without Git-Theta has it
    index(catalog, [churn])
    (model,) = catalog.list("kind:model", sort="name")
    detail = catalog.detail(model.id)
    assert detail.fact("git.state") == "committed"
    assert model.format == "git-theta pointer"
    assert detail.fact("parameters") == "168"
    assert [t.shape for t in detail.tensors if t.name == "5.weight"] == [(3, 2)]
    assert {f.rule for f in detail.findings} >= {"integrity.bytes-elsewhere"}
    assert ("churn", "finetuned_from", "merge") in shown(catalog.graph("", limit=100))


def test_groups_whose_bytes_were_not_fetched_are_counted(churn):
    held = sorted((churn / ".git/lfs/objects").glob("*/*/*"))
    for path in held:
        path.unlink()
    found = versions(churn)[COMMITS["first"]]
    assert found.absent == found.parameters == 6
    assert found.words.endswith("; 6 of 6 groups are not here")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"a": 1}',
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"w": {"tensor_metadata": 1, "lfs_metadata": 2, "theta_metadata": 3}}',
    ],
)
def test_what_is_no_such_text_has_no_parameters(raw):
    assert parameters(raw) is None


def test_a_text_with_one_bad_parameter_is_not_believed(churn):
    table = json.loads(unsmudged(churn))
    for place, bad in (
        ("shape", "(-1, 2)"),
        ("shape", "(8,) * 10**9"),
        ("oid", "../../../etc/passwd"),
    ):
        copy = json.loads(json.dumps(table))
        part = "tensor_metadata" if place == "shape" else "lfs_metadata"
        copy["0.weight"][part][place] = bad
        assert parameters(json.dumps(copy)) is None


def one(oid: str, dtype: str = "float32", sketch: tuple[int, ...] = ()) -> Parameter:
    return Parameter(dtype, (2, 2), oid * 64, 10, "dense", sketch)


def test_how_a_version_came_from_the_one_before_is_told_by_what_changed():
    base = {"a": one("0", sketch=(100, 0)), "b": one("1", sketch=(0, 100))}
    tuned = {**base, "b": one("2", sketch=(1, 100))}
    anew = {"a": one("3", sketch=(0, 200)), "b": one("4", sketch=(200, 0))}
    half = {name: one("5", "float16") for name in base}
    assert difference(base, tuned).relation is Relation.FINETUNED_FROM
    assert difference(base, anew).relation is Relation.DERIVED_FROM
    assert difference(base, half).relation is Relation.QUANTIZED_FROM
    assert difference(base, {"a": base["a"]}).relation is Relation.DERIVED_FROM
    assert difference(base, {"c": one("6")}).relation is Relation.DERIVED_FROM
    assert difference(base, base).words == "no parameter changed"


def test_a_blob_above_the_limit_is_a_note_and_no_more(churn):
    path = b"churn.pt"
    with opened(churn, churn) as repository:
        assert repository is not None
        assert repository.head.commit is not None
        line = changes(repository.history, repository.head.commit, [path]).of[path]
        told = ThetaHistory(
            repository.history, repository.boundary, churn / ".git/lfs", limit=100
        )
        assert told.versions(path, line) == ()
    assert "too large" in told.notes[0]


def test_a_model_that_was_edited_since_comes_from_the_last_version(churn):
    history = ParameterHistory("churn.pt", tuple(versions(churn).values()))
    found = kept_versions([Kept("here", history, "uncommitted changes")])
    (edge,) = [edge for edge in found.edges if edge.child == "here"]
    assert edge.relation is Relation.DERIVED_FROM
    assert found.nodes[edge.parent].revision == COMMITS["more"][:12]
    assert edge.best.detail == "edited since that commit, in no commit yet"
