"""The MD5 of files of which something says one, computed once for each content."""

from __future__ import annotations

import os
from pathlib import Path

from mlcatalog.catalog.checksums import Unchecked
from mlcatalog.catalog.ingest import Ingest, Place
from mlcatalog.domain.errors import Cancelled
from mlcatalog.domain.progress import Progress
from mlcatalog.scanning.checksum import checksum, folder_checksum

SIZE_LIMIT = 256 << 30  # bytes of one file
BATCH = 256


def check(ingest: Ingest, place: Place, progress: Progress) -> int:
    """Compute what is asked for; gives how many there were.

    A file that cannot be read, or changes meanwhile, is left for another time.
    """
    asked = ingest.unchecked(place)
    total = sum(one.size for one in asked)
    done, batch, count = 0, list[tuple[Unchecked, str, str]](), 0
    for one in asked:
        path = Path(os.fsdecode(place.root)) / os.fsdecode(one.path)
        try:
            progress(done, total, path.name)
            start = done
            found = (
                checksum(
                    path, lambda n, _, note, at=start: progress(at + n, total, note)
                )
                if one.size <= SIZE_LIMIT
                else None
            )
        except Cancelled:
            ingest.write_checksums(batch)
            raise
        except OSError:
            found = None
        if found is not None:
            batch.append((one, found.md5, found.by_lines))
            count += 1
        done += one.size
        if len(batch) >= BATCH:
            ingest.write_checksums(batch)
            batch = []
    ingest.write_checksums(batch)
    return count + _check_folders(ingest, place, progress)


def _check_folders(ingest: Ingest, place: Place, progress: Progress) -> int:
    """Compute the MD5 of folders that DVC pointers stand for; gives how many."""
    asked = ingest.unchecked_folders(place)
    for one in asked:
        folder = Path(os.fsdecode(place.root)) / os.fsdecode(one.folder)
        try:
            md5 = (
                ""
                if _has_rules(Path(os.fsdecode(place.root)), folder)
                else folder_checksum(folder, progress, by_lines=one.by_lines)
            )
        except OSError:
            continue
        ingest.write_folder_checksum(one, md5)
    return len(asked)


def _has_rules(root: Path, folder: Path) -> bool:
    """Whether DVC may leave files out of a folder: by a rule of a folder above."""
    above = [one for one in folder.parents if one.is_relative_to(root)]
    for place in above:
        try:
            with (place / ".dvcignore").open("rb") as file:
                lines = file.read(65_536).splitlines()
        except OSError:
            continue
        if any(line.strip() and not line.startswith(b"#") for line in lines):
            return True
    return False
