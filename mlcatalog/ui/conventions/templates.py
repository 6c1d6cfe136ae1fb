"""Templates in the place: which one is in force, what another would do, and saving it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QUndoStack

from mlcatalog import settings
from mlcatalog.catalog.store import Catalog
from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.template import DEFAULT_TEMPLATE, Template
from mlcatalog.conventions.writing import Change
from mlcatalog.domain.errors import SettingsError
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.tasks import conventions_file
from mlcatalog.tasks.conventions_file import FilePlan
from mlcatalog.ui.conventions.origin import shown
from mlcatalog.ui.conventions.tester import Asked, TemplateTester, Tried
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.naming.judged import Judged, Scope
from mlcatalog.ui.naming.wording import PLURALS, counted
from mlcatalog.ui.stepping import Done


@dataclass(frozen=True, slots=True)
class InForce:
    """The template of a scope; locked says why it cannot be edited there."""

    text: str
    source: str = ""
    locked: str = ""


def in_force(judged: Judged, scope: Scope) -> InForce:
    """The template that speaks of a scope's names, and where it stands."""
    if not scope.root and scope.kind != "model":
        many = PLURALS[scope.kind]
        return InForce(
            "", locked=f"Choose a project to write a template for its {many}"
        )
    if not scope.root:
        is_built_in = judged.names.template == DEFAULT_TEMPLATE
        source = "mlcatalog" if is_built_in else "your settings"
        return InForce(judged.names.template, source)
    convention = judged.rules.at(scope.kind, scope.root)
    if convention is None:
        return InForce("")
    source = convention.source
    if source.startswith("/"):
        source = shown(source, scope.root)
    return InForce(convention.template.text, source.replace("the default", "mlcatalog"))


def try_template(
    tester: TemplateTester,
    text: str,
    preset: str,
    asked: Asked,
    progress: Progress = no_progress,
) -> Tried | SettingsError:
    """What a template would make of the names of a scope; an error says why not."""
    judged, scope = tester.shelf.judged, tester.shelf.scope
    try:
        if scope.root:
            made = plan(judged, scope, text, preset)
            rules = judged.rules.with_file(made.said)
        else:
            Convention.parse(text)
            # A project's own file has the last word.
            rules = judged.rules.with_template(text)
    except SettingsError as error:
        return error
    return tester.tried(rules, asked, progress)


def plan(judged: Judged, scope: Scope, text: str, preset: str = "") -> FilePlan:
    """What a template would make of the folder's file; raises SettingsError."""
    change = Change(scope.kind, text, preset)
    return conventions_file.plan_change(Path(scope.root), change, judged.names.template)


def effect(tried: Tried) -> str:
    """What a change would make of the names, in words."""
    if tried.known < tried.total:
        return (
            f"{tried.broken:,} of the first {tried.known:,} names would break it; "
            f"{tried.total - tried.known:,} more are being tried."
        )
    parts = []
    if tried.breaking:
        parts.append(
            f"{tried.breaking:,} that {'keeps' if tried.breaking == 1 else 'keep'} it now"
        )
    if tried.mended:
        parts.append(f"{tried.mended:,} would be mended")
    more = f" ({'; '.join(parts)})" if parts else ", as many as now"
    names = counted(tried.total, "name", "names")
    return f"{tried.broken:,} of {names} would break it{more}."


def save_in_settings(settings_path: Path, text: str) -> str:
    """Keep a template in the settings; gives it back. Raises SettingsError."""
    Template.parse(text)
    known = settings.load(settings_path)
    kept = "" if text == DEFAULT_TEMPLATE else text
    settings.save(known.changed(name_template=kept), settings_path)
    return text


def push_write(
    stack: QUndoStack,
    jobs: Jobs,
    catalog: Catalog,
    plan: FilePlan,
    then: Callable[[object], object],
) -> None:
    """Write a convention's file, and put it on the stack when that went well."""
    Done.run(
        stack,
        jobs,
        f"Save {shown(str(plan.path), '')}",
        does=lambda: conventions_file.write(catalog, plan),
        undoes=lambda: conventions_file.write(catalog, plan.back),
        then=then,
    )
