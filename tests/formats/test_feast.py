"""Features of a Feast repository, against what Feast itself says of its registry."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Kind, Relation
from mlcatalog.formats import registry

FIXTURES = Path(__file__).parents[1] / "fixtures/data/feast"
SAID: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text())
PLACES = ("data/registry.db", "features.py")


def facts(reading: Reading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in reading.facts}


@pytest.mark.parametrize("place", PLACES)
def test_code_and_registry_tell_what_feast_says(place: str) -> None:
    reading = registry.read(FIXTURES / "repo" / place)
    told = facts(reading)
    params = {param.key: param.value.text for param in reading.params}
    columns = {column.name: column.type for column in reading.columns}
    assert set(json.loads(told["feature views"])) == set(SAID["views"])
    for name, view in SAID["views"].items():
        assert told[f"view.{name}"] == view["description"]
        for feature in view["features"]:
            assert columns[feature["name"]] == feature["type"].lower()
            assert params.get(feature["name"], "") == feature["description"]
            assert params[f"{feature['name']}.owner"] == view["owner"]
    assert params["customer_id"] == SAID["entities"]["customer"]["description"]
    assert params["customer_id.owner"] == SAID["entities"]["customer"]["owner"]
    assert params["calls.rationale"] == "few calls come before leaving"
    sources = {view["source"] for view in SAID["views"].values()} - {None}
    described = {
        c.target.id for c in reading.claims if c.relation is Relation.DESCRIBES
    }
    assert described == sources


def test_code_that_defines_features_stays_a_script() -> None:
    reading = registry.read(FIXTURES / "repo/features.py")
    assert (reading.format, reading.kind) == ("feast definitions", Kind.SCRIPT)
    params = {param.key: param.value.text for param in reading.params}
    assert params["minutes_per_call.code"] == "features.py: usage_ratios"
    assert "feast" in json.loads(facts(reading)["imports"])


def test_a_script_that_only_uses_feast_is_an_ordinary_one(tmp_path: Path) -> None:
    path = tmp_path / "serve.py"
    path.write_text("from feast import FeatureStore\nstore = FeatureStore('.')\n")
    assert registry.read(path).format == "python"
    path.write_text("from feast import FeatureView\nFeatureView(name=")
    assert registry.read(path).notices[0].rule == "integrity.unparsed"


def test_a_damaged_registry_is_a_format_error_or_says_less(tmp_path: Path) -> None:
    raw = (FIXTURES / "repo/data/registry.db").read_bytes()
    path = tmp_path / "registry.db"
    chance = random.Random(7)
    for _ in range(200):
        spoiled = bytearray(raw[: chance.randrange(1, len(raw))])
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        path.write_bytes(spoiled)
        with suppress(FormatError):
            registry.read(path)
    path.write_bytes(raw[:-9])
    with pytest.raises(FormatError, match=r"registry\.db"):
        registry.read(path)
