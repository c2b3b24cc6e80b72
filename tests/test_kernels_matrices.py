"""BATCH_MATMUL and TRANSPOSE_CONV in C give the bytes of TF-Micro's."""

import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import (
    activation_of,
    bias,
    case,
    generator,
    int32,
    numbers,
    scale_for,
    weights,
    with_inputs,
)
from windows import steps


def matmul(dtype, x, y, adj_x=False, adj_y=False, constant=""):
    """Multiply; `constant` names an operand."""
    sources = [
        activation_of(name, dtype, shape, zero_point=zero)
        for name, shape, zero in (("x", x, -7), ("y", y, 5))
    ]
    sources = [
        activation_of(
            t.name, dtype, t.shape, zero_point=t.zero_point, data=constants(t)
        )
        if t.name == constant
        else t
        for t in sources
    ]
    rows, columns = x[-1 if adj_x else -2], y[-2 if adj_y else -1]
    ranks = max(len(x), len(y)) - 2
    wide = [[1] * (ranks + 2 - len(s)) + list(s) for s in (x, y)]
    batch = [max(a, b) for a, b in zip(*wide, strict=True)][:ranks]
    target = activation_of("z", dtype, (*batch, rows, columns), 3.0, zero_point=9)
    return case("BATCH_MATMUL", sources, target, {"adj_x": adj_x, "adj_y": adj_y})


def constants(tensor):
    return numbers(generator("constant", tensor.shape), tensor)


def transposed(
    dtype,
    image=(1, 4, 5, 3),
    kernel=(3, 3),
    stride=(2, 2),
    padding="SAME",
    outputs=4,
    activation="NONE",
    biased=True,
    per_channel=True,
    computed=(),
    size=None,
):
    batches, height, width, channels = image
    if size is None:
        size = [n * s for n, s in zip((height, width), stride, strict=True)]
        if padding == "VALID":
            more = zip(size, kernel, stride, strict=True)
            size = [n + max(taps - s, 0) for n, taps, s in more]
    source = activation_of("x", dtype, image, zero_point=-7)
    filters = weights(
        outputs, *kernel, channels, axis=0, per_channel=per_channel, dtype=dtype
    )
    shape = (batches, *size, outputs)
    scale = scale_for(channels * 3, source)
    target = activation_of("y", dtype, shape, scale=scale, zero_point=12)
    addends = [bias(outputs, source, filters)] if biased else []
    sources = [int32("shape", shape), filters, source, *addends]
    return case(
        "TRANSPOSE_CONV",
        with_inputs(sources, computed),
        target,
        steps(padding, stride, activation),
    )


MATRICES = {
    "plain": ((3, 5), (5, 4)),
    "adj_x": ((5, 3), (5, 4), True),
    "adj_y": ((3, 5), (4, 5), False, True),
    "both": ((2, 5, 3), (2, 4, 5), True, True),
    "batches": ((2, 3, 4, 5), (2, 3, 5, 2)),
    "right broadcast": ((2, 3, 4, 5), (5, 2)),
    "left broadcast": ((4, 5), (3, 5, 2)),
    "crosswise broadcast": ((2, 1, 4, 5), (1, 3, 5, 2)),
    "vectors": ((1, 1, 7), (1, 7, 1)),
}
IMAGES = {
    "3x3": {},
    "valid": {"padding": "VALID"},
    "stride 1": {"stride": (1, 1)},
    "stride beyond the window": {"kernel": (2, 1), "stride": (3, 2)},
    "valid beyond the window": {
        "kernel": (1, 2),
        "stride": (2, 3),
        "padding": "VALID",
    },
    "4x2": {"kernel": (4, 2), "stride": (2, 1)},
    "large window": {"kernel": (5, 7), "stride": (1, 2)},
    "odd size": {"size": (7, 9)},
    "batch 2": {"image": (2, 3, 2, 3)},
    "no bias": {"biased": False},
    "relu": {"activation": "RELU"},
}
CASES = {
    f"{dtype} matmul {name}": matmul(dtype, *how)
    for dtype in ("int8", "int16", "float32")
    for name, how in MATRICES.items()
} | {
    f"{dtype} matmul, constant {name}": matmul(dtype, *MATRICES[how], constant=name)
    for dtype in ("int8", "int16", "float32")
    for name, how in (("x", "batches"), ("y", "right broadcast"))
}
CASES |= {
    f"{dtype} transposed {name}": transposed(dtype, **how)
    for dtype in ("int8", "int16", "float32")
    for name, how in IMAGES.items()
}
CASES |= {
    "int8 transposed, per tensor": transposed("int8", per_channel=False),
    "float transposed, computed weights": transposed("float32", computed="w"),
    "float transposed, all computed": transposed("float32", computed="wb"),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, portable_outputs):
    assert_same_bytes(portable_outputs[name], run_in_tf_micro(CASES[name]))
