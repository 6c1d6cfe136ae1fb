"""Reuse: what models were trained on, so that their columns can be matched."""

from __future__ import annotations

from collections.abc import Sequence

from mlcatalog.catalog.store import Catalog
from mlcatalog.comparing.origin import origin
from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.words import Relation

TWINS = (Relation.CHECKPOINT_OF, Relation.COPY_OF, Relation.CONVERTED_FROM)
UP = 3  # an export, its model, the run, the data


def training_data(
    catalog: Catalog, models: Sequence[Detail]
) -> dict[str, tuple[Detail, ...]]:
    """The training datasets by a model's id, for `candidates(trained_on=...)`."""
    known: dict[str, Detail] = {}
    found: dict[str, tuple[Detail, ...]] = {}
    for model in models:
        graph = catalog.graph(model.summary.id, up=UP, down=0)
        ids = dict.fromkeys(
            edge.parent
            for edge in origin(graph, model.summary.id)
            if edge.relation is Relation.TRAINED_ON
        )
        nodes = (graph.node(one) for one in ids)
        here = [node.id for node in nodes if node is not None and not node.external]
        known |= {one: catalog.detail(one) for one in here if one not in known}
        found[model.summary.id] = tuple(known[one] for one in here)
    return found


def stands_for(catalog: Catalog, models: Sequence[Detail]) -> dict[str, str]:
    """Of each checkpoint, copy or export, by id: what it is, and of which model."""
    said: dict[str, str] = {}
    for model in models:
        graph = catalog.graph(model.summary.id, up=1, down=0)
        for edge in graph.parents(model.summary.id):
            node = graph.node(edge.parent)
            if edge.relation in TWINS and node and edge.status != "rejected":
                said[model.summary.id] = f"{edge.relation.phrase} {node.name}"
    return said
