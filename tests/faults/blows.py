"""What goes wrong, one function a blow; each gives a sentence of what it did."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

from mlcatalog.catalog.opening import KNOWN
from tests.catalog.test_migrations import catalogue_of
from tests.faults.world import ROOT, World, wait_for
from tests.tasks.damage import PAGE, leaves, overwrite

Blow = Callable[[World], str]
EDITOR = [sys.executable, "-m", "tests.faults.editor"]


def kill_index(world: World) -> str:
    """Killed while it indexes, at first or when something changed."""
    is_first = world.chance.random() < 0.5
    if not is_first:
        world.run("index", str(world.project))
        world.change_something()
    process = world.start("index", str(world.project))
    killed = world.kill_somewhere(process, 4.0)
    return f"{'first index' if is_first else 'index'}, {'killed' if killed else 'it was faster'}"


def kill_edit(world: World) -> str:
    """Killed while a person's edits are written."""
    world.run("index", str(world.project))
    process = world.start_command([*EDITOR, str(world.catalog)])
    assert process.stdout is not None
    wanted = world.chance.randint(1, 60)
    trying: list[str] = []
    for line in process.stdout:
        said, artifact, what, value = line.split()
        if said == "trying":
            trying = [artifact, what, value]
        else:
            world.edits[artifact] = (what, value)
            trying = []
            wanted -= 1
        if not wanted:
            time.sleep(world.chance.random() * 0.02)
            process.kill()
            break
    for line in process.stdout:  # what it still said before it died
        said, artifact, what, value = line.split()
        trying = [artifact, what, value] if said == "trying" else []
        if said == "kept":
            world.edits[artifact] = (what, value)
    process.communicate()
    if trying:  # it may be kept or not: both are right
        world.edits.pop(trying[0], None)
    return f"{len(world.edits)} edits acknowledged"


def kill_migration(world: World) -> str:
    """Killed while an older catalogue is brought up to date."""
    catalogue_of(world.catalog, KNOWN[0])
    process = world.start("list")
    killed = world.kill_somewhere(process, 2.5)
    status, out, said = world.run(
        "list", "owner:nlp-team state:present,missing,offline"
    )
    if status or "bert" not in out:
        raise AssertionError(
            f"after the migration list ends with {status}: {out}{said}"
        )
    with closing(sqlite3.connect(world.catalog)) as database, database:
        database.execute("DELETE FROM artifact")  # it has no file; the scan is compared
        database.execute("DELETE FROM project")
    return "killed" if killed else "it was faster"


def kill_backup(world: World) -> str:
    """Killed while it backs up; the next backup can be opened."""
    world.run("index", str(world.project))
    process = world.start("backup")
    killed = world.kill_somewhere(process, 1.8)
    status, _, said = world.run("backup")
    if status:
        raise AssertionError(f"the next backup ends with {status}: {said}")
    for copy in (world.catalog.parent / "backups").glob("*.db"):
        with closing(sqlite3.connect(copy)) as database:
            verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise AssertionError(f"{copy.name} is damaged: {verdict}")
    return "killed" if killed else "it was faster"


def full_disk(world: World) -> str:
    """No file may grow beyond a limit: as a full disk or a quota says no."""
    if world.chance.random() < 0.5:
        world.run("index", str(world.project))
        world.change_something()
    size = world.catalog.stat().st_size if world.catalog.exists() else 0
    limit = world.chance.randint(4_096, max(8_192, size + 600_000))

    def narrow() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    status, _, said = world.run("index", str(world.project), preexec_fn=narrow)
    if status not in (0, 3) or "Traceback" in said:
        raise AssertionError(f"on a full disk it ends with {status}: {said[-800:]}")
    return f"limit {limit:,} bytes, status {status}"


def folder_away(world: World) -> str:
    """The project's folder vanishes while it is indexed, and comes back."""
    world.run("index", str(world.project))
    world.change_something()
    process = world.start("index", str(world.project))
    time.sleep(world.chance.random() * 2.5)
    away = world.place / "away"
    world.project.rename(away)
    _, said = process.communicate(timeout=120)
    if process.returncode not in (0, 3) or "Traceback" in said:
        raise AssertionError(
            f"without its folder it ends with {process.returncode}: {said[-800:]}"
        )
    status, _, said = world.run("index", str(world.project))
    if status != 3:
        raise AssertionError(f"a missing folder gives {status}: {said[-500:]}")
    away.rename(world.project)
    return f"status {process.returncode}"


def bad_readers(world: World) -> str:
    """A reader of another package crashes, hangs or eats memory: that file fails."""
    package = world.home / "readers"
    shutil.copytree(ROOT / "tests" / "faults" / "bad_readers", package)
    for word in ("crash", "hang", "eat"):
        (world.project / f"a.{word}").write_text("x")
    environment = {
        **world.environment,
        "PYTHONPATH": f"{package}:{world.environment['PYTHONPATH']}",
    }
    process = subprocess.run(
        world.command("index", str(world.project), "--json"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    if process.returncode or '"unreadable":' not in process.stdout:
        raise AssertionError(
            f"it ends with {process.returncode}: {process.stderr[-800:]}"
        )
    status, out, _ = world.run("check", "--format", "text")
    for word in ("a.crash", "a.hang", "a.eat"):
        if word not in out:
            raise AssertionError(
                f"no finding names {word} (check gave {status}): {out[-800:]}"
            )
        (world.project / word).unlink()
    return "three readers failed alone"


def four_at_once(world: World) -> str:
    """Four programs at once: two scans, an editor, and one that asks."""
    world.run("index", str(world.project))
    world.change_something()
    editor = world.start_command([*EDITOR, str(world.catalog)])
    scans = [world.start("index", str(world.project)) for _ in range(2)]
    status, _, said = world.run("list", "--json")
    if status:
        raise AssertionError(f"list beside them ends with {status}: {said[-800:]}")
    for scan in scans:
        _, said = scan.communicate(timeout=240)
        if scan.returncode:
            raise AssertionError(
                f"a scan beside another ends with {scan.returncode}: {said[-800:]}"
            )
    editor.kill()
    out, said = editor.communicate()
    if "Traceback" in said:
        raise AssertionError(f"the editor failed: {said[-800:]}")
    lines = [line.split() for line in out.splitlines() if line.count(" ") == 3]
    for said_word, artifact, what, value in lines:
        if said_word == "kept":
            world.edits[artifact] = (what, value)
        elif lines[-1][3] == value:
            world.edits.pop(artifact, None)
    return f"{len(world.edits)} edits beside two scans"


def kill_engine(world: World) -> str:
    """The window's engine is killed while it follows changes."""
    world.run("index", str(world.project))
    process = subprocess.Popen(
        world.command("engine", "--catalog", str(world.catalog)),
        env=world.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    world.change_something()
    time.sleep(world.chance.random() * 3)
    world.change_something()
    process.kill()
    process.wait()
    if not wait_for(lambda: process.poll() is not None):
        raise AssertionError("the engine cannot be killed")
    assert process.stdin is not None
    process.stdin.close()
    return "killed"


def damage(world: World) -> str:
    """Pages of the catalogue are overwritten; it is repaired, or says what it lost."""
    world.run("index", str(world.project))
    _edit_for_a_while(world)
    at_backup = dict(world.edits)
    _, out, _ = world.run("backup")
    copy = out.strip()
    world.allowed = (*world.allowed, "*-damaged-*", "*-replaced-*")
    _edit_for_a_while(world)
    pages = world.catalog.stat().st_size // PAGE
    struck = world.chance.sample(
        range(1, pages), min(world.chance.randint(1, 4), pages - 1)
    )
    with world.catalog.open("r+b") as file:
        for page in struck:
            length = world.chance.choice((1, 40, PAGE))
            file.seek(page * PAGE + world.chance.randrange(PAGE - length + 1))
            file.write(world.chance.randbytes(length))
    status, out, said = world.run("doctor", "--repair", "--json")
    if "Traceback" in said or status not in (0, 1, 3):
        raise AssertionError(f"repair ends with {status}: {said[-800:]}")
    if status == 0:
        return f"{len(struck)} pages struck, repaired"
    document = json.loads(out)
    why = document["repair"]["not_repaired"] if status == 1 else document["error"]
    if not why:
        raise AssertionError(f"repair ends with 1 and does not say why: {out[-800:]}")
    status, _, said = world.run("restore", copy, "--yes")
    if status:
        raise AssertionError(f"the backup cannot be restored: {said[-800:]}")
    world.edits = at_backup
    return f"{len(struck)} pages struck, restored, for it said {why}"


def kill_repair(world: World) -> str:
    """Killed while it repairs a damaged catalogue; the next repair does it."""
    world.run("index", str(world.project))
    _edit_for_a_while(world)
    world.allowed = (*world.allowed, "*-damaged-*")
    overwrite(world.catalog, leaves(world.catalog, "fact")[:1])
    process = world.start("doctor", "--repair")
    killed = world.kill_somewhere(process, 6.0)
    status, out, said = world.run("doctor", "--repair")
    if status:
        raise AssertionError(f"the next repair ends with {status}: {out}{said[-800:]}")
    return "killed" if killed else "it was faster"


def _edit_for_a_while(world: World) -> None:
    """Some edits, all of them acknowledged; the editor ends by itself."""
    status, out, said = world.run_command(
        [*EDITOR, str(world.catalog), str(world.chance.randint(10, 60))]
    )
    if status:
        raise AssertionError(f"the editor failed: {said[-800:]}")
    for line in out.splitlines():
        word, artifact, what, value = line.split()
        if word == "kept":
            world.edits[artifact] = (what, value)


BLOWS: dict[str, Blow] = {
    "kill-index": kill_index,
    "kill-edit": kill_edit,
    "kill-migration": kill_migration,
    "kill-backup": kill_backup,
    "kill-engine": kill_engine,
    "full-disk": full_disk,
    "folder-away": folder_away,
    "bad-readers": bad_readers,
    "four-at-once": four_at_once,
    "damage": damage,
    "kill-repair": kill_repair,
}
