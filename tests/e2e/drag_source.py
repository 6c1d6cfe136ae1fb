"""Another program's window: whatever is dragged out of it carries the given files."""

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Files(QLabel):
    """Files that can be dragged, as in a file manager."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__("Files\n" + "\n".join(p.rpartition("/")[2] for p in paths))
        self._paths = paths
        self.setWindowTitle("Files to drag")
        self.setAccessibleName("Files to drag")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setGeometry(1620, 80, 320, 160)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        carried = QMimeData()
        carried.setUrls([QUrl.fromLocalFile(path) for path in self._paths])
        drag = QDrag(self)
        drag.setMimeData(carried)
        actions = Qt.DropAction.CopyAction | Qt.DropAction.LinkAction
        print(f"ended: {drag.exec(actions, Qt.DropAction.CopyAction).name}", flush=True)


app = QApplication(sys.argv)
files = Files(sys.argv[1:])
files.show()
app.exec()
