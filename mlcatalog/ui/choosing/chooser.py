"""A field and a list below it: what is typed narrows, Enter chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.ui.pieces import field, words
from mlcatalog.ui.theme import Tokens

LINE = Qt.ItemDataRole.UserRole
SIZE = QSize(620, 440)
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True)
class Line:
    """One line of a chooser; a reason says why it cannot be chosen now.

    Without a value it is there to be read only.
    """

    title: str
    right: str
    value: object
    reason: str = ""

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ", ".join(filter(None, (self.title, self.right, self.reason)))


class LinePainter(QStyledItemDelegate):
    """Title at the left, keys or path at the right, the reason before them."""

    def __init__(self, tokens: Tokens, parent: QObject) -> None:
        super().__init__(parent)
        self._tokens = tokens

    # Qt overrides

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(200, 30)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        line, tokens = index.data(LINE), self._tokens
        frame = option.rect.adjusted(10, 0, -10, 0)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(tokens.selection))
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics, half = painter.fontMetrics(), frame.width() // 2
        side = " · ".join(filter(None, (line.reason, line.right)))
        shown = metrics.elidedText(side, Qt.TextElideMode.ElideMiddle, half)
        painter.setPen(QColor(tokens.muted))
        painter.drawText(frame, middle | Qt.AlignmentFlag.AlignRight, shown)
        painter.setPen(QColor(tokens.muted if line.reason else tokens.text))
        room = frame.width() - metrics.horizontalAdvance(shown) - 16
        title = metrics.elidedText(line.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(frame, middle, title)
        painter.restore()


class Chooser(QDialog):
    """Tells what is typed and what is chosen; whoever opened it fills the list."""

    typed = Signal(str)
    chosen = Signal(object)

    def __init__(
        self, title: str, hint: str, tokens: Tokens, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(SIZE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field = field(title, hint=hint)
        self.list = QListWidget()
        self.list.setAccessibleName(f"{title}: what fits")
        self.list.setItemDelegate(LinePainter(tokens, self))
        self.list.setUniformItemSizes(True)
        self._none = words("Nothing fits.", look="muted")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 10, 10, 10)
        for part in (self.field, self._none, self.list):
            box.addWidget(part)
        self.field.textChanged.connect(self.typed)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(lambda _: self._choose())
        self.list.itemClicked.connect(lambda _: self._choose())

    @property
    def lines(self) -> list[Line]:
        """What the list shows."""
        return [self.list.item(n).data(LINE) for n in range(self.list.count())]

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Replace the list; the first line is the current one."""
        self.list.clear()
        for line in lines:
            made = QListWidgetItem(line.title, self.list)
            made.setData(LINE, line)
            made.setData(Qt.ItemDataRole.AccessibleTextRole, line.spoken)
        self.list.setCurrentRow(0)
        self._none.setVisible(not lines)

    def _choose(self) -> None:
        current = self.list.currentItem()
        line = current.data(LINE) if current else None
        if isinstance(line, Line) and line.value is not None and not line.reason:
            self.close()
            self.chosen.emit(line.value)

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in MOVES:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
        return bool(super().eventFilter(watched, event))
