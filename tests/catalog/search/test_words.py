"""The search index: filled behind the rows, and right before, while and after."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from mlcatalog.catalog.search import words
from mlcatalog.catalog.store import Catalog

PLACES = (
    "models/churn/bert-base.onnx",
    "models/churn/Intents_v4.csv",
    "models/old/bert-large.onnx",
    "data/2024/bert/rows.csv",
    "data/2024/ro%ws/left.csv",
    "train.yaml",
    "run_final.py",
)
ASKED = (
    "bert", "BERT-b", "churn", "churn/bert", "els/churn/Int", "2024", "2024/bert/row",
    "ro%ws", "ro_ws", "o%ws/l", "train", "yaml", "/bert", "models/", "n/b", "final.py",
    "nowhere", "data/nowhere", 'q"uote', "models/churn/bert-base.onnx/", "s/o/b",
)  # fmt: skip


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    root = tmp_path / "project"
    root.mkdir()
    with Catalog.open(tmp_path / "c.db") as catalog:
        catalog.add_project(root)
        for number, place in enumerate(PLACES, 1):
            put(catalog, number, place)
        yield catalog


def put(catalog: Catalog, number: int, place: str, name: str = "") -> None:
    with catalog._database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO artifact (id, uid, project_id, kind, name, path, path_text,"
                " bundle, owner, created_at, format, presence, present, stage,"
                " metric_name, met, applicable, findings, name_broken) VALUES (:id,"
                " :uid, 1, 'model', :name, :path, :text, 0, '', 1, 'onnx', 'present',"
                " 1, 'draft', '', 0, 0, 0, 0)"
            ),
            {
                "id": number,
                "uid": os.urandom(8).hex(),
                "name": name or Path(place).stem,
                "path": place.encode("utf-8", "surrogateescape"),
                "text": place.encode("utf-8", "backslashreplace").decode(),
            },
        )


def change(catalog: Catalog, statement: str, **values: object) -> None:
    with catalog._database.writing() as connection:
        connection.execute(text(statement), values)


def right(catalog: Catalog, asked: str) -> set[int]:
    """What a look at every row finds."""
    with catalog._database.reading() as connection:
        rows = connection.execute(text("SELECT id, name, path_text FROM artifact"))
        return {
            row.id
            for row in rows
            if asked.lower() in row.name.lower()
            or asked.lower() in row.path_text.lower()
        }


def found(catalog: Catalog, asked: str) -> set[int]:
    with catalog._database.reading() as connection:
        return set(connection.execute(words.found(asked)).scalars())


def assert_right(catalog: Catalog) -> None:
    for asked in ASKED:
        assert found(catalog, asked) == right(catalog, asked), asked


def fill(catalog: Catalog) -> None:
    while catalog.ingest.fill_search():
        pass


def test_rows_are_found_before_while_and_after_the_index_is_filled(
    catalog: Catalog,
) -> None:
    assert_right(catalog)
    with catalog._database.writing() as connection:
        assert words.fill(connection, 3) == 3
    assert_right(catalog)
    fill(catalog)
    assert_right(catalog)
    assert not catalog.ingest.fill_search()


def test_a_renamed_row_is_found_by_its_new_words_only(catalog: Catalog) -> None:
    fill(catalog)
    change(
        catalog,
        "UPDATE artifact SET name = 'gpt', path = x'6e65772f6d', path_text = 'new/m'"
        " WHERE id = 1",
    )
    for _ in range(2):
        assert 1 not in found(catalog, "bert")
        assert found(catalog, "gpt") == found(catalog, "new/m") == {1}
        assert_right(catalog)
        fill(catalog)


def test_a_number_that_is_given_again_is_found_by_its_new_words(
    catalog: Catalog,
) -> None:
    fill(catalog)
    change(catalog, "DELETE FROM artifact WHERE id = :id", id=len(PLACES))
    assert found(catalog, "final") == set()
    put(catalog, len(PLACES), "again/once-more.onnx")
    for _ in range(2):
        assert found(catalog, "once-more") == found(catalog, "again") == {len(PLACES)}
        assert_right(catalog)
        fill(catalog)


def test_a_folder_that_is_no_text_is_found_by_what_can_be_read_of_it(
    catalog: Catalog,
) -> None:
    put(catalog, 50, os.fsdecode(b"caf\xe9/deep/model.onnx"))
    for _ in range(2):
        assert found(catalog, "caf") == {50}
        assert found(catalog, "deep/mod") == {50}
        fill(catalog)


def test_each_name_is_in_the_index_once(catalog: Catalog, tmp_path: Path) -> None:
    for number in range(100, 600):
        put(catalog, number, f"a-long-folder-name/another-long-one/m{number}.onnx")
    fill(catalog)
    catalog.close()
    with closing(sqlite3.connect(tmp_path / "c.db")) as database:
        folders = database.execute("SELECT path FROM search_folder").fetchall()
        # Were whole paths indexed, every document held some forty trigrams.
        sizes = database.execute("SELECT sz FROM artifact_search_docsize").fetchall()
    assert {(b"a-long-folder-name",), (b"a-long-folder-name/another-long-one",)} <= {
        *folders
    }
    assert all(len(size) <= 2 and size[0] < 25 for (size,) in sizes)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_rows_they_are_found(catalog: Catalog, seed: int) -> None:
    chance = random.Random(seed)
    for step in range(60):
        known = sorted(right(catalog, ""))
        number = chance.choice([*known, *known[-1:] * 3])
        place = chance.choice(PLACES)
        match chance.randrange(4):
            case 0 if len(known) > 2:
                change(catalog, "DELETE FROM artifact WHERE id = :id", id=number)
            case 1:
                put(catalog, known[-1] + 1, place, chance.choice(["", "Best Bert"]))
            case 2:
                change(
                    catalog,
                    "UPDATE artifact SET name = :name, path = CAST(:place AS BLOB),"
                    " path_text = :place WHERE id = :id",
                    id=number,
                    name=Path(place).stem,
                    place=f"models/{place}",
                )
            case 3:
                with catalog._database.writing() as connection:
                    words.fill(connection, chance.randrange(1, 6))
        if step % 6 == 0:
            assert_right(catalog)
