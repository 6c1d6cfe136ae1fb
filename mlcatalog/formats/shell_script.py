"""Shell scripts: which Python scripts they call, with which configurations."""

from __future__ import annotations

import re
from pathlib import Path

from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Evidence, Kind
from mlcatalog.formats import bounded, saying, script_words

PYTHON_CALL = re.compile(r"\bpython[\d.]*\s+(?:-\w\s+)*([\w./-]+\.py)\b")
CONFIG_OPTION = re.compile(r"--config(?:[-_]\w+)?[=\s]+[\"']?([\w./-]+)")
WORD = re.compile(r"[^\s\"'=;|&()]+")


class ShellReader:
    """Reads calls and paths by pattern; nothing is expanded or run."""

    format = "shell"
    title = "Shell script"
    version = 1
    kind = Kind.SCRIPT
    suffixes = (".sh", ".bash")
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Calls, configurations and named paths."""
        text = bounded.text(path, 2_000_000)
        lines = text.splitlines()
        comments = [line[1:].strip() for line in lines[:10] if line[:1] == "#"]
        title = next((line for line in comments if line and line[0] != "!"), "")
        code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
        words = dict.fromkeys(WORD.findall(code))
        content = Evidence.CONTENT
        calls = list(dict.fromkeys(PYTHON_CALL.findall(code)))
        configs = list(dict.fromkeys(CONFIG_OPTION.findall(code)))
        return Reading(
            self.format,
            self.kind,
            facts=(
                *saying.fact("title", title, "comment"),
                *saying.fact("calls", calls, "python", content),
                *saying.fact("configs", configs, "--config", content),
                *script_words.path_facts(words),
            ),
            claims=tuple(script_words.deployments(words, name=path.stem, title=title)),
        )
