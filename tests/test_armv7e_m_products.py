"""MUL on Armv7E-M: constants for products, against TF-Micro's own arithmetic."""

from __future__ import annotations

import numpy as np
from host import DSP, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from test_kernels_elementwise import CASES

from mcu_convert.quantize import (
    Rounding,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
)
from mcu_convert_plugins.kernels.armv7e_m.product_formula import find_product

QUIET = settings(max_examples=60, deadline=None, derandomize=True, database=None)
ZERO_POINTS = st.tuples(*[st.integers(-128, 127)] * 3)
RATIOS = st.floats(-14, 0).map(lambda exponent: float(np.float32(2**exponent)))
LIMITS = st.sampled_from([(-128, 127), (-20, 127), (-128, 40)])


@QUIET
@given(RATIOS, ZERO_POINTS, LIMITS, st.sampled_from(Rounding), st.data())
def test_constants_are_right_for_every_product(ratio, zero, limits, rounding, data):
    product = find_product(ratio, zero, limits, rounding)
    if product is None or product.form.shift is None:
        return
    pairs = st.tuples(st.integers(-128, 127), st.integers(-128, 127))
    for x, y in data.draw(st.lists(pairs, min_size=40, max_size=40)):
        exact = (x - zero[0]) * (y - zero[1])
        scaled = multiply_by_quantized_multiplier(
            exact, *quantize_multiplier(ratio), rounding
        )
        raised = 256 * exact + product.addend
        assert -(1 << 31) <= raised < 1 << 31
        high = product.rounding[0] + (raised * product.multiplier >> 32)
        assert np.clip(high >> product.form.shift, *limits) == np.clip(
            scaled + zero[2], *limits
        )


def test_nearly_every_product_has_constants():
    random = np.random.default_rng(4)
    found = [
        find_product(
            float(ratio),
            tuple(random.integers(-128, 128, 3).tolist()),
            (-128, 127),
            Rounding.DOUBLE,
        )
        for ratio in random.uniform(0.001, 0.1, 60)
    ]
    assert sum(product is not None for product in found) >= 55


def test_mul_takes_this_kernel_for_every_way_to_broadcast():
    muls = [name for name in CASES if name.startswith("MUL")]
    taken = [
        compiled(CASES[name].model, libraries=DSP)[0].steps[-1].kernel.library
        for name in muls
    ]
    assert taken.count("armv7e_m") > 0.8 * len(muls)
