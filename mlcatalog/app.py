"""The application: builds the parts and joins them; the only place that knows all."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import platformdirs
from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from mlcatalog import logs
from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.domain.resources import resource
from mlcatalog.ui.arrival import ComingCatalog, Opener
from mlcatalog.ui.crash import crash_hook, install
from mlcatalog.ui.engine_link import EngineLink
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.library.loading import first_rows
from mlcatalog.ui.looks import PROGRAM_SHEET
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.outbox import Command, Outbox
from mlcatalog.ui.pages import LaterPlace
from mlcatalog.ui.painted import after_paint
from mlcatalog.ui.refresh import Refresh
from mlcatalog.ui.single_instance import SingleInstance

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

# Title, room and class of each place, in the order of the tabs; Library is the first.
PLACES = (
    ("Library", "library", "LibraryPlace"),
    ("Lineage", "lineage", "LineagePlace"),
    ("Compare", "compare", "ComparePlace"),
    ("Conventions", "conventions", "ConventionsPlace"),
    ("Reuse", "reuse", "ReusePlace"),
    ("Audit", "audit", "AuditPlace"),
)


def run(arguments: Sequence[str]) -> int:
    """Open the window on the folders given; the exit status."""
    options = _parser().parse_args(list(arguments))
    app = QApplication(sys.argv[:1])
    app.setApplicationName("mlcatalog")
    app.setStyle("Fusion")
    app.setFont(_font())
    app.setStyleSheet(PROGRAM_SHEET)
    if options.screenshot:
        logs.set_up(options.log_level)
        return _screenshot(options)
    path = _catalog_path(options.catalog)
    instance = SingleInstance(path)
    if not instance.claim() and instance.call([p.absolute() for p in options.paths]):
        return 0
    program = Program(path, instance, options)
    try:
        return program.run(app)
    finally:
        program.instance.release()


class Program(QObject):
    """The window first, then its catalogue, then the engine."""

    def __init__(
        self, path: Path, instance: SingleInstance, options: argparse.Namespace
    ) -> None:
        super().__init__()
        self.instance = instance
        self._log_level = str(options.log_level)
        self._status = 0
        self._catalog: Catalog | None = None
        self._waiting: list[Command] = [
            {"do": "add", "path": str(one.absolute())} for one in options.paths
        ]
        self._coming = ComingCatalog(path)
        self._jobs = Jobs(are_held=True)
        settings = QSettings(str(_home() / "window.ini"), QSettings.Format.IniFormat)
        coming = cast("Catalog", self._coming)
        self.window = MainWindow(coming, self._jobs, settings, _places())
        self._opener = Opener(path, self)
        self._opener.opened.connect(self._begin)
        self._opener.refused.connect(self._quit)
        self._opener.failed.connect(self._fail)
        self._opener.waits.connect(self._say_wait)
        self.window.asked.connect(self._waiting.append)
        self.window.closing.connect(self._opener.leave)
        instance.called.connect(self.window.welcome)

    def run(self, app: QApplication) -> int:
        """Show the window and stay until it is closed; the exit status."""
        install(crash_hook(self.window, logs.log_folder()))
        self.window.show()
        numbers = self.window.left.rows
        self._jobs.start(
            "First page",
            lambda _: first_rows(self._coming.path, numbers),
            self.window.library.show_first,
            ended=lambda: after_paint(self.window, self._follow),
            at_once=True,
        )
        app.exec()
        self._jobs.wait()
        if self._catalog is not None:
            self._catalog.close()
        return self._status

    def _follow(self) -> None:
        """What is imported from here on takes longer than the window took to appear."""
        logs.set_up(self._log_level)
        self._opener.start()

    def _begin(self, catalog: Catalog) -> None:
        self._catalog = catalog
        if catalog.path != self._coming.path and not self._move_to(catalog.path):
            return
        self._coming.arrive(catalog)
        window = self.window
        engine = EngineLink(catalog.path, window, outbox=_outbox(catalog.path))
        refresh = Refresh(catalog, self._jobs, window)
        _join(window, engine, refresh)
        window.asked.disconnect(self._waiting.append)
        window.begin()
        if catalog.read_only:
            said = (
                "The catalogue is open for reading only; its projects are not watched."
            )
            window.activity.show_death(said, "", False)
        else:
            engine.start()
            for command in self._waiting:
                engine.send(command)
        refresh.start()

    def _move_to(self, path: Path) -> bool:
        """Be the window of another catalogue; False when there is one already."""
        self.instance.release()
        self.instance = SingleInstance(path)
        self.instance.called.connect(self.window.welcome)
        if not self.instance.claim() and self.instance.call([]):
            self.window.close()
            return False
        return True

    def _quit(self) -> None:
        self._status = 3
        self.window.close()

    def _fail(self, error: Exception) -> None:
        self.window.show_error("Open", error)

    def _say_wait(self) -> None:
        self.window.activity.show_text(
            "Waiting for the catalogue: another program may be holding it."
        )


def _join(window: MainWindow, engine: EngineLink, refresh: Refresh) -> None:
    def tell(said: dict[str, object]) -> None:
        window.activity.show_engine(said)
        made = said.get("artifacts")
        if said.get("event") == "registered" and isinstance(made, list):
            window.registered(made)
        error = said.get("error")
        # A project's trouble is told in the bar; an answer to a person, at once.
        if isinstance(error, dict) and not said.get("project"):
            what = str(error.get("what", ""))
            details = {
                key: str(error.get(key, "")) for key in ("where", "why", "remedy")
            }
            window.show_error("Engine", MlcatalogError(what, **details))

    engine.told.connect(tell)
    engine.died.connect(window.activity.show_death)
    window.asked.connect(engine.send)
    window.closing.connect(refresh.stop)
    window.closing.connect(engine.quit)
    refresh.changed.connect(window.refresh)


def _outbox(catalog: Path) -> Outbox:
    """Where commands wait; one for each catalogue."""
    key = hashlib.sha256(os.fsencode(catalog)).hexdigest()[:16]
    outbox = Outbox(_home() / f"commands-{key}.jsonl")
    outbox.load()
    return outbox


def _screenshot(options: argparse.Namespace) -> int:
    from mlcatalog.ui.photograph import Picture, photographed

    chosen = options.catalog or os.environ.get("MLCATALOG_CATALOG")
    width, _, height = options.size.partition("x")
    picture = Picture(
        target=options.screenshot,
        catalog=Path(chosen).absolute() if chosen else None,
        paths=tuple(folder.absolute() for folder in options.paths),
        place=options.place,
        theme=options.theme,
        query=options.query,
        size=(int(width), int(height)),
    )
    try:
        return photographed(_places(), picture)
    except MlcatalogError as error:
        sys.stderr.write("\n".join(["mlcatalog:", *error.sentences(), ""]))
        return 3


def _places() -> list[LaterPlace]:
    return [
        LaterPlace(title, f"mlcatalog.ui.{module}.place", name)
        for title, module, name in PLACES
    ]


def _font() -> QFont:
    QFontDatabase.addApplicationFont(str(resource("fonts/NotoSans-Regular.ttf")))
    QFontDatabase.addApplicationFont(str(resource("fonts/NotoSans-Bold.ttf")))
    font = QFont("Noto Sans")
    font.setPointSizeF(10)
    return font


def _home() -> Path:
    named = os.environ.get("MLCATALOG_HOME", "")
    return (
        Path(named)
        if named
        else platformdirs.user_config_path("mlcatalog", appauthor=False)
    )


def _catalog_path(chosen: Path | None) -> Path:
    named = os.environ.get("MLCATALOG_CATALOG", "")
    if chosen is not None:
        return chosen.absolute()
    if named:
        return Path(named).absolute()
    # Only here may a folder be made: one that was named may be an absent drive's.
    folder = (
        _home()
        if os.environ.get("MLCATALOG_HOME")
        else platformdirs.user_data_path("mlcatalog", appauthor=False)
    )
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "catalog.db"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mlcatalog", description="Opens the window.")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--catalog", type=Path)
    parser.add_argument(logs.OPTION, choices=logs.LEVELS, default="warning")
    parser.add_argument("--screenshot", type=Path, metavar="FILE")
    parser.add_argument("--place", default="Library")
    parser.add_argument("--theme", choices=("light", "dark", "system"), default="light")
    parser.add_argument("--query", default="")
    parser.add_argument("--size", default="1480x920", metavar="WxH")
    return parser
