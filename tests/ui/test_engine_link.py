"""The real engine process under the window: it dies, comes back, and loses nothing."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pytestqt.qtbot import QtBot

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.words import ProjectState
from mlcatalog.ui.engine_link import EngineLink
from mlcatalog.ui.outbox import Outbox

T = TypeVar("T")
PATIENCE = 120_000  # ms for what has to come; only a hang waits that long
PRESENT = "state:present kind:config"


class Ears:
    """Everything that the engine said, and its deaths."""

    def __init__(self, link: EngineLink) -> None:
        self.lines: list[dict[str, Any]] = []
        self.deaths: list[tuple[str, str, bool]] = []
        link.told.connect(self.lines.append)
        link.died.connect(lambda *death: self.deaths.append(death))

    def events(self, event: str, **values: object) -> list[dict[str, Any]]:
        return [
            line
            for line in self.lines
            if line["event"] == event and values.items() <= line.items()
        ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.db"
    Catalog.open(path).close()
    return path


@pytest.fixture
def link(path: Path, qtbot: QtBot) -> Iterator[EngineLink]:
    made = EngineLink(path, outbox=Outbox(path.with_name("commands")), back_off=10)
    yield made
    made.quit()


@pytest.fixture
def ears(link: EngineLink) -> Ears:
    return Ears(link)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project_of(tmp_path / "project", 3)


def project_of(folder: Path, files: int) -> Path:
    folder.mkdir()
    for number in range(files):
        (folder / f"train_{number}.yaml").write_text(f"lr: {number}\n")
    return folder


def asked(path: Path, ask: Callable[[Catalog], T]) -> T:
    with Catalog.open(path, read_only=True) as catalog:
        return ask(catalog)


def configs(path: Path) -> int:
    return asked(path, lambda catalog: catalog.count(PRESENT))


def state_of(path: Path) -> str:
    projects = asked(path, lambda catalog: catalog.projects())
    return projects[0].state.value if projects else ""


def soon(qtbot: QtBot, is_so: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(is_so()), timeout=PATIENCE)


def kill(link: EngineLink, ears: Ears, qtbot: QtBot) -> None:
    deaths = len(ears.deaths)
    soon(qtbot, lambda: link.process_id)
    os.kill(link.process_id, signal.SIGKILL)
    soon(qtbot, lambda: len(ears.deaths) > deaths)


def test_an_idle_project_is_said_to_be_watched_and_progress_names_its_stage(
    link: EngineLink, ears: Ears, folder: Path, path: Path, qtbot: QtBot
) -> None:
    link.start()
    link.send({"do": "add", "path": str(folder)})
    soon(qtbot, lambda: ears.events("state", state="watching"))
    assert configs(path) == 3

    def stages() -> set[str]:
        """A file that was just written is read and digested once it has settled."""
        return {
            line["stage"]
            for line in ears.events("progress")
            if line["project"] in ("", str(folder))
        }

    soon(qtbot, lambda: stages() >= {"walk", "read", "digest", "link", "judge"})
    assert ears.events("done")[0]["report"]["seconds"]["total"] > 0


def test_a_killed_engine_is_noticed_told_and_started_again_by_itself(
    link: EngineLink, ears: Ears, folder: Path, path: Path, qtbot: QtBot
) -> None:
    link.start()
    kill(link, ears, qtbot)
    sentence, detail, needs_a_person = ears.deaths[0]
    assert "stopped unexpectedly" in sentence
    assert "kept" in sentence
    assert "started again" in sentence
    assert "signal 9" in detail
    assert not needs_a_person
    link.send({"do": "add", "path": str(folder)})
    soon(qtbot, lambda: configs(path) == 3)


def test_after_the_second_death_a_person_starts_it_and_no_command_is_lost(
    link: EngineLink, ears: Ears, tmp_path: Path, path: Path, qtbot: QtBot
) -> None:
    link.start()
    kill(link, ears, qtbot)
    kill(link, ears, qtbot)
    assert ears.deaths[1][2]
    assert link.process_id == 0
    first, second = project_of(tmp_path / "a", 2), project_of(tmp_path / "b", 4)
    link.send({"do": "add", "path": str(first)})
    link.send({"do": "add", "path": str(second)})
    soon(qtbot, lambda: configs(path) == 6)


def test_what_could_not_be_passed_on_waits_for_the_next_window(
    path: Path, folder: Path, qtbot: QtBot
) -> None:
    kept = path.with_name("commands")
    before = Outbox(kept)
    before.add({"do": "register", "paths": [str(folder)], "values": {"owner": "ann"}})
    before.add({"do": "pause", "path": None})
    again = Outbox(kept)
    again.load()
    link = EngineLink(path, outbox=again)
    link.start()
    try:
        soon(qtbot, lambda: configs(path) == 3)
        soon(qtbot, lambda: not kept.exists())
    finally:
        link.quit()
    assert [command["do"] for command in again.waiting()] == []


def test_killed_in_the_middle_of_indexing_it_converges_after_the_restart(
    link: EngineLink, ears: Ears, tmp_path: Path, path: Path, qtbot: QtBot
) -> None:
    folder = project_of(tmp_path / "many", 600)
    (folder / "weights.bin").write_bytes(os.urandom(1 << 20))
    link.start()
    link.send({"do": "add", "path": str(folder)})
    soon(qtbot, lambda: ears.events("progress", stage="read"))
    kill(link, ears, qtbot)
    ears.lines.clear()
    soon(qtbot, lambda: ears.events("done", whole=True))
    soon(qtbot, lambda: state_of(path) == "watching")
    assert configs(path) == 600
    # What was written a moment ago is digested once it has settled.
    missing = "kind:config missing:digest"
    soon(qtbot, lambda: asked(path, lambda catalog: catalog.count(missing)) == 0)
    assert asked(path, lambda catalog: catalog.integrity()) == ()


def test_a_project_is_paused_alone_stays_so_and_resumes(
    link: EngineLink, ears: Ears, tmp_path: Path, path: Path, qtbot: QtBot
) -> None:
    one, two = project_of(tmp_path / "one", 2), project_of(tmp_path / "two", 2)
    link.start()
    for folder in (one, two):
        link.send({"do": "add", "path": str(folder)})
    soon(qtbot, lambda: configs(path) == 4)
    link.send({"do": "pause", "path": str(one)})
    soon(qtbot, lambda: ears.events("state", project=str(one), state="paused"))
    (one / "late.yaml").write_text("a: 1\n")
    (two / "late.yaml").write_text("a: 1\n")
    soon(qtbot, lambda: configs(path) == 5)
    kill(link, ears, qtbot)  # what a person chose holds in the next engine too
    (two / "later.yaml").write_text("a: 1\n")
    soon(qtbot, lambda: configs(path) == 6)
    link.send({"do": "resume", "path": str(one)})
    soon(qtbot, lambda: configs(path) == 7)


def test_cancel_keeps_what_was_done_and_leaves_other_projects_alone(
    link: EngineLink, ears: Ears, tmp_path: Path, path: Path, qtbot: QtBot
) -> None:
    big, small = tmp_path / "big", project_of(tmp_path / "small", 2)
    project_of(big, 300)
    for number in range(12):
        (big / f"data_{number}.npy").write_bytes(os.urandom(24 << 20))
    link.start()
    link.send({"do": "add", "path": str(big)})
    soon(qtbot, lambda: ears.events("progress", stage="digest", project=str(big)))
    link.send({"do": "cancel", "path": str(big)})
    soon(qtbot, lambda: ears.events("cancelled", project=str(big)))
    kept = asked(path, lambda catalog: catalog.count("kind:config"))
    assert kept == 300
    watching = {"project": str(big), "state": ProjectState.WATCHING.value}
    soon(qtbot, lambda: "kept" in str(ears.events("state", **watching)))
    link.send({"do": "add", "path": str(small)})
    soon(qtbot, lambda: ears.events("done", project=str(small)))
    link.send({"do": "rescan", "path": str(big)})
    soon(qtbot, lambda: ears.events("done", project=str(big)))
    undigested = "kind:config missing:digest"
    assert asked(path, lambda catalog: catalog.count(undigested)) == 0


def test_a_command_that_cannot_be_done_is_answered_once_and_not_sent_again(
    link: EngineLink, ears: Ears, tmp_path: Path, qtbot: QtBot
) -> None:
    link.start()
    link.send({"do": "add", "path": str(tmp_path / "nowhere")})
    soon(qtbot, lambda: ears.events("obeyed"))
    (error,) = ears.events("error", command="add")
    assert error["error"]["remedy"]
    assert not (tmp_path / "commands").exists()


def test_an_engine_without_a_usable_catalogue_says_why_and_is_not_tried_again(
    tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no catalogue at all " * 100)
    link = EngineLink(broken, back_off=10)
    ears = Ears(link)
    link.start()
    soon(qtbot, lambda: ears.deaths)
    assert ears.deaths[0][2]
    (error,) = ears.events("error", fatal=True)
    assert error["error"]["where"] == str(broken)
    assert broken.read_bytes() == b"no catalogue at all " * 100


def test_a_registration_waits_for_no_scan_and_is_done_with_its_values(
    link: EngineLink, ears: Ears, folder: Path, path: Path, qtbot: QtBot
) -> None:
    model = folder / "model.safetensors"
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    raw = header.encode()
    model.write_bytes(len(raw).to_bytes(8, "little") + raw + b"\0" * 4)
    link.start()
    link.send(
        {"do": "register", "paths": [str(model)], "values": {"owner": "data team"}}
    )
    soon(qtbot, lambda: ears.events("registered"))
    soon(qtbot, lambda: ears.events("obeyed"))
    found = asked(path, lambda catalog: catalog.find(f"path:{model}"))
    assert found.owner == "data team"
    soon(qtbot, lambda: state_of(path) == "watching")


def test_a_second_drop_takes_nothing_from_the_first_even_while_all_is_paused(
    link: EngineLink, ears: Ears, tmp_path: Path, path: Path, qtbot: QtBot
) -> None:
    first, second = project_of(tmp_path / "one", 40), project_of(tmp_path / "two", 2)
    third = project_of(tmp_path / "three", 3)
    link.start()
    for folder in (first, second):
        link.send({"do": "register", "paths": [str(folder)]})
    soon(qtbot, lambda: len(ears.events("registered")) == 2)
    assert configs(path) == 42
    link.send({"do": "pause", "path": None})
    link.send({"do": "register", "paths": [str(third)]})
    soon(qtbot, lambda: len(ears.events("registered")) == 3)
    assert configs(path) == 45


def test_a_command_that_kills_every_engine_is_given_up_and_told(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "commands")
    outbox.add({"do": "register", "paths": ["/poison"]})
    given_up = [outbox.engine_died() for _ in range(4)]
    assert given_up[:3] == [[], [], []]
    assert given_up[3][0]["paths"] == ["/poison"]
    assert outbox.waiting() == []
    assert not (tmp_path / "commands").exists()
