"""The activity bar and its list: what they show, ask for, and how they are reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mlcatalog.domain.artifact import Project
from mlcatalog.domain.words import ProjectState
from mlcatalog.ui.activity_bar import ActivityBar

PATH = "/data/churn-prediction"


def project(state: ProjectState, note: str = "", path: str = PATH) -> Project:
    name = path.rpartition("/")[2]
    return Project(id=name, name=name, path=path, state=state, artifacts=3, note=note)


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[ActivityBar]:
    window = QMainWindow()
    inner = QWidget()
    made = ActivityBar(inner)
    window.setCentralWidget(inner)
    window.resize(1_000, 700)
    qtbot.addWidget(window)
    made.setGeometry(0, 650, 1_000, 40)
    window.show()
    yield made
    window.close()


def texts(widget: QWidget) -> list[str]:
    labels = [
        label.text() for label in widget.findChildren(QLabel) if label.isVisible()
    ]
    buttons = widget.findChildren(QPushButton)
    return labels + [button.text() for button in buttons if button.isVisible()]


def press(widget: QWidget, text: str, qtbot: QtBot) -> None:
    for found in widget.findChildren(QPushButton):
        if found.isVisible() and found.text() == text:
            qtbot.mouseClick(found, Qt.MouseButton.LeftButton)
            return
    pytest.fail(f"no button {text}")


def run(bar: ActivityBar, qtbot: QtBot) -> None:
    bar.show_engine({"event": "began", "project": PATH, "whole": True})
    line = {
        "event": "progress",
        "project": PATH,
        "stage": "read",
        "done": 3,
        "total": 9,
    }
    bar.show_engine(line)
    qtbot.waitUntil(lambda: "Pause" in texts(bar), timeout=60_000)


def test_it_says_how_projects_are_followed_and_what_runs(
    bar: ActivityBar, qtbot: QtBot
) -> None:
    both = [
        project(ProjectState.WATCHING),
        project(ProjectState.WATCHING, path="/data/two"),
    ]
    bar.show_projects(both, broken=1)
    assert "Watching 2 projects · 1 name breaks the convention" in texts(bar)
    run(bar, qtbot)
    assert "Indexing churn-prediction: reading" in texts(bar)
    assert any(text.startswith("3 of 9 files") for text in texts(bar))


def test_pause_and_cancel_are_about_the_project_that_is_shown(
    bar: ActivityBar, qtbot: QtBot
) -> None:
    run(bar, qtbot)
    asked: list[object] = []
    bar.asked.connect(asked.append)
    press(bar, "Pause", qtbot)
    bar.show_engine({"event": "state", "project": PATH, "state": "paused"})
    press(bar, "Resume", qtbot)
    press(bar, "Cancel", qtbot)
    assert asked == [
        {"do": "pause", "path": PATH},
        {"do": "resume", "path": PATH},
        {"do": "cancel", "path": PATH},
    ]


def test_a_dead_engine_is_told_and_can_be_started_again(
    bar: ActivityBar, qtbot: QtBot
) -> None:
    bar.show_projects([project(ProjectState.WATCHING)], broken=0)
    bar.show_death("The engine stopped. All is kept.", "It ended by signal 9.", True)
    assert "Nothing is watched" in texts(bar)
    assert "The engine stopped. All is kept." in texts(bar)
    with qtbot.waitSignal(bar.asked) as asked:
        press(bar, "Start again", qtbot)
    assert asked.args == [{"do": "rescan", "path": None}]
    bar.show_engine({"event": "state", "project": PATH, "state": "watching"})
    assert "Start again" not in texts(bar)


def test_the_list_tells_reason_and_remedy_of_a_state_and_offers_to_act(
    bar: ActivityBar, qtbot: QtBot
) -> None:
    why = "the system gave no watches: no space left on device"
    bar.show_projects([project(ProjectState.LIMITED, why)], broken=0)
    press(bar, "Limited 1 project", qtbot)
    shown = " ".join(texts(bar.panel))
    assert "no space left on device" in shown
    assert "fs.inotify.max_user_watches" in shown
    with qtbot.waitSignal(bar.panel.asked) as asked:
        press(bar.panel, "Rescan", qtbot)
    assert asked.args == [{"do": "rescan", "path": PATH}]


def test_a_failed_job_stays_in_the_list_with_its_remedy_and_can_be_tried_again(
    bar: ActivityBar, qtbot: QtBot
) -> None:
    error = {"what": "The disk is full", "remedy": "Free some space"}
    for _ in range(3):
        bar.show_engine({"event": "error", "project": PATH, "error": error})
    bar.open_panel()
    assert "The disk is full. Free some space. (3 times)" in texts(bar.panel)
    with qtbot.waitSignal(bar.asked) as asked:
        press(bar.panel, "Try again", qtbot)
    assert asked.args == [{"do": "rescan", "path": PATH}]


def test_the_list_closes_by_escape_and_by_a_click_beside_it(
    bar: ActivityBar, qtbot: QtBot
) -> None:
    bar.open_panel()
    assert bar.panel.isVisible()
    qtbot.keyClick(bar.panel, Qt.Key.Key_Escape)
    assert not bar.panel.isVisible()
    bar.open_panel()
    qtbot.mouseClick(bar.window().centralWidget(), Qt.MouseButton.LeftButton)
    assert not bar.panel.isVisible()


def test_what_was_of_no_known_kind_is_listed(bar: ActivityBar) -> None:
    said = {"event": "registered", "artifacts": ["a"], "not_recognised": ["/x/y.zip"]}
    bar.show_engine(said)
    expected = "Registered 1 artifact in place. Of no known kind: /x/y.zip."
    assert expected in texts(bar)
