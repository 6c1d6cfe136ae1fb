"""Set before libraries load: no display is needed, and numeric ones use one thread."""

from __future__ import annotations

import os

from mlcatalog import ONE_THREAD

os.environ.update(ONE_THREAD)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
