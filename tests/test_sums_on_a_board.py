"""Operators with sums on an emulated Cortex-M7, all of them in one firmware."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest
import test_kernels_matrices
import test_kernels_pool_2d
import test_kernels_recurrent
import test_kernels_reduction
import test_kernels_typed_products
import test_kernels_vectors
from firmware_boards import STRICT, needs_arm
from host import Case, run_in_tf_micro

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.ir import ABSENT, Graph, Model, Node
from mcu_convert.options import Options
from mcu_convert.tflite.reader import read_model

RUNS = 2
MODULES = {
    test_kernels_matrices: [
        f"{dtype} {name}"
        for dtype in ("int8", "int16", "float32")
        for name in ("matmul crosswise broadcast", "transposed 3x3")
    ],
    test_kernels_pool_2d: [
        f"{dtype} {operator}, 2x3"
        for dtype, operators in (
            ("int16", ("average", "max")),
            ("float32", ("average", "l2", "max")),
        )
        for operator in operators
    ],
    test_kernels_recurrent: [
        *("svdf of rank 2", "svdf float", "int8 lstm", "int16 lstm", "float32 lstm"),
    ],
    test_kernels_reduction: [
        *("int8 SUM over (3,)", "int16 MEAN over (1, 2), kept"),
        *("float32 MEAN over (1, 2)", "float32 REDUCE_MAX over (3,)"),
        *("int8 REDUCE_MIN over (0,), kept", "bool REDUCE_ALL over (3,)"),
        *("int8 ARG_MAX over 2", "float32 ARG_MIN over -1"),
        "int8 cumsum over -1, exclusive=True, reverse=True",
        "float32 cumsum over 0, exclusive=False, reverse=False",
    ],
    test_kernels_typed_products: [
        *("int16 conv 3x3", "int16 conv 1x1", "int16 depthwise stride 2"),
        *("float32 conv 3x3", "float32 conv 1x1", "float32 depthwise by 3 stride 2"),
        *("int16 dense, ", "float32 dense, ", "float dense, computed weights"),
        "int8 dense, computed weights",
    ],
    test_kernels_vectors: [
        *("softmax int16 (1, 10)", "softmax int8 to int16 (1, 10)"),
        *("softmax float (1, 10)", "log_softmax (1, 10)", "log_softmax float (1, 10)"),
        *("l2 (1, 10)", "l2 float (1, 10)"),
    ],
}
CASES: Mapping[str, Case] = {
    name: dataclasses.replace(module.CASES[name], runs=module.CASES[name].runs[:RUNS])
    for module, names in MODULES.items()
    for name in names
}


def merged(models: Mapping[str, Model]) -> Model:
    """Put models side by side in one graph, with names of their own."""
    parts = [renamed(model.main, f"m{n} ") for n, model in enumerate(models.values())]
    graph = Graph(
        "main",
        {name: tensor for part in parts for name, tensor in part.tensors.items()},
        tuple(node for part in parts for node in part.nodes),
        tuple(name for part in parts for name in part.inputs),
        tuple(name for part in parts for name in part.outputs),
    )
    return Model("net", "0" * 64, "", (graph,), (), {})


def renamed(graph: Graph, prefix: str) -> Graph:
    def names(old: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(ABSENT if name == ABSENT else prefix + name for name in old)

    def node(old: Node) -> Node:
        return dataclasses.replace(
            old,
            inputs=names(old.inputs),
            outputs=names(old.outputs),
            state=names(old.state),
        )

    tensors = (
        dataclasses.replace(tensor, name=prefix + tensor.name)
        for tensor in graph.tensors.values()
    )
    return Graph(
        graph.name,
        {tensor.name: tensor for tensor in tensors},
        tuple(map(node, graph.nodes)),
        names(graph.inputs),
        names(graph.outputs),
    )


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, plugins):
    board = plugins.board("mps2-an500")
    model = merged({name: read_model(c.model, "m") for name, c in CASES.items()})
    program = compile_model(model, board, Options(name="net"), plugins)
    files = emit(on_board(program, board), plugins.templates)
    folder = tmp_path_factory.mktemp("board")
    firmware = build("net", files, board, folder, flags=STRICT)
    feeds = [
        [array.tobytes() for case in CASES.values() for array in case.runs[number]]
        for number in range(RUNS)
    ]
    found = run(firmware, feeds).outputs
    return {name: [each[n] for each in found] for n, name in enumerate(CASES)}


@needs_arm
@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_tf_micro(name, outputs):
    """Every byte of integers; floats but for the C library and fused additions."""
    for found, [wanted] in zip(
        outputs[name], run_in_tf_micro(CASES[name]), strict=True
    ):
        ours = np.frombuffer(found, wanted.dtype).reshape(wanted.shape)
        if wanted.dtype == np.float32:
            np.testing.assert_allclose(ours, wanted, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(ours, wanted)
