"""Repair of catalogues that are really damaged: what people typed is never lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.catalog.backups import backup, backups
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import CatalogDamagedError, CatalogLockedError
from mlcatalog.domain.words import Stage
from mlcatalog.tasks.demo import write_demo
from mlcatalog.tasks.doctor import Diagnosis, examine
from mlcatalog.tasks.index import index
from mlcatalog.tasks.repair import Repair
from mlcatalog.tasks.repair import repair as repair_whole
from tests.tasks.damage import content_of, leaves, overwrite
from tests.tasks.present import present_state

TYPED = [
    "project",
    "removed_artifact",
    "decision",
    "person_claim",
    "stage",
    "waiver",
    "tag",
    "note",
    "feature_documentation",
    "saved_search",
    "dossier",
]
VOLATILE = ("state", "state_note")  # of a project: what goes on with it now


def repair(path: Path) -> tuple[Repair, Diagnosis]:
    return repair_whole(path, settle_seconds=0)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project, and a catalogue of it in which people wrote."""
    folder = tmp_path_factory.mktemp("repair")
    write_demo(folder / "ml")
    (folder / "ml" / "twice.yaml").write_text("lr: 0.1\n")
    with Catalog.open(folder / "catalog.db", actor="ada") as catalog:
        index(catalog, [folder / "ml"], settle_seconds=0)
        (folder / "ml" / "twice.yaml").write_text("lr: 0.25\nseed: 7\n")
        index(catalog, [folder / "ml"], settle_seconds=0)
        for number, row in enumerate(
            catalog.list("kind:model,dataset,run", sort="name")
        ):
            catalog.set_owner(row.id, f"team-{number % 3}")
            catalog.set_note(row.id, f"note {number} " + "long " * 200)
            catalog.set_tags(row.id, [f"tag-{number}", "kept"])
            if row.kind.value == "model" and row.digest:
                catalog.set_stage(row.id, Stage.CANDIDATE)
        catalog.save_search("mine", "owner:team-1")
        for finding in catalog.findings()[:2]:
            catalog.waive(finding, "for now", None)
        for edge in catalog.graph("", limit=1_000).edges[:3]:
            catalog.decide(edge, "confirm")
        index(catalog, [folder / "ml"], settle_seconds=0)  # judged with what was typed
    return folder


@pytest.fixture
def path(lived_in: Path, tmp_path: Path) -> Path:
    shutil.copy(lived_in / "catalog.db", tmp_path / "catalog.db")
    return tmp_path / "catalog.db"


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def typed(path: Path) -> dict[str, list[Any]]:
    """All that people typed or decided, and who each artifact and version is."""
    held: dict[str, list[Any]] = {}
    with raw(path) as connection:
        for name in TYPED:
            columns = [
                row[1]
                for row in connection.execute(f"PRAGMA table_info({name})")
                if row[1] not in VOLATILE
            ]
            held[name] = sorted(
                connection.execute(f"SELECT {', '.join(columns)} FROM {name}"), key=str
            )
        held["artifact"] = sorted(
            connection.execute("SELECT uid, name, path, owner, stage FROM artifact")
        )
        held["version"] = sorted(
            connection.execute(
                "SELECT uid, number, digest FROM version WHERE digest IS NOT NULL"
            ),
            key=str,
        )
        held["journal"] = connection.execute(
            "SELECT * FROM journal WHERE kind <> 'repair' ORDER BY seq"
        ).fetchall()
    return held


def state(path: Path) -> dict[str, Any]:
    with Catalog.open(path) as catalog:
        return present_state(catalog)


def is_sound(path: Path) -> bool:
    with Catalog.open(path, read_only=True) as catalog:
        return examine(catalog).ok


@pytest.mark.parametrize(
    "tables",
    [("file", "folder", "key"), ("param", "metric", "claim", "edge", "finding")],
)
def test_derived_rows_that_were_deleted_are_made_again(
    path: Path, tables: tuple[str, ...]
) -> None:
    held, before = typed(path), state(path)
    with raw(path) as connection:
        for name in tables:
            connection.execute(f"DELETE FROM {name}")
    told, diagnosis = repair(path)
    assert diagnosis.ok
    assert told.not_repaired == []
    assert told.set_aside is None
    assert typed(path) == held
    assert state(path) == before


def test_rows_that_point_nowhere_are_found_and_removed(path: Path) -> None:
    before = state(path)
    with raw(path) as connection:
        connection.execute("UPDATE fact SET artifact_id = 999999 WHERE id % 3 = 0")
        connection.execute("UPDATE file SET artifact_id = 999998 WHERE id % 5 = 0")
    assert not is_sound(path)
    told, diagnosis = repair(path)
    assert diagnosis.ok
    assert any("belonged to nothing" in line for line in told.done)
    assert state(path) == before


def test_the_facts_of_an_overwritten_version_are_kept(path: Path) -> None:
    def past() -> list[str]:
        with Catalog.open(path) as catalog:
            twice = catalog.detail(catalog.find("name:twice.yaml").id)
            first = min(twice.versions, key=lambda version: version.number)
            return sorted(
                f"{key}={value.text}"
                for key, value in catalog.detail(
                    twice.summary.id, version=first.id
                ).params.items()
            )

    held = past()
    assert held == ["lr=0.1"]
    repair(path)
    assert past() == held


def test_pages_of_derived_rows_that_cannot_be_read_cost_nothing(path: Path) -> None:
    held, before = typed(path), state(path)
    for table in ("fact", "claim", "file", "folder"):
        overwrite(path, leaves(path, table)[::2])
    damaged = path.read_bytes()
    told, diagnosis = repair(path)
    assert diagnosis.ok
    assert told.not_repaired == []
    assert told.set_aside is not None
    assert told.set_aside.read_bytes()[4096:] == damaged[4096:]
    assert typed(path) == held
    assert state(path) == before


@pytest.mark.parametrize("table", ["note", "tag", "artifact", "journal", "version"])
def test_what_people_typed_is_taken_from_the_backup_where_a_page_is_lost(
    path: Path, table: str
) -> None:
    backup(path, "daily")
    with Catalog.open(path) as catalog:  # something that is in no backup
        catalog.set_owner(catalog.list("kind:config")[0].id, "after-the-backup")
    held, before = typed(path), state(path)
    pages = leaves(path, table)
    overwrite(path, pages[: max(1, len(pages) // 2)])
    told, diagnosis = repair(path)
    assert any(f"rows of {table}" in line for line in told.done)
    assert diagnosis.ok
    if table == "artifact":  # all but what only the lost page knew
        late = [row[0] for row in held["artifact"] if row[3] == "after-the-backup"]
        names = [row[:3] for row in held["artifact"]]
        assert [row[:3] for row in typed(path)["artifact"]] == names
        held["artifact"] = [r for r in held["artifact"] if r[0] not in late]
        now = [r for r in typed(path)["artifact"] if r[0] not in late]
        assert now == held["artifact"]
        return
    assert typed(path) == held
    assert state(path) == before


def test_what_is_lost_for_good_is_said(path: Path) -> None:
    held = typed(path)
    pages = leaves(path, "note")
    assert len(pages) > 4
    overwrite(path, pages[1:3])
    told, _ = repair(path)
    lost = [row for row in held["note"] if row not in typed(path)["note"]]
    assert 0 < len(lost) < len(held["note"])
    assert any(line.startswith("note: up to") for line in told.not_repaired)
    assert {k: v for k, v in typed(path).items() if k != "note"} == {
        k: v for k, v in held.items() if k != "note"
    }


def test_an_index_that_tells_another_story_is_made_anew_in_its_place(
    path: Path,
) -> None:
    held, before = typed(path), state(path)
    pages = leaves(path, "artifact_by_size")
    stale = [content_of(path, page) for page in pages]
    with raw(path) as connection:
        connection.execute("UPDATE artifact SET size = size + 1")
    for page, content in zip(pages, stale, strict=True):
        overwrite(path, [page], content)
    assert not is_sound(path)
    told, diagnosis = repair(path)
    assert diagnosis.ok
    assert told.set_aside is None
    assert any("indices" in line for line in told.done)
    assert typed(path) == held
    assert state(path) == before


def test_damage_that_is_told_in_bytes_that_are_no_text_is_repaired(path: Path) -> None:
    held, before = typed(path), state(path)
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        odd = b'"odd \xbc"'  # the order that an index is said to be in
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'NOCASE', CAST(? AS TEXT))"
            " WHERE name = 'artifact_by_name'",
            (odd,),
        )
    with pytest.raises(UnicodeDecodeError), raw(path) as connection:
        connection.execute("REINDEX")
    _, diagnosis = repair(path)
    assert diagnosis.ok
    assert typed(path) == held
    assert state(path) == before


def test_a_list_of_tables_that_is_no_text_is_damage_and_not_a_crash(path: Path) -> None:
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = 'nothing', name = CAST(? AS TEXT)"
            " WHERE name = 'artifact_by_name'",
            (b"odd \xbc",),
        )
    with pytest.raises(CatalogDamagedError):
        Catalog.open(path)


def test_a_broken_search_index_finds_again(path: Path) -> None:
    with raw(path) as connection:
        connection.execute("DELETE FROM artifact_search_data WHERE id > 10")
    assert not is_sound(path)
    told, diagnosis = repair(path)
    assert diagnosis.ok
    assert told.not_repaired == []
    with Catalog.open(path) as catalog:
        assert catalog.count("churn") > 5


def test_a_search_index_that_lost_its_own_tables_finds_again(path: Path) -> None:
    held = typed(path)
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "DELETE FROM sqlite_master WHERE name = 'artifact_search_config'"
        )
    told, diagnosis = repair(path)
    assert diagnosis.ok
    assert told.set_aside is not None
    assert typed(path) == held
    with Catalog.open(path) as catalog:
        assert catalog.count("churn") > 5


def test_a_table_that_is_struck_from_the_list_comes_from_the_backup(
    path: Path,
) -> None:
    held = typed(path)
    copy = backup(path, "daily")
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'tag'")
        connection.execute(
            "UPDATE sqlite_master SET sql = 'CREATE INDEX x ON nothing (y)'"
            " WHERE name = 'artifact_by_place'"
        )
    told, _ = repair(path)
    assert typed(path) == held
    assert any(
        f"rows of tag that could not be read from the backup {copy}" in line
        for line in told.done
    )
    assert told.not_repaired == ["tag: an unknown number of rows could not be read."]


def test_a_journal_that_was_tampered_with_is_told_and_never_mended(path: Path) -> None:
    with raw(path) as connection:
        guard = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'journal_is_not_changed'"
        ).fetchone()[0]
        connection.execute("DROP TRIGGER journal_is_not_changed")
        connection.execute("UPDATE journal SET subject = 'forged' WHERE seq = 3")
        connection.execute(guard)
    held = typed(path)
    told, diagnosis = repair(path)
    assert not diagnosis.ok
    assert any(line.startswith("journal:") for line in told.not_repaired)
    assert typed(path) == held, "the journal was rewritten"


def test_a_file_that_is_no_database_is_left_and_a_backup_offered(path: Path) -> None:
    copy = backup(path, "daily")
    path.write_bytes(b"\xa5" * 100_000)
    with pytest.raises(CatalogDamagedError) as refused:
        repair(path)
    assert str(copy) in refused.value.remedy
    assert path.read_bytes() == b"\xa5" * 100_000
    assert backups(path) == [copy]


def test_a_damaged_file_is_not_replaced_under_a_program_that_uses_it(
    path: Path,
) -> None:
    overwrite(path, leaves(path, "fact"))
    with Catalog.open(path), pytest.raises(CatalogLockedError):
        repair(path)
    assert not list(path.parent.glob("*damaged*"))
    told, _ = repair(path)
    assert told.set_aside is not None


def test_a_project_that_is_away_keeps_what_is_known_of_it(
    lived_in: Path, path: Path, tmp_path: Path
) -> None:
    held = typed(path)
    with Catalog.open(path) as catalog:
        known = {row.id: len(catalog.detail(row.id).facts) for row in catalog.list()}
        checks = {row.id: catalog.detail(row.id).checks for row in catalog.list()}
        edges = present_state(catalog)["edges"]
    away = tmp_path / "away"
    (lived_in / "ml").rename(away)
    try:
        told, diagnosis = repair(path)
    finally:
        away.rename(lived_in / "ml")
    assert [str(lived_in / "ml") in line for line in told.left] == [True]
    assert diagnosis.ok
    assert typed(path) == held
    with Catalog.open(path) as catalog:
        assert {r.id: len(catalog.detail(r.id).facts) for r in catalog.list()} == known
        assert present_state(catalog)["edges"] == edges
        assert {r.id: catalog.detail(r.id).checks for r in catalog.list()} == checks


def test_what_vanished_meanwhile_is_missing_afterwards(
    lived_in: Path, path: Path, tmp_path: Path
) -> None:
    gone, kept = lived_in / "ml" / "twice.yaml", tmp_path / "twice.yaml"
    shutil.move(gone, kept)
    try:
        repair(path)
        with Catalog.open(path) as catalog:
            row = catalog.find("name:twice.yaml")
            assert row.presence.value == "missing"
            assert catalog.count("name:twice.yaml") == 0
    finally:
        shutil.move(kept, gone)
