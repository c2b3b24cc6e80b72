"""SVDF and LSTM remember as TF-Micro's do, from invoke to invoke."""

import dataclasses

import pytest
from host import Case, assert_same_bytes, run_in_tf_micro
from single_operator import activation_of, generator, numbers
from tflite_builder import Op, T, build_model

INVOKES = 6


def remembering(operator, tensors, reads, target, options):
    """Return a model of one operator, and inputs for several invokes."""
    used = [name for name in reads if name]
    sources = [tensor for tensor in tensors if tensor.name in used]
    model = build_model(
        [*sources, target], [Op(operator, reads, ["y"], options)], ["x"], ["y"]
    )
    random = generator(operator, *sources, target)
    source = next(tensor for tensor in tensors if tensor.name == "x")
    return Case(model, [[numbers(random, source)] for _ in range(INVOKES)])


def filled(name, dtype, shape, scale=None, low=-127, high=128):
    random = generator(name, shape)
    if dtype == "float32":
        return T(name, dtype, shape, random.normal(size=shape))
    data = random.integers(low, high, shape)
    return T(name, dtype, shape, data, scale=scale)


def state_of(dtype, shape, scale, zero_point=0, name="state"):
    if dtype == "float32":
        return T(name, dtype, shape, is_variable=True)
    return T(name, dtype, shape, scale=scale, zero_point=zero_point, is_variable=True)


def svdf(
    dtype="int8",
    state="int16",
    batches=1,
    inputs=7,
    units=5,
    rank=1,
    memory=4,
    zeros=(-7, 0, 9),
    activation="RELU",
    bias=127,
):
    real = dtype == "float32"
    filters = units * rank
    memory_type = "float32" if real else state
    limit = 1 << (6 if memory_type == "int8" else 8)
    state_scale = 0.5 if memory_type == "int8" else 0.004
    tensors = [
        activation_of("x", dtype, (batches, inputs), zero_point=zeros[0]),
        filled("feature", dtype, (filters, inputs), 0.01),
        filled("time", memory_type, (filters, memory), 0.003, -limit, limit),
        filled(
            "b",
            "float32" if real else "int32",
            (units,),
            0.003 * state_scale,
            -bias,
            bias,
        ),
        state_of(memory_type, (batches, filters * memory), state_scale, zeros[1]),
    ]
    target = activation_of("y", dtype, (batches, units), 0.02, zero_point=zeros[2])
    reads = ["x", "feature", "time", "b", "state"]
    options = {"rank": rank, "fused_activation_function": activation}
    return remembering("SVDF", tensors, reads, target, options)


def lstm(
    dtype="int8",
    batches=1,
    steps=3,
    inputs=5,
    units=6,
    cell_scale=2.0**-11,
    time_major=False,
    clip=0.0,
    zeros=(-7, 5),
):
    real, wide = dtype == "float32", dtype == "int16"
    weights = "float32" if real else "int8"
    names = [f"{kind}_{gate}" for kind in ("w", "r") for gate in "ifco"]
    sizes = [(units, inputs)] * 4 + [(units, units)] * 4
    biases = [f"b_{gate}" for gate in "ifco"]
    bias = "float32" if real else "int64" if wide else "int32"
    limit = 100_000 if wide else 3000
    sequence = (steps, batches) if time_major else (batches, steps)
    hidden = activation_of("h", dtype, (batches, units), 1 / 128, zeros[1])
    tensors = [
        activation_of("x", dtype, (*sequence, inputs), zero_point=zeros[0]),
        *(
            filled(name, weights, size, 0.011 + number / 1000)
            for number, (name, size) in enumerate(zip(names, sizes, strict=True))
        ),
        *(filled(name, bias, (units,), 1e-4, -limit, limit) for name in biases),
        dataclasses.replace(hidden, is_variable=True),
        state_of("float32" if real else "int16", (batches, units), cell_scale, 0, "c"),
    ]
    target = activation_of("y", dtype, (*sequence, units), 1 / 128, zeros[1])
    reads = ["x", *names, *[""] * 3, *biases, "", "", "h", "c", *[""] * 4]
    options = {
        "fused_activation_function": "TANH",
        "cell_clip": clip,
        "time_major": time_major,
    }
    return remembering("UNIDIRECTIONAL_SEQUENCE_LSTM", tensors, reads, target, options)


INT8 = {"zeros": (-7, 0, -128)}
CASES = {
    "svdf": svdf(**INT8),
    "svdf of rank 2": svdf(rank=2, **INT8),
    "svdf, batch 3": svdf(batches=3, rank=2, **INT8),
    "svdf, no memory": svdf(memory=1, **INT8),
    "svdf, no activation": svdf(activation="NONE"),
    "svdf, int8 state": svdf(state="int8", zeros=(4, 3, -128)),
    "svdf, int8 state, rank 2": svdf(state="int8", rank=2, zeros=(4, -5, -128)),
    "svdf whose sums wrap around": svdf(bias=(1 << 31) - 1, units=40, **INT8),
    "svdf float": svdf("float32"),
    "svdf float of rank 3": svdf("float32", rank=3, batches=2, activation="NONE"),
    "svdf float relu6": svdf("float32", activation="RELU6"),
} | {
    f"{dtype} lstm{name}": lstm(dtype, **how)
    for dtype in ("int8", "int16", "float32")
    for name, how in {
        "": {},
        " of a step": {"steps": 1},
        ", batch 2": {"batches": 2},
        ", batch 2, time first": {"batches": 2, "time_major": True},
        " of a step, batch 3, time first": {
            "steps": 1,
            "batches": 3,
            "time_major": True,
        },
        ", clipped": {"clip": 0.7},
        ", fine cell": {"cell_scale": 2.0**-15},
        ", coarse cell": {"cell_scale": 2.0**-9},
        " of many units": {"units": 40, "inputs": 30},
    }.items()
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, portable_outputs):
    assert_same_bytes(portable_outputs[name], run_in_tf_micro(CASES[name]))
