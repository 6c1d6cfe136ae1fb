"""Pickles looked at without running them: every class is a name, every call a note.

The pure Python unpickler is used on purpose: its C twin takes memory for any
index that a file names (12 bytes are enough), this one has a dictionary.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO

OPCODE_LIMIT = 5_000_000
FRAME_LIMIT = 64_000_000  # bytes of one text, number or frame
TOTAL_LIMIT = 512_000_000  # bytes read in all
INTEGER_LIMIT = 10_000  # bytes of one number
DANGEROUS_MODULES = frozenset(
    [
        "os",
        "posix",
        "nt",
        "posixpath",
        "ntpath",
        "subprocess",
        "sys",
        "socket",
        "shutil",
        "runpy",
        "webbrowser",
        "pty",
        "commands",
        "importlib",
        "ctypes",
        "cffi",
        "multiprocessing",
        "threading",
        "asyncio",
        "code",
        "codeop",
        "timeit",
        "cProfile",
        "profile",
        "pdb",
        "bdb",
        "trace",
        "pickle",
        "_pickle",
        "marshal",
        "dill",
        "cloudpickle",
        "requests",
        "urllib",
        "http",
        "ftplib",
        "smtplib",
        "ssl",
        "tempfile",
        "platform",
        "signal",
        "builtins",
        "__builtin__",
        "types",
        "inspect",
        "gc",
        "linecache",
        "pip",
        "ensurepip",
        "venv",
        "zipimport",
        "pkgutil",
        "operator",
        "functools",
    ]
)
# What a harmless pickle takes from those modules.
HARMLESS = frozenset(
    f"{module}.{name}"
    for module in ("builtins", "__builtin__")
    for name in [
        "object",
        "list",
        "dict",
        "set",
        "frozenset",
        "tuple",
        "int",
        "float",
        "complex",
        "bool",
        "str",
        "bytes",
        "bytearray",
        "slice",
        "range",
        "type",
        "Exception",
        "ValueError",
        "unicode",
        "long",
        "NoneType",
    ]
) | {"functools.partial", "types.SimpleNamespace", "operator.itemgetter"}


class RefusedPickleError(ValueError):
    """The pickle is not one, or goes over a limit."""


class Thing:
    """What stands for an object: its class's name, its arguments and its state."""

    def __init__(self, name: str, arguments: tuple[Any, ...] = ()) -> None:
        self.name = name
        self.arguments = arguments
        self.state: Any = None
        self.items: dict[Any, Any] = {}
        self.members: list[Any] = []

    def append(self, member: Any) -> None:
        """Note a member, as APPEND would add it."""
        self.members.append(member)

    def extend(self, members: Any) -> None:
        """Note members, as APPENDS would add them."""
        self.members.extend(members)

    def add(self, member: Any) -> None:
        """Note a member, as ADDITEMS would add it."""
        self.members.append(member)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[_hashable(key)] = value

    def fields(self) -> dict[str, Any]:
        """The state as attributes, {} when it is none."""
        state = self.state[0] if isinstance(self.state, tuple) and self.state else None
        found = self.state if isinstance(self.state, dict) else state
        if not isinstance(found, dict):
            return {}
        return {key: value for key, value in found.items() if isinstance(key, str)}


class Name:
    """What stands for a class or a function; calling it only notes the call."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any, **_: Any) -> Thing:
        return Thing(self.name, arguments)


def _hashable(key: Any) -> Any:
    try:
        hash(key)
    except TypeError:
        return f"<{type(key).__name__}>"
    return key


class _Bounded:
    """A stream that refuses to give more than the limits allow."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.total = 0

    def _counted(self, found: bytes) -> bytes:
        self.total += len(found)
        if self.total > TOTAL_LIMIT:
            raise RefusedPickleError("it is too long")
        return found

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= FRAME_LIMIT:
            raise RefusedPickleError(f"a piece of {size:,} bytes")
        return self._counted(self._file.read(size))

    def readline(self) -> bytes:
        return self._counted(self._file.readline(FRAME_LIMIT))

    def readinto(self, target: Any) -> int:
        found = self.read(len(target))
        target[: len(found)] = found
        return len(found)


# typeshed does not know the pure Python unpickler that CPython ships.
_Pure: Any = vars(pickle)["_Unpickler"]
Operation = Callable[["InertUnpickler"], None]


class InertUnpickler(_Pure):  # type: ignore[misc]
    """Walks one pickle; imports and calls nothing.

    `names` holds every global in the order met. `after_build` is called with
    each thing that was given its state (joblib puts raw arrays there).
    """

    def __init__(
        self, file: BinaryIO, *, after_build: Callable[[Thing], Any] | None = None
    ) -> None:
        self._source = _Bounded(file)
        super().__init__(self._source, encoding="latin-1")
        self.names: dict[str, None] = {}
        self.opcodes = 0
        self._after_build = after_build
        # Framing reads ahead; joblib's raw arrays follow in the same stream.

    def find_class(self, module: Any, name: Any) -> Any:
        """A name for anything; nothing is imported."""
        full = f"{module}.{name}"[:300]
        self.names[full] = None
        return OrderedDict if full == "collections.OrderedDict" else Name(full)

    def get_extension(self, code: Any) -> None:
        """Refuse copyreg's numbers: they would need the registry of a program."""
        raise RefusedPickleError("extension codes")

    def persistent_load(self, pid: Any) -> Any:
        """The id itself: for PyTorch ("storage", type, key, location, length)."""
        return pid

    def look(self) -> Any:
        """What the pickle holds, made of plain values and things.

        Raises ValueError and what a broken pickle makes of the unpickler.
        """
        return self.load()


def _counting(operation: Operation) -> Operation:
    def counted(unpickler: InertUnpickler) -> None:
        unpickler.opcodes += 1
        if unpickler.opcodes > OPCODE_LIMIT:
            raise RefusedPickleError("too many operations")
        operation(unpickler)

    return counted


def _load_build(self: InertUnpickler) -> None:
    state = self.stack.pop()
    thing = self.stack[-1]
    if isinstance(thing, Thing):
        thing.state = state
        if self._after_build is not None:
            self.stack[-1] = self._after_build(thing)


def _load_reduce(self: InertUnpickler) -> None:
    arguments = self.stack.pop()
    called = self.stack[-1]
    self.stack[-1] = _called(called, arguments)


def _called(called: Any, arguments: Any) -> Any:
    plain = arguments if isinstance(arguments, tuple) else ()
    if called is OrderedDict:
        pairs = plain[0] if plain and isinstance(plain[0], list) else []
        return OrderedDict((_hashable(pair[0]), pair[1]) for pair in pairs)
    if isinstance(called, Name):
        return Thing(called.name, plain)
    raise RefusedPickleError("a call of what is no class")


def _load_newobj(self: InertUnpickler) -> None:
    arguments = self.stack.pop()
    self.stack[-1] = _called(self.stack[-1], arguments)


def _load_newobj_ex(self: InertUnpickler) -> None:
    self.stack.pop()  # keyword arguments
    _load_newobj(self)


def _instantiate(self: InertUnpickler, called: Any, arguments: Any) -> None:
    self.append(_called(called, tuple(arguments)))


def _load_long(self: InertUnpickler) -> None:
    size = self.read(1)[0]
    self.append(int.from_bytes(self.read(size), "little", signed=True))


def _load_long4(self: InertUnpickler) -> None:
    size = int.from_bytes(self.read(4), "little", signed=True)
    if not 0 <= size <= INTEGER_LIMIT:
        raise RefusedPickleError("a number without end")
    self.append(int.from_bytes(self.read(size), "little", signed=True))


def _load_bytearray8(self: InertUnpickler) -> None:
    size = int.from_bytes(self.read(8), "little")
    self.append(bytearray(self.read(size)))


def _load_setitem(self: InertUnpickler) -> None:
    value, key = self.stack.pop(), self.stack.pop()
    self.stack[-1][_hashable(key)] = value


def _load_setitems(self: InertUnpickler) -> None:
    items = self.pop_mark()
    target = self.stack[-1]
    for place in range(0, len(items) - 1, 2):
        target[_hashable(items[place])] = items[place + 1]


def _load_dict(self: InertUnpickler) -> None:
    items = self.pop_mark()
    pairs = zip(items[::2], items[1::2], strict=False)
    self.append({_hashable(key): value for key, value in pairs})


def _load_append(self: InertUnpickler) -> None:
    member = self.stack.pop()
    _collection(self.stack[-1]).append(member)


def _load_appends(self: InertUnpickler) -> None:
    members = self.pop_mark()
    _collection(self.stack[-1]).extend(members)


def _collection(target: Any) -> Any:
    if isinstance(target, list | Thing):
        return target
    raise RefusedPickleError("members of what is no list")


def _load_additems(self: InertUnpickler) -> None:
    members = self.pop_mark()
    target = self.stack[-1]
    if not isinstance(target, set | Thing):
        raise RefusedPickleError("members of what is no set")
    for member in members:
        target.add(_hashable(member))


def _load_frozenset(self: InertUnpickler) -> None:
    self.append(frozenset(_hashable(member) for member in self.pop_mark()))


def _load_frame(self: InertUnpickler) -> None:
    self.read(8)  # its length; frames only help buffering, which is off here


OWN: dict[bytes, Operation] = {
    pickle.BUILD: _load_build,
    pickle.REDUCE: _load_reduce,
    pickle.NEWOBJ: _load_newobj,
    pickle.NEWOBJ_EX: _load_newobj_ex,
    pickle.LONG1: _load_long,
    pickle.LONG4: _load_long4,
    pickle.BYTEARRAY8: _load_bytearray8,
    pickle.SETITEM: _load_setitem,
    pickle.SETITEMS: _load_setitems,
    pickle.DICT: _load_dict,
    pickle.APPEND: _load_append,
    pickle.APPENDS: _load_appends,
    pickle.ADDITEMS: _load_additems,
    pickle.FROZENSET: _load_frozenset,
    pickle.FRAME: _load_frame,
}
InertUnpickler.dispatch = {
    code: _counting(operation)
    for code, operation in {
        **_Pure.dispatch,
        **{code[0]: operation for code, operation in OWN.items()},
    }.items()
}
InertUnpickler._instantiate = _instantiate


def dangerous(names: dict[str, None]) -> list[str]:
    """The globals among names that can run code or reach out of the process."""
    return [
        name
        for name in names
        if name.partition(".")[0] in DANGEROUS_MODULES and name not in HARMLESS
    ]
