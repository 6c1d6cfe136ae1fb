"""What Python code defines for Feast, as far as the code writes it out."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlcatalog.formats import bounded
from mlcatalog.formats.python_script import PARSE_LIMIT

VIEWS = frozenset(
    {"FeatureView", "BatchFeatureView", "StreamFeatureView", "OnDemandFeatureView"}
)
DECORATORS = frozenset({"on_demand_feature_view", "stream_feature_view"})
FIELDS = frozenset({"Field", "Feature"})
LISTS = ("schema", "features")
NODE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Thing:
    """An entity or a view, by the texts that its definition has."""

    kind: str  # "entity", "view"
    said: dict[str, str]
    names: tuple[str, ...] = ()  # an entity's join keys
    fields: tuple[dict[str, str], ...] = ()
    source: dict[str, str] = field(default_factory=dict)
    function: str = ""  # that computes an on-demand view


def things(path: Path) -> Iterator[Thing]:
    """The entities and views of a file; none when it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(bounded.text(path, PARSE_LIMIT))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the reader of scripts says so
    assigned = dict(_assigned(tree))
    for node in _nodes(tree):
        if isinstance(node, ast.Call) and _called(node) == "Entity":
            yield _entity(node)
        elif isinstance(node, ast.Call) and _called(node) in VIEWS:
            yield _view(node, assigned)
        elif isinstance(node, ast.FunctionDef):
            for one in node.decorator_list:
                if isinstance(one, ast.Call) and _called(one) in DECORATORS:
                    yield _view(one, assigned, function=node.name)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for count, node in enumerate(ast.walk(tree)):
        if count > NODE_LIMIT:
            return
        yield node


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """What names at the top of the file stand for."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _entity(call: ast.Call) -> Thing:
    keys = _arguments(call).get("join_keys")
    listed = keys.elts if isinstance(keys, ast.List | ast.Tuple) else []
    return Thing("entity", _texts(call), tuple(filter(None, map(_text, listed))))


def _view(
    call: ast.Call, assigned: Mapping[str, ast.Call], function: str = ""
) -> Thing:
    arguments = _arguments(call)
    listed = next((arguments[key] for key in LISTS if key in arguments), None)
    members = listed.elts if isinstance(listed, ast.List | ast.Tuple) else []
    said = _texts(call)
    if function:
        said.setdefault("name", function)
    return Thing(
        "view",
        said,
        fields=tuple(
            _texts(one)
            for one in members
            if isinstance(one, ast.Call) and _called(one) in FIELDS
        ),
        source=_source(arguments, assigned),
        function=function,
    )


def _source(
    arguments: Mapping[str, ast.expr], assigned: Mapping[str, ast.Call]
) -> dict[str, str]:
    value = arguments.get("source") or arguments.get("batch_source")
    if isinstance(value, ast.Name):
        value = assigned.get(value.id)
    if not isinstance(value, ast.Call):
        return {}
    inner = _arguments(value).get("batch_source")  # of a push or stream source
    if inner is not None:
        return _source({"source": inner}, assigned)
    return _texts(value)


def _arguments(call: ast.Call) -> dict[str, ast.expr]:
    """The arguments that have names; a name may come first, without one."""
    found = {one.arg: one.value for one in call.keywords if one.arg}
    if call.args and "name" not in found:
        found["name"] = call.args[0]
    return found


def _texts(call: ast.Call) -> dict[str, str]:
    """The arguments that are texts, the type by its name, tags by theirs."""
    found: dict[str, str] = {}
    for key, value in _arguments(call).items():
        if isinstance(value, ast.Dict) and key in ("tags", "labels"):
            pairs = zip(value.keys, value.values, strict=True)
            found |= {
                name: text
                for one, inner in pairs
                if one and (name := _text(one)) and (text := _text(inner))
            }
        elif key == "dtype":
            found[key] = ast.unparse(value)
        elif text := _text(value):
            found[key] = text
    return found


def _text(value: ast.expr) -> str:
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return str(value.value) if is_text and isinstance(value, ast.Constant) else ""
