"""Removing an artifact from the catalogue: it stays out, comes back whole, files stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.words import Presence
from mlcatalog.tasks.index import index


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.csv").write_text("age,churned\n1,0\n2,1\n")
    (folder / "train.yaml").write_text("lr: 0.1\n")
    return folder


@pytest.fixture
def catalog(tmp_path: Path, project: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalogue.db", actor="ada") as made:
        index(made, [project], settle_seconds=0)
        yield made


def test_what_is_removed_is_listed_no_more_and_its_file_stays(
    catalog: Catalog, project: Path
) -> None:
    data = catalog.find("name:train")
    catalog.set_listed(data.id, listed=False)
    assert [row.name for row in catalog.list()] == ["train.yaml"]
    assert [row.name for row in catalog.list("state:removed")] == ["train"]
    assert (project / "train.csv").exists()


def test_a_changed_file_does_not_bring_a_removed_artifact_back(
    catalog: Catalog, project: Path
) -> None:
    data = catalog.find("name:train")
    catalog.set_listed(data.id, listed=False)
    (project / "train.csv").write_text("age,churned\n1,0\n2,1\n3,1\n")
    index(catalog, [project], settle_seconds=0)
    assert catalog.count() == 1
    assert catalog.detail(data.id).summary.presence is Presence.REMOVED


def test_what_is_removed_is_in_no_lineage_from_then_on(
    catalog: Catalog, project: Path
) -> None:
    (project / "again.csv").write_bytes((project / "train.csv").read_bytes())
    index(catalog, [project], settle_seconds=0)
    copy, data = catalog.find("name:again"), catalog.find("name:train")
    (edge,) = catalog.graph("").edges
    assert {edge.child, edge.parent} == {copy.id, data.id}
    catalog.set_listed(copy.id, listed=False)
    assert catalog.graph("").edges == ()
    assert [node.id for node in catalog.graph(data.id).nodes] == [data.id]
    assert catalog.detail(data.id).edges == ()
    catalog.set_listed(copy.id, listed=True)
    index(catalog, [project], settle_seconds=0)
    assert catalog.graph("").edges == (edge,)


def test_a_restored_artifact_has_its_id_and_what_people_typed(catalog: Catalog) -> None:
    data = catalog.find("name:train")
    catalog.set_note(data.id, "from the warehouse")
    catalog.set_listed(data.id, listed=False)
    catalog.set_listed(data.id, listed=True)
    assert catalog.find("name:train").id == data.id
    assert catalog.detail(data.id).note == "from the warehouse"
    assert catalog.detail(data.id).summary.presence is Presence.PRESENT


def test_a_file_that_went_away_meanwhile_is_restored_as_missing(
    catalog: Catalog, project: Path
) -> None:
    data = catalog.find("name:train")
    catalog.set_listed(data.id, listed=False)
    (project / "train.csv").unlink()
    index(catalog, [project], settle_seconds=0)
    catalog.set_listed(data.id, listed=True)
    detail = catalog.detail(data.id)
    assert detail.summary.presence is Presence.MISSING
    assert detail.missing_since is not None


def test_the_journal_tells_who_removed_and_restored(catalog: Catalog) -> None:
    data = catalog.find("name:train")
    catalog.set_listed(data.id, listed=False)
    catalog.set_listed(data.id, listed=True)
    restored, removed = catalog.journal(2)
    assert (removed.kind, restored.kind) == ("removed", "restored")
    assert removed.actor == "ada"
    assert catalog.verify_journal()[0]
