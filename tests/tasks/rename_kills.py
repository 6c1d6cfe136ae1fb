"""Kills a rename at every step, mends, and says what each kill came to.

Run as a program of its own: it forks, and a process of tests has threads.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from rename_project import build, plan_of, tree

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.index import index
from mlcatalog.tasks.rename import apply, recover, undo

Act = Callable[[Catalog, Path, Callable[[str], None]], object]


def main(scratch: Path, verb: str) -> None:
    verbs: dict[str, Act] = {
        "apply": lambda catalog, root, step: apply(
            catalog, plan_of(catalog, root), step
        ),
        "undo": lambda catalog, _, step: undo(catalog, step=step),
    }
    act = verbs[verb]
    origin = scratch / "origin"
    build(origin / "project")
    with Catalog.open(origin / "catalog.db", actor="ann") as catalog:
        index(catalog, [origin / "project"], settle_seconds=0)
        for summary in catalog.list("kind:model"):
            catalog.set_note(summary.id, f"note of {summary.name}")
        if verb == "undo":
            apply(catalog, plan_of(catalog, origin / "project"))
    home = scratch / "here"
    steps: list[str] = []
    results = []
    _fresh(origin, home)
    with Catalog.open(home / "catalog.db") as catalog:
        before, ids = tree(home / "project"), _known(catalog)
        act(catalog, home / "project", steps.append)
        after, names_after = tree(home / "project"), _known(catalog)
    for number in range(len(steps)):
        for second in (None, 0, 2, 5) if number % 4 == 2 else (None,):
            _fresh(origin, home)
            _killed(home, act, number)
            if second is not None:
                mend = lambda catalog, _, step: recover(catalog, step)  # noqa: E731
                if not _killed(home, mend, second):
                    continue
            with Catalog.open(home / "catalog.db") as catalog:
                recover(catalog)
                is_sound = catalog.verify_journal()[0] and not catalog.integrity()
                kinds = [entry.kind for entry in catalog.journal(10)]
                names = _known(catalog)
            now = tree(home / "project")
            results.append(
                {
                    "number": number,
                    "step": steps[number],
                    "second": second,
                    "done": now == after and names == names_after,
                    "undone": now == before and names == ids,
                    "sound": is_sound,
                    "entries": kinds.count("rename"),
                }
            )
    print(json.dumps(results))


def _fresh(origin: Path, home: Path) -> None:
    """A copy of the first state. The catalogue knows paths, so it is made to fit."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(origin, home, copy_function=shutil.copy2)
    _rehome(home, str(origin), str(home))


def _rehome(home: Path, old: str, new: str) -> None:
    import sqlite3

    with sqlite3.connect(home / "catalog.db") as database:
        database.execute(
            "update project set path = ?, path_text = ?",
            (f"{new}/project".encode(), f"{new}/project"),
        )
    database.close()
    for plan in home.glob("catalog-renames/*/plan.json"):
        plan.write_text(plan.read_text().replace(old, new))


def _known(catalog: Catalog) -> dict[str, list[str]]:
    """Each artifact's id with its place, name and note."""
    ids = [one.id for one in catalog.list("")]
    return {
        one.summary.id: [one.summary.path, one.summary.name, one.note]
        for one in catalog.details(ids)
    }


def _killed(home: Path, act: Act, number: int) -> bool:
    """Act in a child that kills itself at a step; False when it ended before."""
    child = os.fork()
    if child == 0:
        count = 0

        def step(_: str) -> None:
            nonlocal count
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

        with Catalog.open(home / "catalog.db") as catalog:
            act(catalog, home / "project", step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
