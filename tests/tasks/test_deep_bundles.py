"""Bundles that own folders: one artifact, whole, however its parts come and go."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Detail
from mlcatalog.tasks.index import index

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a SavedModel, a Core ML package and a Zarr group."""
    root = tmp_path / "project"
    shutil.copytree(FIXTURES / "tensorflow" / "saved", root / "models" / "churn")
    package = FIXTURES / "coreml" / "program.mlpackage"
    shutil.copytree(package, root / "models" / "churn.mlpackage")
    shutil.copytree(FIXTURES / "data" / "grid3.zarr", root / "data" / "grid.zarr")
    shutil.copytree(FIXTURES / "data" / "hf", root / "data" / "customers")
    return root


def present(catalog: Catalog, project: Path) -> dict[str, Detail]:
    """The artifacts that are there, by their paths below the project."""
    found = [catalog.detail(one.id) for one in catalog.list("", sort="path")]
    return {
        one.summary.path.removeprefix(f"{project}/"): one
        for one in found
        if one.summary.presence.value == "present"
    }


def test_each_is_one_artifact_with_all_its_files(catalog, project):
    index(catalog, [project])
    found = present(catalog, project)
    shown = {
        path: (one.summary.kind.value, one.summary.format)
        for path, one in found.items()
    }
    assert shown == {
        "models/churn": ("model", "savedmodel"),
        "models/churn.mlpackage": ("model", "mlpackage"),
        "data/grid.zarr": ("dataset", "zarr"),
        "data/customers": ("dataset", "huggingface dataset"),
    }
    for path, one in found.items():
        files = {str(p) for p in (project / path).rglob("*") if p.is_file()}
        assert {member.path for member in one.members} == files
        assert one.summary.digest
    assert not [f for f in catalog.findings() if f.rule == "integrity.unreadable"]


def test_what_its_parts_say_is_said_of_the_whole(catalog, project):
    index(catalog, [project])
    found = present(catalog, project)
    saved = found["models/churn"]
    assert {tensor.name for tensor in saved.tensors} == {"kernel", "bias"}
    assert saved.fact("framework.version") == "2.21.0"
    assert saved.fact("fingerprint.graph_def_program_hash")
    package = found["models/churn.mlpackage"]
    assert package.fact("specification") == "7"
    assert package.fact("parameters") == "4160"
    assert found["data/grid.zarr"].fact("attribute.source") == "microscope"
    assert found["data/customers"].fact("history")


def test_a_changed_part_is_a_new_version_and_a_moved_whole_is_the_same(
    catalog, project
):
    index(catalog, [project])
    before = present(catalog, project)["data/grid.zarr"].summary
    chunk = project / "data" / "grid.zarr" / "images" / "c" / "1" / "0" / "0"
    chunk.write_bytes(b"changed")
    index(catalog, [project])
    after = present(catalog, project)["data/grid.zarr"]
    assert after.summary.id == before.id
    assert after.summary.digest != before.digest
    assert len(after.versions) == 2
    (project / "data" / "grid.zarr").rename(project / "grid.zarr")
    index(catalog, [project])
    moved = present(catalog, project)["grid.zarr"].summary
    assert (moved.id, moved.digest) == (before.id, after.summary.digest)


def test_without_its_graph_a_saved_model_is_no_longer_one(catalog, project):
    index(catalog, [project])
    (project / "models" / "churn" / "saved_model.pb").unlink()
    index(catalog, [project])
    found = present(catalog, project)
    assert "models/churn" not in found
    # An index with its data alone is a checkpoint that fills its folder.
    assert found["models/churn/variables"].summary.format == "tensorflow checkpoint"


def test_a_zarr_array_alone_names_its_chunks(catalog, tmp_path):
    root = tmp_path / "one"
    root.mkdir()
    meta = {"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "int8"}
    (root / "a.zarr" / "c").mkdir(parents=True)
    (root / "a.zarr" / "zarr.json").write_text(json.dumps(meta))
    (root / "a.zarr" / "c" / "0").write_bytes(b"1234")
    index(catalog, [root])
    (only,) = present(catalog, root).values()
    assert only.fact("rows") == "4"
    assert len(only.members) == 2
