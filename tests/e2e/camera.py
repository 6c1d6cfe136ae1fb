"""A process that takes pictures of the screen.

A line in is "left top width height path"; the line out is "taken".
"""

import sys

from PySide6.QtGui import QGuiApplication

app = QGuiApplication([])
for line in sys.stdin:
    app.processEvents()
    *box, path = line.rstrip("\n").split(" ", 4)
    app.primaryScreen().grabWindow(0, *map(int, box)).save(path)
    print("taken", flush=True)
