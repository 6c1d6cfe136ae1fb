"""What is kept of the window between two starts: its size, panes, columns, query, choice."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from mlcatalog.ui.library.place import LibraryPlace


@dataclass(frozen=True)
class Left:
    """Where a person was when the window was closed."""

    place: str = "Library"
    query: str = ""
    chosen: str = ""  # id
    rows: tuple[int, ...] = ()  # row numbers of the first lines, where a search chose


class Session:
    """Saves and restores a window by one settings file."""

    def __init__(
        self, settings: QSettings, window: QMainWindow, library: LibraryPlace
    ) -> None:
        self._settings = settings
        self._window = window
        self._library = library
        parts = library.parts
        self._first = (parts.across.saveState(), parts.down.saveState())

    def restore(self) -> Left:
        """Make the window as it was; where the person was is the caller's to open."""
        parts, table = self._library.parts, self._library.table
        for key, restore in (
            ("window", self._window.restoreGeometry),
            ("panes", parts.across.restoreState),
            ("strip", parts.down.restoreState),
        ):
            saved = self._settings.value(key)
            if isinstance(saved, QByteArray):
                restore(saved)
        header = self._settings.value("columns")
        if isinstance(header, QByteArray):
            keys = self._text("columns wanted").split()
            table.restore_state(header, keys)
            self._library.sort_by_header()
        return Left(
            self._text("place") or "Library",
            self._text("query"),
            self._text("chosen"),
            tuple(int(one) for one in self._text("rows").split() if one.isdigit()),
        )

    def save(self, place: str) -> None:
        """Write the window as it is."""
        library = self._library
        header, keys = library.table.saved_state()
        for key, value in (
            ("window", self._window.saveGeometry()),
            ("panes", library.parts.across.saveState()),
            ("strip", library.parts.down.saveState()),
            ("columns", header),
            ("columns wanted", " ".join(keys)),
            ("query", library.query),
            ("place", place),
            ("chosen", library.wanted),
            ("rows", " ".join(map(str, library.first_rows()))),
        ):
            self._settings.setValue(key, value)
        self._settings.sync()

    def reset(self) -> None:
        """Make panes and columns as they were at the very first."""
        across, down = self._first
        self._library.parts.across.restoreState(across)
        self._library.parts.down.restoreState(down)
        self._library.table.use_default_columns()

    def _text(self, key: str) -> str:
        return str(self._settings.value(key, "") or "")
