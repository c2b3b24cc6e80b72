"""SVDF remembers as TF-Micro's does, from invoke to invoke."""

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
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))
