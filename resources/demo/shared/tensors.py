"""Reading and writing safetensors files with numpy alone."""

import json
import struct
from pathlib import Path

import numpy as np


def save(path: Path, tensors: dict, metadata: dict) -> None:
    """Write float32 tensors and text metadata, in the order given."""
    header = {"__metadata__": {key: str(value) for key, value in metadata.items()}}
    offset = 0
    for name, tensor in tensors.items():
        end = offset + tensor.size * 4
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, "<f4").tobytes())


def load(path: Path) -> tuple[dict, dict]:
    """The tensors and the metadata of a file that `save` wrote."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = np.frombuffer(raw[begin:end], "<f4")
        tensors[name] = flat.reshape(entry["shape"]).astype(np.float64)
    return tensors, metadata
