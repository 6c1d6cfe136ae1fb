"""Configuration files: YAML, TOML or JSON, told apart by their suffix."""

import json
import tomllib
from pathlib import Path

import yaml


def read(path: Path) -> dict:
    """The configuration as a dictionary."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return tomllib.loads(text)
    if path.suffix == ".json":
        return json.loads(text)
    return yaml.safe_load(text)
