"""The rewrites change no output byte: TF-Micro runs what they start from and make."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from graph_text import Case, parse_graph, read_cases
from tf_micro_nodes import Array, NotInTFMicroError, run, run_in_tf_micro

from mcu_convert.ir import DType, Graph, Op, Quantization, Tensor
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.relu import Relu
from mcu_convert.passes import Phase, run_passes
from mcu_convert_plugins.op_fusion import PASSES
from mcu_convert_plugins.op_fusion.element_table import element_table

FIXTURES = Path(__file__).parent / "fixtures" / "passes"
INT8 = np.arange(-128, 128, dtype=np.int8)


def arbitrary_inputs(graph: Graph, seed: int) -> dict[str, Array]:
    random = np.random.default_rng(seed)

    def arbitrary(tensor: Tensor) -> Array:
        dtype = tensor.dtype.value
        if tensor.dtype is DType.FLOAT32:
            return (4 * random.normal(size=tensor.shape)).astype(dtype)
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, tensor.shape, dtype, True)

    return {name: arbitrary(graph.tensors[name]) for name in graph.inputs}


def runnable(case: Case) -> bool:
    """Whether TF-Micro, with what is defined here, can run both sides."""
    if case.after is None:
        return False
    if any(tensor.is_variable for tensor in case.before.tensors.values()):
        return False
    try:
        for graph in (case.before, case.after):
            run(graph, arbitrary_inputs(graph, 0))
    except NotInTFMicroError:
        return False
    return True


CASES = {
    f"{path.stem}: {case.title}": case
    for path in sorted(FIXTURES.glob("*.txt"))
    for case in read_cases(path)
    if runnable(case)
}


@pytest.mark.parametrize("title", CASES)
def test_a_rewrite_changes_no_byte(title: str) -> None:
    case = CASES[title]
    assert case.after is not None
    for seed in range(20):
        inputs = arbitrary_inputs(case.before, seed)
        expected, found = run(case.before, inputs), run(case.after, inputs)
        for one, other in zip(expected, found, strict=True):
            assert one.tobytes() == other.tobytes()


# Scales apart, equal, apart by one bit, and far apart; zero points at the ends too.
QUANTIZATIONS = [
    Quantization((float(np.float32(scale)),), (zero_point,))
    for scale in (0.5, 0.50000006, 0.1, 0.0039215689, 0.7, 23.0, 1e-3)
    for zero_point in (0, -128, 127, 5)
]


def all_of_int8(op: Op, source: Quantization, target: Quantization) -> Array:
    """Let TF-Micro apply an operator to every int8."""
    x = Tensor("x", DType.INT8, (256,), source)
    y = Tensor("y", DType.INT8, (256,), target)
    return run_in_tf_micro(op, (x,), y, [INT8])


@pytest.mark.parametrize("op", [Quantize(), Relu(), Relu(Activation.RELU6)], ids=str)
def test_a_table_has_what_tf_micro_computes(op: Op) -> None:
    tables = 0
    for source in QUANTIZATIONS:
        for target in QUANTIZATIONS:
            x = Tensor("x", DType.INT8, (256,), source)
            y = Tensor("y", DType.INT8, (256,), target)
            if (table := element_table(op, x, y)) is not None:
                assert list(table) == all_of_int8(op, source, target).tolist()
                tables += 1
    same_quantization_only = op == Relu(Activation.RELU6)
    pairs = len(QUANTIZATIONS) ** (1 if same_quantization_only else 2)
    assert tables > pairs // 3


def test_there_and_back_through_float_is_what_tf_micro_computes() -> None:
    """Bytes to float and back, by the rewritten graph's only node."""
    graph = parse_graph(
        """
        in x: int8[256] 0.5@0
        f: float32[256] = dequantize of x
        y: int8[256] 0.5@0 = quantize of f
        out y
        """
    )
    for source in QUANTIZATIONS:
        for target in QUANTIZATIONS:
            tensors = dict(graph.tensors)
            tensors["x"] = dataclasses.replace(tensors["x"], quantization=source)
            tensors["y"] = dataclasses.replace(tensors["y"], quantization=target)
            before = dataclasses.replace(graph, tensors=tensors)
            after = run_passes(before, PASSES)
            assert len(after.nodes) == 1
            (expected,), (found,) = (run(g, {"x": INT8}) for g in (before, after))
            assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("activation", [Activation.RELU, Activation.RELU6], ids=str)
@pytest.mark.parametrize("zero_point", [-128, -3, 100])
@pytest.mark.parametrize("scale", [0.03, 0.0666, 1.0])
def test_an_activation_alone_is_the_fused_one(
    activation: Activation, zero_point: int, scale: float
) -> None:
    """Equal quantization: every int8 comes out of RELU as a fused clamp leaves it."""
    quantization = Quantization((float(np.float32(scale)),), (zero_point,))
    alone = all_of_int8(Relu(activation), quantization, quantization)
    tensor = Tensor("y", DType.INT8, (256,), quantization)
    assert alone.tolist() == INT8.clip(*quantized_range(activation, tensor)).tolist()


# What a pass does to variables shows from run to run: see test_control_flow.py.
WITHOUT_STATE = [r.name for r in PASSES if r.phase is not Phase.PLACE]


@pytest.mark.parametrize("rewrite", WITHOUT_STATE)
def test_each_pass_is_tried(rewrite: str) -> None:
    assert any(title.startswith(rewrite.replace("-", "_")) for title in CASES)
