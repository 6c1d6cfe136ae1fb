"""The entry of the command line: one table of commands, each loaded when asked for."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Sequence

from mlcatalog import __version__, logs

# Command: its module in cli/commands, and its line in the overview.
COMMANDS: dict[str, tuple[str, str]] = {
    "index": ("scanning", "scan folders to completion"),
    "watch": ("scanning", "index folders, then follow what changes"),
    "list": ("asking", "list what a query finds"),
    "show": ("asking", "show all that is known of one artifact"),
    "lineage": ("asking", "show what came from what"),
    "compare": ("comparing", "lay artifacts side by side"),
    "check": ("checking", "name what is wrong: names, lineage, files"),
    "rename": ("naming", "propose better names, or give them with --apply"),
    "name": ("naming", "print the right name for given fields"),
    "register": ("registering", "put files or folders in the catalogue"),
    "reuse": ("reusing", "find models that fit a dataset"),
    "report": ("proving", "write the audit dossier as a PDF"),
    "verify": ("proving", "prove a dossier against its evidence and the files"),
    "demo": ("registering", "write the demo project"),
    "journal": ("upkeep", "show or verify what was decided"),
    "backup": ("upkeep", "copy the catalogue"),
    "restore": ("upkeep", "put a backup in the catalogue's place"),
    "doctor": ("examining", "examine the catalogue, or repair it"),
    "projects": ("upkeep", "list the watched folders"),
    "readers": ("upkeep", "list the formats and tools that are read"),
}
GLOBAL_OPTIONS = ("--catalog",)
USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status of DESIGN section 7."""
    try:
        level, given = logs.taken(sys.argv[1:] if argv is None else argv)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    logs.set_up(level)
    logging.getLogger(__name__).debug("mlcatalog %s: %s", __version__, given[:1])
    name, arguments = _split(given)
    if name == "--version":
        return _say(f"mlcatalog {__version__}\n")
    if name in ("", "--help", "-h", "help"):
        return _say(overview())
    if name not in COMMANDS:
        sys.stderr.write(_unknown(name))
        return USAGE
    module = importlib.import_module(f"mlcatalog.cli.commands.{COMMANDS[name][0]}")
    return _run(module.APP, [name, *arguments])


def overview() -> str:
    """What `mlcatalog --help` prints."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{said}" for name, (_, said) in COMMANDS.items()]
    return "\n".join(
        (
            "mlcatalog PATH...      opens the window on folders",
            "mlcatalog COMMAND ...  does one thing and ends",
            "",
            *lines,
            "",
            "Every command takes --help, --json and --catalog PATH (or the variable",
            "MLCATALOG_CATALOG); --log-level debug, info, warning or error says how much",
            "goes to stderr and to the log file. Exit status: 0 done, 1 something to report, 2 wrong",
            "use, 3 not found or not usable, 130 interrupted.",
            "",
        )
    )


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    """The command and its arguments; global options may stand before it."""
    before: list[str] = []
    while arguments and arguments[0].partition("=")[0] in GLOBAL_OPTIONS:
        taken = 1 if "=" in arguments[0] else 2
        before += arguments[:taken]
        arguments = arguments[taken:]
    if not arguments:
        return "", before
    return arguments[0], before + arguments[1:]


def _unknown(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, n=1)
    asked = f" Did you mean {close[0]}?" if close else ""
    shown = name.encode("unicode_escape").decode("ascii")
    return f"There is no command {shown}.{asked}\nTry: mlcatalog --help\n"


def _say(text: str) -> int:
    sys.stdout.write(text)
    return 0


def _run(app: object, arguments: list[str]) -> int:
    from typer.main import Typer

    assert isinstance(app, Typer)
    try:
        app(arguments, prog_name="mlcatalog")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else USAGE
    return 0
