"""Files that moved: who takes over a place is known by both ids, and as readable."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mlcatalog.catalog.database import Database
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.versions import settled
from mlcatalog.domain.words import Presence
from mlcatalog.scanning.digest import manifest
from mlcatalog.tasks.index import index

OLD = 1_700_000_000


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
    return path


def test_an_unreadable_file_is_still_unreadable_under_its_new_name(
    tmp_path: Path,
) -> None:
    broken = written(tmp_path / "p" / "broken.safetensors", b"\xff" * 29)
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        (before,) = catalog.list("kind:model")
        assert before.presence is Presence.UNREADABLE
        broken.rename(broken.with_name("moved.safetensors"))
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        (after,) = catalog.list("kind:model")
    assert after.id == before.id
    assert after.name == "moved"
    assert after.presence is Presence.UNREADABLE


def test_a_folder_that_is_renamed_keeps_every_history_that_is_not_in_doubt(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "p" / "tables"
    for number in range(60):
        written(folder / f"{number:05}.csv", b"id,age\n%d,2\n" % number)
    twins = {f"twin-{name}.csv" for name in "abc"}
    for name in twins:
        written(folder / name, b"id,age\n1,1\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        before = {Path(row.path).name: row.id for row in catalog.list("kind:dataset")}
        folder.rename(folder.with_name("renamed"))
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        found = catalog.list("kind:dataset state:present")
        after = {Path(row.path).name: row.id for row in found}
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == twins


def test_what_has_the_same_bytes_is_settled_in_one_write(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"1"), ("d", b"3")):
        written(tmp_path / "p" / f"{name}.csv", b"id\n" + content)
    file = tmp_path / "c.db"
    with Catalog.open(file) as catalog:
        index(catalog, [tmp_path / "p"], settle_seconds=0)
    database = Database(file)
    with database.reading() as connection:
        parts = settled(
            connection, 1, manifest=manifest, digested=(), born=range(9), most=1
        )
    database.close()
    assert sorted(len(part) for part in parts) == [1, 1, 2]
    assert all(len({one.digest for one in part}) == 1 for part in parts)


@pytest.mark.parametrize("what", ["owner", "note"])
def test_an_id_that_was_merged_still_leads_to_the_artifact(
    tmp_path: Path, what: str
) -> None:
    data = written(tmp_path / "p" / "data.csv", b"id,age\n1,2\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        data.rename(data.with_name("renamed.csv"))
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        with closing(sqlite3.connect(tmp_path / "c.db")) as database:
            ((merged,),) = database.execute("SELECT uid FROM artifact_alias")
        if what == "owner":
            catalog.set_owner(merged, "nlp-team")
        else:
            catalog.set_note(merged, "nlp-team")
        (row,) = catalog.list("kind:dataset")
        assert row.id != merged
        detail = catalog.detail(merged)
        assert detail.summary.id == row.id
        assert "nlp-team" in (detail.summary.owner, detail.note)


def test_a_run_forgets_a_metrics_file_that_was_renamed(tmp_path: Path) -> None:
    metrics = written(tmp_path / "p" / "r1" / "metrics.csv", b"step,loss\n1,0.5\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        (before,) = catalog.list("kind:run")
        metrics.rename(metrics.with_name("metrics-old.csv"))
        index(catalog, [tmp_path / "p"], settle_seconds=0)
        (after,) = catalog.list("kind:run")
        facts = catalog.detail(after.id).facts
    assert after.id == before.id
    assert {fact.source for fact in facts} == {"metrics-old.csv"}
