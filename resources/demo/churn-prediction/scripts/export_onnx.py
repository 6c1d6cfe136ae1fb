"""Export a model to ONNX, for serving.

python scripts/export_onnx.py --model models/M.safetensors --out models/M.onnx
"""

import argparse
from pathlib import Path

import network
import onnx_file as onnx
import tensors as store


def nodes_of(weights: dict) -> list:
    """Standardise, then a Gemm and an activation for every layer."""
    nodes = [
        onnx.node("Sub", ["features", "norm.mean"], "centred"),
        onnx.node("Div", ["centred", "norm.scale"], "scaled"),
    ]
    last = "scaled"
    for name in network.layers(weights):
        gemm = [last, f"{name}.weight", f"{name}.bias"]
        nodes.append(onnx.node("Gemm", gemm, f"{name}.z", transB=1))
        is_head = name == "head"
        last = "probabilities" if is_head else f"{name}.a"
        activation = "Softmax" if is_head else "Relu"
        nodes.append(onnx.node(activation, [f"{name}.z"], last))
    return nodes


def main(arguments: list | None = None) -> None:
    """Write the ONNX file and what it was made from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args(arguments)
    weights, known = store.load(options.root / options.model)
    width = weights["norm.mean"].shape[0]
    ends = (("features", width), ("probabilities", weights["head.bias"].shape[0]))
    graph = onnx.graph("churn", nodes_of(weights), weights, ends)
    properties = {"source_model": options.model, "run_id": known["run_id"]}
    onnx.save(options.root / options.out, graph, properties)


if __name__ == "__main__":
    main()
