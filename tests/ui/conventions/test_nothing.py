"""Where no name is shown, the place says why, and the way on."""

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


def test_a_kind_of_which_there_is_nothing_says_so(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    place.bar.choose(Scope(place.scope.root, "run"))
    quiet(place, qtbot)
    assert "There are no runs here" in place.nothing.said
    assert not place.nothing.every.isVisible()
