"""What git says of a file, as rows of the inspector."""

from __future__ import annotations

from collections.abc import Iterator

from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.code_history import COMMITTED, HISTORY, STATE, revisions
from mlcatalog.domain.parameter_versions import VERSIONS, ParameterHistory, history_in
from mlcatalog.ui.pieces import Row


def code_rows(detail: Detail) -> list[Row]:
    """Its state, what is checked out, and the commits that changed it."""
    state = detail.fact(STATE)
    if not state:
        return []
    look = "" if state == COMMITTED else "warning"
    rows: list[Row] = [("state", state, look, "git index, when it was indexed")]
    head = detail.fact("git.head")
    if head:
        rows.append(("checked out", head, "", "git HEAD, when it was indexed"))
    author = detail.fact("git.author")
    kept = history_in(detail.fact(VERSIONS))
    if kept is not None:
        return [*rows, *_of_versions(kept)]
    for place, one in enumerate(revisions(detail.fact(HISTORY))):
        text = f"{one.commit[:8]}   {one.date[:10]}   {one.subject}"
        hint = f"{one.commit}, {one.date}" + (f", {author}" if place == 0 else "")
        rows.append(("before" if place else "last commit", text, "", hint))
    return rows


def _of_versions(kept: ParameterHistory) -> Iterator[Row]:
    """The versions of a model, each with what became of its parameters."""
    for place, one in enumerate(kept.versions):
        text = f"{one.commit[:8]}   {one.date[:10]}   {one.subject}\n{one.words}"
        names = "\n".join(one.changed)
        yield "before" if place else "last version", text, "", f"{one.commit}\n{names}"
