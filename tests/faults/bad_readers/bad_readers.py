"""Readers that no one would wish for: each does what its name says."""

from __future__ import annotations

import os
import time
from pathlib import Path

from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Kind


class _Bad:
    title = "a bad reader"
    version = 1
    kind = Kind.DATASET
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        return True


class Crash(_Bad):
    format = "crash"
    suffixes = (".crash",)

    def read(self, path: Path) -> Reading:
        os.abort()


class Hang(_Bad):
    format = "hang"
    suffixes = (".hang",)

    def read(self, path: Path) -> Reading:
        while True:
            time.sleep(1)


class Eat(_Bad):
    format = "eat"
    suffixes = (".eat",)

    def read(self, path: Path) -> Reading:
        eaten = []
        while True:
            eaten.append(bytearray(64 << 20))
