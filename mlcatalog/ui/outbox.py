"""Commands that have not been obeyed yet, kept on disk until they have."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile

# What a person asked for and would miss; the others are of the moment.
LASTING = frozenset({"add", "remove", "register"})
TRIES = 4  # engines that may die over one command
Command = dict[str, object]


class Outbox:
    """Numbered commands, oldest first; the lasting ones survive the window."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._number = 0
        self._waiting: dict[int, Command] = {}
        self._deaths: dict[int, int] = {}  # of engines that were asked for it

    def load(self) -> None:
        """Take over what an earlier window could not pass on."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                command = json.loads(line)
            except ValueError:
                continue  # cut off in the midst of a crash
            if isinstance(command, dict) and command.get("do") in LASTING:
                self.add(command)

    def add(self, command: Command) -> Command:
        """Keep a command; gives it with its number."""
        self._number += 1
        numbered = {**command, "id": self._number}
        self._waiting[self._number] = numbered
        if command.get("do") in LASTING:
            self._save()
        return numbered

    def obeyed(self, number: object) -> None:
        """A command cannot get lost any more."""
        command = self._waiting.pop(number, None) if isinstance(number, int) else None
        if command is not None and command.get("do") in LASTING:
            self._save()

    def engine_died(self) -> list[Command]:
        """Forget what was of the moment, and give up what may be the cause.

        Gives what is given up: every engine that was asked for it has died.
        """
        given_up: list[Command] = []
        for number, command in list(self._waiting.items()):
            self._deaths[number] = self._deaths.get(number, 0) + 1
            if command.get("do") not in LASTING:
                del self._waiting[number]
            elif self._deaths[number] >= TRIES:
                given_up.append(self._waiting.pop(number))
        if given_up:
            self._save()
        return given_up

    def waiting(self) -> list[Command]:
        """What has not been obeyed, oldest first."""
        return list(self._waiting.values())

    def _save(self) -> None:
        if self._path is None:
            return
        kept = [c for c in self._waiting.values() if c.get("do") in LASTING]
        if not kept:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = QSaveFile(str(self._path))
        if file.open(QIODevice.OpenModeFlag.WriteOnly):
            file.write("".join(json.dumps(c) + "\n" for c in kept).encode())
            file.commit()
