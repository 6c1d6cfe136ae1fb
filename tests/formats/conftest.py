"""Short ways to write a file and read it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcatalog.formats import registry


@pytest.fixture
def read(tmp_path: Path):
    """A function that writes a text under a name and gives its reading."""

    def written(name: str, text: str):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return registry.read(path)

    return written
