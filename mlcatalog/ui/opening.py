"""Opening the catalogue behind the window: what cannot be used gives a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from mlcatalog.domain.errors import (
    CatalogDamagedError,
    CatalogError,
    CatalogLockedError,
    CatalogMissingError,
    CatalogReadOnlyError,
    CatalogTooNewError,
)
from mlcatalog.ui.errors import error_box
from mlcatalog.ui.looks import style_sheet
from mlcatalog.ui.theme import DARK, LIGHT, palette

if TYPE_CHECKING:
    from mlcatalog.catalog.store import Catalog

FILES = "Catalogues (*.db);;All files (*)"


class Choice(StrEnum):
    """What a person can do about a catalogue that cannot be used."""

    AGAIN = "Try again"
    FOLDER = "Make the folder"
    READ_ONLY = "Open read-only"
    RESTORE = "Restore the last backup"
    ANOTHER = "Choose another…"
    NEW = "Create new…"
    QUIT = "Quit"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was chosen, and the file it is about."""

    choice: Choice
    path: Path


Ask = Callable[[CatalogError, Path], Answer]
Tell = Callable[[CatalogError, Path], None]


def choices(error: CatalogError, path: Path) -> tuple[Choice, ...]:
    """What can be done about an error; the first is what most people want."""
    offered: tuple[Choice, ...]
    match error:
        case CatalogMissingError():
            offered = (Choice.AGAIN, Choice.FOLDER)
        case CatalogLockedError():
            offered = (Choice.AGAIN,)
        case CatalogReadOnlyError():
            offered = (Choice.READ_ONLY, Choice.AGAIN)
        case CatalogDamagedError():
            offered = (Choice.RESTORE,) if _backups(path) else ()
        case CatalogTooNewError():
            offered = ()
        case _:
            offered = (Choice.AGAIN,)
    return (*offered, Choice.ANOTHER, Choice.NEW, Choice.QUIT)


def opened(path: Path, ask: Ask, tell: Tell | None = None) -> Catalog | None:
    """The catalogue, or what a person chooses in its stead; None to quit.

    The file that could not be used stays as it is; a backup that is restored
    takes its place, and it is kept beside it. In whatever thread: the dialogs
    are the business of `ask` and `tell`.
    """
    from mlcatalog.catalog.store import Catalog

    is_read_only = False
    while True:
        try:
            return Catalog.open(path, read_only=is_read_only)
        except CatalogError as error:
            answer = ask(error, path)
        if answer.choice is Choice.QUIT:
            return None
        is_read_only = answer.choice is Choice.READ_ONLY
        path = answer.path
        try:
            _prepare(answer)
        except CatalogError as error:
            (tell or said)(error, path)
        except OSError as error:
            (tell or said)(_no_folder(error, path), path)


def opening_dialog(
    error: CatalogError, path: Path
) -> tuple[QMessageBox, dict[QPushButton, Choice]]:
    """The dialog of an error, and what each of its buttons chooses."""
    box = error_box(error)
    _wear_the_system_theme(box)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    box.removeButton(box.button(QMessageBox.StandardButton.Close))
    buttons: dict[QPushButton, Choice] = {}
    for choice in choices(error, path):
        role = (
            QMessageBox.ButtonRole.RejectRole
            if choice is Choice.QUIT
            else QMessageBox.ButtonRole.AcceptRole
        )
        made = box.addButton(choice.value, role)
        buttons[made] = choice
        if len(buttons) == 1:
            box.setDefaultButton(made)
        if choice is Choice.QUIT:
            box.setEscapeButton(made)
    if isinstance(error, CatalogDamagedError) and (known := _backups(path)):
        box.setInformativeText(
            f"{box.informativeText()}\n\nThe last backup is {known[0].name}. The damaged "
            "file is kept beside it."
        )
    return box, buttons


def asked(error: CatalogError, path: Path) -> Answer:
    """Ask the person."""
    box, buttons = opening_dialog(error, path)
    box.exec()
    clicked = box.clickedButton()
    choice = next(
        (made for button, made in buttons.items() if button is clicked), Choice.QUIT
    )
    box.deleteLater()
    chosen = ""
    if choice is Choice.ANOTHER:
        chosen, _ = QFileDialog.getOpenFileName(
            None, "Choose a catalogue", str(path.parent), FILES
        )
    elif choice is Choice.NEW:
        chosen, _ = QFileDialog.getSaveFileName(
            None,
            "Create a catalogue",
            str(path.with_name("catalogue-2.db")),
            FILES,
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
    return Answer(choice, Path(chosen) if chosen else path)


def _wear_the_system_theme(box: QMessageBox) -> None:
    is_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    tokens = DARK if is_dark else LIGHT
    box.setPalette(palette(tokens))
    box.setStyleSheet(
        f"QMessageBox {{ background: {tokens.panel}; }}{style_sheet(tokens)}"
    )


def _prepare(answer: Answer) -> None:
    if answer.choice is Choice.FOLDER:
        answer.path.parent.mkdir(parents=True, exist_ok=True)
    elif answer.choice is Choice.RESTORE:
        from mlcatalog.catalog.backups import restore

        restore(answer.path, _backups(answer.path)[0])


def _backups(path: Path) -> list[Path]:
    """Imported where it is asked for: the window is there before it."""
    from mlcatalog.catalog.backups import backups

    return list(backups(path))


def _no_folder(error: OSError, path: Path) -> CatalogError:
    return CatalogError(
        "The folder could not be made.",
        where=str(path.parent),
        why=error.strerror or str(error),
        remedy="Choose another place.",
    )


def said(error: CatalogError, path: Path) -> None:
    """Tell the person that what was chosen could not be done."""
    box = error_box(error)
    _wear_the_system_theme(box)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    box.exec()
    box.deleteLater()
