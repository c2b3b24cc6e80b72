"""What the reader makes of valid files."""

from __future__ import annotations

import collections
import csv
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from operator_examples import X, Y, int8, relu
from tflite_builder import G, Op, S, T, build_model

from mcu_convert.errors import ModelError
from mcu_convert.ir import ABSENT, DType, Quantization
from mcu_convert.ops.unsupported import Unsupported
from mcu_convert.tflite.reader import load_model, read_model

ROOT = Path(__file__).parents[1]
MODELS = Path(os.environ.get("MCU_CONVERT_MODELS", ROOT.parent / "shared" / "models"))
needs_models = pytest.mark.skipif(
    not (MODELS / "index.csv").exists(), reason=f"no models in {MODELS}"
)


def read_tensor(tensor: T, **details: Any) -> Any:
    return read_model(relu(tensor, **details), "m").main.tensors[tensor.name]


def test_a_whole_model() -> None:
    data = relu(
        signatures=[S("serve", {"image": "in"}, {"class": "out"})],
        metadata={"notes": b"\0\xff"},
        description="my model",
    )
    model = read_model(data, "m")
    assert (model.name, model.description) == ("m", "my model")
    assert model.sha256 == hashlib.sha256(data).hexdigest()
    assert model.metadata == {"notes": b"\0\xff"}
    assert model.public_names == {"in": "image", "out": "class"}
    assert str(model.main) == "main: in -> out\n  out = relu of in"


def test_a_signature_may_name_only_inputs_and_outputs() -> None:
    data = relu(int8("t", 1), signatures=[S("s", {"a": "in", "b": "t", "c": 99}, {})])
    (signature,) = read_model(data, "m").signatures
    assert signature.inputs == {"a": "in"}


def test_several_subgraphs() -> None:
    other = G([int8("t", 1)], [], ["t"], ["t"], name="")
    model = read_model(relu(subgraphs=[other, other]), "m")
    assert [graph.name for graph in model.graphs] == ["main", "graph_1", "graph_2"]


def test_a_constant() -> None:
    tensor = read_tensor(T("t", "int16", (2, 1), data=[-1, 300]))
    assert tensor.array.tolist() == [[-1], [300]]
    assert (str(tensor), tensor.index) == ("int16[2,1]", 0)


def test_int4_constants_are_packed() -> None:
    tensor = read_tensor(T("t", "int4", (3,), data=[1, -1, 7]))
    assert (tensor.dtype, tensor.data) == (DType.INT4, b"\xf1\x07")


def test_a_scalar_has_no_dimensions() -> None:
    assert read_tensor(T("t", "int32", (), data=[5])).shape == ()


def test_the_shape_of_a_scalar_is_a_constant_without_bytes() -> None:
    assert read_tensor(T("t", "int32", (0,))).data == b""


def test_the_static_shape_counts() -> None:
    assert read_tensor(T("t", "int8", (1, 4), shape_signature=(-1, 4))).shape == (1, 4)


def test_a_variable() -> None:
    tensor = read_tensor(int8("t", 2, is_variable=True))
    assert tensor.is_variable
    assert not tensor.is_constant


def test_one_scale_is_for_the_whole_tensor() -> None:
    tensor = read_tensor(T("t", "int8", (4,), scale=0.5, zero_point=-128))
    assert tensor.quantization == Quantization((0.5,), (-128,))


def test_one_zero_point_serves_all_scales() -> None:
    scales = T("t", "int8", (1, 2), scales=[0.5, 0.25], zero_points=[3], axis=1)
    assert read_tensor(scales).quantization == Quantization((0.5, 0.25), (3, 3), 1)


def test_a_bias_may_have_the_axis_of_the_weights() -> None:
    bias = T("t", "int32", (2,), scales=[0.5, 0.25], axis=3)
    assert read_tensor(bias).quantization.axis == 0


def test_names_are_unique_and_printable() -> None:
    names = ["a\n\x1b[1m", "größe", "", "b", "b", "x" * 999]
    graph = read_model(relu(*(int8(name, 1) for name in names)), "m").main
    assert list(graph.tensors)[:5] == ["a??[1m", "gr??e", "tensor_2", "b", "b_4"]
    assert len(list(graph.tensors)[5]) == 256


def test_optional_inputs() -> None:
    names = ["x", "", "w", "", ""]
    tensors = [X, int8("w", 1, data=[1]), Y]
    data = build_model(tensors, [Op("LSH_PROJECTION", names, ["y"])], ["x"], ["y"])
    (node,) = read_model(data, "m").main.nodes
    assert node.inputs == ("x", ABSENT, "w")


@pytest.mark.parametrize(
    "fields", [["BuiltinCode"], ["DeprecatedBuiltinCode"]], ids=["new", "old"]
)
def test_the_larger_operator_code_counts(fields: list[str]) -> None:
    (node,) = read_model(relu(code_fields=fields), "m").main.nodes
    assert node.op.name == "RELU"


def test_without_options_the_defaults_hold() -> None:
    operator = Op("ADD", ["x", "x"], ["y"], options=None)
    (node,) = read_model(build_model([X, Y], [operator], ["x"], ["y"]), "m").main.nodes
    assert str(node.op) == "add"


EMPTY = int8("x", 0)
ZERO_SCALE = T("x", "int8", (1,), scale=0.0)
UNREGISTERED = "it is a custom operator that no plugin registers"
SHUFFLED = {"weights_format": "SHUFFLED4x16INT8"}


@pytest.mark.parametrize(
    ("tensors", "operator", "name", "reason"),
    [
        ([X, Y], Op("LSH_PROJECTION", ["x"], ["y"]), "LSH_PROJECTION", ""),
        ([X, Y], Op("My\tOp", ["x"], ["y"]), "My?Op", UNREGISTERED),
        (
            [X, int8("w", 2, 32, data=np.ones(64)), int8("y", 1, 2)],
            Op("FULLY_CONNECTED", ["x", "w"], ["y"], SHUFFLED),
            "FULLY_CONNECTED",
            "shuffled weights; supported is DEFAULT",
        ),
        (
            [X, T("p", "int32", (4, 2)), Y],
            Op("PAD", ["x", "p"], ["y"]),
            "PAD",
            "the paddings must be constant",
        ),
        (
            [EMPTY, int8("y", 0)],
            Op("RELU", ["x"], ["y"]),
            "RELU",
            "'x' has no elements",
        ),
        (
            [ZERO_SCALE, int8("y", 1)],
            Op("RELU", ["x"], ["y"]),
            "RELU",
            "'x' has a scale of 0",
        ),
    ],
)
def test_what_cannot_be_decoded_is_kept_with_the_reason(
    tensors: list[T], operator: Op, name: str, reason: str
) -> None:
    inputs = [t.name for t in tensors[:-1] if t.data is None]
    data = build_model(tensors, [operator], inputs, ["y"])
    (node,) = read_model(data, "m").main.nodes
    assert node.op == Unsupported(name, reason)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: No such file or directory"):
        load_model(tmp_path / "missing.tflite")


def index_rows() -> list[dict[str, str]]:
    if not (MODELS / "index.csv").exists():
        return []
    with (MODELS / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@needs_models
@pytest.mark.parametrize("row", index_rows(), ids=lambda row: row["name"])
def test_reads_real_models(row: dict[str, str]) -> None:
    """Each parses, has the operators that the index lists, and is whole."""
    model = load_model(MODELS / f"{row['name']}.tflite")
    assert model.sha256 == row["sha256"]
    found = collections.Counter(
        node.op.name for graph in model.graphs for node in graph.nodes
    )
    for entry in row["ops"].replace("CUSTOM:", "").split("; "):
        if " x" in entry:
            name, count = entry.split(" x")
            assert found.pop(name) == int(count)
        else:
            assert set(found) == {n.replace("PADV2", "PAD") for n in entry.split()}
            return
    assert not found
    for graph in model.graphs:
        graph.check()


@needs_models
def test_reads_a_large_model_fast() -> None:
    path = MODELS / "mcunet" / "mcunetv2_large.tflite"
    load_model(path)
    start = time.perf_counter()
    load_model(path)
    assert time.perf_counter() - start < 0.5
