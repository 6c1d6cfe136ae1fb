"""The texts of two compared items, line by line, with what was taken out and put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.comparing.text_diff import Change, Line, text_diff
from mlcatalog.ui.pieces import words
from mlcatalog.ui.theme import Tokens


@dataclass(frozen=True, slots=True)
class KeptText:
    """The text that stands for one compared item: its own, or its config's."""

    title: str
    text: str


class TextPanel(QFrame):
    """Shows how the baseline's text became another's."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._tokens = tokens
        self._texts: Sequence[KeptText | None] = ()
        self._baseline = 0
        self.lines: tuple[Line, ...] = ()
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 8, 14, 10)
        row = QHBoxLayout()
        self._title = words("", look="strong")
        row.addWidget(self._title)
        self.other = QComboBox()
        self.other.setAccessibleName("Text that is compared with the baseline's")
        self.other.currentIndexChanged.connect(self._compare)
        row.addWidget(self.other)
        row.addStretch(1)
        self._count = words("", look="muted")
        row.addWidget(self._count)
        box.addLayout(row)
        self.view = QPlainTextEdit()
        self.view.setReadOnly(True)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setAccessibleName("Difference of the texts")
        font = self.view.font()
        font.setFamily("monospace")
        font.setStyleHint(font.StyleHint.Monospace)
        self.view.setFont(font)
        box.addWidget(self.view, 1)

    @property
    def can_compare(self) -> bool:
        """Whether the baseline and another item have a text."""
        return bool(self._others()) and self._base() is not None

    def show_texts(self, texts: Sequence[KeptText | None], baseline: int) -> None:
        """Compare these with the one at `baseline`."""
        self._texts, self._baseline = texts, baseline
        self.other.blockSignals(True)
        self.other.clear()
        for place in self._others():
            kept = texts[place]
            self.other.addItem(kept.title if kept else "", place)
        self.other.blockSignals(False)
        self._compare()

    def restyle(self, tokens: Tokens) -> None:
        """Follow the theme."""
        self._tokens = tokens
        self._paint()

    def _base(self) -> KeptText | None:
        return self._texts[self._baseline] if self._texts else None

    def _others(self) -> list[int]:
        return [
            place
            for place, kept in enumerate(self._texts)
            if kept is not None and place != self._baseline
        ]

    def _compare(self) -> None:
        base, place = self._base(), self.other.currentData()
        kept = self._texts[place] if place is not None else None
        if base is None or kept is None:
            self.lines = ()
            self._title.setText("No two of these have a text that was kept")
        else:
            self.lines = text_diff(base.text, kept.text)
            self._title.setText(f"{base.title}  \u2192")
        self.other.setVisible(kept is not None)
        new = sum(line.change is Change.IN for line in self.lines)
        old = sum(line.change is Change.OUT for line in self.lines)
        self._count.setText(f"+{new:,} \u2212{old:,} lines" if new or old else "equal")
        self._count.setVisible(kept is not None)
        self.view.setPlainText(
            "\n".join(f"{line.change.value} {line.text}" for line in self.lines)
        )
        self._paint()

    def _paint(self) -> None:
        colors = {
            Change.IN: self._tokens.good_soft,
            Change.OUT: self._tokens.bad_soft,
            Change.FOLD: self._tokens.raised,
        }
        marks = []
        for number, line in enumerate(self.lines):
            if line.change in colors:
                mark = QTextEdit.ExtraSelection()
                block = self.view.document().findBlockByNumber(number)
                mark.cursor = QTextCursor(block)
                shade = mark.format
                shade.setBackground(QColor(colors[line.change]))
                shade.setProperty(QTextFormat.Property.FullWidthSelection, True)
                mark.format = shade
                marks.append(mark)
        self.view.setExtraSelections(marks)
