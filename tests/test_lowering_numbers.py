"""The numbers that kernels print, where a mistake would be hard to see in the C."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_convert.ir import DType, Quantization, Tensor
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.index_map import strides_of
from mcu_convert.ops.resize_nearest_neighbor import ResizeNearestNeighbor
from mcu_convert.ops.window import Size
from mcu_convert.quantize import INT32_MAX, quantize_multiplier
from mcu_convert_plugins.kernels.portable.loops import merged_loops
from mcu_convert_plugins.kernels.portable.mean import mean_multiplier
from mcu_convert_plugins.kernels.portable.resize_nearest_neighbor import nearest
from mcu_convert_plugins.kernels.portable.softmax import exponentials
from mcu_convert_plugins.kernels.portable.window import Movement

repeatably = settings(derandomize=True, deadline=None, database=None)
lengths = st.lists(st.integers(1, 4), max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("real", "multiplier", "shift"),
    [
        (1.0, 1 << 30, 1),
        (0.75, 3 << 29, 0),
        (0.0003, 1319413953, -11),
        (1.0 - 2.0**-40, 1 << 30, 1),  # rounded up to the next power of two
        (2.0**-32, 1 << 30, -31),
        (2.0**-33, 0, 0),  # too small for a shift
        (0.0, 0, 0),
    ],
)
def test_multiplier_of_31_bits(real, multiplier, shift):
    assert quantize_multiplier(real) == (multiplier, shift)


@repeatably
@given(st.floats(2.0**-31, 2.0**31))
def test_multiplier_is_as_near_as_31_bits_are(real):
    multiplier, shift = quantize_multiplier(real)
    assert 1 << 30 <= multiplier <= INT32_MAX
    assert abs(multiplier * 2.0 ** (shift - 31) / real - 1) <= 2.0**-31


@pytest.mark.parametrize(
    ("real", "count", "expected"),
    [
        (1.0, 1, (1 << 30, 1)),
        (1.0, 4, (1 << 30, -1)),
        (1.0, 3, ((1 << 31) // 3, 0)),
        (0.5, 49, ((1 << 35) // 49, -5)),
    ],
)
def test_mean_multiplier_has_the_count_in_it(real, count, expected):
    assert mean_multiplier(real, count) == expected


@repeatably
@given(st.floats(1e-4, 1e4), st.integers(1, 1 << 20))
def test_mean_multiplier_is_near_the_quotient(real, count):
    multiplier, shift = mean_multiplier(real, count)
    assert 0 <= multiplier <= INT32_MAX
    assert shift >= -31
    unit = 2.0 ** (shift - 31)
    assert abs(multiplier * unit - real / count) <= 1.5 * unit


@pytest.mark.parametrize(
    ("beta", "scale"), [(1.0, 0.1), (1.0, 0.001), (2.5, 0.05), (1.0, 2.0)]
)
def test_exponentials_are_those_of_mathematics(beta, scale):
    found = np.array(exponentials(beta, scale), np.float64) / 2**31
    wanted = [math.exp(-beta * scale * d) for d in range(256)]
    np.testing.assert_allclose(found, wanted, atol=3e-7)
    assert exponentials(beta, scale)[0] == INT32_MAX
    assert all(np.diff(found) <= 0)


def test_exponentials_end_where_the_argument_leaves_five_bits():
    table = exponentials(1.0, 1.0)
    assert table[15] == pytest.approx(math.exp(-15) * 2**31, abs=1)
    assert math.exp(-16) * 2**31 > 200
    assert not any(table[16:])


def tensor(scale, zero_point):
    single = float(np.float32(scale))
    return Tensor("y", DType.INT8, (1,), Quantization((single,), (zero_point,)))


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "expected"),
    [
        (Activation.NONE, 0.1, 3, (-128, 127)),
        (Activation.RELU, 0.1, 3, (3, 127)),
        (Activation.RELU6, 0.1, 3, (3, 63)),
        (Activation.RELU6, 0.01, -128, (-128, 127)),
        (Activation.RELU6, 4.0, 0, (0, 2)),  # 1.5 steps
        (Activation.RELU_N1_TO_1, 0.4, 0, (-3, 3)),  # 2.5 steps
        (Activation.RELU_N1_TO_1, 0.1, -125, (-128, -115)),
        (Activation.RELU_0_TO_1, 0.1, 0, (0, 10)),
    ],
)
def test_stored_range_of_an_activation(activation, scale, zero_point, expected):
    assert quantized_range(activation, tensor(scale, zero_point)) == expected


def test_an_activations_limit_is_divided_in_single_precision():
    scale = 0.12121212482452393
    assert 6.0 / scale < 49.5
    assert np.float32(6.0 / scale) == 49.5
    assert quantized_range(Activation.RELU6, tensor(scale, 0)) == (0, 50)


@pytest.mark.parametrize(
    ("inputs", "outputs", "align_corners", "half_pixel_centers", "expected"),
    [
        (3, 6, False, False, [0, 0, 1, 1, 2, 2]),
        (3, 6, False, True, [0, 0, 1, 1, 2, 2]),
        (3, 5, True, False, [0, 1, 1, 2, 2]),
        (5, 3, False, False, [0, 1, 3]),
        (5, 3, False, True, [0, 2, 4]),
        (5, 3, True, False, [0, 2, 4]),
        (4, 1, True, False, [0]),
        (1, 3, True, True, [0, 0, 0]),
    ],
)
def test_nearest_rows(inputs, outputs, align_corners, half_pixel_centers, expected):
    op = ResizeNearestNeighbor(Size(1, 1), align_corners, half_pixel_centers)
    assert [nearest(n, inputs, outputs, op) for n in range(outputs)] == expected


@repeatably
@given(st.integers(1, 300), st.integers(1, 300), st.booleans(), st.booleans())
def test_nearest_row_is_always_inside(inputs, outputs, align, half):
    op = ResizeNearestNeighbor(Size(1, 1), align, half)
    rows = [nearest(n, inputs, outputs, op) for n in range(outputs)]
    assert rows == sorted(rows)
    assert 0 <= rows[0] <= rows[-1] < inputs


def indices(loops, operand):
    """Walk loops as the C does and list an operand's indices."""
    counters = product(*(range(loop.length) for loop in loops))
    return [
        sum(n * loop.strides[operand] for n, loop in zip(at, loops, strict=True))
        for at in counters
    ]


@repeatably
@given(lengths, st.data())
def test_merged_loops_visit_the_same_elements_in_the_same_order(shape, data):
    random_strides = st.lists(
        st.integers(0, 4), min_size=len(shape), max_size=len(shape)
    )
    operands = [strides_of(shape), data.draw(random_strides)]
    loops = merged_loops(shape, operands)
    for number, strides in enumerate(operands):
        expected = [int(np.dot(at, strides)) for at in np.ndindex(shape)]
        assert indices(loops, number) == expected
    assert all(loop.length > 1 for loop in loops)


def test_contiguous_axes_are_one_loop():
    strides = strides_of((2, 3, 4))
    assert [loop.length for loop in merged_loops((2, 3, 4), [strides, strides])] == [24]
    assert merged_loops((1, 1), [(1, 1)]) == ()


@repeatably
@given(
    size=st.integers(1, 9),
    taps=st.integers(1, 5),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    before=st.integers(0, 6),
    position=st.integers(0, 4),
)
def test_first_and_last_tap_inside(size, taps, stride, dilation, before, position):
    way = Movement(size, position + 1, taps, stride, before, dilation)
    start = position * stride - before
    inside = [t for t in range(taps) if 0 <= start + t * dilation < size]
    found = list(range(way.first(position), way.end(position)))
    assert found == inside
