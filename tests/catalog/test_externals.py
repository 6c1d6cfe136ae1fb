"""Artifacts that are known by reference only."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.lineage import Edge, Node, Proof
from mlcatalog.domain.reading import Reference, Scheme
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.lineage.references import external

MODEL = frozenset({Kind.MODEL})
PROOF = (Proof(Evidence.DECLARED, "config.json"),)


def derived(child: Node, parent: Node) -> Edge:
    return Edge(parent.id, child.id, Relation.DERIVED_FROM, PROOF)


def test_a_name_and_a_hub_id_that_read_alike_are_two(tmp_path: Path):
    named = external(Reference(Scheme.NAME, "seed"), MODEL)
    of_hub = external(Reference(Scheme.HUB, "seed"), MODEL)
    catalog = Catalog.open(tmp_path / "catalogue.db")
    try:
        catalog.ingest.write_link([derived(named, of_hub)], [named, of_hub], [])
        graph = catalog.graph("", limit=10)
        assert {node.id for node in graph.nodes} == {named.id, of_hub.id}
    finally:
        catalog.close()
