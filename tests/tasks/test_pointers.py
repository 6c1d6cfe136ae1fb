"""Pointers to bytes that are elsewhere: known by digest, linked like the bytes."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from mlcatalog.catalog.store import Catalog
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
