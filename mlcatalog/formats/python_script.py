"""Python scripts: parsed, never imported."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.domain.reading import Notice, Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, saying, script_words

NODE_LIMIT = 500_000
PARSE_LIMIT = 2_000_000  # bytes: the parser takes about 100 times as much


class PythonReader:
    """Reads imports, first sentence, options and the paths that are named."""

    format = "python"
    title = "Python script"
    version = 1
    kind = Kind.SCRIPT
    suffixes = (".py",)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """What the text says; code that does not parse costs a notice."""
        return reading_of(bounded.text(path, PARSE_LIMIT), path.stem, self.format)


@dataclass(slots=True)
class Outline:
    """What a walk over the tree of a script came across."""

    title: str = ""
    imports: dict[str, None] = field(default_factory=dict)
    options: dict[str, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)


def reading_of(code: str, name: str, format_name: str) -> Reading:
    """The reading of Python code, from a script or a notebook's cells."""
    notices: tuple[Notice, ...] = ()
    try:
        outline = outlined(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        outline = Outline()
        why = f"The code does not parse: {type(error).__name__}"
        notices = (Notice("integrity.unparsed", why, "note"),)
    content = Evidence.CONTENT
    return Reading(
        format_name,
        Kind.SCRIPT,
        facts=(
            *saying.fact("title", outline.title, "docstring"),
            *saying.fact("imports", sorted(outline.imports), "imports", content),
            *saying.fact("options", list(outline.options), "argparse", content),
            *script_words.path_facts(outline.texts),
        ),
        claims=tuple(
            script_words.deployments(outline.texts, name=name, title=outline.title)
        ),
        notices=notices,
    )


def outlined(code: str) -> Outline:
    """Walk the tree; raises what ast.parse raises."""
    with warnings.catch_warnings():
        # An odd escape in a stranger's text is none of our warnings.
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
    outline = Outline(title=_first_line(tree))
    for node in _nodes(tree):
        _note(outline, node)
    return outline


def _first_line(tree: ast.Module) -> str:
    lines = (ast.get_docstring(tree) or "").strip().splitlines()
    return lines[0].strip() if lines else ""


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for count, node in enumerate(ast.walk(tree)):
        if count > NODE_LIMIT:
            return
        yield node


def _note(outline: Outline, node: ast.AST) -> None:
    match node:
        case ast.Import(names=names):
            for name in names:
                outline.imports[name.name.partition(".")[0]] = None
        case ast.ImportFrom(module=str(module), level=0):
            outline.imports[module.partition(".")[0]] = None
        case ast.Call(func=ast.Attribute(attr="add_argument"), args=arguments):
            for argument in arguments:
                if isinstance(argument, ast.Constant):
                    outline.options[str(argument.value)] = None
        case ast.Constant(value=str(text)):
            if script_words.kind_of(text):
                outline.texts[text.strip()] = None
        case _:
            pass
