"""Pointers to bytes that are elsewhere: known by digest, linked like the bytes."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.errors import ProjectError
from mlcatalog.domain.words import Kind, Presence
from mlcatalog.tasks.index import index

PLAIN = b"age,plan\n31,a\n42,b\n"
DIGEST = sha256(PLAIN).hexdigest()
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{DIGEST}\nsize {len(PLAIN)}\n"


def edges(catalog: Catalog) -> set[tuple[str, str, str]]:
    graph = catalog.graph("", limit=1_000)
    names = {node.id: node.path.rpartition("/")[2] or node.name for node in graph.nodes}
    return {(names[e.child], e.relation.value, names[e.parent]) for e in graph.edges}


def test_a_pointer_is_a_copy_of_its_bytes_and_found_by_their_digest(tmp_path: Path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pulled.csv").write_text(LFS)
    described = {
        "@context": {"cr": "http://mlcommons.org/croissant/"},
        "name": "customers",
        "distribution": [{"name": "csv", "sha256": DIGEST}],
    }
    (project / "croissant.json").write_text(json.dumps(described))
    catalog = Catalog.open(tmp_path / "catalogue.db")
    try:
        index(catalog, [project])
        assert edges(catalog) == {("croissant.json", "describes", "pulled.csv")}
        (pointer,) = [
            s for s in catalog.list("", sort="path") if s.kind.value == "dataset"
        ]
        assert pointer.format == "git-lfs pointer"
        rules = {finding.rule for finding in catalog.findings()}
        assert "integrity.bytes-elsewhere" in rules
        (project / "whole.csv").write_bytes(PLAIN)
        index(catalog, [project])
        assert ("pulled.csv", "copy_of", "whole.csv") in edges(catalog)
    finally:
        catalog.close()


FIXTURE = Path(__file__).parents[1] / "fixtures/trackers/annex/pointers.json"
SAID = json.loads(FIXTURE.read_text())
CUSTOMERS = b"age,plan\n31,a\n42,b\n"
WEIGHTS = b"weights"


def annexed(project: Path) -> None:
    """A clone whose bytes were not fetched, as git-annex and git-lfs leave it."""
    (project / "deep").mkdir(parents=True)
    for name, target in SAID["links"].items():
        (project / name).symlink_to(target)
    (project / "deep/churn.pt").symlink_to(SAID["deep"])
    (project / "unlocked.pt").write_text(SAID["unlocked"])
    (project / "lfs.pt").write_text(SAID["lfs"])


def found(catalog: Catalog) -> dict[str, Summary]:
    return {one.path.rpartition("/")[2]: one for one in catalog.list("", sort="path")}


def test_what_was_not_fetched_is_there_with_its_size_and_not_present(tmp_path, catalog):
    project = tmp_path / "project"
    annexed(project)
    index(catalog, [project])
    seen = found(catalog)
    assert {name: one.size for name, one in seen.items()} == {
        "customers.csv": len(CUSTOMERS),
        "old.csv": 8,
        "churn.pt": len(WEIGHTS),
        "unlocked.pt": len(WEIGHTS),
        "lfs.pt": len(WEIGHTS),
    }
    assert {one.presence for one in seen.values()} == {Presence.ELSEWHERE}
    assert seen["customers.csv"].format == "git-annex pointer"
    assert seen["customers.csv"].kind is Kind.DATASET
    detail = catalog.detail(seen["churn.pt"].id)
    assert detail.fact("content.sha256") == sha256(WEIGHTS).hexdigest()
    assert not [f for f in catalog.findings() if f.rule == "scan.link-broken"]
    assert len(catalog.list("state:elsewhere", sort="path")) == 5
    versions = catalog.detail(seen["lfs.pt"].id).versions
    again = index(catalog, [project])
    assert [(one.unreadable, one.unsettled) for one in again.projects] == [(0, 0)]
    assert catalog.detail(seen["lfs.pt"].id).versions == versions


def test_bytes_that_lie_elsewhere_in_the_catalogue_are_linked(tmp_path, catalog):
    project, other = tmp_path / "project", tmp_path / "other"
    annexed(project)
    other.mkdir()
    (other / "all_customers.csv").write_bytes(CUSTOMERS)
    index(catalog, [project])
    assert ("customers.csv", "copy_of", "all_customers.csv") not in edges(catalog)
    index(catalog, [other])
    assert ("customers.csv", "copy_of", "all_customers.csv") in edges(catalog)


def test_bytes_that_were_fetched_are_present_from_then_on(tmp_path, catalog):
    project = tmp_path / "project"
    annexed(project)
    index(catalog, [project])
    before = found(catalog)["customers.csv"]
    target = project / SAID["links"]["customers.csv"]
    target.parent.mkdir(parents=True)
    target.write_bytes(CUSTOMERS)
    (project / "unlocked.pt").unlink()
    index(catalog, [project])
    now = found(catalog)["customers.csv"]
    assert (now.id, now.presence, now.format) == (before.id, Presence.PRESENT, "csv")
    assert now.digest == sha256(CUSTOMERS).hexdigest()
    target.unlink()  # as git annex drop does
    index(catalog, [project])
    assert found(catalog)["customers.csv"].presence is Presence.ELSEWHERE


def test_a_project_that_was_offline_comes_back_with_its_pointers(tmp_path, catalog):
    project = tmp_path / "project"
    annexed(project)
    index(catalog, [project])
    project.rename(tmp_path / "away")
    project.mkdir()  # emptied, as by a mount that went away
    with pytest.raises(ProjectError, match="empty"):
        index(catalog, [project])
    assert found(catalog)["lfs.pt"].presence is Presence.OFFLINE
    project.rmdir()
    (tmp_path / "away").rename(project)
    index(catalog, [project])
    assert {one.presence for one in found(catalog).values()} == {Presence.ELSEWHERE}


@pytest.mark.parametrize(
    "target",
    [
        "nowhere.csv",
        ".git/annex/objects/nonsense",
        "/etc/.git/annex/objects/aa/bb/SHA256E-s1--" + 64 * "0",
        "../../secret/annex/objects/SHA256E-s1--" + 64 * "0",
    ],
)
def test_other_links_to_nothing_are_findings_as_before(tmp_path, catalog, target):
    project = tmp_path / "project"
    project.mkdir()
    (project / "data.csv").symlink_to(target)
    index(catalog, [project])
    assert found(catalog) == {}
    assert [f.rule for f in catalog.findings()] == ["scan.link-broken"]
