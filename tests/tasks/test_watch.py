"""Watch and engine: the folder changes and the catalogue follows."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.indexing.listing import WHOLE, Scope
from mlcatalog.tasks.watch import Watch, WatchEvent, merged
from tests.tasks.waiting import PATIENCE, wait_for


def test_what_happens_in_a_watched_folder_shows_in_the_catalogue(
    catalog: Catalog, folder: Path
) -> None:
    events: list[WatchEvent] = []
    watch = Watch(catalog, events.append, settle_seconds=0.1)
    watch.add(catalog.add_project(folder))
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        wait_for(lambda: catalog.count("kind:config") == 1, "the first scan")
        (folder / "new").mkdir()
        (folder / "new" / "data.csv").write_text("a,b\n1,2\n")
        wait_for(lambda: catalog.count("kind:dataset has:digest") == 1, "a new file")
        (folder / "new" / "data.csv").rename(folder / "moved.csv")
        wait_for(lambda: catalog.count("path:moved.csv") == 1, "a rename")
        assert len(catalog.detail(catalog.find("name:moved").id).versions) == 1
        (folder / "train.yaml").unlink()
        wait_for(lambda: catalog.count("kind:config") == 0, "a delete")
        assert catalog.count("state:missing") == 1
        assert catalog.projects()[0].state.value == "watching"
    finally:
        watch.stop()
        thread.join()


def test_a_vanished_project_is_offline_and_keeps_its_artifacts(
    catalog: Catalog, folder: Path
) -> None:
    watch = Watch(catalog, lambda event: None, settle_seconds=0.1)
    watch.add(catalog.add_project(folder))
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        wait_for(lambda: catalog.count("kind:config") == 1, "the first scan")
        away = folder.with_name("away")
        folder.rename(away)
        wait_for(lambda: catalog.count("state:offline") == 1, "offline")
        assert catalog.count("kind:config") == 1
        away.rename(folder)
        wait_for(lambda: catalog.count("state:present") == 1, "back again")
    finally:
        watch.stop()
        thread.join()


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ({WHOLE, Scope(b"a")}, [WHOLE]),
        ({Scope(b"a"), Scope(b"a/b"), Scope(b"ab")}, [Scope(b"a"), Scope(b"ab")]),
        ({Scope(b"a"), Scope(b"a/b", False)}, [Scope(b"a")]),
        ({Scope(b"a", False), Scope(b"a/b")}, [Scope(b"a/b"), Scope(b"a", False)]),
    ],
)
def test_scopes_are_merged(scopes: set[Scope], expected: list[Scope]) -> None:
    assert merged(scopes) == expected


def test_the_engine_obeys_and_ends_with_its_window(
    tmp_path: Path, folder: Path
) -> None:
    path = tmp_path / "engine.db"
    code = (
        "import sys; from pathlib import Path; "
        "from mlcatalog.tasks.engine import run_engine; "
        f"sys.exit(run_engine(Path({str(path)!r})))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as engine:
        assert engine.stdin
        assert engine.stdout
        for command in ({"do": "add", "path": str(folder)}, {"do": "nonsense"}):
            engine.stdin.write(json.dumps(command) + "\n")
        engine.stdin.flush()
        seen = []
        for line in engine.stdout:
            seen.append(json.loads(line))
            if {"done", "error"} <= {event["event"] for event in seen}:
                break
        engine.stdin.close()
        assert engine.wait(PATIENCE) == 0
    done = next(event for event in seen if event["event"] == "done")
    assert done["report"]["artifacts"] == {"config": 1}
