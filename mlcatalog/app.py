"""The application: builds the parts and joins them; the only place that knows all."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from mlcatalog import logs
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.domain.resources import resource
from mlcatalog.ui.crash import crash_hook, install
from mlcatalog.ui.engine_link import EngineLink
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.main_window import MainWindow
from mlcatalog.ui.opening import opened
from mlcatalog.ui.outbox import Outbox
from mlcatalog.ui.photograph import Picture, photographed
from mlcatalog.ui.place import Place
from mlcatalog.ui.refresh import Refresh
from mlcatalog.ui.single_instance import SingleInstance

# Module and class of each place, in the order of the tabs; Library is the first.
PLACES: tuple[tuple[str, str], ...] = (
    ("library", "LibraryPlace"),
    ("lineage", "LineagePlace"),
    ("compare", "ComparePlace"),
    ("conventions", "ConventionsPlace"),
    ("reuse", "ReusePlace"),
    ("audit", "AuditPlace"),
)
log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> int:
    """Open the window on the folders given; the exit status."""
    options = _parser().parse_args(list(arguments))
    logs.set_up(options.log_level)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("mlcatalog")
    app.setStyle("Fusion")
    app.setFont(_font())
    if options.screenshot:
        try:
            return photographed(_places(), _picture(options))
        except MlcatalogError as error:
            sys.stderr.write("\n".join(["mlcatalog:", *error.sentences(), ""]))
            return 3
    catalog = opened(_catalog_path(options.catalog))
    if catalog is None:
        return 3
    with catalog:
        instance = SingleInstance(catalog.path)
        paths = [path.absolute() for path in options.paths]
        if not instance.claim() and instance.call(paths):
            return 0
        try:
            return _windowed(app, catalog, options, instance)
        finally:
            instance.release()


def _windowed(
    app: QApplication,
    catalog: Catalog,
    options: argparse.Namespace,
    instance: SingleInstance,
) -> int:
    jobs = Jobs()
    window = MainWindow(
        catalog,
        jobs,
        QSettings(str(_home() / "window.ini"), QSettings.Format.IniFormat),
        _places(),
    )
    engine = EngineLink(catalog.path, window, outbox=_outbox(catalog.path))
    refresh = Refresh(catalog, jobs, window)
    _join(window, engine, refresh)
    install(crash_hook(window, logs.log_folder()))
    window.show()
    if catalog.read_only:
        said = "The catalogue is open for reading only; its projects are not watched."
        window.activity.show_death(said, "", False)
    else:
        engine.start()
        for path in options.paths:
            engine.send({"do": "add", "path": str(path.absolute())})
    instance.called.connect(window.welcome)
    refresh.start()
    status = app.exec()
    jobs.wait()
    return status


def _join(window: MainWindow, engine: EngineLink, refresh: Refresh) -> None:
    def tell(said: dict[str, object]) -> None:
        window.activity.show_engine(said)
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


def _picture(options: argparse.Namespace) -> Picture:
    chosen = options.catalog or os.environ.get("MLCATALOG_CATALOG")
    width, _, height = options.size.partition("x")
    return Picture(
        target=options.screenshot,
        catalog=Path(chosen).absolute() if chosen else None,
        paths=tuple(folder.absolute() for folder in options.paths),
        place=options.place,
        theme=options.theme,
        query=options.query,
        size=(int(width), int(height)),
    )


def _places() -> list[type[Place]]:
    """The places; one whose room is not installed is left out, and logged."""
    found: list[type[Place]] = []
    for module, name in PLACES:
        try:
            place = importlib.import_module(f"mlcatalog.ui.{module}.place")
        except ModuleNotFoundError as error:
            log.warning("%s is left out: %s", module, error)
        else:
            found.append(getattr(place, name))
    return found


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
