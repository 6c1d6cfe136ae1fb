"""A project with right, wrong and lying names, catalogued, and the place that shows it."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import json
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.theme import LIGHT

PATIENCE = 60_000  # ms; a test fails by what it sees, not by a busy machine
GOOD = "churn-cls-mlp-telco_v3-20260502-r0a11"
BAD_DAY = "churn-cls-mlp-telco_v3-20260231-r0a12"
UNREADABLE = "final_model"


def model(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    raw = json.dumps(header).encode()
    body = struct.pack("<4f", *(seed * n for n in range(1, 5)))
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + body)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "churn"
    for seed, name in enumerate((GOOD, BAD_DAY, UNREADABLE), 1):
        model(root / "models" / f"{name}.safetensors", seed)
    (root / "data").mkdir()
    (root / "data" / "telco_v3.csv").write_text("age,churned\n1,0\n2,1\n")
    (root / "train.yaml").write_text(
        f"start: models/{UNREADABLE}.safetensors\ndata: data/telco_v3.csv\n"
    )
    return root


@pytest.fixture
def catalog(tmp_path: Path, project: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        index(opened, [project], settle_seconds=0)
        yield opened


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """A robot that waits as long as a busy machine needs."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=PATIENCE)  # type: ignore[method-assign]
    return qtbot


@pytest.fixture
def open_place(
    qtbot: QtBot, tmp_path: Path, catalog: Catalog
) -> Iterator[Callable[[], ConventionsPlace]]:
    """A function that opens the place, read and quiet."""
    opened: list[ConventionsPlace] = []

    def open_it() -> ConventionsPlace:
        place = ConventionsPlace(catalog, Jobs(), LIGHT)
        place.settings_path = tmp_path / "settings.toml"
        place.resize(1_400, 800)
        place.show()
        opened.append(place)
        place.show_artifacts([])
        quiet(place, qtbot)
        return place

    yield open_it
    for place in opened:
        quiet(place, qtbot)
        place.close()
        place.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def place(open_place: Callable[[], ConventionsPlace]) -> ConventionsPlace:
    return open_place()


def quiet(place: ConventionsPlace, qtbot: QtBot) -> None:
    """Wait until nothing is asked any more."""
    still = 0

    def is_quiet() -> bool:
        nonlocal still
        waits = place.template._pause.isActive() or place.jobs.running > 0
        still = 0 if waits else still + 1
        return still > 3

    qtbot.waitUntil(is_quiet)


def shown(place: ConventionsPlace) -> list[tuple[str, str]]:
    """Names and verdicts as the table shows them, heads of groups too."""
    names = place.table.names
    return [
        (names.index(row, 0).data(), names.index(row, 1).data())
        for row in range(names.rowCount())
    ]
