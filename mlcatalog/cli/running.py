"""How every command ends: its exit status, and what is said when it failed."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from mlcatalog.cli.output import printable, write_json
from mlcatalog.domain.errors import Cancelled, MlcatalogError

DONE, REPORTED, USAGE, UNUSABLE, INTERRUPTED = 0, 1, 2, 3, 130


def new_app() -> typer.Typer:
    """An app for one family of commands."""
    app = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    # With a callback, the name of a family's only command is still asked for.
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """mlcatalog: what every model came from."""


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., int]], Any]:
    """Make a function that returns an exit status a command."""

    def register(function: Callable[..., int]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(*args: Any, **values: Any) -> None:
            raise typer.Exit(ended(lambda: function(*args, **values), values))

        run.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
        run.__annotations__ = {
            key: held.annotation
            for key, held in run.__signature__.parameters.items()  # type: ignore[attr-defined]
        }
        app.command(name)(run)
        return run

    return register


def ended(body: Callable[[], int], values: dict[str, Any]) -> int:
    """The exit status of a command, with its error written where it belongs."""
    try:
        status = body()
        sys.stdout.flush()
    except MlcatalogError as error:
        present(error, as_json=bool(values.get("as_json")))
        return UNUSABLE
    except (KeyboardInterrupt, Cancelled):
        sys.stderr.write("\nInterrupted. What was finished until then is kept.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status


def present(error: MlcatalogError, *, as_json: bool) -> None:
    """Say what went wrong: a document on stdout, or sentences on stderr."""
    if as_json:
        write_json(
            {
                "error": {
                    "what": error.what,
                    "where": error.where,
                    "why": error.why,
                    "remedy": error.remedy,
                }
            }
        )
        sys.stdout.flush()
        return
    first, *rest = error.sentences()
    sys.stderr.write(f"mlcatalog: {printable(first)}\n")
    sys.stderr.writelines(f"  {printable(sentence)}\n" for sentence in rest)
