"""DVC's pointers: `raw.csv.dvc` says which bytes `raw.csv` has, here or elsewhere.

Beside the data it says what the data was when it was added. Alone, it stands
for data that was not pulled.
"""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlcatalog.domain import dvc_words
from mlcatalog.domain.reading import Claim, Fact, Notice, Reading, Reference, Scheme
from mlcatalog.domain.values import Value, clipped
from mlcatalog.domain.words import Evidence, Kind, Relation
from mlcatalog.formats import bounded, plain_values, saying

RECORDED = Evidence.RECORDED
SIZE_LIMIT = 16 * 2**20  # bytes; a pointer that lists the files of a folder is long
LISTING_LIMIT = 64 * 2**20
LISTED = 100  # names of a folder's files that are shown
LEVELS = 16  # folders above a pointer in which its .dvc folder is looked for
NOT_HERE = "dvc pointer"
HERE = "dvc data"


class DvcPointerReader:
    """Reads what `dvc add`, `dvc import` and `dvc import-url` write."""

    format = NOT_HERE
    title = "DVC pointer"
    version = 1
    kind = Kind.DATASET
    suffixes: tuple[str, ...] = (dvc_words.SUFFIX,)
    names: tuple[str, ...] = ()

    def claims(self, head: bytes) -> bool:
        """Any text."""
        return bounded.is_text(head)

    def read(self, path: Path) -> Reading:
        """Digest, size and origin of what it stands for; raises FormatError."""
        text = bounded.text(path, SIZE_LIMIT)
        table = bounded.table_of(plain_values.yaml_of(text, path))
        outs = table.get("outs")
        out = bounded.table_of(outs[0]) if isinstance(outs, list) and outs else {}
        inner = _place(table, out, path)
        if not inner:
            raise bounded.damaged(path, "It names nothing that it stands for")
        target = _inside(path.parent, inner)
        is_here = target is not None and target.exists()
        kind = dvc_words.kind_of(inner)
        home = _Home.above(path)
        return Reading(
            HERE if is_here else NOT_HERE,
            kind,
            facts=(
                *_facts(table, out, inner, home),
                *(() if is_here else _stands_for(out)),
            ),
            claims=tuple(_origin(table, kind))
            + (() if is_here else tuple(_twins(out, kind))),
            notices=() if is_here else (_elsewhere(path, out, home),),
        )


def _place(table: dict[str, object], out: dict[str, object], path: Path) -> str:
    named = out.get("path")
    if not isinstance(named, str) or not named:
        return ""
    folder = table.get("wdir")
    inner = f"{folder}/{named}" if isinstance(folder, str) and folder else named
    return str(PurePosixPath(inner.replace("\\", "/")))


def _inside(folder: Path, inner: str) -> Path | None:
    """What lies there, unless the path leaves the folder of the pointer."""
    place = PurePosixPath(inner)
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        return None
    found = folder / place
    return None if found.is_symlink() else found


class _Home:
    """The `.dvc` folder of a project: its remotes and its cache."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._config = configparser.RawConfigParser(strict=False)
        if folder is not None:
            try:
                text = bounded.text(folder / "config", 65_536)
                self._config.read_string(text)
            except (OSError, ValueError, configparser.Error):
                self._config.clear()

    @classmethod
    def above(cls, path: Path) -> _Home:
        """The nearest one above a file; a link to one is not followed."""
        for folder in path.parents[:LEVELS]:
            found = folder / ".dvc"
            if found.is_dir():
                return cls(None if found.is_symlink() else found)
        return cls(None)

    def remote(self, name: object) -> str:
        """A remote's name and address, the project's own when none is named."""
        wanted = str(name or self._said("core", "remote"))
        for section in (f"'remote \"{wanted}\"'", f'remote "{wanted}"'):
            url = self._said(section, "url")
            if wanted and url:
                return f"{wanted}: {dvc_words.without_secret(url)}"
        return wanted

    def _said(self, section: str, key: str) -> str:
        return self._config.get(section, key, fallback="").strip()

    def cached(self, md5: str) -> Path | None:
        """An object in the cache of the project; a cache elsewhere is not followed."""
        if self.folder is None or self._said("cache", "dir"):
            return None
        cache = self.folder / "cache"
        for inner in () if cache.is_symlink() else dvc_words.cached(md5):
            found = cache / inner
            if found.is_file() and not found.is_symlink():
                return found
        return None

    def listing(self, md5: str) -> list[str]:
        """The paths in a folder, as the cache lists them; none when it does not."""
        found = self.cached(md5) if md5.endswith(dvc_words.FOLDER_MARK) else None
        if found is None or found.stat().st_size > LISTING_LIMIT:
            return []
        try:
            raw = json.loads(found.read_bytes())
        except (ValueError, RecursionError):
            return []
        listed = raw if isinstance(raw, list) else []
        return [
            str(one["relpath"])
            for one in listed
            if isinstance(one, dict) and "relpath" in one
        ]


def _facts(
    table: dict[str, object], out: dict[str, object], inner: str, home: _Home
) -> Iterator[Fact]:
    yield Fact("dvc.path", Value.of(inner), "outs: path", RECORDED)
    if digest := dvc_words.bare(out.get("md5")):
        yield Fact("dvc.md5", Value.of(str(out["md5"])), "outs: md5", RECORDED)
        # What DVC 2 wrote has no such key, and digests texts by lines.
        made = "dvc 3" if out.get("hash") == "md5" else "dvc 2"
        yield Fact("dvc.layout", Value.of(made), "outs: hash", RECORDED)
    for key, name in (
        ("dvc.size", "size"),
        ("dvc.files", "nfiles"),
        ("dvc.type", "type"),
        ("dvc.labels", "labels"),
        ("dvc.meta", "meta"),
        ("dvc.etag", "etag"),
    ):
        yield from saying.fact(key, out.get(name), f"outs: {name}", RECORDED)
    for key in ("desc", "meta", "frozen"):
        fact = "description" if key == "desc" else f"dvc.{key}"
        yield from saying.fact(fact, table.get(key) or out.get(key), key, RECORDED)
    if out.get("push") is False or out.get("cache") is False:
        yield Fact("dvc.remote", Value.of("kept nowhere else"), "outs", RECORDED)
    else:
        remote = home.remote(out.get("remote"))
        yield from saying.fact("dvc.remote", remote, ".dvc/config", RECORDED)
    if digest:
        names = home.listing(str(out["md5"]))
        shown = names[:LISTED]
        yield from saying.fact("dvc.listing", shown, ".dvc/cache", RECORDED)
    yield from _import_facts(table)


def _stands_for(out: dict[str, object]) -> Iterator[Fact]:
    """What the bytes are that are not here."""
    if dvc_words.bare(out.get("md5")):
        yield Fact("content.md5", Value.of(str(out["md5"])), "outs: md5", RECORDED)
    yield from saying.fact("content.size", out.get("size"), "outs: size", RECORDED)


def _sources(table: dict[str, object]) -> Iterator[dict[str, object]]:
    deps = table.get("deps")
    for one in (deps if isinstance(deps, list) else [])[:100]:
        yield bounded.table_of(one)


def _import_facts(table: dict[str, object]) -> Iterator[Fact]:
    for one in _sources(table):
        repo = bounded.table_of(one.get("repo"))
        for key, raw in (
            ("import.url", repo.get("url")),
            ("import.path", one.get("path")),
            ("import.branch", repo.get("rev")),
            ("import.revision", repo.get("rev_lock")),
            ("import.etag", one.get("etag") or one.get("checksum")),
        ):
            shown = dvc_words.without_secret(raw) if isinstance(raw, str) else raw
            yield from saying.fact(key, shown, "deps", RECORDED)


def _origin(table: dict[str, object], kind: Kind) -> Iterator[Claim]:
    """What it was imported from: a repository at a commit, or an address."""
    for one in _sources(table):
        path, repo = one.get("path"), bounded.table_of(one.get("repo"))
        url, revision = repo.get("url"), repo.get("rev_lock") or one.get("md5")
        if not isinstance(path, str) or not path:
            continue
        whole = f"{url}#{path}" if isinstance(url, str) and url else path
        shown = clipped(dvc_words.without_secret(whole))
        version = str(revision) if isinstance(revision, str) else None
        target = Reference(Scheme.URL, shown, version, kind)
        yield saying.claim(Relation.COPY_OF, target, "deps", evidence=RECORDED)


def _twins(out: dict[str, object], kind: Kind) -> Iterator[Claim]:
    if dvc_words.bare(out.get("md5")):
        same = Reference(Scheme.MD5, str(out["md5"]), kind=kind)
        yield saying.claim(Relation.COPY_OF, same, "outs: md5", evidence=RECORDED)


def _elsewhere(path: Path, out: dict[str, object], home: _Home) -> Notice:
    md5 = str(out.get("md5") or "")
    size, files = out.get("size"), out.get("nfiles")
    amount = f"{size:,} bytes" if isinstance(size, int) else "its bytes"
    if isinstance(files, int):
        amount += f" in {files:,} files"
    remote = home.remote(out.get("remote"))
    if md5 and home.cached(md5) is not None:
        where, verb = "in the cache of DVC here", "checkout"
    else:
        where, verb = f"in {remote}" if remote else "elsewhere", "pull"
    message = f"Only a DVC pointer is here; {amount} are kept {where}"
    return Notice(
        "integrity.bytes-elsewhere",
        f'{message}. "dvc {verb} {path.name}" brings them.',
        "note",
    )
