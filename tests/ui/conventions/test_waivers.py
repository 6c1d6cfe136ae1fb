"""A waiver has a reason, a person and a day; it is listed, taken back, and ends by itself."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.moments import now
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.naming.waivers_dialog import WaiversDialog
from mlcatalog.ui.naming.waiving import WaiveDialog
from tests.ui.conventions.conftest import BAD_DAY, UNREADABLE, quiet, shown
from tests.ui.conventions.test_names import labels

SECOND = 1_000_000  # µs


def waive(place: ConventionsPlace, qtbot: QtBot) -> None:
    place.right.waive.click()
    qtbot.waitUntil(lambda: bool(place.findChildren(WaiveDialog)))
    dialog = place.findChildren(WaiveDialog)[-1]
    dialog.reason.setPlainText("legacy import")
    dialog.person.setText("nlp-team")
    dialog.do.click()
    quiet(place, qtbot)


def told(place: ConventionsPlace, name: str) -> str:
    """What the table says is wrong with a name."""
    names = place.table.names
    at = [names.index(row, 0).data() for row in range(names.rowCount())].index(name)
    return str(names.index(at, 2).data())


def buttons(place: ConventionsPlace) -> list[QPushButton]:
    return place.right.findChildren(QPushButton)


def listed(place: ConventionsPlace) -> list[tuple[str, ...]]:
    dialog = place.findChildren(WaiversDialog)[-1]
    table = dialog.table
    cells = [
        [table.item(row, column) for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]
    return [tuple(cell.text() if cell else "" for cell in row) for row in cells]


def test_a_waiver_needs_a_reason_and_a_person(qtbot: QtBot) -> None:
    dialog = WaiveDialog("m", "wrong", who="ana")
    qtbot.addWidget(dialog)
    assert not dialog.do.isEnabled()
    dialog.reason.setPlainText("legacy import")
    assert dialog.do.isEnabled()
    assert dialog.end is not None
    dialog.ends.setChecked(False)
    assert dialog.end is None
    dialog.person.clear()
    assert not dialog.do.isEnabled()


def test_what_is_waived_is_listed_with_reason_person_and_day_and_can_be_ended(
    place: ConventionsPlace, qtbot: QtBot, catalog: Catalog
) -> None:
    waive(place, qtbot)
    assert (BAD_DAY, "\u2013 waived") in shown(place)
    assert told(place, BAD_DAY).startswith("legacy import; waived by nlp-team until 20")
    place.table.choose(place.catalog.find(f"name:{BAD_DAY}").id)
    assert "Waived by nlp-team until 20" in labels(place.right)
    place.waivers.show_list()
    (row,) = listed(place)
    assert row[:4] == (
        BAD_DAY,
        "date: 2026-02-31 does not exist",
        "legacy import",
        "nlp-team",
    )
    assert catalog.count("rule:name.") == 1
    dialog = place.findChildren(WaiversDialog)[-1]
    dialog.end.click()
    quiet(place, qtbot)
    assert listed(place) == []
    assert (BAD_DAY, "✗ breaks") in shown(place)
    assert catalog.count("rule:name.") == 2
    place.undo_stack.undo()
    quiet(place, qtbot)
    assert listed(place)[0][3] == "nlp-team"
    place.undo_stack.undo()
    quiet(place, qtbot)
    assert listed(place) == []
    dialog.accept()


def test_a_waiver_whose_day_is_over_comes_back_by_itself(
    place: ConventionsPlace, qtbot: QtBot, catalog: Catalog
) -> None:
    line = place.line
    assert line is not None
    place.waivers.write(line.name, line.findings, "soon", now() + 2 * SECOND, "ana")
    qtbot.waitUntil(lambda: (BAD_DAY, "\u2013 waived") in shown(place))
    qtbot.waitUntil(lambda: (BAD_DAY, "✗ breaks") in shown(place))
    quiet(place, qtbot)
    assert catalog.count("rule:name.") == 2
    (known,) = catalog.waivers()
    assert known.is_over
    assert told(place, BAD_DAY).startswith("waiver of ana over since 20")
    assert "1 waiver is over" in [b.text()[2:] for b in buttons(place)]
    assert (UNREADABLE, "✗ breaks") in shown(place)
