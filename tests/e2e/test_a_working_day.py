"""One working day with the real window: mouse, keyboard, screen, another program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from desktop import HERE, Camera, Desktop, between, missing_programs, waited
from screen_reader import CHECKED, ENABLED, ScreenReader, Thing

SCREENS = HERE.parents[1] / "build" / "screens"
PLACES = ("Library", "Lineage", "Compare", "Conventions", "Reuse", "Audit")
MODEL = "churn-cls-mlp-telco_v3-20260415-r81cc"
OTHER = "churn-cls-mlp-telco_v3-20260502-r9d02"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"needs {', '.join(missing_programs())}: run packaging/system-packages.sh",
    ),
]


class Session:
    """The window on a desktop, and the person before it."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        session = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        self.reader = ScreenReader(session, "mlcatalog")
        self.camera = Camera(desktop, SCREENS)
        self.window = desktop.start(sys.executable, "-m", "mlcatalog")

    def close(self) -> None:
        """Listen no longer."""
        self.reader.close()

    def see(self, name: str, role: str = "") -> Thing:
        """Wait until something of that name shows."""
        return waited(lambda: self.reader.find(name, role), f"{role} “{name}”")

    def see_nothing_of(self, name: str, role: str = "") -> None:
        """Wait until nothing of that name shows."""
        waited(lambda: self.reader.find(name, role) is None, f"no {role} “{name}”")

    def click(self, name: str, role: str = "", *, holding: str = "") -> None:
        """Click something once it can be clicked."""

        def ready() -> Thing | None:
            thing = self.reader.find(name, role)
            return thing if thing is not None and thing.is_(ENABLED) else None

        thing = waited(ready, f"{role} “{name}” that can be clicked")
        self.desktop.click(thing.middle, holding=holding)

    def picture(self, name: str) -> None:
        """Keep a picture of the window."""
        self.camera.keep(name, self.see("mlcatalog", "frame").box)

    def search(self, text: str) -> None:
        """Type into the search field, in place of what stands there."""
        self.click("Search", "text")
        self.desktop.key("ctrl+a", "BackSpace")
        self.desktop.type(text)

    def open(self, place: str) -> None:
        """Go to a place by its key."""
        self.desktop.key(f"ctrl+{PLACES.index(place) + 1}")
        waited(lambda: self._is_open(place), f"the place {place}")

    def wear(self, theme: str) -> None:
        """Choose a theme in the menu."""
        self.desktop.key("alt+v")
        self.click(f"Theme: {theme}", "menu item")
        self.see_nothing_of(f"Theme: {theme}", "menu item")

    def rows(self) -> set[str]:
        """What the cells of the table say."""
        return {name.removeprefix("⚠ ") for name in self.reader.names("cell")}

    def twin(self, query: str) -> set[str]:
        """The names that the command line finds."""
        return set(self.listed(query))

    def listed(self, query: str) -> list[str]:
        """The names that the command line finds, artifact by artifact."""
        answer = self.desktop.mlcatalog("list", query, "--json", "--limit", "1000")
        if answer.returncode:
            return []
        return [found["name"] for found in json.loads(answer.stdout)["items"]]

    def _is_open(self, place: str) -> bool:
        tab = self.reader.find(place, "check box") or self.reader.find(
            place, "radio button"
        )
        return tab is not None and tab.is_(CHECKED)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with Desktop(tmp_path) as opened:
        yield opened


@pytest.fixture
def project(desktop: Desktop) -> Path:
    written = desktop.mlcatalog("demo", desktop.home / "demo")
    assert written.returncode == 0, written.stderr
    return desktop.home / "demo" / "churn-prediction"


def test_a_working_day_from_the_first_drop_to_the_audit_pdf(
    desktop: Desktop, project: Path
) -> None:
    with closing(Session(desktop)) as session:
        try:
            live_the_day(session, project)
        except BaseException:
            session.camera.take("at-the-failure")
            raise


def test_a_damaged_catalogue_gives_a_choice_and_is_left_as_it_is(
    desktop: Desktop,
) -> None:
    broken = desktop.home / "catalogue.db"
    broken.write_bytes(b"this was a catalogue once " * 500)
    before = broken.read_bytes()
    with closing(Session(desktop)) as session:
        session.see("This file is no catalogue.", "label")
        session.see("Choose another…", "push button")
        session.camera.keep("damaged-catalogue", session.see("mlcatalog").box)
        session.click("Quit", "push button")
        assert session.window.wait(60) == 3
    assert broken.read_bytes() == before


def live_the_day(session: Session, project: Path) -> None:
    session.see("mlcatalog", "frame")
    session.wear("light")
    session.picture("first-start-light")
    drop(session, project)
    answer_the_sheet(session)
    be_asked_for_right_names(session)
    see_the_rows(session)
    search_while_typing(session)
    follow_the_disk(session, project)
    open_the_lineage(session)
    open_the_comparison(session)
    save_the_pdf(session)
    for theme in ("light", "dark"):
        picture_every_place(session, theme)
    leave(session)


def drop(session: Session, project: Path) -> None:
    """Drag a folder out of another program's window onto ours."""
    desktop = session.desktop
    source = desktop.start(sys.executable, HERE / "drag_source.py", project, pipes=True)
    files = ScreenReader(desktop.env["DBUS_SESSION_BUS_ADDRESS"], "drag_source.py")
    start = waited(lambda: files.find("Files to drag"), "the other window").middle
    files.close()
    left, top, width, height = session.see("mlcatalog", "frame").box
    target = (left + width // 2, top + height // 2)
    desktop.press(start)
    desktop.move((start[0] - 12, start[1] + 8), *between(start, target))

    def hovering() -> bool:
        # A drag is told where it is only while the mouse moves.
        desktop.move((target[0] + 3, target[1]), target)
        return session.reader.find(f"Drop to register {project.name}…") is not None

    waited(hovering, "the zone that says what a drop does")
    session.camera.keep("drop-light")
    desktop.release()
    assert source.stdout is not None
    ended = source.stdout.readline().decode()
    assert ended == "ended: LinkAction\n", ended  # registered in place, not copied


def answer_the_sheet(session: Session) -> None:
    session.see("Register in place", "dialog")
    session.click("Owner", "text")
    session.desktop.type("churn team")
    session.picture("sheet-light")
    session.click("Register", "push button")
    session.see_nothing_of("Register in place", "dialog")


def be_asked_for_right_names(session: Session) -> None:
    session.see("5 names of what was registered break the convention.", "label")
    session.click("Fix names…", "push button")
    session.see("Rename", "dialog")
    session.picture("right-names-light")
    session.desktop.key("Escape")
    session.see_nothing_of("Rename", "dialog")


def see_the_rows(session: Session) -> None:
    waited(lambda: MODEL in session.twin("kind:model"), "the model in the catalogue")
    waited(
        lambda: session.twin("kind:model owner:churn") >= {MODEL, OTHER},
        "the owner that was typed into the sheet",
    )
    session.search("kind:model")
    models = waited(lambda: session.twin("kind:model"), "the twin's models")
    session.see(f"{len(session.listed('kind:model'))} models", "label")
    waited(lambda: models & session.rows(), "the twin's models in the window")


def search_while_typing(session: Session) -> None:
    session.search("kind:dataset")
    waited(lambda: MODEL not in session.rows(), "only datasets")
    assert "telco_v3" in session.rows()
    session.search("no such thing anywhere")
    session.see("Nothing matches…")
    session.desktop.key("Escape")
    session.see(f"{len(session.listed(''))} artifacts", "label")


def follow_the_disk(session: Session, project: Path) -> None:
    new = project / "data" / "telco_v4_arrived.csv"
    session.search("telco_v4_arrived")
    session.see("Nothing matches…")
    new.write_text("age,churned\n41,0\n29,1\n")
    waited(lambda: "telco_v4_arrived" in session.rows(), "a file made on disk")
    new.rename(project / "data" / "telco_v4_renamed.csv")
    session.search("telco_v4_renamed")
    waited(lambda: "telco_v4_renamed" in session.rows(), "a file renamed on disk")


def open_the_lineage(session: Session) -> None:
    session.search(f"kind:model {MODEL} format:safetensors")
    session.click(MODEL, "cell")
    session.click("Show lineage", "push button")
    waited(lambda: session._is_open("Lineage"), "the place Lineage")
    session.see(f"Lineage of {MODEL}", "label")
    for parent in ("dataset telco_v3,…", "config train_r81cc.yaml,…", "run r81cc,…"):
        session.see(parent, "tree item")


def open_the_comparison(session: Session) -> None:
    session.open("Library")
    session.search("kind:model mlp telco_v3 format:safetensors")
    waited(lambda: {MODEL, OTHER} <= session.rows(), "both models")
    session.click(MODEL, "cell")
    session.click(OTHER, "cell", holding="ctrl")
    session.click("Compare 2 to 7 artifacts", "push button")
    waited(lambda: session._is_open("Compare"), "the place Compare")
    session.see(f"{MODEL[:20]}…")
    session.see("Only differences")


def save_the_pdf(session: Session) -> None:
    desktop, target = session.desktop, session.desktop.home / "dossier.pdf"
    session.open("Library")
    session.search(f"kind:model {MODEL} format:safetensors")
    session.click(MODEL, "cell")
    session.click("Audit PDF", "push button")
    session.see("page 1 of…")
    session.click("Export PDF", "push button")
    session.see("Export the dossier", "dialog")
    desktop.key("ctrl+a")
    desktop.type(str(target))
    desktop.key("Return")
    session.see_nothing_of("Export the dossier", "dialog")
    waited(target.exists, "the PDF")
    proven = desktop.mlcatalog("verify", target)
    assert proven.returncode == 0, proven.stdout + proven.stderr
    text = subprocess.run(
        ["pdftotext", target, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert MODEL in text.replace("\n", "")


def picture_every_place(session: Session, theme: str) -> None:
    session.wear(theme)
    session.open("Library")
    session.search("kind:model mlp")
    waited(lambda: MODEL in session.rows(), "the models")
    session.click(MODEL, "cell")
    for place in PLACES:
        session.open(place)
        session.picture(f"{place.lower()}-{theme}")
    session.click("Watching 1 project…", "push button")
    session.see("ACTIVITY", "label")
    session.picture(f"activity-{theme}")
    session.desktop.key("Escape")
    session.see_nothing_of("ACTIVITY", "label")


def leave(session: Session) -> None:
    """Quit by the keyboard: the program ends well, and so does its engine."""
    session.desktop.key("ctrl+q")
    assert session.window.wait(60) == 0, session.desktop.said("mlcatalog")
    assert "Traceback" not in session.desktop.said("mlcatalog")
