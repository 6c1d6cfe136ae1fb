"""A list too long to be known at once: its first rows, its end, and what is overtaken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.search.sets import FIRST
from mlcatalog.catalog.store import Catalog
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.main_window import MainWindow
from tests.benchmarks.catalogues import catalogue_of
from tests.ui.conftest import quiet

ARTIFACTS = 8_000


@pytest.fixture(scope="module")
def long_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return catalogue_of(tmp_path_factory.mktemp("long"), ARTIFACTS)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, long_catalogue: Path) -> Iterator[MainWindow]:
    path = Path(shutil.copyfile(long_catalogue, tmp_path / "c.db"))
    with Catalog.open(path) as catalog:
        jobs = Jobs()
        settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
        made = MainWindow(catalog, jobs, settings, [LibraryPlace])
        made.show()
        qtbot.waitUntil(lambda: len(made.library.table.item_model.ids) == ARTIFACTS)
        quiet(made, qtbot)
        yield made
        quiet(made, qtbot)
        made.close()
        quiet(made, qtbot)
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_the_first_rows_are_shown_and_the_rest_follows_below_them(
    window: MainWindow, qtbot: QtBot
) -> None:
    library, table = window.library, window.library.table
    seen: list[tuple[int, object, int]] = []

    def work_in_the_first_rows() -> None:
        row = table.item_model.summary(0)
        table.choose_line(7)
        table.verticalScrollBar().setValue(40)
        seen.append((len(table.item_model.ids), row, table.chosen_numbers()[0]))

    library.search_for.headed.connect(work_in_the_first_rows)
    qtbot.keyClicks(window.search_field, "b")
    qtbot.waitUntil(lambda: bool(seen))
    quiet(window, qtbot)
    (length, row, chosen), *_ = seen
    assert length == FIRST
    assert row == table.item_model.summary(0)
    # Whoever has begun to work in them is not disturbed.
    assert table.chosen_numbers() == [chosen]
    assert table.verticalScrollBar().value() == 40
    assert len(table.item_model.ids) > FIRST
    assert list(table.item_model.ids) == list(window.catalog.ids("b"))


def test_what_was_chosen_is_chosen_still_when_it_stands_far_below(
    window: MainWindow, qtbot: QtBot
) -> None:
    table = window.library.table
    last = int(window.catalog.ids("b")[-1])
    table.choose_numbers({last}, scrolls=True)
    qtbot.keyClicks(window.search_field, "b")
    qtbot.waitUntil(lambda: window.library.search_for.question.query == "b")
    quiet(window, qtbot)
    assert table.chosen_numbers() == [last]


def test_where_the_chosen_one_stood_stays_chosen_when_it_goes_as_the_order_changes(
    window: MainWindow, qtbot: QtBot
) -> None:
    library, table, line = window.library, window.library.table, FIRST + 40
    headed: list[object] = []
    library.search_for.headed.connect(headed.append)
    table.choose_line(line)
    quiet(window, qtbot)
    chosen = library.chosen.current()
    assert chosen is not None
    window.catalog.set_listed(chosen.id, False)
    library.set_sort("name")
    qtbot.waitUntil(lambda: len(table.item_model.ids) == ARTIFACTS - 1)
    quiet(window, qtbot)
    assert headed  # the first rows were shown before, without it
    assert table.current_line() == line


def test_another_search_begins_at_its_first_line(
    window: MainWindow, qtbot: QtBot
) -> None:
    table, found = window.library.table, set(window.catalog.ids("b"))
    ids = table.item_model.ids
    table.choose_line(
        next(n for n, one in enumerate(ids) if n > 9 and one not in found)
    )
    window.library.set_query("b")
    qtbot.waitUntil(lambda: len(table.item_model.ids) == len(found))
    quiet(window, qtbot)
    assert table.current_line() == 0


def test_the_next_key_ends_the_question_before(
    window: MainWindow, qtbot: QtBot
) -> None:
    search = window.library.search_for
    before = search.question.number
    window.library.set_query("u")
    qtbot.waitUntil(lambda: search.question.number > before)
    older = search.question
    window.library.set_query("un")
    assert older.stop.is_set()
    quiet(window, qtbot)
    assert not search.question.stop.is_set()
    ids = window.library.table.item_model.ids
    assert list(ids) == list(window.catalog.ids("un"))


def test_changes_that_keep_coming_do_not_keep_the_answer_away(
    window: MainWindow, qtbot: QtBot
) -> None:
    library, answers = window.library, 0

    def count() -> None:
        nonlocal answers
        answers += 1

    library.search_for.listed.connect(count)
    for _ in range(20):
        library.refresh(None)
        QApplication.processEvents()
    quiet(window, qtbot)
    assert 1 <= answers <= 20
    assert library.is_current
    assert len(library.table.item_model.ids) == ARTIFACTS
