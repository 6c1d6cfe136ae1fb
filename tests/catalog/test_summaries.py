"""The first page: what a window shows before the catalogue is opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mlcatalog.catalog.opening import HEAD
from mlcatalog.catalog.store import Catalog
from mlcatalog.catalog.summaries import first_page
from mlcatalog.tasks.index import index


def test_the_first_page_is_the_top_of_the_list(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(9):
        (data / f"rows_{number}.csv").write_text(f"id,age\n1,{number}\n")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [data], settle_seconds=0)
        page = first_page(tmp_path / "c.db", limit=5)
        assert page is not None
        assert page.revision == HEAD
        assert list(page.rows) == catalog.list()[:5]


def test_what_is_no_catalogue_has_no_first_page(tmp_path: Path) -> None:
    assert first_page(tmp_path / "missing.db") is None
    (tmp_path / "odd.db").write_bytes(b"no database" * 1_000)
    assert first_page(tmp_path / "odd.db") is None
    assert (tmp_path / "odd.db").read_bytes() == b"no database" * 1_000
    assert not (tmp_path / "missing.db").exists()


def test_the_first_page_needs_no_sqlalchemy() -> None:
    code = (
        "import sys, mlcatalog.catalog.summaries;"
        "sys.exit(bool({'sqlalchemy', 'sqlmodel'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
