"""Short ways to write a file and read it back, and to find the fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.reading import Reading
from mlcatalog.formats import registry

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.fixture
def read(tmp_path: Path):
    """A function that writes a text under a name and gives its reading."""

    def written(name: str, text: str):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return registry.read(path)

    return written


@pytest.fixture
def made() -> Callable[[str], Reading]:
    """A function that reads one fixture: "keras/tiny.h5"."""
    return lambda name: registry.read(FIXTURES / name)


@pytest.fixture
def expected() -> Callable[[str], Any]:
    """A function that gives what the tool itself said of a folder's fixtures."""
    return lambda tool: json.loads((FIXTURES / tool / "expected.json").read_text())


@pytest.fixture
def raw() -> Callable[[str], bytes]:
    """A function that gives a fixture's bytes."""
    return lambda name: (FIXTURES / name).read_bytes()


@pytest.fixture
def facts() -> Callable[[Reading], dict[str, str]]:
    """A function that gives the facts of a reading by key, the first of each."""

    def by_key(reading: Reading) -> dict[str, str]:
        return {fact.key: fact.value.text for fact in reversed(reading.facts)}

    return by_key


@pytest.fixture
def params() -> Callable[[Reading], dict[str, str]]:
    """A function that gives the params of a reading by key."""
    return lambda reading: {one.key: one.value.text for one in reading.params}


@pytest.fixture
def said() -> Callable[[Reading], set[tuple[str, str, str]]]:
    """A function that gives a reading's claims: (relation, scheme, id)."""
    return lambda reading: {
        (one.relation.value, one.target.scheme.value, one.target.id)
        for one in reading.claims
    }
