"""Where there is little to show, or little room, the place says what matters."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.naming.judged import Scope
from tests.ui.conventions.conftest import quiet


def test_names_that_no_template_speaks_of_are_free_and_can_be_shown(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    assert place.table.isVisible()
    place.bar.choose(Scope(place.scope.root, "dataset"))
    quiet(place, qtbot)
    assert not place.table.isVisible()
    assert "Names of datasets are free here" in place.nothing.said
    place.nothing.every.click()
    quiet(place, qtbot)
    assert place.table.isVisible()
    assert place.table.names.rowCount() == 2  # the head of the group, and the name


def test_a_search_that_no_name_holds_says_so(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    place.search("no such name")
    quiet(place, qtbot)
    assert place.nothing.isVisible()
    assert "holds “no such name”" in place.nothing.said
    place.search("")
    quiet(place, qtbot)
    assert place.table.isVisible()


def test_in_a_narrow_window_the_verdicts_make_room_for_the_names(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    assert not place.table.isColumnHidden(1)
    wide = place.bar.heightForWidth(1_000)
    assert place.bar.heightForWidth(500) > wide  # the kinds go on in a next row
    place.resize(900, 700)
    quiet(place, qtbot)
    assert place.table.isColumnHidden(1)
    columns = [n for n in range(4) if not place.table.isColumnHidden(n)]
    width = sum(place.table.columnWidth(n) for n in columns)
    assert width <= place.table.viewport().width()


def test_a_kind_of_which_there_is_nothing_says_so(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    place.bar.choose(Scope(place.scope.root, "run"))
    quiet(place, qtbot)
    assert "There are no runs here" in place.nothing.said
    assert not place.nothing.every.isVisible()
