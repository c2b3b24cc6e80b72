"""``--rounding single``: TFLITE_SINGLE_ROUNDING, recomputed with exact fractions.

No wheel of TF-Micro is built that way, so this follows ``kernels/internal/common.cc``:
one product, one shift, halves rounded up.
"""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from host import DSP, PORTABLE, VECTORS, assert_same_bytes, run_in_c
from single_operator import bias, case, int8, weights

from mcu_convert.quantize import Rounding


def small(tensor):
    """Make sums small, so that few bits are shifted out and halves are frequent."""
    return dataclasses.replace(tensor, data=tensor.data // 40)


SOURCE = int8("x", 1, 15, 14, 8, scale=0.05, zero_point=-7)
ROWS = int8("x", 40, 40, scale=0.05, zero_point=-7)
KERNEL = small(weights(12, 3, 3, 8, axis=0))
DENSE = small(weights(25, 40, axis=0, per_channel=False))
ADDENDS = {t.shape: small(bias(t.shape[0], SOURCE, t)) for t in (KERNEL, DENSE)}
MAP = int8("y", 1, 13, 12, 12, scale=0.006, zero_point=12)
CLASSES = int8("y", 40, 25, scale=0.0043, zero_point=-3)
VALID = {"padding": "VALID", "stride_h": 1, "stride_w": 1}
A = int8("a", 1, 600, scale=0.05, zero_point=-7)
B = int8("b", 1, 600, scale=0.031, zero_point=12)
SUM = int8("y", 1, 600, scale=0.07, zero_point=5)

CASES = {
    "conv_2d": case("CONV_2D", [SOURCE, KERNEL, ADDENDS[KERNEL.shape]], MAP, VALID),
    "fully_connected": case(
        "FULLY_CONNECTED", [ROWS, DENSE, ADDENDS[DENSE.shape]], CLASSES
    ),
    "add": case("ADD", [A, B], SUM),
}


def scaled(value, real):
    """Multiply by a real number, as quantized to 31 bits, and round once."""
    fraction, exponent = math.frexp(real)
    multiplier = Fraction(math.floor(fraction * 2**31 + 0.5)) * Fraction(2) ** (
        exponent - 31
    )
    return math.floor(int(value) * multiplier + Fraction(1, 2))


def stored(value, target):
    return np.int8(np.clip(value + target.zero_point, -128, 127))


def as_single(number):
    return float(np.float32(number))


def scale_of(source, filters, target, channel):
    scales = filters.scales or [filters.scale] * filters.shape[0]
    return (
        as_single(source.scale) * as_single(scales[channel]) / as_single(target.scale)
    )


def conv_2d(image):
    addend = ADDENDS[KERNEL.shape].data
    centred = image[0].astype(np.int64) - SOURCE.zero_point
    windows = np.lib.stride_tricks.sliding_window_view(centred, (3, 3), (0, 1))
    sums = np.einsum("yxihw,ohwi->yxo", windows, KERNEL.data) + addend
    values = [
        stored(scaled(total, scale_of(SOURCE, KERNEL, MAP, index[-1])), MAP)
        for index, total in np.ndenumerate(sums)
    ]
    return np.array(values).reshape(MAP.shape)


def fully_connected(rows):
    centred = rows.astype(np.int64) - ROWS.zero_point
    sums = centred @ DENSE.data.T + ADDENDS[DENSE.shape].data
    values = [
        stored(scaled(total, scale_of(ROWS, DENSE, CLASSES, 0)), CLASSES)
        for total in sums.ravel()
    ]
    return np.array(values).reshape(CLASSES.shape)


def add(a, b):
    scales = [as_single(tensor.scale) for tensor in (A, B)]
    unit = 2 * max(scales)
    terms = [
        [scaled((int(x) - t.zero_point) << 20, scale / unit) for x in values.ravel()]
        for values, t, scale in zip((a, b), (A, B), scales, strict=True)
    ]
    real = unit / (2**20 * as_single(SUM.scale))
    values = [stored(scaled(sum(pair), real), SUM) for pair in zip(*terms, strict=True)]
    return np.array(values).reshape(SUM.shape)


MODELS = {"conv_2d": conv_2d, "fully_connected": fully_connected, "add": add}


@pytest.fixture(
    scope="module",
    params=[PORTABLE, DSP, VECTORS],
    ids=["portable", "armv7e_m", "armv81m_mve"],
)
def single(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("single")
    return run_in_c(CASES, folder, rounding=Rounding.SINGLE, libraries=request.param)


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_one_exact_rounding(name, single):
    wanted = [[MODELS[name](*run)] for run in CASES[name].runs]
    assert_same_bytes(single[name], wanted)


def test_the_two_roundings_differ(single, tmp_path):
    # Else the test above could not tell them apart.
    double = run_in_c(CASES, tmp_path)
    differing = {
        name: sum(
            int(np.count_nonzero(a != b))
            for ours, theirs in zip(single[name], double[name], strict=True)
            for a, b in zip(ours, theirs, strict=True)
        )
        for name in CASES
    }
    assert min(differing.values()) > 0, differing
