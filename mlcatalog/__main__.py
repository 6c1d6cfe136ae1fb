"""The entry: a command line when given a command, else the window on the folders given."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mlcatalog import ONE_THREAD, logs


def main() -> int:
    """Run a command, the engine or the window; gives the exit status."""
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
    arguments = sys.argv[1:]
    if arguments[:2] == ["engine", "--catalog"] and len(arguments) in (3, 5):
        from mlcatalog.tasks.engine import run_engine

        level, rest = logs.taken(arguments)
        logs.set_up(level)
        return run_engine(Path(rest[2]))
    from mlcatalog.cli.main import COMMANDS

    if _is_command(arguments, frozenset(COMMANDS)):
        from mlcatalog.cli.main import main as command

        return command(arguments)
    from mlcatalog.app import run

    return run(arguments)


def _is_command(arguments: list[str], commands: frozenset[str]) -> bool:
    rest = list(arguments)
    while rest and rest[0].partition("=")[0] in ("--catalog", logs.OPTION):
        rest = rest[1:] if "=" in rest[0] else rest[2:]
    return bool(rest) and rest[0] in commands | {"--version", "--help", "-h", "help"}


if __name__ == "__main__":
    sys.exit(main())
