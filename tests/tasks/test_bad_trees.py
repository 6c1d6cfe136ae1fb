"""Trees that no person makes: wide, deep, out of time, and of many names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import ProjectReport, index


def indexed(catalog: Catalog, root: Path) -> ProjectReport:
    return index(catalog, [root], settle_seconds=0).projects[0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_a_folder_of_twenty_thousand_files_is_one_listing(
    root: Path, tmp_path: Path
) -> None:
    for number in range(20_000):
        (root / f"img-{number:05}.jpg").touch()
    (root / "rows.csv").write_text("a,b\n1,2\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        report = indexed(catalog, root)
        assert report.files == 20_001
        assert [row.name for row in catalog.list("")] == ["rows"]
        (root / "img-00007.jpg").unlink()
        (root / "more.csv").write_text("a\n1\n")
        assert indexed(catalog, root).files == 20_001
        assert {row.name for row in catalog.list("")} == {"rows", "more"}


def test_a_path_longer_than_the_system_takes_is_listed_and_named(
    root: Path, tmp_path: Path
) -> None:
    (root / "top.csv").write_text("a\n1\n")
    name = "deep" * 50
    here = os.open(root, os.O_RDONLY)
    for _ in range(30):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    handle = os.open("rows.csv", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(handle, b"a,b\n1,2\n")
    os.close(handle)
    os.close(here)
    with Catalog.open(tmp_path / "c.db") as catalog:
        report = indexed(catalog, root)
        assert report.files == 2
        assert {row.name for row in catalog.list("")} == {"rows", "top"}
        (bad,) = catalog.list("state:unreadable")
        assert bad.name == "rows"
        findings = catalog.findings()
        assert any("too long" in f.message.lower() for f in findings)


@pytest.mark.parametrize(
    "seconds", [0, -1_000_000_000, 4_102_444_800, 15_000_000_000], ids=str
)
def test_a_file_of_any_time_is_indexed_once(
    root: Path, tmp_path: Path, seconds: int
) -> None:
    (root / "rows.csv").write_text("a,b\n1,2\n")
    os.utime(root / "rows.csv", (seconds, seconds))
    with Catalog.open(tmp_path / "c.db") as catalog:
        indexed(catalog, root)
        (row,) = catalog.list("")
        assert row.digest is not None
        before = catalog.details((row.id,))[0].versions
        again = indexed(catalog, root)
        assert again.unreadable == 0
        assert catalog.details((row.id,))[0].versions == before


def test_two_thousand_hard_links_are_one_artifact(root: Path, tmp_path: Path) -> None:
    (root / "rows.csv").write_text("a,b\n1,2\n")
    for number in range(2_000):
        os.link(root / "rows.csv", root / f"link-{number}.csv")
    with Catalog.open(tmp_path / "c.db") as catalog:
        indexed(catalog, root)
        assert len(catalog.list("")) == 1


def test_names_that_differ_by_case_alone_are_two(root: Path, tmp_path: Path) -> None:
    (root / "Rows.csv").write_text("a\n1\n")
    (root / "rows.csv").write_text("a\n2\n")
    if len([*root.iterdir()]) == 1:
        pytest.skip("this file system knows no case")
    with Catalog.open(tmp_path / "c.db") as catalog:
        indexed(catalog, root)
        assert sorted(row.name for row in catalog.list("")) == ["Rows", "rows"]
