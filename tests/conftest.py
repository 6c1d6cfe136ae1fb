"""Set before libraries load: no display is needed, and numeric ones use one thread."""

from __future__ import annotations

import os

from hypothesis import settings

from mlcatalog import ONE_THREAD

os.environ.update(ONE_THREAD)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# An example may take long on a machine that is busy with other things.
settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")
