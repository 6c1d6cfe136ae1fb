"""Run in a namespace of its own: a volume below a project comes, goes and comes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index


def main(place: Path) -> None:
    """Say what the catalogue holds while the volume is there, away, and back."""
    disk, project = place / "disk", place / "project"
    drive = project / "drive"
    for folder in (disk, drive):
        folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], check=True)
    (disk / "deep").mkdir()
    (disk / "deep" / "far.csv").write_text("a\n1\n")
    (project / "near.csv").write_text("a\n2\n")
    (project / "old.csv").write_text("a\n3\n")
    with Catalog.open(place / "catalog.db") as catalog:

        def look(word: str) -> None:
            index(catalog, [project], settle_seconds=0)
            held = sorted(row.name for row in catalog.list("kind:dataset"))
            rules = sorted({f.rule for f in catalog.findings(rule_prefix="scan.")})
            versions = len(catalog.detail(catalog.find("name:far").id).versions)
            print(word, ",".join(held), ",".join(rules) or "-", versions)

        subprocess.run(["mount", "--bind", str(disk), str(drive)], check=True)
        look("there")
        subprocess.run(["umount", str(drive)], check=True)
        (project / "old.csv").unlink()
        look("away")
        subprocess.run(["mount", "--bind", str(disk), str(drive)], check=True)
        look("back")
        (disk / "deep" / "far.csv").unlink()
        look("deleted")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
