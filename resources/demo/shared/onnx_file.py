"""A small ONNX writer: the protobuf wire format, field by field.

Field numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto,
TensorProto, ValueInfoProto); only what a chain of dense layers needs.
"""

from pathlib import Path

import numpy as np

FLOAT, INT, TENSOR_FLOAT = 1, 2, 1  # AttributeProto.FLOAT/INT, TensorProto.FLOAT


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """An integer field."""
    return varint(field << 3) + varint(value)


def block(field: int, content: bytes | str) -> bytes:
    """A text, bytes or message field."""
    raw = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def initializer(name: str, tensor) -> bytes:
    """A TensorProto of 32-bit floats."""
    dims = b"".join(number(1, size) for size in tensor.shape)
    raw = np.ascontiguousarray(tensor, "<f4").tobytes()
    return dims + number(2, TENSOR_FLOAT) + block(8, name) + block(9, raw)


def node(operator: str, inputs: list, output: str, **integers: int) -> bytes:
    """A NodeProto with integer attributes."""
    attributes = b"".join(
        block(5, block(1, key) + number(3, value) + number(20, INT))
        for key, value in integers.items()
    )
    names = b"".join(block(1, name) for name in inputs)
    return names + block(2, output) + block(3, output) + block(4, operator) + attributes


def value_info(name: str, width: int) -> bytes:
    """A float matrix of any number of rows."""
    rows = block(1, block(2, "rows"))
    columns = block(1, number(1, width))
    tensor_type = number(1, TENSOR_FLOAT) + block(2, rows + columns)
    return block(1, name) + block(2, block(1, tensor_type))


def graph(name: str, nodes: list, tensors: dict, ends: tuple) -> bytes:
    """A GraphProto from one input to one output; ends = ((name, width), …)."""
    (source, source_width), (result, result_width) = ends
    parts = [block(1, one) for one in nodes] + [block(2, name)]
    parts += [block(5, initializer(*pair)) for pair in tensors.items()]
    parts.append(block(11, value_info(source, source_width)))
    parts.append(block(12, value_info(result, result_width)))
    return b"".join(parts)


def save(path: Path, graph_bytes: bytes, properties: dict) -> None:
    """Write a ModelProto with metadata properties, opset 17."""
    opset = block(1, "") + number(2, 17)
    parts = [number(1, 8), block(2, "dense-export"), block(3, "1.2")]
    parts += [block(7, graph_bytes), block(8, opset)]
    parts += [
        block(14, block(1, key) + block(2, str(value)))
        for key, value in properties.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))
