"""Catalogues of any size without the files, the same for the same numbers."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from mlcatalog.catalog.opening import HEAD
from mlcatalog.catalog.store import Catalog

EPOCH = 1_700_000_000_000_000  # µs
PROJECTS = 20
RUNS_IN_TEN = 1  # of ten artifacts
PARAMS = 150  # of each run, as in fasttrackml's published load
KINDS = ("model", "run", "config", "dataset", "script")
FORMATS = {
    "model": "safetensors",
    "run": "mlflow",
    "config": "yaml",
    "dataset": "parquet",
    "script": "python",
}
WORDS = ("churn", "intent", "defect", "speech", "ranking", "fraud", "forecast")
NETS = ("mlp", "bert_base", "unet", "llama8b", "gbdt", "resnet50")
WATCHED = ("index", "trigger")


def catalogue_of(root: Path, artifacts: int, runs_with_params: int = 0) -> Path:
    """A catalogue of that many artifacts; made once and kept under `root`."""
    name = f"catalog-{HEAD}-{artifacts}-{runs_with_params}.db"
    path = root / "catalogues" / name
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with Catalog.open(part):
        pass
    with closing(sqlite3.connect(part, isolation_level=None)) as database:
        _fill(database, artifacts, runs_with_params)
    with Catalog.open(part) as catalog:
        while catalog.ingest.fill_search():
            pass
    part.rename(path)
    for rest in (f"{part.name}-wal", f"{part.name}-shm"):
        (path.parent / rest).unlink(missing_ok=True)
    return path


def _fill(database: sqlite3.Connection, artifacts: int, runs: int) -> None:
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -400000")
    dropped = _without_indices(database)
    database.execute("BEGIN")
    insert(database, "project", map(_project, range(PROJECTS)))
    insert(database, "artifact", (_artifact(n) for n in range(1, artifacts + 1)))
    insert(database, "version", (_version(n) for n in range(1, artifacts + 1)))
    if runs:
        insert(
            database,
            "key",
            ({"id": n + 1, "name": f"param_{n}"} for n in range(PARAMS)),
        )
        insert(database, "param", _params(artifacts, runs))
    database.execute("COMMIT")
    for statement in dropped:
        database.execute(statement)
    database.execute("ANALYZE")
    database.execute("PRAGMA journal_mode = WAL")


def _without_indices(database: sqlite3.Connection) -> list[str]:
    """Drop indices and triggers; gives the statements that bring them back."""
    rows = database.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND type IN ('index', 'trigger')"
    ).fetchall()
    for kind, name, _ in rows:
        database.execute(f"DROP {kind} {name}")
    return [sql for _, _, sql in rows]


def insert(
    database: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, object]]
) -> None:
    """Insert rows; columns that a row leaves out and that may not be empty are filled."""
    columns = database.execute(f"PRAGMA table_info({table})").fetchall()
    empty: dict[str, object] = {}
    for _, name, kind, not_null, default, is_key in columns:
        if not_null and default is None and not is_key:
            empty[name] = b"" if kind == "BLOB" else 0 if _is_number(kind) else ""
    names: list[str] = []

    def values() -> Iterator[tuple[object, ...]]:
        for row in rows:
            yield tuple({**empty, **row}.get(name) for name in names)

    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    names = [name for _, name, *_ in columns if name in {**empty, **first}]
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
    database.execute(statement, tuple({**empty, **first}[n] for n in names))
    rows = iterator
    database.executemany(statement, values())


def _is_number(kind: str) -> bool:
    return any(word in kind.upper() for word in ("INT", "FLOAT", "BOOL"))


def uid(number: int) -> str:
    """The id of an artifact of the generated catalogue."""
    return str(uuid.UUID(int=number))


def _project(number: int) -> dict[str, object]:
    path = f"/data/team-{number:02}"
    return {
        "id": number + 1,
        "uid": f"project-{number}",
        "name": f"team-{number:02}",
        "path": path.encode(),
        "path_text": path,
        "state": "idle",
        "added_at": EPOCH,
    }


def _kind(number: int) -> str:
    return KINDS[number % 5]


def _name(number: int) -> str:
    word, net = WORDS[number % 7], NETS[number % 6]
    kind = _kind(number)
    if kind == "run":
        return f"run-{number * 2_654_435_761 % 2**32:08x}"
    if kind == "model":
        return f"{word}-cls-{net}-{word}_v{number % 9 + 1}-202604{number % 28 + 1:02}-r{number:x}"
    suffix = {"config": ".yaml", "dataset": ".parquet", "script": ".py"}[kind]
    return f"{word}_{net}_{number:x}{suffix}"


def _artifact(number: int) -> dict[str, object]:
    kind, name = _kind(number), _name(number)
    path = f"{WORDS[number % 7]}/{2020 + number % 7}/{kind}s/{number % 997:03}/{name}"
    metric = (number * 7_919 % 10_000) / 10_000
    is_measured = kind in ("model", "run")
    return {
        "id": number,
        "uid": uid(number),
        "project_id": number % PROJECTS + 1,
        "kind": kind,
        "name": name,
        "path": path.encode(),
        "path_text": path,
        "run_key": f"{number % PROJECTS + 1}|mlflow||{number}"
        if kind == "run"
        else None,
        "bundle": 0,
        "owner": ("", "nlp-team", "vision-team")[number % 3],
        "created_at": EPOCH,
        "version_id": number,
        "format": FORMATS[kind],
        "size": None if kind == "run" else number * 1_048_573 % 5_000_000_000,
        "digest": None if kind == "run" else _digest(number),
        "modified": EPOCH + number * 7_919 % 1_000_003 * 60_000_000,
        "presence": "present",
        "present": 1,
        "stage": "production" if number % 500 == 0 else "draft",
        "metric_name": "f1" if is_measured else "",
        "metric_value": metric if is_measured else None,
        "met": number % 13 if kind == "model" else 0,
        "applicable": 13 if kind == "model" else 0,
        "findings": int(number % 17 == 0),
        "name_broken": int(number % 97 == 0),
    }


def _digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def _version(number: int) -> dict[str, object]:
    return {
        "id": number,
        "uid": f"v-{number:x}",
        "artifact_id": number,
        "number": 1,
        "digest": None if _kind(number) == "run" else _digest(number),
        "size": 0,
        "observed_at": EPOCH,
        "recorded_at": EPOCH + number,
    }


def _params(artifacts: int, runs: int) -> Iterator[dict[str, object]]:
    done = 0
    for number in range(1, artifacts + 1):
        if _kind(number) != "run":
            continue
        for at in range(PARAMS):
            value = (number * (at + 3)) % 1_000
            yield {
                "artifact_id": number,
                "version_id": number,
                "key_id": at + 1,
                "type": "integer",
                "text": str(value),
                "number": float(value),
                "source": "",
            }
        done += 1
        if done == runs:
            return


def lineage_of(root: Path, models: int) -> Path:
    """A catalogue of models in families of fifty, each fine-tuned from an earlier one."""
    path = root / "catalogues" / f"lineage-{HEAD}-{models}.db"
    if path.exists():
        return path
    base = catalogue_of(root, models * 5)
    part = path.with_suffix(".part")
    with (
        closing(sqlite3.connect(base)) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as database,
    ):
        source.backup(database)
        database.execute("BEGIN")
        insert(database, "edge", _edges(models))
        database.execute("COMMIT")
    part.rename(path)
    return path


def _edges(models: int) -> Iterator[dict[str, object]]:
    proofs = json.dumps([["recorded", "train.log", "", 1.0]])
    for at in range(1, models):
        family = at // 50 * 50
        if at == family:
            continue
        yield {
            "child": uid(at * 5),
            "relation": "finetuned_from",
            "parent": uid((family + (at - family - 1) // 2) * 5 or 5),
            "evidence": "recorded",
            "confidence": 1.0,
            "proofs": proofs,
            "pinned": 1,
        }
