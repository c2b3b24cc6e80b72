"""Every operator that is decoded: its attributes, and a run in TF-Micro."""

from __future__ import annotations

import numpy as np
import pytest
from operator_examples import EXAMPLES, example

from mcu_convert.ops import DECODERS
from mcu_convert.tflite.reader import read_model

NOT_IN_TF_MICRO = {*"GELU POW RELU_0_TO_1 RELU_N1_TO_1 SELECT SIGN TILE".split()}


IN_SEVERAL_GRAPHS = set(
    "ASSIGN_VARIABLE CALL_ONCE IF READ_VARIABLE VAR_HANDLE WHILE".split()
)
"""They mean nothing alone; `test_control_flow` runs them."""


def test_every_decoder_has_an_example() -> None:
    assert set(EXAMPLES) == set(DECODERS) - IN_SEVERAL_GRAPHS


@pytest.mark.parametrize("name", EXAMPLES)
def test_decodes(name: str) -> None:
    (node,) = read_model(example(name), "m").main.nodes
    assert str(node.op) == EXAMPLES[name][2]
    assert node.title == f"operator 0 ({name.replace('PADV2', 'PAD')})"


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - NOT_IN_TF_MICRO))
def test_tf_micro_runs_what_the_builder_makes(name: str) -> None:
    package = "tflite_micro.python.tflite_micro.runtime"
    runtime = pytest.importorskip(package, reason="the extra `validate` is missing")
    tensors, _, _ = EXAMPLES[name]
    data = example(name)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=20_000)
    by_name = {tensor.name: tensor for tensor in tensors}
    source = by_name["x"]
    interpreter.set_input(np.ones(source.shape, source.dtype), 0)
    interpreter.invoke()
    outputs = [tensor for tensor in tensors if tensor.name.startswith("y")]
    for number, tensor in enumerate(outputs):
        assert interpreter.get_output(number).shape == tuple(tensor.shape)
