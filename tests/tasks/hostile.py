"""A project full of what can be wrong with files, made on the spot."""

from __future__ import annotations

import bz2
import io
import os
import pickle
import socket
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
OLD = 1_700_000_000  # so that nothing waits to settle
SPARSE = 1 << 40

NAMES = (
    b"not-utf8-\xff\xfe.csv",
    b"new\nline.csv",
    b"tab\there.csv",
    b"<b>bold<i> & <img src=x>.csv",
    "right-to-left \u202egnp.csv".encode(),
    b"quote' \" ; drop.csv",
    b"%s %n {0} $HOME `id`.csv",
    b"-rf.csv",
    b" leading and trailing .csv",
    b"\x1b[31mred\x1b[0m.csv",
    b"a" * 250 + b".csv",
)
LEGACY = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})


class Payload:
    """Leaves a mark when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch '{self._marker}'",)


def payloads(folder: Path, marker: Path) -> list[Path]:
    """Pickles that run a command, in every wrapping that we read."""
    folder.mkdir()
    raw = pickle.dumps(Payload(marker), protocol=2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("model/data.pkl", raw)
    heads = b"".join(pickle.dumps(one, protocol=2) for one in LEGACY)
    contents = {
        "plain.pkl": raw,
        "squeezed.joblib": zlib.compress(raw),
        "bz.joblib": bz2.compress(raw),
        "zipped.pt": packed.getvalue(),
        "legacy.ckpt": heads + raw + pickle.dumps([], protocol=2),
    }
    return _written(folder, contents.items())


def damaged(folder: Path) -> list[Path]:
    """Files of each format: cut in two, and with their middle overwritten."""
    folder.mkdir()
    contents: list[tuple[str, bytes]] = []
    for sample in sorted(FIXTURES.iterdir()):
        if sample.suffix in (".txt", ".py", ".json") or not sample.is_file():
            continue
        raw = sample.read_bytes()
        middle = len(raw) // 2
        noise = b"\xff\x00" * 40
        contents += [
            (f"cut-{sample.name}", raw[:middle]),
            (f"odd-{sample.name}", raw[:middle] + noise + raw[middle + len(noise) :]),
        ]
    return _written(folder, contents)


HOSTILE: dict[str, bytes] = {
    "huge-header.safetensors": struct.pack("<Q", 1 << 62) + b"{}",
    "deep.json": b"[" * 100_000,
    "deep.yaml": b"[" * 100_000,
    "tagged.yaml": b"a: !!python/object/apply:os.system ['touch ran']\n",
    "nul.toml": b"a = 1\n\0\0\0",
    "footer.parquet": b"PAR1" + b"\0" * 8 + b"\xff\xff\xff\x7fPAR1",
    "endless.npy": b"\x93NUMPY\x02\0\xff\xff\xff\x7f{",
    "memo.pkl": b"\x80\x04Nr\xff\xff\xff\x7f0N.",
}


def hostile(folder: Path) -> list[Path]:
    """Small files that would break a careless reader, and empty ones."""
    folder.mkdir()
    empty = [
        f"empty{end}"
        for end in (".safetensors", ".onnx", ".pt", ".pkl", ".parquet", ".npz", ".npy")
    ]
    contents = [*HOSTILE.items(), *((name, b"") for name in empty)]
    return _written(folder, contents)


def odd_names(folder: Path) -> list[Path]:
    """Good files with names that would break a careless program."""
    folder.mkdir()
    paths = [Path(os.fsdecode(os.fsencode(folder) + b"/" + name)) for name in NAMES]
    for number, path in enumerate(paths):
        path.write_bytes(b"a,b\n%d,2\n" % number)
        os.utime(path, (OLD, OLD))
    return paths


def special(folder: Path, outside: Path) -> dict[str, str]:
    """Pipes, sockets and links that lead nowhere: name to the rule it breaks."""
    folder.mkdir()
    os.mkfifo(folder / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as plug:
        here = Path.cwd()
        os.chdir(folder)  # a socket's path is short
        plug.bind("plug.csv")
        os.chdir(here)
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "around").symlink_to("..")
    (folder / "gone.csv").symlink_to("nothing.csv")
    (folder / "out.csv").symlink_to(outside)
    (folder / "away").symlink_to(outside.parent)
    return {
        "pipe.csv": "scan.special-file",
        "plug.csv": "scan.special-file",
        "loop.csv": "scan.link-loop",
        "around": "scan.link-loop",
        "gone.csv": "scan.link-broken",
        "out.csv": "scan.link-outside",
        "away": "scan.link-outside",
    }


def sparse(folder: Path) -> list[Path]:
    """A file of a terabyte that is nearly all hole."""
    folder.mkdir()
    path = folder / "hole.safetensors"
    header = b'{"w":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}'
    header %= (SPARSE, SPARSE)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + SPARSE)
    os.utime(path, (OLD, OLD))
    return [path]


def _written(folder: Path, contents: Iterable[tuple[str, bytes]]) -> list[Path]:
    paths = []
    for name, raw in contents:
        path = folder / name
        path.write_bytes(raw)
        os.utime(path, (OLD, OLD))
        paths.append(path)
    return paths
