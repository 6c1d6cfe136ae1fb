"""What the actions of the window do; the table of actions names these methods.

What an action alone needs is imported by it: the window is there sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from mlcatalog import __version__
from mlcatalog.ui import actions
from mlcatalog.ui.actions import Action
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.chosen import MOST_COMPARED
from mlcatalog.ui.library.place import LibraryPlace
from mlcatalog.ui.theme import Tokens

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog
    from mlcatalog.tasks.demo import DemoSummary


class Commands(QObject):
    """Carries out actions; what concerns the window itself it asks for by signals."""

    asked = Signal(object)  # a command for the engine
    registering = Signal(list)  # paths
    place_wanted = Signal(str, list)  # title of a place, ids
    theme_wanted = Signal(str)
    pane_wanted = Signal(int)  # 1: the next, -1: the one before
    search_wanted = Signal()
    reset_wanted = Signal()
    quit_wanted = Signal()

    def __init__(
        self,
        catalog: Catalog,
        jobs: Jobs,
        library: LibraryPlace,
        *,
        tokens: Callable[[], Tokens],
        logs: Path,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._catalog, self._jobs, self._library = catalog, jobs, library
        self._tokens, self._logs, self._window = tokens, logs, window

    def method(self, action: Action) -> Callable[[], object]:
        """What an action calls."""
        owners = {"library": self._library, "chosen": self._library.chosen}
        owner = owners.get(action.owner, self)
        does: Callable[[], object] = getattr(owner, action.does)
        return does

    def text(self, action: Action) -> str:
        """The text of an action's line now: what would be undone has a name."""
        stack = self._library.undo_stack
        named = {"undo": stack.undoText(), "redo": stack.redoText()}
        name = named.get(action.does, "").replace("&", "&&")
        return f"{action.text} “{name}”" if name else action.text

    def reason(self, action: Action) -> str:
        """Why an action cannot be done now, "" when it can."""
        library = self._library
        chosen = library.table.chosen_count()
        possible = {
            "": True,
            actions.CHOICE: chosen > 0,
            actions.SEVERAL: 2 <= chosen <= MOST_COMPARED,
            actions.FILTERED: bool(library.query),
            actions.UNDONE: library.undo_stack.canUndo(),
            actions.REDONE: library.undo_stack.canRedo(),
        }
        return "" if possible[action.needs] else action.needs

    # File

    def add_folder(self) -> None:
        """Choose a folder to watch."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Add a folder to watch")
        if chosen:
            self.asked.emit({"do": "add", "path": chosen})

    def register_files(self) -> None:
        """Choose files to register in place."""
        chosen, _ = QFileDialog.getOpenFileNames(
            self._window, "Register files in place"
        )
        if chosen:
            self.registering.emit([Path(path) for path in chosen])

    def register_folder(self) -> None:
        """Choose a folder to register in place."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Register a folder in place"
        )
        if chosen:
            self.registering.emit([Path(chosen)])

    def open_demo(self) -> None:
        """Choose an empty folder, write the demo into it, and watch its projects."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Choose an empty folder for the demo project"
        )
        if chosen:
            self.write_demo(Path(chosen))

    def write_demo(self, folder: Path) -> None:
        """Write the demo into an empty folder, or into a new one inside it."""
        target = folder / "mlcatalog-demo"

        def write(_: object) -> DemoSummary:
            from mlcatalog.tasks.demo import write_demo

            return write_demo(target)

        self._jobs.start("Demo", write, self._add_demo)

    def _add_demo(self, demo: DemoSummary) -> None:
        for project in demo.projects:
            self.asked.emit({"do": "add", "path": str(project)})

    def close(self) -> None:
        """Quit."""
        self.quit_wanted.emit()

    # Edit

    def undo(self) -> None:
        """Take the last edit back."""
        self._library.undo_stack.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        self._library.undo_stack.redo()

    def focus_search(self) -> None:
        """Go to the search field."""
        self.search_wanted.emit()

    def quick_open(self) -> None:
        """Find an artifact by a few letters and go to it."""
        from mlcatalog.ui.choosing.quick_open import QuickOpen

        opened = QuickOpen(self._catalog, self._jobs, self._tokens(), self._window)
        opened.chooser.chosen.connect(
            lambda identity: self.place_wanted.emit("Library", [identity])
        )
        opened.chooser.open()

    def open_palette(self) -> None:
        """Find an action by typing and do it."""
        from mlcatalog.ui.choosing.commands import palette

        chooser = palette(self._tokens(), self.reason, self._window)
        chooser.chosen.connect(self._do)
        chooser.open()

    # View

    def open_library(self) -> None:
        """Open the Library."""
        self._open("Library")

    def open_lineage(self) -> None:
        """Open Lineage."""
        self._open("Lineage")

    def open_compare(self) -> None:
        """Open Compare."""
        self._open("Compare")

    def open_conventions(self) -> None:
        """Open Conventions."""
        self._open("Conventions")

    def open_reuse(self) -> None:
        """Open Reuse."""
        self._open("Reuse")

    def open_audit(self) -> None:
        """Open Audit."""
        self._open("Audit")

    def rescan(self) -> None:
        """Look at every project again."""
        self.asked.emit({"do": "rescan", "path": None})

    def next_pane(self) -> None:
        """Go to the next pane."""
        self.pane_wanted.emit(1)

    def previous_pane(self) -> None:
        """Go to the pane before."""
        self.pane_wanted.emit(-1)

    def reset_layout(self) -> None:
        """Make panes and columns as they were at first."""
        self.reset_wanted.emit()

    def use_system_theme(self) -> None:
        """Follow the system."""
        self.theme_wanted.emit("system")

    def use_light_theme(self) -> None:
        """Be light."""
        self.theme_wanted.emit("light")

    def use_dark_theme(self) -> None:
        """Be dark."""
        self.theme_wanted.emit("dark")

    # Help

    def show_keys(self) -> None:
        """Show every shortcut there is."""
        from mlcatalog.ui.choosing.commands import key_sheet

        chooser = key_sheet(self._tokens(), self.reason, self._window)
        chooser.chosen.connect(self._do)
        chooser.open()

    def show_search_language(self) -> None:
        """Show the reference of the search language."""
        from mlcatalog.ui.help_pages import HelpDialog, search_page

        HelpDialog("Search language", search_page(), self._window).open()

    def open_log_folder(self) -> None:
        """Open the folder with crash reports."""
        self._logs.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._logs)))

    def about(self) -> None:
        """Say what this is."""
        box = QMessageBox(self._window)
        box.setWindowTitle("About mlcatalog")
        box.setText(f"mlcatalog {__version__}")
        box.setInformativeText(
            f"Catalogue: {self._catalog.path}\n\nQt {qVersion()} by The Qt Company, "
            "used under the LGPL version 3. mlcatalog itself is under the Apache "
            "License 2.0."
        )
        box.setAccessibleName("About mlcatalog")
        box.open()

    def _open(self, title: str, ids: Sequence[str] = ()) -> None:
        self.place_wanted.emit(title, list(ids))

    def _do(self, action: object) -> None:
        if isinstance(action, Action) and not self.reason(action):
            self.method(action)()
