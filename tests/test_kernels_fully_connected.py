"""FULLY_CONNECTED in C gives the bytes of TF-Micro's, on int8 and on float32."""

import numpy as np
import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import bias, case, generator, int8, scale_for, weights
from tflite_builder import T


def dense(
    rows=(1,),
    inputs=37,
    outputs=10,
    activation="NONE",
    keep=False,
    per_channel=False,
    biased=True,
    zero_points=(-7, 12),
):
    source = int8("x", *rows, inputs, zero_point=zero_points[0])
    filters = weights(outputs, inputs, axis=0, per_channel=per_channel)
    scale = scale_for(inputs, source)
    shape = rows if keep else (_product(rows),)
    target = int8("y", *shape, outputs, scale=scale, zero_point=zero_points[1])
    sources = [source, filters, *([bias(outputs, source, filters)] if biased else [])]
    return case("FULLY_CONNECTED", sources, target, options(activation, keep))


def one_product(real_scale):
    """Return a layer that multiplies each input by 1 and scales it."""
    source = int8("x", 16, 16, scale=0.5, zero_point=-7)
    target = int8("y", 16, 16, scale=0.5 / real_scale, zero_point=12)
    filters = T("w", "int8", (16, 16), np.eye(16), scale=1.0)
    return case("FULLY_CONNECTED", [source, filters], target)


def real(rows=(2,), inputs=17, outputs=5, activation="NONE", keep=False, biased=True):
    random = generator(rows, inputs, outputs)
    shape = rows if keep else (_product(rows),)
    sources = [
        T("x", "float32", (*rows, inputs)),
        T("w", "float32", (outputs, inputs), random.normal(size=(outputs, inputs))),
    ]
    if biased:
        sources.append(T("b", "float32", (outputs,), random.normal(size=outputs)))
    target = T("y", "float32", (*shape, outputs))
    return case("FULLY_CONNECTED", sources, target, options(activation, keep))


def options(activation, keep):
    return {"fused_activation_function": activation, "keep_num_dims": keep}


def _product(rows):
    return rows[0] * (rows[1] if len(rows) > 1 else 1)


CASES = {
    "one row": dense(),
    "one input": dense(inputs=1),
    "one output": dense(outputs=1),
    "long rows": dense(inputs=700),
    "batch 3": dense(rows=(3,)),
    "leading dimensions become rows": dense(rows=(2, 3)),
    "leading dimensions stay": dense(rows=(2, 3), keep=True),
    "no bias": dense(biased=False),
    "per channel": dense(per_channel=True),
    "per channel, batch 2, no bias": dense((2,), per_channel=True, biased=False),
    "relu": dense(activation="RELU"),
    "relu6": dense(activation="RELU6", zero_points=(3, -128)),
    "relu_n1_to_1": dense(activation="RELU_N1_TO_1"),
    "zero points at the ends": dense(zero_points=(127, -128)),
    "zero points at the other ends": dense(zero_points=(-128, 127)),
    "scaled by less than 1/2": one_product(0.35),
    "scaled by more than 1/2": one_product(0.61),
    "scaled by 1": one_product(1.0),
    "scaled up": one_product(1.7),
    "scaled up further": one_product(11.3),
    "float": real(),
    "float, no bias": real(biased=False),
    "float, leading dimensions stay": real(rows=(2, 3), keep=True),
    "float relu": real(activation="RELU"),
    "float relu6": real(activation="RELU6"),
    "float relu_n1_to_1": real(activation="RELU_N1_TO_1"),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))
