"""A realistic piece of lineage, and the place that shows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Edge, Graph, Node, Proof
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.lineage.loading import drawn
from mlcatalog.ui.lineage.place import LineagePlace
from mlcatalog.ui.theme import LIGHT

NAME = "intent-cls-bert_base-intents_v4-20260502-r0a11"


def proof(
    evidence: Evidence, source: str = "", confidence: float = 1.0
) -> tuple[Proof, ...]:
    return (Proof(evidence, source, "", confidence),)


RECORDED = proof(Evidence.RECORDED, "mlflow.db: inputs")
NODES = (
    Node("data", Kind.DATASET, "intents_v4", format="parquet", size=48_000_000),
    Node("config", Kind.CONFIG, "finetune.yaml", format="yaml", size=1_800),
    Node(
        "base",
        Kind.MODEL,
        "google/bert-base-uncased",
        external=True,
        revision="86b5e0934494",
    ),
    Node("run", Kind.RUN, "run 0a11", format="mlflow"),
    Node(
        "m",
        Kind.MODEL,
        NAME,
        format="safetensors",
        size=438_000_000,
        stage="production",
    ),
    Node("c1", Kind.MODEL, "checkpoint-500", format="safetensors"),
    Node("c2", Kind.MODEL, "checkpoint-1000", format="safetensors"),
    Node("onnx", Kind.MODEL, "<b>bold</b>\nname", format="onnx", size=219_000_000),
    Node("final", Kind.MODEL, "final_model_v2_REALLY", format="safetensors"),
)
SUGGESTION = Edge(
    "m",
    "final",
    Relation.FINETUNED_FROM,
    (
        Proof(
            Evidence.INFERRED,
            "final_model_v2_REALLY: tensors",
            "199 of 201 equal",
            0.99,
        ),
        Proof(Evidence.INFERRED, "times", "9 days later", 0.4),
    ),
)
EDGES = (
    Edge("data", "run", Relation.TRAINED_ON, RECORDED),
    Edge("config", "run", Relation.CONFIGURED_BY, RECORDED),
    Edge("base", "run", Relation.STARTED_FROM, proof(Evidence.DECLARED)),
    Edge("run", "m", Relation.PRODUCED_BY, RECORDED),
    Edge("m", "c1", Relation.CHECKPOINT_OF, RECORDED),
    Edge("m", "c2", Relation.CHECKPOINT_OF, RECORDED),
    Edge("m", "onnx", Relation.CONVERTED_FROM, proof(Evidence.CONTENT)),
    SUGGESTION,
)


@pytest.fixture
def graph() -> Graph:
    return Graph(NODES, EDGES, focus="m", total=len(NODES))


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[LineagePlace]:
    with Catalog.open(tmp_path / "catalogue.sqlite") as catalog:
        jobs = Jobs()
        made = LineagePlace(catalog, jobs, LIGHT)
        qtbot.addWidget(made)
        made.resize(1_200, 800)
        made.show()
        yield made
        qtbot.waitUntil(lambda: jobs.running == 0)


@pytest.fixture
def shown(place: LineagePlace, graph: Graph, qtbot: QtBot) -> LineagePlace:
    place.show_artifacts([])
    qtbot.waitUntil(lambda: place.jobs.running == 0)
    place.show_drawing(drawn(graph, place._question))
    return place
