"""A layout that puts widgets in a row, and in a next row where there is no more room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Rows from left to right, as words on a page."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 6) -> None:
        super().__init__(parent)
        self._gap = gap
        self._entries: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def _placed(self, frame: QRect, *, moves: bool) -> int:
        """Put everything in its row; the height that takes."""
        at, lowest = QPoint(frame.topLeft()), 0
        for entry in self._entries:
            size = entry.sizeHint()
            size.setWidth(min(size.width(), frame.width()))
            if at.x() > frame.x() and at.x() + size.width() > frame.right() + 1:
                at = QPoint(frame.x(), at.y() + lowest + self._gap)
                lowest = 0
            if moves:
                entry.setGeometry(QRect(at, size))
            at.setX(at.x() + size.width() + self._gap)
            lowest = max(lowest, size.height())
        return at.y() + lowest - frame.y()

    # Qt overrides

    def addItem(self, entry: QLayoutItem) -> None:
        self._entries.append(entry)

    def count(self) -> int:
        return len(self._entries)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._entries[index] if 0 <= index < len(self._entries) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._entries.pop(index) if 0 <= index < len(self._entries) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._placed(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, frame: QRect) -> None:
        super().setGeometry(frame)
        self._placed(frame, moves=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        heights = [entry.minimumSize().height() for entry in self._entries]
        return QSize(60, max(heights, default=0))
