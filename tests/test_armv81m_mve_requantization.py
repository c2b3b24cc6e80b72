"""Requantization with vector instructions, against TF-Micro's own arithmetic.

The instructions are those of the Armv8-M Architecture Reference Manual, in integers.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mcu_convert.quantize import Rounding, multiply_by_quantized_multiplier
from mcu_convert_plugins.kernels.armv81m_mve.forms import Form
from mcu_convert_plugins.kernels.armv81m_mve.pool_2d import reciprocal

QUIET = settings(max_examples=400, deadline=None, derandomize=True, database=None)
LARGEST = (1 << 31) - 1


def vqrdmulh(a, b):
    return min((2 * a * b + (1 << 31)) >> 32, LARGEST)


def vqdmulh(a, b):
    return min((2 * a * b) >> 32, LARGEST)


def vrshl(value, shift):
    return (value + ((1 << -shift) >> 1)) >> -shift


def vqmovn(value, bits):
    most = (1 << (bits - 1)) - 1
    return min(max(value, -most - 1), most)


def in_instructions(form: Form, total: int, multiplier: int, shift: int) -> int:
    """Do what the assembly does with one of its sums."""
    high = {"vqrdmulh": vqrdmulh, "vqdmulh": vqdmulh}[form.high_half](total, multiplier)
    if form.minds_signs:
        high += high >> 31
    assert -LARGEST - 1 <= high <= LARGEST
    output = vqmovn(vqmovn(vqmovn(vrshl(high, shift), 16) + form.zero_point, 16), 8)
    return min(max(output, form.limits[0]), form.limits[1])


def wanted(form: Form, total: int, multiplier: int, shift: int) -> int:
    scaled = multiply_by_quantized_multiplier(total, multiplier, shift, form.rounding)
    return min(max(scaled + form.zero_point, form.limits[0]), form.limits[1])


@st.composite
def forms(draw):
    zero_point = draw(st.integers(-128, 127))
    low = draw(st.sampled_from([-128, zero_point]))
    high = draw(st.sampled_from([127, min(zero_point + 40, 127)]))
    return Form(draw(st.sampled_from(Rounding)), zero_point, (low, high))


@st.composite
def near_a_step(draw):
    """Draw a sum at which an output ends or begins, or one or two beside it."""
    multiplier = draw(st.integers(1 << 30, LARGEST))
    shift = draw(st.integers(1, 22))
    half_steps = draw(st.integers(-600, 600))
    total = (half_steps << (30 + shift)) // multiplier + draw(st.integers(-2, 2))
    return total, multiplier, -shift


@QUIET
@given(forms(), near_a_step())
@example(Form(Rounding.DOUBLE, 0, (-128, 127)), (-1, 1 << 30, -1))
@example(Form(Rounding.SINGLE, 0, (-128, 127)), (-1, 1 << 30, -1))
def test_bytes_change_where_tf_micros_do(form, numbers):
    if abs(numbers[0]) < 1 << 30:
        assert in_instructions(form, *numbers) == wanted(form, *numbers)


@QUIET
@given(
    forms(),
    st.integers(-(1 << 30), 1 << 30),
    st.integers(1 << 30, LARGEST),
    st.integers(-31, -1),
)
def test_bytes_are_tf_micros_for_any_sum_and_shift(form, total, multiplier, shift):
    numbers = total, multiplier, shift
    assert in_instructions(form, *numbers) == wanted(form, *numbers)


@QUIET
@given(st.integers(-128, 127), st.integers(-600, 600), st.integers(1 << 30, LARGEST))
def test_no_shift_is_exact_where_negatives_are_hidden(zero_point, total, multiplier):
    form = Form(Rounding.DOUBLE, zero_point, (zero_point, 127))
    numbers = total, multiplier, 0
    assert in_instructions(form, *numbers) == wanted(form, *numbers)


@pytest.mark.parametrize("total", [-(1 << 30), -1, 0, 1, 1 << 30])
def test_nothing_is_left_of_a_sum_times_zero(total):
    form = Form(Rounding.DOUBLE, 3, (-128, 127))
    assert in_instructions(form, total, 0, -1) == wanted(form, total, 0, 0) == 3


def test_halves_below_zero_differ_without_their_sign():
    """Else the step for it could be left out everywhere."""
    form = Form(Rounding.DOUBLE, 0, (-128, 127))
    numbers = -2, 1 << 30, -1
    assert in_instructions(form, *numbers) == wanted(form, *numbers) == -1
    assert vrshl(vqrdmulh(*numbers[:2]), -1) == 0


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 25, 49, 255, 1024, 2799, 2800])
def test_averages_are_divided_exactly(count):
    """Every sum that so many int8 elements can have."""
    sums = np.arange(-128 * count, 128 * count + 1)
    halves_up = 2 * np.abs(sums) + count + (count + 1) % 2
    assert halves_up.max() < 1 << 31
    quotients = (halves_up * reciprocal(count) * 2) >> 32
    truncated = (np.abs(sums) + count // 2) // count
    np.testing.assert_array_equal(quotients, truncated)
