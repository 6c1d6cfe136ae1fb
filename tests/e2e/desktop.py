"""A desktop of its own for one test: screen, window manager, session bus, home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeVar

import pytest

PATIENCE = 120.0  # seconds for what has to come; only a hang waits that long
SCREEN = "2000x1080x24"
NEEDED = ("Xvfb", "openbox", "xdotool", "dbus-daemon")
HERE = Path(__file__).parent
ALL = (0, 0, 2000, 1080)

T = TypeVar("T")


def missing_programs() -> list[str]:
    """What the end-to-end test needs and this machine lacks."""
    return [name for name in NEEDED if shutil.which(name) is None]


def waited(look: Callable[[], T | None], what: str) -> T:
    """What `look` gives once it gives something; fails when that never comes."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(0.1)


class Desktop:
    """Everything a person's session has, and nothing of this machine's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._running: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []
        self.env = self._own_environment()

    def __enter__(self) -> Desktop:
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for started in reversed(self._running):
            end(started)
        for log in self._logs:
            log.close()

    def start(
        self, *command: str | Path, pipes: bool = False, **more: str
    ) -> subprocess.Popen[bytes]:
        """Start a program in this session; it ends with the session."""
        name = Path(command[2] if command[1:2] == ("-m",) else command[0]).name
        log = (self.home / f"{name}.log").open("ab")
        self._logs.append(log)
        started = subprocess.Popen(
            command,
            env={**self.env, **more},
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else log,
            stderr=log,
            start_new_session=True,
        )
        self._running.append(started)
        return started

    def mlcatalog(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the command line twin in this session."""
        return subprocess.run(
            [sys.executable, "-m", "mlcatalog", *map(str, arguments)],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def said(self, program: str) -> str:
        """What a program wrote where nobody looks."""
        return (self.home / f"{program}.log").read_text(errors="replace")

    # the person's hands

    def key(self, *keys: str) -> None:
        """Press keys: "ctrl+f", "Escape"."""
        self._xdotool("key", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        """Type text where the focus is."""
        self._xdotool("type", "--delay", "25", text)

    def click(self, place: tuple[int, int], *, holding: str = "") -> None:
        """Click at a place of the screen."""
        held = [["keydown", holding], ["keyup", holding]] if holding else [[], []]
        x, y = map(str, place)
        self._xdotool(*held[0], "mousemove", "--sync", x, y, "click", "1", *held[1])

    def press(self, place: tuple[int, int]) -> None:
        """Press the button of the mouse, and keep it down."""
        self._xdotool("mousemove", "--sync", *map(str, place), "mousedown", "1")

    def release(self) -> None:
        """Let go of the mouse."""
        self._xdotool("mouseup", "1")

    def move(self, *places: tuple[int, int]) -> None:
        """Move the mouse as a hand does: in steps, with a little time for each."""
        for x, y in places:
            self._xdotool("mousemove", str(x), str(y), "sleep", "0.03")

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run(
            ["xdotool", *arguments], env=self.env, check=True, capture_output=True
        )

    # its parts

    def _own_environment(self) -> dict[str, str]:
        places = {
            "HOME": "home",
            "XDG_CONFIG_HOME": "config",
            "XDG_DATA_HOME": "data",
            "XDG_CACHE_HOME": "cache",
            "XDG_STATE_HOME": "state",
            "XDG_RUNTIME_DIR": "runtime",
            "MLCATALOG_HOME": "mlcatalog",
        }
        left_out = ("XDG_", "QT_", "WAYLAND_", "DBUS_", "AT_SPI_", "MLCATALOG_", "LC_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
        for name, folder in places.items():
            (self.home / folder).mkdir(mode=0o700)
            env[name] = str(self.home / folder)
        env.pop("DISPLAY", None)
        root = str(HERE.parent.parent)
        return env | {
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(
                filter(None, [root, env.get("PYTHONPATH", "")])
            ),
            "MLCATALOG_CATALOG": str(self.home / "catalogue.db"),
            "QT_QPA_PLATFORM": "xcb",
            # As it is for everybody whose screen reader is on.
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }

    def _open(self) -> None:
        number = self._told_by("-displayfd", "Xvfb", "-screen", "0", SCREEN)
        self.env["DISPLAY"] = f":{number}"
        address = self._told_by("--print-address", "dbus-daemon", "--session")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address
        self.start("openbox", "--sm-disable")
        waited(self._has_manager, "the window manager")

    def _told_by(self, option: str, *command: str) -> str:
        """Start a program that writes one line to a descriptor; the line."""
        source, sink = os.pipe()
        log = (self.home / f"{command[0]}.log").open("ab")
        self._logs.append(log)
        nofork = ["--nofork"] if command[0] == "dbus-daemon" else ["-nolisten", "tcp"]
        argument = f"{option}={sink}" if option.startswith("--") else option
        more = [argument] if option.startswith("--") else [argument, str(sink)]
        self._running.append(
            subprocess.Popen(
                [*command, *nofork, *more],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(sink,),
                start_new_session=True,
            )
        )
        os.close(sink)
        with os.fdopen(source) as told:
            line = told.readline().strip()
        assert line, f"{command[0]} did not start: {self.said(command[0])}"
        return line

    def _has_manager(self) -> bool:
        asked = subprocess.run(
            ["xdotool", "get_desktop"], env=self.env, capture_output=True, check=False
        )
        return asked.returncode == 0


class Camera:
    """Takes pictures of the whole screen."""

    def __init__(self, desktop: Desktop, target: Path) -> None:
        self._target = target
        target.mkdir(parents=True, exist_ok=True)
        self._process = desktop.start(sys.executable, HERE / "camera.py", pipes=True)

    def keep(self, name: str, box: tuple[int, int, int, int] = ALL) -> Path:
        """Keep a picture of the screen, or a part of it, that has come to rest."""
        path = self._target / f"{name}.png"
        before = b""

        def is_still() -> bool:
            nonlocal before
            seen, before = before, self._taken(path, box)
            return seen == before

        waited(is_still, f"a screen at rest for {name}")
        return path

    def take(self, name: str) -> None:
        """Keep a picture of the screen as it is."""
        self._taken(self._target / f"{name}.png", ALL)

    def _taken(self, path: Path, box: tuple[int, int, int, int]) -> bytes:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        words = " ".join((*map(str, box), str(path)))
        self._process.stdin.write(f"{words}\n".encode())
        self._process.stdin.flush()
        assert self._process.stdout.readline() == b"taken\n"
        return path.read_bytes()


def end(started: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, with its children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if started.poll() is None:
            os.killpg(started.pid, number)
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                continue
    for pipe in (started.stdin, started.stdout):
        if pipe is not None:
            pipe.close()


def between(
    start: tuple[int, int], finish: tuple[int, int], steps: int = 12
) -> Sequence[tuple[int, int]]:
    """The places a hand passes on its way."""
    return [
        (
            start[0] + (finish[0] - start[0]) * step // steps,
            start[1] + (finish[1] - start[1]) * step // steps,
        )
        for step in range(1, steps + 1)
    ]
