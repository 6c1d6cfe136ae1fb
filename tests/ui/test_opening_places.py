"""What a place opens on: what is chosen in the Library, else something useful."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.words import Relation
from mlcatalog.tasks.demo.project import write_demo
from mlcatalog.tasks.index import index
from mlcatalog.ui.audit.place import AuditPlace
from mlcatalog.ui.compare.place import ComparePlace
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.lineage.place import LineagePlace
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.reuse.place import ReusePlace

PLACES = [LibraryPlace, LineagePlace, ComparePlace, ReusePlace, AuditPlace]
MODEL = "intent-cls-hashbow-intents_v4-20260502-r0a11"
WAIT = 60_000  # ms; a loaded machine


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder / "projects")
    with Catalog.open(folder / "catalogue.db") as catalog:
        index(catalog, [folder / "projects"], settle_seconds=0)
    return folder / "catalogue.db"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, catalogue: Path) -> Iterator[MainWindow]:
    with Catalog.open(catalogue) as catalog:
        jobs = Jobs()
        settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
        made = MainWindow(catalog, jobs, settings, PLACES)
        qtbot.addWidget(made)
        made.show()
        settle(qtbot, made)
        yield made
        settle(qtbot, made)
        jobs.wait()


def settle(qtbot: QtBot, window: MainWindow) -> None:
    def quiet() -> bool:
        return window.jobs.running == 0

    qtbot.waitUntil(quiet, timeout=WAIT)


def query(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Search in the Library and choose the first row."""
    window.open_named("Library")
    window.library.table.clearSelection()
    window.library.set_query(text)
    model, wanted = window.library.table.item_model, window.catalog.count(text)
    qtbot.waitUntil(lambda: len(model.ids) == wanted, timeout=WAIT)
    settle(qtbot, window)
    window.library.table.choose_line(0)
    settle(qtbot, window)


def place(window: MainWindow, title: str) -> object:
    return next(one for one in window.pages if one.title == title)


def opened(qtbot: QtBot, window: MainWindow, title: str) -> object:
    window.open_named(title)
    settle(qtbot, window)
    return window.place


def test_lineage_opens_on_what_is_chosen(window: MainWindow, qtbot: QtBot) -> None:
    query(qtbot, window, f"kind:model {MODEL}")
    lineage = opened(qtbot, window, "Lineage")
    assert isinstance(lineage, LineagePlace)
    assert MODEL in lineage.graph_panel.title.text()
    chosen = lineage.graph_panel.scene.chosen_card()
    assert chosen is not None
    assert chosen.node.name == MODEL


def test_what_has_no_lineage_gives_way_to_a_model_that_has(
    window: MainWindow, qtbot: QtBot
) -> None:
    query(qtbot, window, "legacy_scorer")
    lineage = opened(qtbot, window, "Lineage")
    assert isinstance(lineage, LineagePlace)
    assert len(lineage.graph_panel.scene.lines) > 5
    said = [label.text() for label in lineage.graph_panel.findChildren(QLabel)]
    assert any("legacy_scorer has no known lineage" in text for text in said)


def test_a_place_keeps_what_it_shows_while_the_choice_stays(
    window: MainWindow, qtbot: QtBot
) -> None:
    query(qtbot, window, f"kind:model {MODEL}")
    window.open_named("Lineage", [window.catalog.find("telco_v3").id])
    settle(qtbot, window)
    window.open_named("Library")
    lineage = opened(qtbot, window, "Lineage")
    assert isinstance(lineage, LineagePlace)
    assert lineage.graph_panel.title.text().startswith("Lineage of telco_v3")


def test_compare_lays_one_model_beside_its_sibling(
    window: MainWindow, qtbot: QtBot
) -> None:
    query(qtbot, window, f"kind:model {MODEL}")
    compare = opened(qtbot, window, "Compare")
    assert isinstance(compare, ComparePlace)
    sheet = compare.sheet.sheet_model.sheet
    assert sheet is not None
    assert len(sheet.items) == 2
    assert MODEL in {item.name for item in sheet.items}
    assert all(item.name.startswith("intent-") for item in sheet.items)


def test_reuse_asks_for_a_chosen_dataset_and_offers_all_otherwise(
    window: MainWindow, qtbot: QtBot
) -> None:
    query(qtbot, window, f"kind:model {MODEL}")
    reuse = opened(qtbot, window, "Reuse")
    assert isinstance(reuse, ReusePlace)
    names = {card.dataset.name for card in reuse.offers}
    assert {"intents_v4", "telco_v3"} <= names
    query(qtbot, window, "kind:dataset intents_v4")
    opened(qtbot, window, "Reuse")
    qtbot.waitUntil(lambda: bool(reuse.cards), timeout=WAIT)


def test_a_dataset_card_looks_for_models(window: MainWindow, qtbot: QtBot) -> None:
    query(qtbot, window, f"kind:model {MODEL}")
    reuse = opened(qtbot, window, "Reuse")
    assert isinstance(reuse, ReusePlace)
    card = next(one for one in reuse.offers if one.dataset.name == "intents_v4")
    card.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: bool(reuse.cards), timeout=WAIT)


def test_audit_prepares_what_is_chosen_and_offers_models_otherwise(
    window: MainWindow, qtbot: QtBot
) -> None:
    query(qtbot, window, "kind:dataset telco_v3")
    audit = opened(qtbot, window, "Audit")
    assert isinstance(audit, AuditPlace)
    offered = [b for b in audit.offers.findChildren(QPushButton) if b.isVisible()]
    assert len(offered) >= 15
    query(qtbot, window, f"kind:model {MODEL}")
    opened(qtbot, window, "Audit")
    qtbot.waitUntil(lambda: audit.pages.count > 2, timeout=WAIT)
    assert audit.pages.isVisible()


def test_an_edge_tells_how_the_weights_changed(
    window: MainWindow, qtbot: QtBot
) -> None:
    query(qtbot, window, f"kind:model {MODEL}")
    lineage = opened(qtbot, window, "Lineage")
    assert isinstance(lineage, LineagePlace)
    edge = next(
        one
        for one in lineage.graph_panel.graph.edges
        if one.relation is Relation.FINETUNED_FROM
        and one.child == lineage.graph_panel.graph.focus
    )
    lineage.graph_panel.scene.choose_edge(edge)
    settle(qtbot, window)
    said = [label.text() for label in lineage.inspector.findChildren(QLabel)]
    assert "3 of 5" in said
    assert "WHAT CHANGED, BY LAYER" in said
    assert "80 days later" in said


def test_the_impact_lists_all_descendants_and_is_copied(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.open_named("Lineage", [window.catalog.find("topics_v1").id])
    lineage = place(window, "Lineage")
    assert isinstance(lineage, LineagePlace)
    settle(qtbot, window)
    lineage.graph_panel.impact.setChecked(True)
    settle(qtbot, window)
    lineage.impact_list.copy()
    copied = QApplication.clipboard().text()
    # Farther down than the two steps that are drawn.
    assert "intent-lora-hashbow-intents_v4-20260610-r3310\tmodel\t/" in copied
    assert "topics_v1\t" not in copied.split("\n")[0]
