"""Surroundings cut out of many tell a checklist what the whole lineage tells it."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.words import CheckState
from mlcatalog.tasks.demo import write_demo
from mlcatalog.tasks.index import index
from mlcatalog.tasks.indexing.surroundings import Surroundings
from mlcatalog.traceability.checklist import checklist


def test_each_model_of_the_demo_has_the_checklist_that_its_whole_lineage_gives(
    tmp_path: Path,
) -> None:
    write_demo(tmp_path / "demo")
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        models = [one.id for one in catalog.list("kind:model")]
        lineage = Surroundings(catalog.ingest.judgements.surroundings(models))
        met = 0
        for detail in catalog.details(models):
            model = detail.summary.id
            whole = catalog.graph(model, up=6, down=6, limit=100_000, documents=True)
            found = checklist(detail, lineage.of(model))
            assert found == checklist(detail, whole), detail.summary.path
            met += sum(check.state is CheckState.MET for check in found)
        assert met > 20
