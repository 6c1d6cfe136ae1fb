"""A new catalogue, a project to watch, and this folder's own helpers importable."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalogue that holds nothing yet."""
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of one configuration."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.yaml").write_text("lr: 0.1\n")
    return folder
