"""Coverage-guided fuzzing of one reader; not a part of the test run.

    pip install atheris
    python tests/fuzz/fuzz_readers.py SUFFIX [CORPUS_DIR] [libFuzzer options]

SUFFIX is an ending of the format, ".gguf" say; the fixtures of that ending are
the seeds. Whatever is not a Reading or a FormatError is a finding, and so is an
import, a process or a connection that a file brought about.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"
FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "socket.connect", "pty.spawn")
# An ending for each binary reader.
TARGETS = (
    ".gguf", ".safetensors", ".onnx", ".pt", ".pkl", ".joblib", ".keras", ".h5",
    "saved_model.pb", "fingerprint.pb", "variables.index", ".tflite", ".mlmodel",
    "weight.bin", ".skops", ".ubj", ".cbm", ".parquet", ".arrow", ".tar", ".tfrecord",
    ".npy", ".npz", "training_args.bin", "registry.db",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Fuzz until stopped, or until a finding."""
    if len(arguments) < 2 or arguments[1] not in TARGETS:
        print(__doc__, "Endings:", *TARGETS)
        return 2
    import atheris

    with atheris.instrument_imports(include=["mlcatalog"]):
        from mlcatalog.domain.errors import FormatError
        from mlcatalog.domain.reading import Reading
        from mlcatalog.formats import registry

    ending = arguments.pop(1)
    sys.addaudithook(refuse)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / (f"a{ending}" if ending.startswith(".") else ending)

        def one(raw: bytes) -> None:
            place.write_bytes(raw)
            with contextlib.suppress(FormatError):
                assert isinstance(registry.read(place), Reading)

        seeds = Path(scratch) / "seeds"
        seeds.mkdir()
        for number, path in enumerate(sorted(FIXTURES.rglob(f"*{ending}"))):
            if path.is_file():
                (seeds / str(number)).write_bytes(path.read_bytes())
        atheris.Setup([*arguments, str(seeds)], one)
        atheris.Fuzz()
    return 0


def refuse(event: str, details: object) -> None:
    """Stop the moment a file makes the process reach out."""
    if event in FORBIDDEN:
        raise AssertionError(f"a file brought about {event}: {details}")


if __name__ == "__main__":
    sys.exit(main(sys.argv))
