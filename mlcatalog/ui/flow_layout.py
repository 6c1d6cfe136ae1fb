"""A layout that puts widgets in a row, and in a next row where there is no more room."""

from __future__ import annotations

from collections.abc import Iterator

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
        """Put everything in its row, at its middle; the height that takes."""
        top = frame.y()
        for row in self._rows(frame.width()):
            height = max(size.height() for _, size in row)
            at = QPoint(frame.x(), top)
            for entry, size in row:
                if moves:
                    down = QPoint(0, (height - size.height()) // 2)
                    entry.setGeometry(QRect(at + down, size))
                at.setX(at.x() + size.width() + self._gap)
            top += height + self._gap
        return max(0, top - self._gap - frame.y())

    def _rows(self, width: int) -> Iterator[list[tuple[QLayoutItem, QSize]]]:
        """The entries that share a row, with their sizes."""
        row: list[tuple[QLayoutItem, QSize]] = []
        left = width
        for entry in self._entries:
            size = entry.sizeHint()
            size.setWidth(min(size.width(), width))
            if row and size.width() > left:
                yield row
                row, left = [], width
            row.append((entry, size))
            left -= size.width() + self._gap
        if row:
            yield row

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
