"""The real program followed and interrupted: lines as things change, 130 on Ctrl+C."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

OLD = 1_700_000_000
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Ctrl+C is sent as a POSIX signal"
)


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (OLD, OLD))
    return path


def artifacts(path: Path) -> int:
    """How many there are so far; 0 too while there is no catalogue yet."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM artifact").fetchone()[0])
    except sqlite3.Error:
        return 0


def started(place: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlcatalog", *arguments],
        env={**os.environ, "MLCATALOG_CATALOG": str(place / "c.db")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeding_interrupts,
    )


def heeding_interrupts() -> None:
    """A shell that starts the tests in the background has Ctrl+C ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


def interrupted(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "is kept" in said
    return said


def next_about(stream: Iterator[dict[str, Any]], path: Path) -> dict[str, Any]:
    return next(event for event in stream if event["path"] == str(path))


@pytest.mark.timeout(280)
def test_watch_tells_what_changes_until_it_is_interrupted(tmp_path: Path) -> None:
    project = tmp_path / "project"
    written(project / "train.yaml", "lr: 0.1\n")
    process = started(tmp_path, "watch", str(project))
    try:
        stream = events(process)
        first = next(stream)
        assert first["event"] == "indexed"
        assert first["path"] == str(project)
        assert first["at"].endswith("Z")
        data = written(project / "data.csv", "id,age\n1,2\n")
        added = next_about(stream, data)
        assert added["event"] == "added"
        assert added["artifact"]
        moved = data.rename(project / "renamed.csv")
        followed = next_about(stream, moved)
        assert followed["event"] == "moved"
        assert followed["artifact"] == added["artifact"]
        moved.unlink()
        gone = next_about(stream, moved)
        assert gone["event"] == "removed"
        interrupted(process)
    finally:
        process.kill()
        process.communicate()


def test_an_interrupted_index_keeps_what_it_has_and_goes_on(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for number in range(1_500):
        written(
            project / f"d{number % 30}" / f"rows_{number}.csv", f"a,b\n{number},1\n"
        )
    process = started(tmp_path, "index", str(project))
    while process.poll() is None and not artifacts(tmp_path / "c.db"):
        time.sleep(0.05)
    interrupted(process)
    assert artifacts(tmp_path / "c.db")
    again = started(tmp_path, "index", str(project), "--json")
    out, said = again.communicate(timeout=200)
    assert again.returncode == 0, said
    (found,) = json.loads(out)["projects"]
    assert found["artifacts"] == {"dataset": 1_500}


def test_a_reader_of_the_output_that_goes_away_is_no_error(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for number in range(400):
        written(project / f"a_rather_long_name_{number}.csv", f"a\n{number}\n")
    with started(tmp_path, "index", str(project)) as process:
        process.communicate(timeout=200)
    with started(tmp_path, "list", "--limit", "400", "--json") as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(60) == 0
