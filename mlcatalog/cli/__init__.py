"""The command line: the window's twin, with the same words and query language."""

from mlcatalog.cli.main import COMMANDS, main

__all__ = ["COMMANDS", "main"]
