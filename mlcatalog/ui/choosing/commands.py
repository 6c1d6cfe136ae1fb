"""The command palette and the sheet of keys: every action, found by typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from rapidfuzz import fuzz, process, utils

from mlcatalog.ui.actions import ACTIONS, Action
from mlcatalog.ui.choosing.chooser import Chooser, Line
from mlcatalog.ui.theme import Tokens

LEAST = 60  # of 100: how much a title must resemble what is typed
# Keys that are no actions of the window, for the sheet.
FIXED: tuple[tuple[str, str], ...] = (
    ("In the search field: clear it", "Esc"),
    ("In the search field: choose a completion", "Down, Enter"),
    ("In the table: open the lineage of the artifact", "Enter"),
    ("In the table: choose more", "Shift+Up, Shift+Down"),
    ("In the filters: include, exclude, neither", "Enter"),
    ("In the filters: add to those of its kind", "Ctrl+Enter"),
    ("On a saved search: rename, delete", "F2, Del"),
    ("In a graph: go to the next card", "Arrow keys"),
    ("In a graph: larger, smaller, all of it", "+, -, 0"),
    ("In Compare: previous and next difference", "F7, F8"),
)


def palette(
    tokens: Tokens, reason: Callable[[Action], str], parent: QWidget
) -> Chooser:
    """Every action with its keys; what cannot be done now says why."""
    made = Chooser("Command palette", "What do you want to do?", tokens, parent)
    made.typed.connect(lambda text: made.show_lines(fitting(text, reason)))
    made.show_lines(fitting("", reason))
    return made


def key_sheet(
    tokens: Tokens, reason: Callable[[Action], str], parent: QWidget
) -> Chooser:
    """Every key there is; those of actions can be chosen as in the palette."""
    made = Chooser("Keyboard shortcuts", "Find a shortcut…", tokens, parent)
    made.list.setAccessibleName("Keyboard shortcuts")

    def show(text: str) -> None:
        asked = text.casefold().split()
        lines = [line for line in fitting("", reason) if line.right]
        lines += [Line(title, keys, None) for title, keys in FIXED]
        made.show_lines(
            [line for line in lines if all(w in line.spoken.casefold() for w in asked)]
        )

    made.typed.connect(show)
    show("")
    return made


def fitting(text: str, reason: Callable[[Action], str]) -> list[Line]:
    """The actions whose titles resemble a text, the best first; all for no text."""
    found: Sequence[Action] = ACTIONS
    if text.strip():
        titles = [line_title(action) for action in ACTIONS]
        ranked = process.extract(
            text,
            titles,
            scorer=fuzz.WRatio,
            processor=utils.default_process,
            score_cutoff=LEAST,
            limit=len(titles),
        )
        asked = text.casefold().split()
        found = sorted(
            (ACTIONS[place] for _, _, place in ranked),
            key=lambda action: not _holds(line_title(action), asked),
        )
    return [
        Line(line_title(action), keys_text(action), action, reason(action))
        for action in found
    ]


def _holds(title: str, asked: Sequence[str]) -> bool:
    return all(word in title.casefold() for word in asked)


def line_title(action: Action) -> str:
    """ "Edit: Undo"."""
    return f"{action.menu.replace('&', '')}: {action.title}"


def keys_text(action: Action) -> str:
    """The keys as people read them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(keys).toString(native) for keys in action.keys)
