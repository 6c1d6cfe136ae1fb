"""Edits one artifact after the other until it is killed; says each when it is kept."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from mlcatalog.catalog.store import Catalog


def main(path: str, times: int | None = None) -> None:
    """Edit the catalogue at the path, so many times or for ever."""
    with Catalog.open(Path(path)) as catalog:
        ids = [row.id for row in catalog.list(sort="name")]
        first = len(catalog.journal(1_000_000))  # another value than those before
        for number in itertools.islice(itertools.count(first), times):
            artifact = ids[number % len(ids)]
            what = ("owner", "note", "tag")[number % 3]
            value = f"{what}-{number}"
            print(f"trying {artifact} {what} {value}", flush=True)
            if what == "owner":
                catalog.set_owner(artifact, value)
            elif what == "note":
                catalog.set_note(artifact, value)
            else:
                catalog.set_tags(artifact, [value])
            print(f"kept {artifact} {what} {value}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
