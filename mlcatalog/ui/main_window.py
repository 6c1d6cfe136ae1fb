"""The window: a bar of places, the search field, the place that is open, what is running."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from mlcatalog.domain.artifact import Project
from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.ui.activity_bar import ActivityBar
from mlcatalog.ui.commands import Commands
from mlcatalog.ui.errors import ErrorDialogs
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.completion import QueryCompleter
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.looks import style_sheet, window_sheet
from mlcatalog.ui.menus import Menus
from mlcatalog.ui.pages import Pages, PlaceMaker
from mlcatalog.ui.panes import step
from mlcatalog.ui.place import Place
from mlcatalog.ui.registration.drop_zone import DropZone, dropped_paths
from mlcatalog.ui.registration.right_names import RightNames
from mlcatalog.ui.session import Session
from mlcatalog.ui.theme import DARK, LIGHT, Tokens, palette
from mlcatalog.ui.top_bar import TopBar

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

FIRST_SIZE = QSize(1_480, 920)
LEAST_SIZE = QSize(900, 600)
EVERY_MINUTE = 60_000  # ms between two looks at waivers whose day has come


class MainWindow(QMainWindow):
    """Joins the places; what must be done to files it asks for by `asked`.

    It is there before its catalogue when `jobs` are held; then `begin` is called.
    """

    asked = Signal(object)  # a command for the engine
    closing = Signal()

    def __init__(
        self,
        catalog: Catalog,
        jobs: Jobs,
        settings: QSettings,
        places: Sequence[PlaceMaker],
    ) -> None:
        super().__init__()
        self.setWindowTitle("mlcatalog")
        self.setMinimumSize(LEAST_SIZE)
        self.catalog, self.jobs, self.settings = catalog, jobs, settings
        self.tokens = LIGHT
        self.top = TopBar([place.title for place in places])
        self.search_field = self.top.search_field
        self.completer = QueryCompleter(self.search_field)
        self.drop_zone = DropZone(self.tokens, self)
        self.tokens = self._tokens_of(str(settings.value("theme", "system")))
        self.pages = Pages(places, catalog, jobs, self.tokens)
        self._wear(self.tokens)
        self._searches = [""] * len(places)
        self._stale: set[int] = set()
        self._offered: dict[int, tuple[str, ...]] = {}  # ids each place opened on
        self._wanted: tuple[int, Sequence[str]] | None = None  # once there is more
        self._quit_box: QMessageBox | None = None
        self.activity = ActivityBar()
        self._dialogs = ErrorDialogs(self)
        self._dialogs.repeated.connect(self.activity.show_text)
        self._arrange()
        self.commands = Commands(
            catalog,
            jobs,
            self.library,
            tokens=lambda: self.tokens,
            logs=Path(settings.fileName()).parent / "logs",
            window=self,
        )
        self.menus = Menus(
            self.menuBar(),
            method=self.commands.method,
            reason=self.commands.reason,
            text=self.commands.text,
            table=self.library.table,
        )
        self._right_names = RightNames(
            self.library, self.library.chosen.names, self.library.notice
        )
        self.session = Session(settings, self, self.library)
        self._connect()
        self.setAcceptDrops(True)
        self._waiving = QTimer(self, interval=EVERY_MINUTE)
        self._waiving.timeout.connect(self._end_waivers)
        self._waiving.start()
        self._restore()

    @property
    def library(self) -> LibraryPlace:
        """The first place."""
        first = self.pages.place(0)
        assert isinstance(first, LibraryPlace)
        return first

    @property
    def place(self) -> Place:
        """The place that is open; the Library while that waits for the catalogue."""
        return self.pages.open_place or self.library

    def begin(self) -> None:
        """The catalogue is open: ask it what was wanted meanwhile."""
        self.activity.show_text("")
        self.jobs.release()
        if self._wanted is not None:
            self.open_place(*self._wanted)

    def open_place(self, number: int, ids: Sequence[str] = ()) -> None:
        """Bring a place to the front, on these artifacts.

        Without any it opens on what is chosen in the Library, but keeps what it
        shows when that choice has not changed since.
        """
        self._searches[self.pages.open_number] = self.search_field.text()
        self._wanted = None
        if self.jobs.are_held and not self.pages.has(number):
            self._wanted = number, ids
            self.pages.show_soon(number)
            self.top.show_place(number, search=self._searches[number], hint="")
            return
        try:
            place = self.pages.show_place(number)
        except MlcatalogError as error:
            self.show_error(self.pages.titles[number], error)
            self.top.tabs[self.pages.open_number].setChecked(True)
            return
        self.completer.is_on = place is self.library
        self.top.show_place(
            number, search=self._searches[number], hint=place.search_hint
        )
        self._fill(number, ids)

    def open_named(self, title: str, ids: Sequence[str] = ()) -> None:
        """Bring the place of that title to the front, on these artifacts."""
        number = self.pages.number_of(title)
        if number is not None:
            self.open_place(number, ids)

    def _fill(self, number: int, ids: Sequence[str]) -> None:
        place, chosen = self.pages.place(number), self.library.table.chosen()
        wanted = tuple(row.id for row in chosen)
        is_new = place is not self.library and self._offered.get(number) != wanted
        if ids:
            place.show_artifacts(ids)
        elif is_new:
            place.offer(chosen)
        elif number in self._stale:
            place.refresh(None)
        self._offered[number] = wanted
        self._stale.discard(number)

    def refresh(self, changes: object) -> None:
        """Follow a change: the open place now, the others when they are opened."""
        self._stale = set(range(len(self.pages.titles))) - {self.pages.open_number}
        self.place.refresh(changes)
        self.jobs.start("State", lambda _: self._state(), self._show_state)

    def set_theme(self, name: str) -> None:
        """Use light, dark, or what the system uses."""
        self.settings.setValue("theme", name)
        self._wear(self._tokens_of(name))

    def register(
        self, paths: Sequence[Path], field: str = "", *, is_new: bool = True
    ) -> None:
        """Ask what cannot be known, then register; `field` is where to begin.

        is_new: wrong names are asked for once that is done.
        """
        from mlcatalog.ui.registration.sheet import RegistrationSheet
        from mlcatalog.ui.registration.suggesting import known_names

        sheet = RegistrationSheet(paths, self, first=field)
        self.jobs.start(
            "Suggest", lambda _: known_names(self.catalog, paths), sheet.suggest
        )
        sheet.setStyleSheet(style_sheet(self.tokens))
        if is_new:
            sheet.accepted.connect(lambda: self._right_names.expect(paths))
        sheet.accepted.connect(lambda: self.asked.emit(sheet.answers().command()))
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def registered(self, ids: Sequence[str]) -> None:
        """Go on after a registration: its artifacts are in the catalogue."""
        self._right_names.ask(ids)

    def welcome(self, paths: Sequence[Path]) -> None:
        """Come to the front with what a second start was given."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        for folder in (path for path in paths if path.is_dir()):
            self.asked.emit({"do": "add", "path": str(folder)})
        files = [path for path in paths if not path.is_dir()]
        if files:
            self.register(files)

    def show_error(self, title: str, error: Exception) -> None:
        """Say what went wrong."""
        self._dialogs.show(title, error)

    def step_panes(self, by: int) -> None:
        """Go to the next pane (by 1) or the one before (by -1)."""
        tab = self.top.tabs[self.pages.open_number]
        step([tab, self.search_field], self.place, by)

    def _wear(self, tokens: Tokens) -> None:
        self.tokens = tokens
        QApplication.setPalette(palette(tokens))
        self.setStyleSheet(style_sheet(tokens) + window_sheet(tokens))
        if tokens is not self.pages.tokens:
            self.pages.set_tokens(tokens)
        self.drop_zone.tokens = tokens
        self.completer.popup.setStyleSheet(window_sheet(tokens))

    @staticmethod
    def _tokens_of(theme: str) -> Tokens:
        is_dark = theme == "dark" or (
            theme == "system"
            and QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        return DARK if is_dark else LIGHT

    def _end_waivers(self) -> None:
        if not self.catalog.read_only:
            self.jobs.start("Waivers", lambda _: self.catalog.end_waivers())

    def _follow_scheme(self) -> None:
        self.set_theme(str(self.settings.value("theme", "system")))

    def _state(self) -> tuple[tuple[Project, ...], int]:
        return self.catalog.projects(), self.catalog.count("rule:name.")

    def _show_state(self, state: tuple[tuple[Project, ...], int]) -> None:
        projects, broken = state
        self.activity.show_projects(projects, broken=broken)
        number = self.pages.number_of("Conventions")
        if number is not None:
            self.top.count(number, broken)

    def _show_query(self, text: str) -> None:
        self._searches[0] = text
        if self.place is self.library:
            self.top.show_search(text)

    def _show_hint(self, text: str) -> None:
        if self.place is self.library:
            self.top.show_hint(text)

    def _follow_edits(self) -> None:
        if isValid(
            self.library.undo_stack
        ):  # a dying stack empties itself, and says so
            self.menus.refresh()

    def _arrange(self) -> None:
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(10, 6, 10, 4)
        box.setSpacing(6)
        box.addWidget(self.top)
        box.addWidget(self.pages, 1)
        box.addWidget(self.activity)
        self.setCentralWidget(inner)

    def _connect(self) -> None:
        library, commands = self.library, self.commands
        self.top.place_wanted.connect(self.open_place)
        self.top.searched.connect(lambda text: self.place.search(text))
        library.query_changed.connect(self._show_query)
        library.hinted.connect(self._show_hint)
        library.sides_shown.connect(self.completer.know)
        library.choice_changed.connect(self.menus.refresh)
        library.undo_stack.indexChanged.connect(self._follow_edits)
        library.chosen.audit_wanted.connect(lambda ids: self.open_named("Audit", ids))
        library.chosen.register_wanted.connect(
            lambda paths, field: self.register(paths, field, is_new=False)
        )
        library.place_wanted.connect(self.open_named)
        commands.asked.connect(self.asked)
        commands.registering.connect(self.register)
        commands.place_wanted.connect(self.open_named)
        commands.theme_wanted.connect(self.set_theme)
        commands.pane_wanted.connect(self.step_panes)
        commands.search_wanted.connect(self.top.focus_search)
        commands.reset_wanted.connect(self.session.reset)
        commands.quit_wanted.connect(self.close)
        library.start_page.folder_wanted.connect(commands.add_folder)
        library.start_page.demo_wanted.connect(commands.open_demo)
        self._connect_place(library)
        self.pages.made.connect(self._connect_place)
        self.jobs.failed.connect(self.show_error)
        self.activity.asked.connect(self.asked)
        self.activity.panel.follow(library.undo_stack)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_scheme)

    def _connect_place(self, place: Place) -> None:
        place.undo_stack = self.library.undo_stack
        place.engine_wanted.connect(self.asked)
        for signal, title in (
            (place.library_wanted, "Library"),
            (place.lineage_wanted, "Lineage"),
            (place.compare_wanted, "Compare"),
        ):
            signal.connect(self._opener(title))

    def _opener(self, title: str) -> Callable[[list[str]], None]:
        return lambda ids: self.open_named(title, ids)

    def _restore(self) -> None:
        self.resize(FIRST_SIZE)
        self.left = left = self.session.restore()
        self.open_place(0)
        self.library.set_query(left.query)
        self.library.show_artifacts([left.chosen] if left.chosen else [])
        self.library.table.setFocus()
        if left.place != "Library":
            self.open_named(left.place)

    def _ask_to_quit(self) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("mlcatalog")
        box.setText("mlcatalog is still indexing. Quit now?")
        box.setInformativeText(
            "What is done is kept, and the next start goes on from there."
        )
        quits = box.addButton("Quit", QMessageBox.ButtonRole.AcceptRole)
        stays = box.addButton("Keep working", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stays)
        box.setEscapeButton(stays)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._quit_box = box
        box.finished.connect(lambda _: self._answer(box.clickedButton() is quits))
        box.open()

    def _answer(self, quits: bool) -> None:
        if quits:
            self.close()
        self._quit_box = None

    # Qt overrides

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.activity.is_busy and self._quit_box is None:
            event.ignore()
            self._ask_to_quit()
            return
        focus = QApplication.focusWidget()
        if focus is not None:
            focus.clearFocus()  # what is half typed in a field is told before
        self.session.save(self.pages.titles[self.pages.open_number])
        self.closing.emit()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = dropped_paths(event.mimeData())
        if paths and event.source() is None:
            self.drop_zone.offer(paths)
            event.setDropAction(Qt.DropAction.LinkAction)
            event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.setDropAction(Qt.DropAction.LinkAction)
            event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_zone.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_zone.hide()
        paths = dropped_paths(event.mimeData())
        if paths:
            event.setDropAction(Qt.DropAction.LinkAction)
            event.accept()
            self.register(paths)
