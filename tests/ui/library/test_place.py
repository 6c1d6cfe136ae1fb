"""The Library as a person uses it: choosing, editing, copying, removing, finding."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.domain.words import Stage
from mlcatalog.tasks.index import index
from mlcatalog.ui.library.artifact_item_model import ArtifactItemModel
from mlcatalog.ui.library.edits import Edits
from mlcatalog.ui.library.loading import Block
from mlcatalog.ui.library.table import ArtifactTable, spans_of
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.pieces import Words
from mlcatalog.ui.registration.sheet import RegistrationSheet
from mlcatalog.ui.theme import LIGHT
from tests.ui.conftest import quiet


def choose(window: MainWindow, name: str, qtbot: QtBot) -> None:
    found = window.catalog.find(f"name:{name}")
    window.library.show_artifacts([found.id])
    qtbot.waitUntil(lambda: shown(window) == name)
    quiet(window, qtbot)


def shown(window: MainWindow) -> str:
    detail = window.library.inspector.detail
    return detail.summary.name if detail else ""


def listed(window: MainWindow) -> int:
    return len(window.library.table.item_model.ids)


def said(window: MainWindow) -> str:
    inspector = window.library.inspector
    labels = [label.said for label in inspector.findChildren(Words)]
    buttons = [made.text() for made in inspector.findChildren(QPushButton)]
    return "\n".join(labels + buttons)


def test_an_artifact_asked_for_is_chosen_even_when_a_filter_hides_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.set_query("kind:config")
    qtbot.waitUntil(lambda: listed(window) == 1)
    choose(window, "train", qtbot)
    assert window.library.query == ""
    chosen = [row.name for row in window.library.table.chosen()]
    assert chosen == ["train"]


def test_a_filter_that_shows_what_is_asked_for_stays(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.set_query("kind:dataset")
    qtbot.waitUntil(lambda: listed(window) == 2)
    choose(window, "train", qtbot)
    assert window.library.query == "kind:dataset"


def test_control_c_copies_the_rows_as_a_table(window: MainWindow, qtbot: QtBot) -> None:
    table = window.library.table
    table.selectAll()
    table.setFocus()
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    head, *rows = QGuiApplication.clipboard().text().split("\n")
    assert head.split("\t")[0] == "Name"
    assert len(rows) == 3
    assert all(row.count("\t") == head.count("\t") for row in rows)


def test_control_shift_c_copies_paths(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    choose(window, "train", qtbot)
    QGuiApplication.clipboard().clear()
    window.library.table.setFocus()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.library.table, Qt.Key.Key_C, both)
    wanted = str(project / "train.csv")
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == wanted)


def test_delete_removes_from_the_catalogue_and_the_notice_undoes_it(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    choose(window, "train", qtbot)
    window.library.table.setFocus()
    qtbot.keyClick(window.library.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.catalog.count() == 2)
    notice = window.library.notice
    assert notice.isVisible()
    assert "its file is untouched" in notice.said
    assert (project / "train.csv").exists()
    assert window.library.undo_stack.undoText() == "Remove train"
    undo = next(b for b in notice.findChildren(QPushButton) if b.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.catalog.count() == 3)


def test_delete_in_a_field_deletes_text_and_removes_nothing(
    window: MainWindow, qtbot: QtBot
) -> None:
    choose(window, "train", qtbot)
    owner = window.library.inspector.findChildren(Edits)[-1].owner
    owner.setFocus()
    qtbot.keyClicks(owner, "ada")
    owner.setCursorPosition(0)
    qtbot.keyClick(owner, Qt.Key.Key_Delete)
    quiet(window, qtbot)
    assert owner.text() == "da"
    assert window.catalog.count() == 3


@pytest.mark.parametrize(
    ("what", "typed", "query"),
    [
        ("owner", "nlp-team", "owner:nlp-team"),
        ("tags", "baseline", "tag:baseline"),
        ("note", "from the warehouse", "has:note"),
    ],
)
def test_a_field_of_the_inspector_is_one_undo_step(
    window: MainWindow, qtbot: QtBot, what: str, typed: str, query: str
) -> None:
    choose(window, "train", qtbot)
    part = getattr(window.library.inspector.findChildren(Edits)[-1], what)
    assert isinstance(part, QLineEdit)
    part.setFocus()
    part.clear()
    qtbot.keyClicks(part, typed)
    qtbot.keyClick(part, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.catalog.count(query) == 1)
    quiet(window, qtbot)
    assert window.library.undo_stack.undoText() == f"Set {what} of train"
    window.library.undo_stack.undo()
    qtbot.waitUntil(lambda: window.catalog.count(query) == 0)


def test_what_is_typed_is_not_lost_when_the_window_closes(
    window: MainWindow, qtbot: QtBot
) -> None:
    choose(window, "train", qtbot)
    note = window.library.inspector.findChildren(Edits)[-1].note
    window.activateWindow()
    note.setFocus()
    qtbot.keyClicks(note, "half a thought")
    window.close()
    found = window.catalog.find("name:train").id
    qtbot.waitUntil(lambda: window.catalog.detail(found).note == "half a thought")


def test_an_edge_names_its_other_end_and_its_evidence_and_goes_there(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    shutil.copy(project / "train.csv", project / "twin.csv")
    index(window.catalog, [project], settle_seconds=0)
    window.library.refresh(None)
    qtbot.waitUntil(lambda: listed(window) == 4)
    choose(window, "twin", qtbot)
    assert "copy of" in said(window)
    assert "content" in said(window)
    inspector = window.library.inspector
    way = next(
        made
        for made in inspector.findChildren(QPushButton)
        if made.accessibleName() == "Go to train"
    )
    qtbot.mouseClick(way, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(window) == "train")


def test_the_strip_shows_what_is_beside_and_a_double_click_opens_lineage(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    shutil.copy(project / "train.csv", project / "twin.csv")
    index(window.catalog, [project], settle_seconds=0)
    window.library.refresh(None)
    qtbot.waitUntil(lambda: listed(window) == 4)
    choose(window, "twin", qtbot)
    strip = window.library.strip
    names = {card.node.name for card in strip.scene.cards.values()}
    assert names == {"twin", "train"}
    assert strip.caption == "LINEAGE OF  twin"
    other = window.catalog.find("name:train").id
    spot = strip.view.mapFromScene(strip.scene.cards[other].frame().center())
    viewport = strip.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=spot)
    card = strip.scene.chosen_card()
    assert card is not None
    assert card.node.id == other
    with qtbot.waitSignal(window.library.lineage_wanted) as asked:
        qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=spot)
    assert asked.args == [[other]]


def test_a_missing_file_says_since_when(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    (project / "train.csv").unlink()
    index(window.catalog, [project], settle_seconds=0)
    window.library.set_query("state:missing")
    qtbot.waitUntil(lambda: listed(window) == 1)
    qtbot.waitUntil(lambda: "missing since 2" in said(window))


def test_the_whole_digest_is_copied(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, "train", qtbot)
    digest = window.catalog.find("name:train").digest
    inspector = window.library.inspector
    button = next(
        made
        for made in inspector.findChildren(QPushButton)
        if made.accessibleName().startswith("Copy the SHA-256")
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == digest


def test_a_search_that_finds_nothing_says_why_and_offers_to_clear(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.set_query("kind:model zebra")
    page = window.library.start_page
    qtbot.waitUntil(page.isVisible)
    assert "None of 3 artifacts fits “kind:model zebra”." in page.said
    qtbot.mouseClick(page.clear, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: listed(window) == 3 and not page.isVisible())


def test_a_chip_takes_its_filter_away_and_the_count_says_what_is_active(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.set_query("kind:dataset train")
    count = window.library.parts.count
    qtbot.waitUntil(lambda: count.text() == "1 of 3 · filter active")
    assert listed(window) == 1
    chip = window.library.parts.filters.chips[1]
    assert chip.accessibleName() == "Remove the filter train"
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.library.query == "kind:dataset")


def test_a_saved_search_is_used_renamed_and_deleted_each_undoable(
    window: MainWindow, qtbot: QtBot
) -> None:
    library = window.library
    library.editor.save_search("Data", "kind:dataset")
    searches = window.catalog.saved_searches
    qtbot.waitUntil(lambda: [s.name for s in searches()] == ["Data"])
    library.editor.rename_search(searches()[0], "Datasets")
    qtbot.waitUntil(lambda: [s.name for s in searches()] == ["Datasets"])
    library.editor.delete_search(searches()[0])
    qtbot.waitUntil(lambda: searches() == ())
    quiet(window, qtbot)
    library.undo_stack.undo()
    qtbot.waitUntil(lambda: [s.name for s in searches()] == ["Datasets"])


def test_rows_dragged_out_carry_file_urls_and_paths(
    window: MainWindow, project: Path, qtbot: QtBot
) -> None:
    choose(window, "train", qtbot)
    carried = window.library.table.carried()
    assert carried is not None
    path = str(project / "train.csv")
    assert [url.toLocalFile() for url in carried.urls()] == [path]
    assert carried.text() == path


def test_a_hidden_column_stays_hidden_after_a_restart(
    open_window: Callable[[], MainWindow], window: MainWindow, qtbot: QtBot
) -> None:
    action = next(
        made
        for made in window.library.table.columns_menu().actions()
        if made.text() == "Size"
    )
    action.trigger()
    titles = [column.title for column in window.library.table.shown_columns()]
    assert "Size" not in titles
    choose(window, "train.yaml", qtbot)
    window.close()
    again = open_window()
    assert [c.title for c in again.library.table.shown_columns()] == titles
    qtbot.waitUntil(lambda: shown(again) == "train.yaml")


def test_a_stage_reaches_rows_that_were_never_seen(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.library.table.item_model._blocks.clear()
    window.library.table.selectAll()
    window.library.chosen.set_stage(Stage.CANDIDATE)
    qtbot.waitUntil(lambda: window.catalog.count("stage:candidate") == 3)


def test_the_menu_names_what_would_be_undone(window: MainWindow, qtbot: QtBot) -> None:
    choose(window, "train", qtbot)
    window.library.chosen.set_stage(Stage.CANDIDATE)
    qtbot.waitUntil(lambda: window.library.undo_stack.canUndo())
    texts = [action.text() for action in window.menus.made.values()]
    assert "&Undo “Set stage of train”" in texts


def test_a_sheet_for_a_known_artifact_shows_what_was_said(
    window: MainWindow, qtbot: QtBot
) -> None:
    found = window.catalog.find("name:train").id
    window.catalog.set_owner(found, "nlp-team")
    choose(window, "train", qtbot)
    window.library.chosen.register_again("data")
    sheet = window.findChildren(RegistrationSheet)[-1]
    qtbot.waitUntil(lambda: sheet.owner.text() == "nlp-team")
    completer = sheet.data.completer()
    assert completer is not None
    completer.setCompletionPrefix("tra")
    assert completer.currentCompletion() == "train"
    sheet.reject()


@pytest.mark.parametrize(
    ("lines", "spans"),
    [([], []), ([3], [(3, 3)]), ([0, 1, 2, 5, 7, 8], [(0, 2), (5, 5), (7, 8)])],
)
def test_lines_are_chosen_in_spans(
    lines: list[int], spans: list[tuple[int, int]]
) -> None:
    assert list(spans_of(lines)) == spans


def test_tags_are_added_to_several_as_one_step(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.catalog.set_tags(window.catalog.find("name:train").id, ["old"])
    window.library.table.selectAll()
    window.library.chosen.with_all(
        lambda rows: window.library.editor.add_tags(rows, ["x"])
    )
    qtbot.waitUntil(lambda: window.catalog.count("tag:x") == 3)
    quiet(window, qtbot)
    assert window.catalog.count("tag:old") == 1
    assert window.library.undo_stack.undoText() == "Tag 3 artifacts"
    window.library.undo_stack.undo()
    qtbot.waitUntil(lambda: window.catalog.count("tag:x") == 0)
    assert window.catalog.count("tag:old") == 1


def test_f2_goes_to_the_fields(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    choose(window, "train", qtbot)
    window.library.table.setFocus()
    qtbot.keyClick(window.library.table, Qt.Key.Key_F2)
    focus = QGuiApplication.focusObject()
    assert isinstance(focus, QLineEdit)
    assert focus.accessibleName() == "Owner"


def test_choosing_everything_asks_nothing_of_each_row(qtbot: QtBot) -> None:
    table = ArtifactTable(LIGHT)
    qtbot.addWidget(table)
    asked: list[int] = []
    table.item_model.block_wanted.connect(lambda number, _: asked.append(number))
    table.item_model.show_ids(array("q", range(100_000)))
    table.show()
    table.selectAll()
    qtbot.wait(50)
    assert table.chosen_count() == 100_000
    assert asked == [0]
    # A header that follows the table's choice looks at every row to paint itself.
    header = table.horizontalHeader().selectionModel()
    assert header is not table.selectionModel()
    assert not header.hasSelection()


def test_rows_that_are_gone_are_not_asked_for_again_and_again(qtbot: QtBot) -> None:
    model = ArtifactItemModel()
    asked: list[int] = []
    model.block_wanted.connect(lambda number, _: asked.append(number))
    model.show_ids(array("q", [7, 8]))
    assert model.summary(0) is None
    model.show_block(Block(1, 0, ()))
    assert model.summary(0) is None
    assert asked == [0]


def test_the_next_row_is_chosen_when_the_chosen_one_is_removed(
    window: MainWindow, qtbot: QtBot
) -> None:
    table = window.library.table
    table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    quiet(window, qtbot)
    choose(window, "train", qtbot)
    assert table.current_line() == 1
    window.library.chosen.remove()
    qtbot.waitUntil(lambda: window.catalog.count() == 2)
    window.library.refresh(None)
    qtbot.waitUntil(lambda: listed(window) == 2)
    quiet(window, qtbot)
    assert table.current_line() == 1


def test_the_list_says_whether_it_answers_the_newest_question(
    window: MainWindow, qtbot: QtBot
) -> None:
    library = window.library
    assert library.is_current
    library.set_query("kind:dataset")
    assert not library.is_current
    qtbot.waitUntil(lambda: library.is_current)
    library.set_sort("name")
    assert not library.is_current
    qtbot.waitUntil(lambda: library.is_current)
    first = library.catalog.ids("kind:dataset", sort="name")
    assert list(library.table.item_model.ids) == list(first)
