"""Dossiers to test with, built from the values that they are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcatalog.audit.content import (
    CheckLine,
    Configuration,
    DataLine,
    Dossier,
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
from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation

DIGEST = hashlib.sha256(b"weights").hexdigest()


@pytest.fixture
def lineage() -> Graph:
    """A model from a run, that run from a base, data and a configuration."""
    nodes = (
        Node("base", Kind.MODEL, "org/base", external=True, revision="86b5e0934494"),
        Node("data", Kind.DATASET, "intents_v4", digest=DIGEST),
        Node("conf", Kind.CONFIG, "finetune.yaml"),
        Node("run", Kind.RUN, "run 0a11"),
        Node("model", Kind.MODEL, "intent-cls-r0a11", digest=DIGEST),
    )

    def edge(child: str, relation: Relation, parent: str, how: Evidence) -> Edge:
        return Edge(parent, child, relation, (Proof(how, "conf.yaml: base"),))

    edges = (
        edge("model", Relation.PRODUCED_BY, "run", Evidence.RECORDED),
        edge("run", Relation.TRAINED_ON, "data", Evidence.RECORDED),
        edge("run", Relation.CONFIGURED_BY, "conf", Evidence.DECLARED),
        edge("model", Relation.FINETUNED_FROM, "base", Evidence.INFERRED),
    )
    return Graph(nodes, edges, focus="model")


@pytest.fixture
def make_dossier(tmp_path: Path, lineage: Graph) -> Callable[..., Dossier]:
    """Makes a dossier about as many models of a name, with one real file."""
    weights = tmp_path / "model.bin"
    weights.write_bytes(b"weights")

    def make(
        name: str = "intent-cls-r0a11", *, models: int = 1, rows: int = 1
    ) -> Dossier:
        subject = Subject(
            id="model",
            name=name,
            digest=DIGEST,
            identity=(
                KeyValue("sha256", DIGEST),
                KeyValue("owner", name),
                KeyValue("created", "2026-05-02T14:07:31Z", "recorded by the trainer"),
            ),
            checks=(
                CheckLine("data version", "met", "intents_v4"),
                CheckLine("data tests", "missing", "", "Add a test of the data."),
                CheckLine("checkpoints", "not applicable"),
                CheckLine("name", "waived", "until 2027"),
            ),
            chain=chain_of(lineage, "model").rows,
            edges=tuple(
                EdgeLine(
                    name,
                    edge.relation.phrase,
                    edge.parent,
                    str(edge.best.evidence),
                    name,
                )
                for edge in lineage.edges
            )
            * rows,
            datasets=(
                DataLine(
                    name, "trained on", DIGEST, 12, "", "", (KeyValue(name, "int64"),)
                ),
            ),
            configurations=(
                Configuration(name, DIGEST, "", (KeyValue("lr", name),)),
                Configuration("raw", DIGEST, "", (), f"lr: 1\n{name}\n"),
            ),
            metrics=(
                MetricLine("f1", 0.941, 3, "test", 0.934),
                MetricLine("loss", float("nan")),
            ),
            compared_with="the one before",
            findings=(FindingLine("name.invalid", "warning", name, name, "open"),),
        )
        return Dossier(
            title=name,
            catalogue="ab" * 32,
            program="mlcatalog 0.1.0",
            generated="2026-11-23T14:02:00Z",
            subjects=(subject,) * models,
            files=(
                FileLine(name, str(weights), "main", 7, DIGEST, DIGEST, FileState.SAME),
            ),
            journal=JournalProof(
                "cd" * 32,
                1,
                True,
                "All 1 entries hold.",
                (JournalLine(1, "", "ana", "stage", name, "cd" * 32),),
            ),
        )

    return make
