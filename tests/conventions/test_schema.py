"""The JSON schema of `.mlcatalog.toml` says what the program reads."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from mlcatalog.conventions.presets import PRESETS
from mlcatalog.conventions.project_file import FIELD_KEYS, FILE, KINDS, parsed
from mlcatalog.conventions.rules import CASES, FACT_NAMES, TYPES
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.resources import resource

SCHEMA = json.loads(resource("mlcatalog-toml.schema.json").read_text())
FIELD = SCHEMA["$defs"]["field"]["properties"]


def test_the_schema_knows_every_key_and_word() -> None:
    assert set(FIELD) == {*FIELD_KEYS, "length"}
    assert tuple(FIELD["type"]["enum"]) == TYPES
    assert tuple(FIELD["case"]["enum"]) == tuple(CASES)
    assert tuple(FIELD["fact"]["enum"]) == FACT_NAMES
    assert tuple(SCHEMA["properties"]["names"]["properties"]) == KINDS
    presets = SCHEMA["$defs"]["names"]["properties"]["preset"]["enum"]
    assert presets == list(PRESETS)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("", True),
        ("schema = 1\nproject = 'x'\nroot = true", True),
        ("project = ['x', 'y']\n[vocabulary]\ntask = ['a']", True),
        ("[names.model]\ntemplate = '{task}-{date}'\nexempt = ['old_*']", True),
        ("[names.dataset]\npreset = 'release'", True),
        ("[names.run.fields.when]\ntype = 'date'\nformat = 'YYYY-MM-DD'", True),
        ("[names.model.fields.a]\nlength = 4\ncase = 'any'\ninside = ''", True),
        ("schema = 2", False),
        ("names = 3", False),
        ("[names.modle]\ntemplate = 'x'", False),
        ("[names.model.fields.a]\ntype = 'vocab'", False),
        ("[names.model.fields.a]\nmin = 'x'", False),
        ("[vocabulary]\ntask = ['a/b']", False),
        ("colour = 'red'", False),
    ],
)
def test_the_schema_and_the_program_agree(text: str, is_right: bool) -> None:
    values = tomllib.loads(text)
    assert (not list(_errors(values))) == is_right
    if is_right:
        parsed(values, Path(FILE))
    elif "type" not in text and "a/b" not in text:
        with pytest.raises(SettingsError):
            parsed(values, Path(FILE))


def _errors(values: object) -> list[object]:
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(values))
