"""The fields of the new names that are chosen, with known values offered for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QLabel, QVBoxLayout, QWidget

from mlcatalog.ui.naming.fixes import Fix
from mlcatalog.ui.naming.wording import counted
from mlcatalog.ui.pieces import emptied, set_look, words

SEVERAL = "(several)"


class FixForm(QWidget):
    """Asks for fields; `filled` tells a field and its text as it is typed."""

    filled = Signal(str, str)

    def __init__(
        self, offers: Mapping[str, tuple[str, ...]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._offers = offers
        self._fixes: Sequence[Fix] = ()
        self.fields: dict[str, QComboBox] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(14, 2, 8, 8)
        self._box.setSpacing(3)

    def show_fixes(self, fixes: Sequence[Fix]) -> None:
        """Ask for the fields of these names together."""
        self._fixes = fixes
        emptied(self._box)
        self.fields = {}
        if not fixes:
            self._box.addWidget(words("Choose a name.", look="muted"))
            self._box.addStretch(1)
            return
        title = fixes[0].line.name if len(fixes) == 1 else f"{len(fixes):,} names"
        self._box.addWidget(words(title, look="strong", wraps=True))
        if len(fixes) == 1 and fixes[0].line.wrong:
            self._box.addWidget(words(fixes[0].line.wrong, look="muted", wraps=True))
        for name in dict.fromkeys(
            name for one in fixes for name in one.convention.template.fields
        ):
            self._add(name)
        self._box.addStretch(1)

    def begin(self) -> None:
        """Put the cursor into the first field that is to be filled in."""
        blank = [n for one in self._fixes for n in one.blanks if n in self.fields]
        if blank:
            self.fields[blank[0]].setFocus()

    def _add(self, name: str) -> None:
        blank = sum(name in one.blanks for one in self._fixes)
        mark = (
            f"   \u2039to fill in\u203a{_of(blank, len(self._fixes))}" if blank else ""
        )
        title = words(f"{name}{mark}", look="warning" if blank else "muted")
        self._box.addWidget(title)
        made = QComboBox()
        made.setEditable(True)
        made.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        made.setAccessibleName(f"{name} of the new name")
        made.setMinimumContentsLength(14)
        texts = {one.values.get(name, "") for one in self._fixes}
        only = texts.pop() if len(texts) == 1 else ""
        with QSignalBlocker(made):
            made.addItems(list(self._offers.get(name, ())))
            made.setCurrentText(only)
        edit, completer = made.lineEdit(), made.completer()
        if edit is not None:
            checker = self._fixes[0].convention.checkers.get(name)
            edit.setPlaceholderText(
                SEVERAL if texts else (checker.expected if checker else "")
            )
            edit.setAccessibleName(made.accessibleName())
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        made.currentTextChanged.connect(self._teller(name, title))
        self.fields[name] = made
        self._box.addWidget(made)

    def _teller(self, name: str, title: QLabel) -> Callable[[str], None]:
        def tell(text: str) -> None:
            title.setText(name)
            set_look(title, "muted")
            self.filled.emit(name, text)

        return tell


def _of(blank: int, every: int) -> str:
    return f" in {counted(blank, 'name', 'names')}" if every > 1 else ""
