"""A process that takes pictures of the screen: a path a line in, "taken" a line out."""

import sys

from PySide6.QtGui import QGuiApplication

app = QGuiApplication([])
for line in sys.stdin:
    app.processEvents()
    picture = app.primaryScreen().grabWindow(0)
    picture.save(line.rstrip("\n"))
    print("taken", flush=True)
