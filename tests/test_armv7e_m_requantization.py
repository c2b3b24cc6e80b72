"""Constants for requantization on Armv7E-M, against TF-Micro's own arithmetic."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_convert.quantize import Rounding, multiply_by_quantized_multiplier
from mcu_convert_plugins.kernels.armv7e_m.common_shift import find_constants
from mcu_convert_plugins.kernels.requantization.add_formula import (
    Scales,
    every_output,
    find_formula,
)
from mcu_convert_plugins.kernels.requantization.rescaling import Rescaling

QUIET = settings(max_examples=60, deadline=None, derandomize=True, database=None)
ROUNDINGS = st.sampled_from(Rounding)
BLOCK = np.arange(4)[None, :]


def wanted(rescaling: Rescaling, channel: int, total: int) -> int:
    """Return the output for a sum with its bias, before limits."""
    scaled = multiply_by_quantized_multiplier(
        total,
        int(rescaling.multiplier[channel]),
        -int(rescaling.shift[channel]),
        rescaling.rounding,
    )
    return scaled + rescaling.zero_point


def limited(rescaling: Rescaling, value: int) -> int:
    return min(max(value, rescaling.low), rescaling.high)


SHIFTS = st.integers(1, 12)


@st.composite
def rescalings(draw, relu: bool = False, shifts=SHIFTS) -> Rescaling:
    """Draw four channels, with sums of up to 22 bits."""

    def four(numbers):
        drawn = draw(st.lists(numbers, min_size=4, max_size=4))
        return np.array(drawn, np.int64)

    zero_point = -128 if relu else draw(st.integers(-128, 127))
    reach = four(st.integers(1, 1 << 21))
    return Rescaling(
        multiplier=four(st.integers(1 << 30, (1 << 31) - 1)),
        shift=four(shifts),
        bias=four(st.integers(-(1 << 18), 1 << 18)),
        lowest=-reach,
        highest=reach + 1,
        silent=np.zeros(4, np.bool_),
        zero_point=zero_point,
        low=draw(st.sampled_from([-128, zero_point])),
        high=127,
        rounding=draw(ROUNDINGS),
    )


@QUIET
@given(rescalings(shifts=st.integers(-3, 16)))
def test_each_output_begins_at_its_threshold(rescaling):
    for channel, starts in enumerate(rescaling.thresholds()):
        for output, start in enumerate(starts.tolist(), rescaling.low + 1):
            if abs(start) < 1 << 26:
                assert wanted(rescaling, channel, start) >= output
                assert wanted(rescaling, channel, start - 1) < output


def sums_around_thresholds(rescaling: Rescaling, channel: int) -> list[int]:
    """Return where outputs change, the ends, and some sums between."""
    lowest, highest = int(rescaling.lowest[channel]), int(rescaling.highest[channel])
    starts = rescaling.thresholds()[channel] - rescaling.bias[channel]
    near = [start + step for start in starts.tolist() for step in (-2, -1, 0, 1)]
    between = np.linspace(lowest, highest, 50).astype(int).tolist()
    return [s for s in (*near, *between) if lowest <= s <= highest]


def in_two_instructions(constants, channel: int, total: int) -> int:
    x = 256 * total + int(constants.addend[0, channel])
    assert -(1 << 31) <= x < 1 << 31
    high = int(constants.offset[0]) + (x * int(constants.multiplier[0, channel]) >> 32)
    assert -(1 << 31) <= high < 1 << 31
    return min(max(high >> constants.shift, -128), 127)


def check_constants(rescaling: Rescaling) -> bool:
    constants = find_constants(rescaling, BLOCK)
    if not constants.exact[0]:
        return False
    for channel in range(4):
        for total in sums_around_thresholds(rescaling, channel):
            found = in_two_instructions(constants, channel, total)
            biased = total + int(rescaling.bias[channel])
            assert limited(rescaling, found) == limited(
                rescaling, wanted(rescaling, channel, biased)
            )
    return True


@QUIET
@given(rescalings(shifts=st.integers(-2, 16)))
def test_constants_that_are_found_are_exact(rescaling):
    check_constants(rescaling)


@QUIET
@given(rescalings(relu=True, shifts=st.just(7)))
def test_channels_of_one_shift_always_have_constants(rescaling):
    assert check_constants(dataclasses.replace(rescaling, low=-128))


def test_most_blocks_of_a_relu_have_constants():
    """Even where scales differ by a factor of eight, and all outputs are reached."""
    random = np.random.default_rng(3)
    found = [
        check_constants(
            Rescaling(
                multiplier=random.integers(1 << 30, 1 << 31, 4),
                shift=random.integers(7, 10, 4),
                bias=random.integers(-5000, 5000, 4),
                lowest=np.full(4, -(1 << 18)),
                highest=np.full(4, 1 << 18),
                silent=np.zeros(4, np.bool_),
                zero_point=-128,
                low=-128,
                high=127,
                rounding=Rounding.DOUBLE,
            )
        )
        for _ in range(60)
    ]
    assert sum(found) >= 48


@QUIET
@given(rescalings(shifts=st.integers(6, 7)))
def test_rounding_once_always_has_constants(rescaling):
    once = dataclasses.replace(rescaling, low=-128, rounding=Rounding.SINGLE)
    assert check_constants(once)


def silent(output: int) -> Rescaling:
    """Return channels that always make one output, and have no weights left."""
    four = np.ones(4, np.int64)
    return Rescaling(
        multiplier=four << 30,
        shift=four,
        bias=four * 4 * (output - 5),
        lowest=0 * four,
        highest=0 * four,
        silent=four > 0,
        zero_point=5,
        low=-128,
        high=127,
        rounding=Rounding.DOUBLE,
    )


@pytest.mark.parametrize("output", [-128, -1, 5, 6, 127])
def test_channels_that_no_input_changes(output):
    constants = find_constants(silent(output), BLOCK)
    assert constants.exact[0]
    assert in_two_instructions(constants, 0, 0) == output
    assert wanted(silent(output), 0, int(silent(output).bias[0])) == output


@pytest.mark.parametrize("shift", range(8))
def test_channels_that_no_input_changes_beside_one_that_is_scaled(shift):
    """Small shifts are those with which the offset alone may reach another output."""
    three = np.arange(4) > 0
    beside = dataclasses.replace(
        silent(-128),
        shift=np.where(three, 1, shift),
        bias=np.where(three, 4 * (-128 - 5), 0),
        lowest=0 * silent(0).shift,
        highest=np.where(three, 0, 900),
        silent=three,
    )
    constants = find_constants(beside, BLOCK)
    assert constants.exact[0]
    for channel in (1, 2, 3):
        assert in_two_instructions(constants, channel, 0) == -128


def a_scale(low=0.01, high=0.2):
    pair = st.tuples(st.floats(low, high), st.integers(-128, 127))
    return pair.map(lambda drawn: (float(np.float32(drawn[0])), drawn[1]))


@QUIET
@given(a_scale(), a_scale(), a_scale(), ROUNDINGS)
def test_a_formula_for_add_is_right_for_every_pair(first, second, output, rounding):
    scales = Scales((first, second), output, (-128, 127), rounding)
    formula = find_formula(scales)
    if formula is None:
        return
    stored = np.arange(-128, 128)
    sums = formula.first * stored[:, None] + formula.second * stored
    assert np.abs(sums).max() + abs(formula.constant) < 1 << 31
    found = np.clip((sums + formula.constant) >> formula.shift, -128, 127)
    np.testing.assert_array_equal(found, every_output(scales))


def test_most_adds_have_a_formula():
    random = np.random.default_rng(1)
    found = [
        find_formula(
            Scales(
                ((a, 3), (a * random.uniform(0.3, 1.7), -7)),
                (a * random.uniform(0.8, 1.5), 5),
                (-128, 127),
                Rounding.DOUBLE,
            )
        )
        for a in random.uniform(0.02, 0.1, 30)
    ]
    assert sum(formula is not None for formula in found) >= 27


@QUIET
@given(a_scale(), a_scale(), a_scale(), ROUNDINGS, st.data())
def test_outputs_of_add_are_those_of_tf_micros_arithmetic(
    first, second, output, rounding, data
):
    from mcu_convert.quantize import quantize_multiplier

    scales = Scales((first, second), output, (-128, 127), rounding)
    x, y = data.draw(st.tuples(st.integers(-128, 127), st.integers(-128, 127)))
    unit = 2.0 * max(first[0], second[0])
    terms = [
        multiply_by_quantized_multiplier(
            (stored - zero) << 20, *quantize_multiplier(scale / unit), rounding
        )
        for stored, (scale, zero) in ((x, first), (y, second))
    ]
    total = multiply_by_quantized_multiplier(
        sum(terms), *quantize_multiplier(unit / ((1 << 20) * output[0])), rounding
    )
    expected = min(max(total + output[1], -128), 127)
    assert every_output(scales)[x + 128, y + 128] == expected
