"""Renames as JSON and as text: what would happen, and what did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mlcatalog.cli.output import printable
from mlcatalog.cli.present.problems import blank_words
from mlcatalog.cli.table import table
from mlcatalog.conventions.offering import Blank
from mlcatalog.tasks.naming import Proposal
from mlcatalog.tasks.rename import Renamed
from mlcatalog.tasks.rename_plan import TO_FILL, Left, PlanRow, RenamePlan


def plan_document(offered: Sequence[Proposal], plan: RenamePlan) -> dict[str, Any]:
    """What `rename` proposes."""
    rows = {row.old: row for row in plan.rows}
    return {
        "proposals": [
            {
                "artifact": one.wanted.artifact or None,
                "path": one.path,
                "suggestion": one.wanted.name,
                "rules": list(one.rules),
                "blanks": [blank.field for blank in one.blanks],
                "offered": {blank.field: list(blank.offered) for blank in one.blanks},
                "conflicts": list(row.conflicts) if row else [],
                "references": row.mentions if row else 0,
            }
            for one in offered
            for row in [rows.get(one.wanted.path)]
        ],
        "changes": [
            {"path": one.path, "references": one.mentions, "diff": one.diff}
            for one in plan.changes
        ],
        "left": [_left(one) for one in plan.left],
    }


def plan_lines(offered: Sequence[Proposal], plan: RenamePlan) -> Iterator[str]:
    """What `rename` proposes, for people."""
    if not plan.rows:
        yield "Every name that can be judged keeps the convention."
        return
    blanks = {one.wanted.path: one.blanks for one in offered}
    rows = [
        (row.old, row.new_name, "; ".join(_in_the_way(row, blanks.get(row.old, ()))))
        for row in plan.rows
    ]
    yield from table(("PATH", "PROPOSED NAME", "IN THE WAY"), rows)
    open_ = [blank for row in plan.rows for blank in blanks.get(row.old, ())]
    if open_:
        yield ""
        yield "Fill in with --set FIELD=VALUE:"
        yield from (f"  {printable(blank_words(one))}" for one in _merged(open_))
    for change in plan.changes:
        yield ""
        yield from map(printable, change.diff.splitlines())
    if plan.left:
        yield ""
        yield "These mention the files and are left to you:"
        yield from (_left_line(one) for one in plan.left)
    yield ""
    ready = len(plan.rows) - plan.conflicts
    yield f"{ready} can be renamed with --apply, {plan.conflicts} cannot yet."


def _in_the_way(row: PlanRow, blanks: Sequence[Blank]) -> Iterator[str]:
    for conflict in row.conflicts:
        if conflict == TO_FILL and blanks:
            yield f"fill in {', '.join(blank.field for blank in blanks)}"
        else:
            yield conflict


def _merged(blanks: Sequence[Blank]) -> Iterator[Blank]:
    """The blanks of several names, each field once."""
    for field in dict.fromkeys(blank.field for blank in blanks):
        same = [blank for blank in blanks if blank.field == field]
        offered = dict.fromkeys(text for one in same for text in one.offered)
        yield replace(same[0], offered=tuple(offered))


def renamed_document(
    done: Renamed, plan: RenamePlan, refused: Sequence[PlanRow]
) -> dict[str, Any]:
    """What `rename --apply` and `rename --undo` did."""
    return {
        "plan": done.id,
        "renamed": [{"from": move.old, "to": move.new} for move in done.moves],
        "rewritten": list(done.edits),
        "left": [_left(one) for one in plan.left],
        "refused": [
            {"path": row.old, "suggestion": row.new_name, "why": list(row.conflicts)}
            for row in refused
        ],
        "problems": list(done.problems),
    }


def renamed_lines(
    done: Renamed, plan: RenamePlan, refused: Sequence[PlanRow]
) -> Iterator[str]:
    """What was done, for people."""
    for move in done.moves:
        yield f"{printable(move.old)}\n  is now {printable(move.new.rpartition('/')[2])}"
    for path in done.edits:
        yield f"rewritten: {printable(path)}"
    for row in refused:
        yield f"left: {printable(row.old_name)}: {'; '.join(row.conflicts)}"
    yield from (_left_line(one) for one in plan.left)
    yield from map(printable, done.problems)
    yield f"Take it back with: mlcatalog rename --undo {done.id}"


def _left(one: Left) -> dict[str, Any]:
    return {
        "path": one.path,
        "line": one.line or None,
        "text": one.text,
        "why": one.why,
    }


def _left_line(one: Left) -> str:
    place = f"{one.path}:{one.line}" if one.line else one.path
    return f"  {printable(place)}  {printable(one.text)}  ({one.why})"
