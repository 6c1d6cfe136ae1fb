"""Completing a search: names of fields, and the values that a field can have.

The table of fields is imported when it is asked: the window is there before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from mlcatalog.ui.library.loading import Sides

MOST = 12  # suggestions
_WORD = re.compile(r'-?(?:[^\s"()]|"[^"]*"?)*$')
Values = Mapping[str, Sequence[str]]


def word_at(text: str, cursor: int) -> tuple[int, str]:
    """Where the word before the cursor begins, and the word."""
    found = _WORD.search(text[:cursor])
    word = found[0] if found else ""
    return cursor - len(word), word


def suggestions(word: str, values: Values) -> list[str]:
    """What a half-typed word may become; nothing for plain text."""
    from mlcatalog.catalog.search import FAMILIES, FIELDS
    from mlcatalog.catalog.search.tree import quoted

    sign = "-" if word.startswith("-") else ""
    half = word.removeprefix("-")
    name, colon, value = half.partition(":")
    if not half:
        return []
    if not colon:
        names = [f"{name}:" for name in FIELDS] + list(FAMILIES)
        return [
            sign + name for name in names if name.startswith(half) and name != half
        ][:MOST]
    field = FIELDS.get(name)
    known = dict.fromkeys((*(field.words if field else ()), *values.get(name, ())))
    typed = value.strip('"=').casefold()
    fits = [
        f"{sign}{name}:{quoted(one)}"
        for one in known
        if one.casefold().startswith(typed)
    ]
    return [one for one in fits if one != word][:MOST]


def values_of(sides: Sides) -> dict[str, list[str]]:
    """The values that the left side knows, by field."""
    from mlcatalog.catalog.search import FIELDS

    found = {
        facet.field: [value.value for value in facet.values]
        for facet in sides.facets
        if facet.field in FIELDS
    }
    found["project"] = [project.name for project in sides.projects]
    return found


class QueryCompleter(QObject):
    """Offers completions below a search field while it is typed in."""

    def __init__(self, search_field: QLineEdit) -> None:
        super().__init__(search_field)
        self._field = search_field
        self._values: Values | None = None  # until the catalogue has told them
        self.is_on = True
        self.item_model = QStringListModel(self)
        self.completer = QCompleter(self.item_model, self)
        self.popup = QListView()
        self.popup.setAccessibleName("Completions")
        self.popup.setObjectName("completions")
        self.completer.setPopup(self.popup)
        self.completer.setWidget(search_field)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setMaxVisibleItems(MOST)
        self.completer.activated.connect(self.complete)
        search_field.textEdited.connect(lambda _: self._offer())

    def know(self, sides: Sides) -> None:
        """Take the values that stand on the left side."""
        self._values = values_of(sides)

    def complete(self, suggestion: str) -> None:
        """Put a suggestion in the place of the half-typed word."""
        text, cursor = self._field.text(), self._field.cursorPosition()
        start, _ = word_at(text, cursor)
        gap = "" if suggestion.endswith((":", ".")) else " "
        self._field.setText(text[:start] + suggestion + gap + text[cursor:].lstrip())
        self._field.setCursorPosition(start + len(suggestion) + len(gap))
        if not gap:
            self._offer()

    def _offer(self) -> None:
        _, word = word_at(self._field.text(), self._field.cursorPosition())
        values = self._values if self.is_on else None
        found = suggestions(word, values) if values is not None else []
        self.item_model.setStringList(found)
        if found:
            self.completer.setCompletionPrefix("")
            self.completer.complete()
        else:
            self.popup.hide()
