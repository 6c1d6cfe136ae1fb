"""Names that some file system cannot hold, whatever a template says."""

from __future__ import annotations

import os

MOST_BYTES = 255
# Windows keeps these for devices, with any extension and in any case.
RESERVED = frozenset(
    (
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *tuple(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
    )
)
FORBIDDEN = frozenset('<>:"/\\|?*')


def unfit(name: str) -> str:
    """Why a file or folder of this name cannot exist everywhere, "" when it can."""
    if not name or name in (".", ".."):
        return "it is empty" if not name else f"{name} means a folder"
    if name[-1] in ". ":
        return f"it ends in {'a dot' if name[-1] == '.' else 'a space'}"
    if name.partition(".")[0].strip().lower() in RESERVED:
        return f"{name.partition('.')[0].strip()} is a device's name on Windows"
    if not FORBIDDEN.isdisjoint(name):
        odd = next(letter for letter in name if letter in FORBIDDEN)
        return f"it holds {odd}, which Windows does not allow"
    if not name.isprintable() and any(ord(letter) < 32 for letter in name):
        return "it holds a control character"
    if len(name) * 4 > MOST_BYTES and len(os.fsencode(name)) > MOST_BYTES:
        return f"it is longer than {MOST_BYTES} bytes"
    return ""
