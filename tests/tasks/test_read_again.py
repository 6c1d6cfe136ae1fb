"""A newer program reads headers again; what the bytes proved before is kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.demo.project import write_demo
from mlcatalog.tasks.index import index


def marks(catalog: Catalog) -> dict[str, int]:
    """How many fingerprints each model has."""
    return {
        model.path: sum(mark is not None for _, mark, _ in catalog.tensors(model.id))
        for model in catalog.list("kind:model")
    }


@pytest.mark.parametrize("lost", [False, True])
def test_fingerprints_outlive_a_newer_reader(tmp_path: Path, *, lost: bool) -> None:
    write_demo(tmp_path / "demo")
    path = tmp_path / "catalogue.db"
    with Catalog.open(path) as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        before = marks(catalog)
    assert sum(before.values()) > 30
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE file SET read_version = 'of an older program'")
        connection.execute("UPDATE project SET readers = 'of an older program'")
        if lost:  # by a program that did not keep them
            connection.execute("UPDATE fingerprint SET digest = NULL")
    connection.close()
    with Catalog.open(path) as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        assert marks(catalog) == before


def test_a_newer_tracker_reads_runs_again(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    path = tmp_path / "catalogue.db"

    def metrics(catalog: Catalog) -> dict[str, list[str]]:
        runs = catalog.list("kind:run")
        return {
            run.path: sorted(one.name for one in catalog.detail(run.id).metrics)
            for run in runs
        }

    with Catalog.open(path) as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        before = metrics(catalog)
    assert any(before.values())
    with sqlite3.connect(path) as connection:
        # As a program with the same readers left it, whose trackers read less.
        for table, column in (("project", "readers"), ("file", "read_version")):
            connection.execute(
                f"UPDATE {table} SET {column} = substr({column}, 1, "
                f"instr({column}, '-')) || 'older' WHERE {column} LIKE '%-%'"
            )
        assert connection.execute("DELETE FROM metric").rowcount
    connection.close()
    with Catalog.open(path) as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        assert metrics(catalog) == before
