"""Surroundings cut out of the whole lineage are those that the catalogue gives."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.demo import write_demo
from mlcatalog.tasks.index import index
from mlcatalog.tasks.indexing.surroundings import STEPS, Surroundings


def test_each_artifact_of_the_demo_has_the_surroundings_that_its_graph_shows(
    tmp_path: Path,
) -> None:
    write_demo(tmp_path / "demo")
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        lineage = Surroundings(catalog.graph("", limit=1_000_000))
        found = catalog.list()
        assert sum(len(lineage.of(one.id).edges) for one in found) > 100
        for one in found:
            asked = catalog.graph(one.id, up=STEPS, down=STEPS, documents=True)
            cut = lineage.of(one.id)
            # What has no edge and is no model is in no whole graph.
            if cut.edges or one.kind == "model":
                assert cut == asked, one.path
