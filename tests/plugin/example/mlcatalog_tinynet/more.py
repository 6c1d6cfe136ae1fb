"""A tracker of an extra that was not installed with the package."""

from __future__ import annotations

import tinynet_extra  # type: ignore[import-not-found]

from mlcatalog_tinynet.tracker import TinylogTracker


class MoreTracker(TinylogTracker):
    """Reads what the extra reads."""

    tool = "more"
    kind = tinynet_extra
