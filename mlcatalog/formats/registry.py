"""The readers in the order they are asked, and the one way to read a file."""

from __future__ import annotations

import errno
import lzma
import pickle
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase, translate
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from zipfile import BadZipFile

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.growth import Followed
from mlcatalog.domain.reading import Reading
from mlcatalog.domain.words import Kind
from mlcatalog.formats import bounded, pointers
from mlcatalog.formats.arrow import ArrowReader
from mlcatalog.formats.catboost import CatboostReader
from mlcatalog.formats.config import ConfigReader
from mlcatalog.formats.coreml import CoremlReader, PackageReader, WeightBlobReader
from mlcatalog.formats.data_tests import (
    DbtResultsReader,
    GreatExpectationsReader,
    JunitReader,
)
from mlcatalog.formats.datasets_info import DatasetInfoReader, DatasetStateReader
from mlcatalog.formats.described_data import (
    CroissantReader,
    DatapackageReader,
    DbtSchemaReader,
    PanderaReader,
)
from mlcatalog.formats.documents import (
    DataTestsReader,
    DictionaryReader,
    MarkdownReader,
)
from mlcatalog.formats.dvc_pointer import DvcPointerReader
from mlcatalog.formats.environments import CondaReader, RequirementsReader
from mlcatalog.formats.feast import FeastDefinitionsReader, FeastRegistryReader
from mlcatalog.formats.gguf import GgufReader
from mlcatalog.formats.huggingface import (
    AdapterConfigReader,
    CompanionReader,
    GenerationReader,
    ModelConfigReader,
    TrainerStateReader,
)
from mlcatalog.formats.image_sets import CocoReader, YoloDatasetReader
from mlcatalog.formats.keras import Hdf5Reader, KerasReader
from mlcatalog.formats.lightgbm import LightgbmReader
from mlcatalog.formats.metrics_file import MetricsReader
from mlcatalog.formats.model_card import CardReader
from mlcatalog.formats.notebook import NotebookReader
from mlcatalog.formats.numpy_arrays import NpyReader, NpzReader
from mlcatalog.formats.onnx import OnnxReader
from mlcatalog.formats.parquet import ParquetReader
from mlcatalog.formats.pickle_file import PickleReader
from mlcatalog.formats.plugins import plugins
from mlcatalog.formats.python_script import PythonReader
from mlcatalog.formats.pytorch import PytorchReader, TrainingArgumentsReader
from mlcatalog.formats.reader import HEAD_BYTES, Guess, Reader
from mlcatalog.formats.recipes import (
    KitfileReader,
    MergekitReader,
    OllamaReader,
    SentenceTransformersReader,
    SpacyReader,
)
from mlcatalog.formats.safetensors import SafetensorsReader, ShardIndexReader
from mlcatalog.formats.samples import TarReader, TfrecordReader
from mlcatalog.formats.shell_script import ShellReader
from mlcatalog.formats.skops import SkopsReader
from mlcatalog.formats.tables import DelimitedReader, JsonLinesReader
from mlcatalog.formats.tensorflow import (
    CheckpointIndexReader,
    FingerprintReader,
    SavedModelReader,
)
from mlcatalog.formats.tflite import TfliteReader
from mlcatalog.formats.xgboost import XgboostJsonReader, XgboostUbjReader
from mlcatalog.formats.zarr import ZarrReader

# Narrow names first: config.json before *.json, README.md before *.md.
READERS: tuple[Reader, ...] = (
    # Known by their first bytes, under names that anything may have.
    XgboostJsonReader(),
    SpacyReader(),
    CroissantReader(),
    GreatExpectationsReader(),
    PanderaReader(),
    DbtSchemaReader(),
    MergekitReader(),
    SentenceTransformersReader(),
    DatasetInfoReader(),
    DatasetStateReader(),
    DatapackageReader(),
    DbtResultsReader(),
    JunitReader(),
    CocoReader(),
    YoloDatasetReader(),
    FeastDefinitionsReader(),
    FeastRegistryReader(),
    ZarrReader(),
    KitfileReader(),
    OllamaReader(),
    CompanionReader(),
    GenerationReader(),
    TrainerStateReader(),
    ShardIndexReader(),
    AdapterConfigReader(),
    ModelConfigReader(),
    CardReader(),
    DictionaryReader(),
    MetricsReader(),  # test_results.json is metrics: a trainer writes it
    DataTestsReader(),
    RequirementsReader(),
    CondaReader(),
    TrainingArgumentsReader(),
    SafetensorsReader(),
    GgufReader(),
    OnnxReader(),
    PytorchReader(),
    KerasReader(),
    Hdf5Reader(),
    SavedModelReader(),
    FingerprintReader(),
    CheckpointIndexReader(),
    TfliteReader(),
    CoremlReader(),
    WeightBlobReader(),
    PackageReader(),
    PickleReader(),
    SkopsReader(),
    XgboostUbjReader(),
    LightgbmReader(),
    CatboostReader(),
    ParquetReader(),
    ArrowReader(),
    TarReader(),
    TfrecordReader(),
    NpyReader(),
    NpzReader(),
    DvcPointerReader(),
    DelimitedReader("csv", (".csv",), ""),
    DelimitedReader("tsv", (".tsv",), "\t"),
    JsonLinesReader(),
    PythonReader(),
    ShellReader(),
    NotebookReader(),
    MarkdownReader(),
    ConfigReader("yaml", (".yaml", ".yml")),
    ConfigReader("json", (".json",)),
    ConfigReader("toml", (".toml",)),
)
WILD = re.compile(r"[*?]|\[[^]]*\]")  # what stands for others in a name's pattern
# What a damaged file makes of honest code; all else is a bug and stays one.
SURPRISES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    RuntimeError,  # zipfile: an encrypted member
    TypeError,
    ValueError,
    lzma.LZMAError,
    pickle.PickleError,
    struct.error,
    zlib.error,
)


@cache
def readers() -> tuple[Reader, ...]:
    """Our readers, then those that other packages registered."""
    return (*READERS, *(one.made for one in plugins() if not one.problem))


@cache
def _by_suffix() -> dict[str, list[int]]:
    """The places of the readers that a plain ending asks for."""
    found: dict[str, list[int]] = {}
    for place, reader in enumerate(readers()):
        for suffix in reader.suffixes:
            if suffix.count(".") == 1:
                found.setdefault(suffix, []).append(place)
    return found


@cache
def _by_ending() -> dict[str, list[tuple[int, str]]]:
    """Name patterns by the plain ending that they ask for; "" for no certain one."""
    found: dict[str, list[tuple[int, str]]] = {}
    for place, reader in enumerate(readers()):
        endings = (f"*{one}" for one in reader.suffixes if one.count(".") != 1)
        for pattern in (*reader.names, *endings):
            _, dot, last = pattern.rpartition(".")
            ending = f".{last}" if dot and last.isalnum() else ""
            found.setdefault(ending, []).append((place, pattern))
    return found


@lru_cache(maxsize=4_096)
def _patterns(
    ending: str, initial: str
) -> tuple[tuple[str, re.Pattern[str], int], ...]:
    """The patterns of names with an ending and an initial: a part, the whole, a reader.

    A name without the part, which is plain text, is not held against the whole.
    """
    known = _by_ending()
    return tuple(
        (max(WILD.split(pattern), key=len), re.compile(translate(pattern)), place)
        for place, pattern in chain(known.get("", ()), known.get(ending or "?", ()))
        if pattern and fnmatchcase(initial, (WILD.match(pattern) or pattern)[0])
    )


def _asked_by(name: str) -> tuple[str, tuple[int, ...]]:
    """A name's ending, and the places of the readers whose patterns it has."""
    lowered = name.lower()
    dot = lowered.rfind(".")
    ending = lowered[dot:] if dot > 0 else lowered
    places: tuple[int, ...] = ()
    for part, whole, place in _patterns(ending, lowered[:1]):
        if part in lowered and whole.match(lowered):
            places = (*places, place)
    return ending, places


@lru_cache(maxsize=4_096)
def _candidates(ending: str, places: tuple[int, ...]) -> tuple[Reader, ...]:
    """The readers that a name asks for, in the order they are asked."""
    known = readers()
    found = {*places, *_by_suffix().get(ending, ())}
    return tuple(known[place] for place in sorted(found))


def guess(name: str) -> Guess | None:
    """What a file is by its name, None when no reader knows such names."""
    return _guessed(*_asked_by(name))


@lru_cache(maxsize=4_096)
def _guessed(ending: str, places: tuple[int, ...]) -> Guess | None:
    candidates = _candidates(ending, places)
    found = next((one for one in candidates if not _by_content(one)), None)
    return Guess(found.format, found.kind) if found else None


def _by_content(reader: Reader) -> bool:
    """Whether names say nothing: the reader knows its files by first bytes alone."""
    return bool(getattr(reader, "by_content", False))


def read(path: Path) -> Reading:
    """What a file says, by the first reader that knows its name and first bytes.

    Raises FormatError (UnsafeFileError), and OSError when it cannot be opened.
    """
    return _asked(path, lambda reader: Followed(reader.read(path))).said


def follow(path: Path, mark: bytes | None, *, is_growing: bool) -> Followed[Reading]:
    """The same of a file that may grow, from the mark of the last time on."""

    def followed(reader: Reader) -> Followed[Reading]:
        if isinstance(reader, MetricsReader):
            return reader.follow(path, mark, is_growing=is_growing)
        return Followed(reader.read(path))

    return _asked(path, followed)


def _asked(path: Path, how: Callable[[Reader], Followed[Reading]]) -> Followed[Reading]:
    candidates = _candidates(*_asked_by(path.name))
    kind = next((one.kind for one in candidates if not _by_content(one)), None)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        if (elsewhere := pointers.of_link(path, kind)) is not None:
            return Followed(elsewhere)
        raise
    if (found := pointers.pointer(head, kind)) is not None:
        return Followed(found)
    if kind is Kind.MODEL and pointers.is_theta(head):
        return Followed(pointers.theta(path))
    reader = next((one for one in candidates if one.claims(head)), None)
    if reader is None:
        why = "It is empty" if not head else "Its first bytes are of no known format"
        raise bounded.damaged(path, why)
    try:
        followed = how(reader)
        said = pointers.with_origin(path, followed.said)
        return followed if said is followed.said else replace(followed, said=said)
    except FormatError:
        raise
    except OSError as error:
        # A seek before the start or a broken stream is the file's own fault.
        if error.errno in (None, errno.EINVAL):
            raise bounded.damaged(path, str(error)) from error
        raise
    except SURPRISES as error:
        why = f"Its contents make no sense: {type(error).__name__}: {error}"[:300]
        raise bounded.damaged(path, why) from error


def reader_version(known: Sequence[Reader] = ()) -> int:
    """A number that changes when any reader does, or joins, or leaves.

    known: the readers, those of this program where none are given.
    """
    said = ",".join(f"{one.format}:{one.version}" for one in known or readers())
    said += f",pointers:{pointers.VERSION}"
    return zlib.crc32(said.encode())
