"""The window: a bar of places, the search field, the place that is open, what is running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlcatalog import __version__
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Project
from mlcatalog.ui.actions import ACTIONS
from mlcatalog.ui.activity_bar import ActivityBar
from mlcatalog.ui.errors import ErrorDialogs
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.looks import style_sheet
from mlcatalog.ui.pieces import field
from mlcatalog.ui.place import Place
from mlcatalog.ui.registration.drop_zone import DropZone, dropped_paths
from mlcatalog.ui.registration.sheet import RegistrationSheet
from mlcatalog.ui.theme import DARK, LIGHT, Tokens, palette

TAB_ROOM = 28  # pixels beside a tab's text


class MainWindow(QMainWindow):
    """Joins the places; what must be done to files it asks for by `asked`."""

    asked = Signal(object)  # a command for the engine
    closing = Signal()

    def __init__(
        self,
        catalog: Catalog,
        jobs: Jobs,
        settings: QSettings,
        places: Sequence[type[Place]],
    ) -> None:
        super().__init__()
        self.setWindowTitle("mlcatalog")
        self.setMinimumSize(900, 600)
        self.catalog, self.jobs, self.settings = catalog, jobs, settings
        self.tokens = LIGHT
        self.set_theme(str(settings.value("theme", "system")))
        self.places = [place(catalog, jobs, self.tokens) for place in places]
        self._searches = [""] * len(self.places)
        self._stale: set[int] = set()
        self._offered: dict[int, tuple[str, ...]] = {}  # ids each place opened on
        self.activity = ActivityBar()
        self._dialogs = ErrorDialogs(self)
        self._dialogs.repeated.connect(self.activity.show_text)
        self._arrange()
        self._connect()
        self._make_menus()
        self.drop_zone = DropZone(self.tokens, self)
        self.setAcceptDrops(True)
        self._restore()

    @property
    def library(self) -> LibraryPlace:
        """The first place."""
        first = self.places[0]
        assert isinstance(first, LibraryPlace)
        return first

    def open_place(self, number: int, ids: Sequence[str] = ()) -> None:
        """Bring a place to the front, on these artifacts.

        Without any it opens on what is chosen in the Library, but keeps what it
        shows when that choice has not changed since.
        """
        self._searches[self._pages.currentIndex()] = self.search_field.text()
        self._pages.setCurrentIndex(number)
        self._tabs[number].setChecked(True)
        self.search_field.blockSignals(True)
        self.search_field.setText(self._searches[number])
        self.search_field.setPlaceholderText(self.places[number].search_hint)
        self.search_field.blockSignals(False)
        self._fill(number, ids)

    def open_named(self, title: str, ids: Sequence[str] = ()) -> None:
        """Bring the place of that title to the front, on these artifacts."""
        for number, place in enumerate(self.places):
            if place.title.lower() == title.lower():
                self.open_place(number, ids)

    def _fill(self, number: int, ids: Sequence[str]) -> None:
        place, chosen = self.places[number], self.library.table.chosen()
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
        here = self._pages.currentIndex()
        self._stale = set(range(len(self.places))) - {here}
        self.places[here].refresh(changes)
        self.jobs.start("State", lambda _: self._state(), self._show_state)

    def set_theme(self, name: str) -> None:
        """Use light, dark, or what the system uses."""
        self.settings.setValue("theme", name)
        is_dark = name == "dark" or (
            name == "system"
            and QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        self._wear(DARK if is_dark else LIGHT)

    def register(self, paths: Sequence[Path]) -> None:
        """Ask what cannot be known, then register."""
        sheet = RegistrationSheet(paths, self)
        sheet.setStyleSheet(style_sheet(self.tokens))
        sheet.accepted.connect(lambda: self.asked.emit(sheet.answers().command()))
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def show_error(self, title: str, error: Exception) -> None:
        """Say what went wrong."""
        self._dialogs.show(title, error)

    # what the menus do

    def add_folder(self) -> None:
        """Choose a folder to watch."""
        chosen = QFileDialog.getExistingDirectory(self, "Add a folder to watch")
        if chosen:
            self.asked.emit({"do": "add", "path": chosen})

    def register_files(self) -> None:
        """Choose files to register in place."""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Register files in place")
        if chosen:
            self.register([Path(path) for path in chosen])

    def register_folder(self) -> None:
        """Choose a folder to register in place."""
        chosen = QFileDialog.getExistingDirectory(self, "Register a folder in place")
        if chosen:
            self.register([Path(chosen)])

    def focus_search(self) -> None:
        """Go to the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def set_owner(self) -> None:
        """Set the owner of what is chosen in the Library."""
        self.library.set_owner()

    def rescan(self) -> None:
        """Look at every project again."""
        self.asked.emit({"do": "rescan", "path": None})

    def next_pane(self) -> None:
        """Go to the next pane."""
        self._step(1)

    def previous_pane(self) -> None:
        """Go to the pane before."""
        self._step(-1)

    def use_system_theme(self) -> None:
        """Follow the system."""
        self.set_theme("system")

    def use_light_theme(self) -> None:
        """Be light."""
        self.set_theme("light")

    def use_dark_theme(self) -> None:
        """Be dark."""
        self.set_theme("dark")

    def about(self) -> None:
        """Say what this is."""
        QMessageBox.about(
            self,
            "About mlcatalog",
            f"mlcatalog {__version__}\n\nCatalogue: {self.catalog.path}",
        )

    def _step(self, by: int) -> None:
        panes: list[QWidget] = [
            self.search_field,
            self._tabs[self._pages.currentIndex()],
        ]
        library = self.library
        if self._pages.currentIndex() == 0:
            panes += [library.sidebar, library.table, library.inspector]
        here = QApplication.focusWidget()
        at = next(
            (
                n
                for n, pane in enumerate(panes)
                if here and (pane is here or pane.isAncestorOf(here))
            ),
            0,
        )
        target = panes[(at + by) % len(panes)]
        if not target.focusPolicy():
            target = target.nextInFocusChain() or target
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _wear(self, tokens: Tokens) -> None:
        self.tokens = tokens
        QApplication.setPalette(palette(tokens))
        self.setStyleSheet(
            style_sheet(tokens)
            + f"""
            QMainWindow, QMenuBar {{ background: {tokens.ground}; color: {tokens.text}; }}
            QMenuBar::item {{ background: transparent; padding: 3px 9px; color: {tokens.muted}; }}
            QMenuBar::item:selected {{ background: {tokens.raised}; color: {tokens.text}; }}
            QMenu {{ background: {tokens.panel}; color: {tokens.text};
                border: 1px solid {tokens.line}; padding: 4px; }}
            QMenu::item {{ padding: 5px 26px 5px 20px; }}
            QMenu::item:selected {{ background: {tokens.selection}; }}
            QMenu::item:disabled {{ color: {tokens.muted}; }}
            QPushButton#tab {{ background: transparent; border: 0; border-radius: 0;
                color: {tokens.muted}; padding: 8px 4px; border-bottom: 2px solid transparent; }}
            QPushButton#tab:checked {{ color: {tokens.text}; font-weight: 700;
                padding: 8px 4px; border-bottom: 2px solid {tokens.accent}; }}
            QPushButton#tab:focus {{ color: {tokens.accent}; padding: 8px 4px; border: 0;
                border-bottom: 2px solid {tokens.accent}; }}
            """
        )
        for place in getattr(self, "places", ()):
            place.set_tokens(tokens)
        zone = getattr(self, "drop_zone", None)
        if zone is not None:
            zone.tokens = tokens

    def _state(self) -> tuple[tuple[Project, ...], int]:
        return self.catalog.projects(), self.catalog.count("rule:name.")

    def _show_state(self, state: tuple[tuple[Project, ...], int]) -> None:
        projects, broken = state
        self.activity.show_projects(projects, broken=broken)
        for number, place in enumerate(self.places):
            if place.title == "Conventions":
                self._tabs[number].setText(
                    f"Conventions  {broken}" if broken else "Conventions"
                )
                self._fit_tab(self._tabs[number])

    def _arrange(self) -> None:
        self._pages = QStackedWidget()
        self._tabs: list[QPushButton] = []
        self._group = QButtonGroup(self)
        top = QHBoxLayout()
        top.setSpacing(2)
        for number, place in enumerate(self.places):
            self._pages.addWidget(place)
            top.addWidget(self._tab(place.title, number))
        top.addStretch(1)
        self.search_field = field("Search")
        self.search_field.setClearButtonEnabled(True)
        self.search_field.setFixedHeight(36)
        self.search_field.setMinimumWidth(320)
        self.search_field.setMaximumWidth(520)
        top.addWidget(self.search_field, 2)
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(10, 6, 10, 4)
        box.setSpacing(6)
        box.addLayout(top)
        box.addWidget(self._pages, 1)
        box.addWidget(self.activity)
        self.setCentralWidget(inner)

    def _tab(self, title: str, number: int) -> QPushButton:
        tab = QPushButton(title)
        tab.setObjectName("tab")
        tab.setCheckable(True)
        tab.setAccessibleName(title)
        tab.setToolTip(f"Ctrl+{number + 1}")
        tab.clicked.connect(lambda: self.open_place(number))
        self._group.addButton(tab)
        self._tabs.append(tab)
        self._fit_tab(tab)
        QShortcut(
            QKeySequence(f"Ctrl+{number + 1}"), self, lambda: self.open_place(number)
        )
        return tab

    def _fit_tab(self, tab: QPushButton) -> None:
        """Keep room for the bold text of an open place."""
        font = QFont(self.font())
        font.setBold(True)
        tab.setFixedWidth(QFontMetrics(font).horizontalAdvance(tab.text()) + TAB_ROOM)

    def _connect(self) -> None:
        library = self.library
        self.search_field.textChanged.connect(
            lambda text: self.places[self._pages.currentIndex()].search(text)
        )
        library.query_changed.connect(self._show_query)
        library.audit_wanted.connect(lambda ids: self.open_named("Audit", ids))
        for place in self.places:
            place.library_wanted.connect(lambda ids: self.open_named("Library", ids))
            place.lineage_wanted.connect(lambda ids: self.open_named("Lineage", ids))
            place.compare_wanted.connect(lambda ids: self.open_named("Compare", ids))
        self.jobs.failed.connect(self.show_error)
        self.activity.asked.connect(self.asked)
        QShortcut(QKeySequence("/"), library, self.focus_search)
        escape = QShortcut(
            QKeySequence("Esc"), self.search_field, self.search_field.clear
        )
        escape.setContext(Qt.ShortcutContext.WidgetShortcut)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_scheme)

    def _follow_scheme(self) -> None:
        self.set_theme(str(self.settings.value("theme", "system")))

    def _show_query(self, text: str) -> None:
        self._searches[0] = text
        if self._pages.currentIndex() == 0:
            self.search_field.blockSignals(True)
            self.search_field.setText(text)
            self.search_field.blockSignals(False)

    def _make_menus(self) -> None:
        menus = {
            name: self.menuBar().addMenu(name)
            for name in ("&File", "&Edit", "&View", "&Help")
        }
        stack = self.library.undo_stack
        undo, redo = (
            stack.createUndoAction(self, "&Undo"),
            stack.createRedoAction(self, "&Redo"),
        )
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo.setShortcuts([QKeySequence("Ctrl+Y"), QKeySequence("Ctrl+Shift+Z")])
        menus["&Edit"].addActions([undo, redo])
        for line in ACTIONS:
            made = QAction(line.text, self)
            made.setShortcut(QKeySequence(line.shortcut))
            made.triggered.connect(
                lambda _=False, does=line.does: getattr(self, does)()
            )
            menus[line.menu].addAction(made)

    def _restore(self) -> None:
        settings = self.settings
        self.resize(QSize(1_480, 920))
        for key, restore in (
            ("window", self.restoreGeometry),
            ("columns", self.library.table.horizontalHeader().restoreState),
            ("panes", self.library.splitter.restoreState),
        ):
            saved = settings.value(key)
            if isinstance(saved, QByteArray):
                restore(saved)
        self.open_place(0)
        self.library.set_query(str(settings.value("query", "")))
        self.library.refresh(None)
        place = str(settings.value("place", "Library"))
        if place != "Library":
            self.open_named(place)

    # Qt overrides

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.setValue("window", self.saveGeometry())
        self.settings.setValue(
            "columns", self.library.table.horizontalHeader().saveState()
        )
        self.settings.setValue("panes", self.library.splitter.saveState())
        self.settings.setValue("query", self.library.query)
        self.settings.setValue("place", self.places[self._pages.currentIndex()].title)
        self.settings.sync()
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
