"""Which files only grew, in folders where nothing else changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlcatalog.catalog.ingest import FileState
from mlcatalog.catalog.listing import signed
from mlcatalog.tasks.indexing.listing import Difference


class Grown:
    """The logs that may be read on; any other change in a folder rules it out.

    `waiting` are folders in which something was still to be done before the
    listing, `left` the logs in them of which half a line was left.
    """

    def __init__(
        self, waiting: Collection[bytes], left: Mapping[int, FileState]
    ) -> None:
        self._longer = dict(left)
        self._other = set(waiting) - {state.folder for state in left.values()}

    def add(self, listing: Difference, remembered: Collection[FileState]) -> None:
        """Take in what a listing found changed."""
        known = {state.id: state for state in remembered}
        self._other |= {seen.folder for seen in listing.added}
        self._other |= {state.folder for state in listing.gone}
        for number, seen in listing.changed:
            state = known[number]
            is_same = state.state == "present" and state.inode == signed(seen.inode)
            if is_same and state.artifact_id is None and seen.size > state.size:
                self._longer[number] = state._replace(
                    size=seen.size,
                    mtime_ns=seen.mtime_ns,
                    ctime_ns=seen.ctime_ns,
                )
            else:
                self._other.add(seen.folder)

    def files(self) -> list[FileState]:
        """The logs, as they are now."""
        return [s for s in self._longer.values() if s.folder not in self._other]
