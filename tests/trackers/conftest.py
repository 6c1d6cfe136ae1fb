"""Places that real tools left, from tests/fixtures/trackers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers"


@pytest.fixture
def mlflow_store(tmp_path: Path) -> Path:
    """A copy of a store that MLflow 3.17.2 made, to be spoiled freely."""
    return Path(shutil.copyfile(FIXTURES / "mlflow/store.db", tmp_path / "mlflow.db"))


@pytest.fixture
def mlflow_says() -> dict[str, dict[str, Any]]:
    """What MLflow's own client said about that store, by run name."""
    text = (FIXTURES / "mlflow/expected.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


@pytest.fixture
def hydra_project(tmp_path: Path) -> Path:
    """A copy of a project in which Hydra 1.3.8 started three jobs."""
    return Path(shutil.copytree(FIXTURES / "hydra/project", tmp_path / "project"))
