"""Names in the table: groups, tinted fields, empty fields, and what is read aloud."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.subjects import NameSubject
from mlcatalog.domain.finding import Finding
from mlcatalog.domain.words import Kind, Severity
from mlcatalog.tasks.index import index
from mlcatalog.ui.conventions.field_cards import FieldCards
from mlcatalog.ui.conventions.place import ConventionsPlace
from mlcatalog.ui.naming.inked import fitted, inked_name, inked_right
from mlcatalog.ui.naming.judged import Scope
from mlcatalog.ui.naming.judging import FieldLine, line_of, spans, verdict_of
from mlcatalog.ui.theme import DARK, LIGHT
from tests.ui.conventions.conftest import BAD_DAY, GOOD, UNREADABLE, quiet, shown


def finding(rule: str, state: str = "open") -> Finding:
    return Finding(rule, Severity.WARNING, f"{rule} is broken", "m", state=state)


def labels(widget: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(
        label.text().replace("\u200b", "")
        for label in widget.findChildren(QLabel)
        if label.isVisibleTo(widget)
    )


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([], ""),
        ([finding("name.invalid")], "breaks"),
        ([finding("name.ambiguous"), finding("name.contradicts")], "contradicts"),
        ([finding("name.duplicate")], "duplicate"),
        ([finding("name.invalid", state="waived")], "waived"),
        (
            [finding("name.invalid", state="waived"), finding("name.duplicate")],
            "duplicate",
        ),
    ],
)
def test_the_gravest_open_rule_is_the_verdict(
    findings: list[Finding], verdict: str
) -> None:
    assert verdict_of(findings) == verdict


def test_a_field_is_found_where_it_stands_between_separators() -> None:
    fields = [FieldLine("a", "v", "good", ""), FieldLine("b", "v2", "good", "")]
    found = spans("vx-v-v2", fields, "-")
    assert [(one.start, one.end) for one in found] == [(3, 4), (5, 7)]


def test_names_stand_in_groups_by_what_is_wrong(
    place: ConventionsPlace, qtmodeltester: ModelTester
) -> None:
    assert shown(place) == [
        ("✗ Breaks the template   2", ""),
        (BAD_DAY, "✗ breaks"),
        (UNREADABLE, "✗ breaks"),
    ]
    qtmodeltester.check(place.table.names)


def test_all_names_are_shown_on_demand_and_the_search_narrows(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    place.only_broken.setChecked(False)
    quiet(place, qtbot)
    assert (GOOD, "✓ keeps") in shown(place)
    place.search("0a12")
    quiet(place, qtbot)
    assert [name for name, verdict in shown(place) if verdict] == [BAD_DAY]


def test_the_wrong_field_is_told_without_colour(place: ConventionsPlace) -> None:
    line = place.line
    assert line is not None
    assert line.name == BAD_DAY
    wrong = [one for one in inked_name(line, LIGHT) if one.is_wrong]
    assert [one.text for one in wrong] == ["20260231"]
    assert "".join(one.text for one in inked_name(line, LIGHT)) == BAD_DAY
    assert inked_name(line, LIGHT) != inked_name(line, DARK)
    cell = place.table.names.index(place.table.currentIndex().row(), 0)
    aloud = cell.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "date is wrong: 2026-02-31 does not exist" in aloud
    assert "✗ date 20260231: 2026-02-31 does not exist" in labels(place.right)


def test_what_nobody_knows_is_an_empty_field_with_its_name(
    place: ConventionsPlace, qtbot: QtBot
) -> None:
    names = place.table.names
    row = next(
        row
        for row in range(names.rowCount())
        if names.index(row, 0).data() == UNREADABLE
    )
    place.table.choose_row(row)
    quiet(place, qtbot)
    line = place.line
    assert line is not None
    assert line.right_text.startswith(
        "churn-\u2039task\u203a-\u2039architecture\u203a-"
    )
    assert "{" not in line.right_text
    image = QImage(900, 40, QImage.Format.Format_RGB32)
    drawing = QPainter(image)
    wide = fitted(inked_right(line.right, LIGHT), drawing, image.rect())
    narrow = fitted(
        inked_right(line.right, LIGHT), drawing, image.rect().adjusted(0, 0, -650, 0)
    )
    drawing.end()
    assert [one.text for one in wide if one.is_blank][:2] == ["task", "architecture"]
    assert [one.text for one in narrow if one.is_blank] == ["5 to fill in"]
    assert narrow[0].text == "churn"


def test_every_kind_is_judged_and_scored_once_a_template_speaks_of_it(
    place: ConventionsPlace, qtbot: QtBot, project: Path, catalog: Catalog
) -> None:
    place.bar.kinds["dataset"].click()
    quiet(place, qtbot)
    assert "1 name, it is free" in labels(place.template)
    (project / ".mlcatalog.toml").write_text(
        "[names.dataset]\ntemplate = '{name}-{version}'\n"
        "[names.folder]\ntemplate = '{name}'\n"
    )
    place.refresh(None)
    quiet(place, qtbot)
    assert shown(place)[0][0] == "✗ Breaks the template   1"
    assert place.bar.kinds["dataset"].text() == "Datasets 1  ✗ 1"
    assert place.bar.kinds["folder"].text() == "Folders 2"
    assert "0 / 1" in labels(place.right)
    assert "2 / 2" in labels(place.right)


def test_a_name_of_another_kind_brings_its_kind_to_the_front(
    place: ConventionsPlace, qtbot: QtBot, project: Path, catalog: Catalog
) -> None:
    data = catalog.list("kind:dataset")[0]
    place.show_artifacts([data.id])
    place.only_broken.setChecked(False)
    quiet(place, qtbot)
    assert place.scope == Scope(str(project), "dataset")
    assert place.table.current_key() == data.id


def test_each_field_is_a_card(qtbot: QtBot) -> None:
    cards = FieldCards()
    qtbot.addWidget(cards)
    cards.show()
    subject = NameSubject("m", "/p/m", BAD_DAY, Kind.MODEL)
    cards.show_line(line_of(subject, Convention.default(), verdict="breaks"))
    assert len(cards.findChildren(QFrame, "fieldCard")) == 6
    assert "✗ 2026-02-31 does not exist" in labels(cards)


def test_two_projects_are_chosen_by_name_and_scored_apart(
    open_place: Callable[[], ConventionsPlace],
    qtbot: QtBot,
    catalog: Catalog,
    tmp_path: Path,
) -> None:
    other = tmp_path / "intent"
    (other / "models").mkdir(parents=True)
    source = tmp_path / "churn" / "models" / f"{GOOD}.safetensors"
    (other / "models" / "x.safetensors").write_bytes(
        source.read_bytes()[:-4] + b"\0" * 4
    )
    index(catalog, [other], settle_seconds=0)
    place = open_place()
    texts = [place.bar.folders.itemText(n) for n in range(place.bar.folders.count())]
    assert texts == ["All projects", "churn", "intent"]
    assert [name for name, verdict in shown(place) if verdict] == [
        BAD_DAY,
        UNREADABLE,
        "x",
    ]
    place.bar.folders.setCurrentIndex(2)
    quiet(place, qtbot)
    assert [name for name, verdict in shown(place) if verdict] == ["x"]
    assert "1 / 3" in labels(place.right)
    assert "0 / 1" in labels(place.right)
