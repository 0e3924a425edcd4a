#!/usr/bin/python3
"""Makes one transformer for both sides: export_onnx.py SIZE FOLDER. Random weights of RoBERTa's
shape as a Hugging Face folder, model.onnx (torch's export), and model.int8.onnx: the same with
each product of weights quantised dynamically, as onnxruntime's quantize_dynamic() does it."""
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/parity"))
from roberta import Roberta, make_config, save


def export(model, path):
    ids = torch.randint(5, 8000, (2, 9))
    torch.onnx.export(model, (ids,), str(path), opset_version=17, input_names=["ids"],
                      output_names=["logits"],
                      dynamic_axes={"ids": {0: "texts", 1: "tokens"}, "logits": {0: "texts"}})


def quantised(name, weights):
    """An initializer of int8 with one scale, and the scale."""
    scale = max(float(np.abs(weights).max()) / 127, 1e-12)
    steps = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    return [numpy_helper.from_array(steps, f"{name}_int8"),
            numpy_helper.from_array(np.float32(scale), f"{name}_scale"),
            numpy_helper.from_array(np.int8(0), f"{name}_zero")]


def replace_product(node, name, bias):
    """X W (+ bias) as DynamicQuantizeLinear, MatMulInteger, Cast, Mul (, Add)."""
    made, out = node.name or node.output[0], node.output[0]
    last = f"{made}_product" if bias else out
    nodes = [
        helper.make_node("DynamicQuantizeLinear", [node.input[0]],
                         [f"{made}_x", f"{made}_x_scale", f"{made}_x_zero"]),
        helper.make_node("MatMulInteger", [f"{made}_x", f"{name}_int8", f"{made}_x_zero",
                                           f"{name}_zero"], [f"{made}_sum"]),
        helper.make_node("Cast", [f"{made}_sum"], [f"{made}_float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{made}_x_scale", f"{name}_scale"], [f"{made}_scale"]),
        helper.make_node("Mul", [f"{made}_float", f"{made}_scale"], [last]),
    ]
    if bias:
        nodes.append(helper.make_node("Add", [last, bias], [out]))
    return nodes


def quantise(source, target):
    model = onnx.load(str(source))
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes, replaced, shared = [], {}, {}
    for node in graph.node:
        is_product = node.op_type in ("MatMul", "Gemm") and node.input[1] in weights
        if not is_product:
            nodes.append(node)
            continue
        name = node.input[1]
        if name not in replaced:
            matrix = numpy_helper.to_array(weights[name])
            turned = any(a.name == "transB" and a.i for a in node.attribute)
            replaced[name] = quantised(name, matrix.T.copy() if turned else matrix)
        some = replace_product(node, name, node.input[2] if node.op_type == "Gemm" else None)
        # One quantisation serves all products of an input, as quantize_dynamic() has it.
        seen = shared.setdefault(node.input[0], list(some[0].output))
        if seen != list(some[0].output):
            renamed = dict(zip(some.pop(0).output, seen))
            for each in some:
                each.input[:] = [renamed.get(i, i) for i in each.input]
        nodes += some
    kept = [tensor for tensor in graph.initializer if tensor.name not in replaced]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept + [tensor for made in replaced.values() for tensor in made])
    onnx.save(model, str(target))


def main():
    size, folder = sys.argv[1], Path(sys.argv[2])
    torch.manual_seed(1)
    model = Roberta(make_config(size, vocabulary=50265)).eval()
    save(folder, model)
    export(model, folder / "model.onnx")
    quantise(folder / "model.onnx", folder / "model.int8.onnx")


main()
