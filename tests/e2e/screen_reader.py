"""The window as a screen reader tells it: roles, names, states and places.

It asks over AT-SPI, the way Orca does, so a test sees what a person can see or
hear, and the program needs no door for tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ACCESSIBLE = "org.a11y.atspi.Accessible"
COMPONENT = "org.a11y.atspi.Component"
ROOT = "/org/a11y/atspi/accessible/root"
CHECKED, ENABLED, FOCUSED, SHOWING = 4, 8, 12, 25
WINDOWS = frozenset({"frame", "dialog", "alert", "application", "desktop frame"})


@dataclass(frozen=True)
class Thing:
    """One thing on the screen."""

    role: str
    name: str
    states: int
    box: tuple[int, int, int, int]  # left, top, width, height

    def is_(self, state: int) -> bool:
        """Whether it is in a state."""
        return bool(self.states >> state & 1)

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click it."""
        left, top, width, height = self.box
        return left + width // 2, top + height // 2


class GoneError(Exception):
    """What was asked about is no longer there."""


class ScreenReader:
    """Reads the windows of one program."""

    def __init__(self, session: str, program: str) -> None:
        """Needs the session bus before the program starts, which looks for it then."""
        with open_dbus_connection(session) as bus:
            address = _call(bus, "org.a11y.Bus", "/org/a11y/bus", "GetAddress")[0]
        self._bus = open_dbus_connection(address)
        self._program = program

    def close(self) -> None:
        """Hear no more."""
        self._bus.close()

    def things(self) -> list[Thing]:
        """Everything that shows now, windows first to last."""
        try:
            programs = self._children("org.a11y.atspi.Registry", ROOT)
            return [
                thing
                for owner, path in programs
                if self._name(owner, path) == self._program
                for thing in self._below(owner, path)
            ]
        except GoneError:  # it changed while we looked; the next look will do
            return []

    def find(self, name: str, role: str = "") -> Thing | None:
        """The first thing that shows and has this name, or begins with it and "…"."""
        wanted = name.rstrip("…")
        for thing in self.things():
            if role in ("", thing.role) and (
                thing.name == name or (name != wanted and thing.name.startswith(wanted))
            ):
                return thing
        return None

    def names(self, role: str) -> list[str]:
        """The names of all things of a role."""
        return [thing.name for thing in self.things() if thing.role == role]

    def _below(self, owner: str, path: str) -> Iterator[Thing]:
        for child_owner, child in self._children(owner, path):
            thing = self._thing(child_owner, child)
            if not thing.is_(SHOWING) and thing.role not in WINDOWS:
                continue
            if thing.is_(SHOWING):
                yield thing
            yield from self._below(child_owner, child)

    def _thing(self, owner: str, path: str) -> Thing:
        low, high = self._ask(owner, path, ACCESSIBLE, "GetState")[0]
        states = low | high << 32
        role = self._ask(owner, path, ACCESSIBLE, "GetRoleName")[0]
        box = (0, 0, 0, 0)
        if states >> SHOWING & 1:
            box = self._ask(owner, path, COMPONENT, "GetExtents", "u", 0)[0]
        return Thing(role, self._name(owner, path), states, box)

    def _children(self, owner: str, path: str) -> list[tuple[str, str]]:
        return list(self._ask(owner, path, ACCESSIBLE, "GetChildren")[0])

    def _name(self, owner: str, path: str) -> str:
        properties = "org.freedesktop.DBus.Properties"
        answer = self._ask(owner, path, properties, "Get", "ss", ACCESSIBLE, "Name")
        return str(answer[0][1])

    def _ask(
        self,
        owner: str,
        path: str,
        interface: str,
        method: str,
        signature: str | None = None,
        *values: object,
    ) -> Any:
        address = DBusAddress(path, owner, interface)
        message = new_method_call(address, method, signature, values)
        try:
            answer = self._bus.send_and_get_reply(message, timeout=30)
        except TimeoutError as error:
            raise GoneError(path) from error
        if answer.header.message_type == MessageType.error:
            raise GoneError(path)
        return answer.body


def _call(bus: DBusConnection, service: str, path: str, method: str) -> Any:
    message = new_method_call(DBusAddress(path, service, service), method)
    answer = bus.send_and_get_reply(message, timeout=30)
    assert answer.header.message_type != MessageType.error, answer.body
    return answer.body
