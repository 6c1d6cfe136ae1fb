"""The first listing of a project, written past what notes each row as stale."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mlcatalog.catalog.first import NewArtifact, NewFolder
from mlcatalog.catalog.ingest import Desired, Ingest, Place
from mlcatalog.catalog.store import Catalog

FILES = ("train.csv", "model.safetensors", ".mlcatalog.toml")


class LostError(Exception):
    """The program ends in the midst of a write."""


class Listing:
    """A project whose artifacts were found, and nothing of it written."""

    def __init__(self, root: Path) -> None:
        folder = root / "project"
        folder.mkdir()
        self.file = root / "catalogue.db"
        self.catalog = Catalog.open(self.file)
        self.ingest: Ingest = self.catalog.ingest
        self.place: Place = self.ingest.place(self.catalog.add_project(folder).id)
        names = [name.encode() for name in FILES]
        self.artifacts = [
            NewArtifact(
                Desired(b"", n, "dataset", "", n.decode(), False, n, {n: "main"}), 3, 0
            )
            for n in names[:2]
        ]
        self.folder = NewFolder(
            b"",
            b"signed",
            [(n, 3, 0, 0, at, 1, False, 1) for at, n in enumerate(names)],
        )
        self.folder.roles = dict.fromkeys(names[:2], "main")
        self.folder.owners = {name: at for at, name in enumerate(names[:2])}

    def write(self) -> None:
        numbers = self.ingest.show(self.place, self.artifacts)
        self.ingest.remember(
            self.place, [self.folder], self.artifacts, numbers=numbers, version="1"
        )

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What another program reads."""
        with sqlite3.connect(self.file) as connection:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

    def notes(self) -> list[tuple[object, ...]]:
        return self.ask(
            "SELECT stage, artifact_id FROM stale WHERE taken = 0 ORDER BY 1, 2"
        )

    def triggers(self) -> set[tuple[object, ...]]:
        return set(self.ask("SELECT sql FROM sqlite_master WHERE type = 'trigger'"))


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    return Listing(tmp_path)


def test_all_of_a_first_listing_is_to_be_linked_and_a_convention_judges_it(
    listing: Listing,
) -> None:
    before = listing.triggers()
    listing.write()
    assert listing.notes() == [("judge", 1), ("judge", 2), ("link", 1), ("link", 2)]
    assert listing.triggers() == before
    listing.catalog.close()


def test_what_was_linked_between_showing_and_remembering_is_linked_again(
    listing: Listing,
) -> None:
    numbers = listing.ingest.show(listing.place, listing.artifacts)
    assert listing.notes() == [("link", 1), ("link", 2)]
    listing.ingest.take_link("rules")
    listing.ingest.write_link([], [], [])
    assert ("link", 1) not in listing.notes()
    listing.ingest.remember(
        listing.place,
        [listing.folder],
        listing.artifacts,
        numbers=numbers,
        version="1",
    )
    assert {("link", 1), ("link", 2)} <= set(listing.notes())
    listing.catalog.close()


@pytest.mark.parametrize("written", [0, 1])
def test_a_listing_that_breaks_off_leaves_what_notes_changes(
    listing: Listing, written: int
) -> None:
    before = listing.triggers()

    class Ending(list[NewArtifact]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield from listing.artifacts[:written]
            raise LostError

    with pytest.raises(LostError):
        listing.ingest.show(listing.place, Ending(listing.artifacts))
    assert listing.triggers() == before
    assert listing.notes() == []
    assert listing.ask("SELECT count(*) FROM artifact") == [(0,)]
    listing.write()
    listing.catalog.close()
    with sqlite3.connect(listing.file) as connection:
        connection.execute("DELETE FROM stale")
        connection.execute("UPDATE artifact SET name = 'other' WHERE id = 1")
    connection.close()
    assert listing.notes() == [("link", 1)]


def test_each_artifact_of_a_first_listing_has_a_version_that_is_its_own(
    listing: Listing,
) -> None:
    with sqlite3.connect(listing.file) as connection:  # numbers that are further on
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(
            "INSERT INTO version (id, uid, artifact_id, number, size, observed_at,"
            " recorded_source) VALUES (70, 'other', 999, 1, 0, 0, '')"
        )
    connection.close()
    listing.write()
    assert listing.ask(
        "SELECT artifact.id, version_id, version.artifact_id FROM artifact"
        " JOIN version ON version.id = version_id ORDER BY 1"
    ) == [(1, 71, 1), (2, 72, 2)]
    listing.catalog.close()
