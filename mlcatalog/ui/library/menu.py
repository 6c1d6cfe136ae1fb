"""What can be done with chosen artifacts: their menu, and what leaves the window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Presence, Stage
from mlcatalog.ui.library.columns import Column

# Title and method of the place; None parts them. Titles of ACTIONS are the same.
LINES: tuple[tuple[str, str] | None, ...] = (
    ("Open containing folder", "open_folder"),
    ("Open with default program", "open_file"),
    None,
    ("Copy rows", "copy_rows"),
    ("Copy path", "copy_paths"),
    ("Copy SHA-256", "copy_digests"),
    None,
    ("Show lineage", "show_lineage"),
    ("Compare", "compare"),
    ("Audit PDF…", "audit"),
    None,
    ("Set owner…", "set_owner"),
    ("Add tags…", "add_tags"),
    ("Fix names…", "fix_names"),
    ("Register again…", "register_again"),
)


def artifact_menu(doing: QObject, chosen: Sequence[Summary], parent: QWidget) -> QMenu:
    """The context menu of some artifacts; `doing` has a method for each line."""
    menu = QMenu(parent)
    for line in LINES:
        if line is None:
            menu.addSeparator()
            continue
        title, does = line
        action = menu.addAction(title, getattr(doing, does))
        action.setEnabled(_makes_sense(does, chosen))
    stages = menu.addMenu("Set stage")
    set_stage = getattr(doing, "set_stage")  # noqa: B009 - a plain object here
    for stage in Stage:
        stages.addAction(stage.value, lambda stage=stage: set_stage(stage))
    menu.addSeparator()
    is_removed = all(row.presence is Presence.REMOVED for row in chosen)
    title, does = (
        ("Restore to the catalogue", "restore")
        if is_removed
        else ("Remove from catalogue", "remove")
    )
    menu.addAction(title, getattr(doing, does))
    return menu


def _makes_sense(does: str, chosen: Sequence[Summary]) -> bool:
    if does == "compare":
        return len(chosen) > 1
    if does in (
        "open_folder",
        "open_file",
        "copy_paths",
        "register_again",
        "fix_names",
    ):
        return any(row.path for row in chosen)
    return True


def open_path(path: Path) -> None:
    """Let the desktop open a file or a folder; nothing here reads it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def copy_lines(lines: Iterable[str]) -> None:
    """Put lines of text on the clipboard."""
    QGuiApplication.clipboard().setText("\n".join(lines))


def rows_text(rows: Sequence[Summary], columns: Sequence[Column]) -> list[str]:
    """Rows as tab-separated lines; several get a line of titles first."""
    lines = ["\t".join(_cell(column.text(row)) for column in columns) for row in rows]
    head = "\t".join(column.title for column in columns)
    return [head, *lines] if len(rows) > 1 else lines


def _cell(text: str) -> str:
    return " ".join(text.split())
