"""Projects that the real DVC made, unpacked; see the fixtures' make.sh."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures/trackers/dvc"
DATA = ("data/raw.csv", "data/labels", "data/grades.csv", "data/sample.csv")
OUTPUTS = ("data/clean.csv", "models", ".dvc/cache")


def unpacked(name: str, folder: Path) -> Path:
    """A project as `dvc repro` left it, its repository and cache with it."""
    with tarfile.open(FIXTURES / name / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / name


def expected() -> dict[str, Any]:
    """What dvc itself says of the project `wine`."""
    text = (FIXTURES / "wine/expected.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def not_pulled(project: Path, *, cache: bool = False) -> Path:
    """The same as a fresh clone has it: without the data, and without a cache."""
    for inner in (*DATA, *OUTPUTS):
        place = project / inner
        if inner == ".dvc/cache" and cache:
            continue
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
    return project
