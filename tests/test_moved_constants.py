"""Constants that only move are moved while converting, as TF-Micro would move them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import test_kernels_index_maps
import test_kernels_parts
from graph_text import parse_graph
from host import BARE, Case, run_in_c, run_in_tf_micro
from movement_cases import constant, movement, tensor
from tflite_builder import Op, build_model

from mcu_convert.passes import run_passes
from mcu_convert.tflite.reader import read_model
from mcu_convert_plugins.op_fusion import PASSES
from mcu_convert_plugins.op_fusion.moved import moved


def shapes(first: list[int], second: list[int]) -> Case:
    sources = [tensor("a", "int32", (len(first),)), constant("b", second)]
    targets = [tensor("y", "int32", (max(len(first), len(second)),))]
    return movement("BROADCAST_ARGS", sources, targets, {}, [{"a": first}])


CASES = {
    **test_kernels_index_maps.CASES,
    **test_kernels_parts.CASES,
    "broadcast args": shapes([4, 1, 3], [4, 7, 1]),
    "broadcast args of other ranks": shapes([3], [2, 1, 3]),
    "zeros": movement(
        "ZEROS_LIKE", [tensor("x", "int8", (2, 3))], [tensor("y", "int8", (2, 3))]
    ),
    "shape": movement(
        "SHAPE", [tensor("x", "int8", (2, 3, 1))], [tensor("y", "int32", (3,))]
    ),
}


PADS = ("SPACE_TO_BATCH_ND", "RESHAPE", "SQUEEZE")
"""What is not one of these; a reshape's bytes stay as they are."""


@pytest.mark.parametrize("name", CASES)
def test_the_bytes_are_those_of_tf_micro(name):
    case = CASES[name]
    graph = read_model(case.model, "net").main
    (node,) = graph.nodes
    if node.op.name in PADS:
        return
    for run, outputs in zip(case.runs, run_in_tf_micro(case), strict=True):
        computed = dict(zip(graph.inputs, run, strict=True))
        sources = [
            dataclasses.replace(tensor, data=computed[tensor.name].tobytes())
            if tensor.name in computed
            else tensor
            for tensor in graph.inputs_of(node)
        ]
        found = moved(node.op, sources, graph.outputs_of(node))
        assert len(found) == len(outputs)
        for ours, theirs in zip(found, outputs, strict=True):
            assert ours.tobytes() == theirs.tobytes()


def test_a_chain_that_begins_with_a_shape_folds():
    """What TensorFlow makes of ``reshape(x, (tf.shape(x)[0], -1))``, if it is read."""
    graph = parse_graph(
        """
        in x: int8[2,3,4] 0.5@0
        const one: int32[1] = 1
        const minus_one: int32[] = -1
        lengths: int32[3] = shape(shape=(2 3 4))
        begin: int32[1] = slice(begin=(0), size=(1)) of lengths
        batch: int32[] = squeeze(shape=()) of begin
        both: int32[2] = pack(axis=0) of batch, minus_one
        first: int32[1] | rest: int32[1] = split(axis=0, sizes=(1 1)) of both
        again: int32[3] = concatenation(axis=0) of rest, one, first
        y: int8[2,12] 0.5@0 = reshape(shape=(2 12)) of x
        z: int32[1,3] = reshape(shape=(1 3)) of again
        out y, z
        """
    )
    found = run_passes(graph, PASSES)
    assert [node.op.name for node in found.nodes] == ["VIEW", "RESHAPE"]
    (constant,) = found.inputs_of(found.nodes[-1])
    assert constant.array.tolist() == [-1, 1, 2]


def test_outputs_that_are_known_are_copied(tmp_path):
    tensors = [
        *(tensor("x", "int8", (2, 3)), tensor("s", "int32", (2,))),
        *(tensor("p", "int32", (1, 2)), tensor("q", "int32", (2, 1))),
        *(constant("to", [2, 1]), tensor("r", "int32", (2,))),
    ]
    operators = [
        Op("SHAPE", ["x"], ["s"]),
        Op("PACK", ["s"], ["p"], {"axis": 0, "values_count": 1}),
        Op("RESHAPE", ["p", "to"], ["q"]),
        Op("SHAPE", ["x"], ["r"]),
    ]
    model = build_model(tensors, operators, ["x"], ["q", "r"])
    case = Case(model, [[np.zeros((2, 3), np.int8)]])
    for without in ((), BARE):
        (outputs,) = run_in_c({"known": case}, tmp_path, without)["known"]
        assert [output.tolist() for output in outputs] == [[[2], [3]], [2, 3]]
