"""AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D, as TF-Micro's ``pooling.cc``."""

from __future__ import annotations

import math
from typing import Any

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.pool_2d import AveragePool2D, L2Pool2D, MaxPool2D, Pool2D
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import channel_overlap
from mcu_convert_plugins.kernels.portable.products import is_real
from mcu_convert_plugins.kernels.portable.row_form import (
    RowForm,
    gathered_rows,
    row_offset,
    row_starts,
    window_row_needs,
)
from mcu_convert_plugins.kernels.portable.scaling import output_values, real_limits
from mcu_convert_plugins.kernels.portable.terms import times, total
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels
from mcu_convert_plugins.kernels.portable.window import axes, image_values

_SUM_BYTES = 4
_LOWEST_FLOAT = float_constant(-((2 - 2**-23) * 2.0**127))
_MOST_ELEMENTS = {DType.INT8: 1 << 23, DType.INT16: 1 << 15, DType.FLOAT32: 1 << 23}
"""Of a window, so that a sum of integers has 32 bits."""


def lower_average(layer: Layer) -> Lowering:
    """Divide the sum of what is inside, halves away from zero; for floats, exactly."""
    op = layer.op
    assert isinstance(op, AveragePool2D)
    form = _row_form(layer, op, _SUM_BYTES)
    values = _values(layer, form)
    helpers: tuple[str, ...] = ()
    if is_real(layer):
        values |= {**_real_division(layer, op), "squares": False}
    else:
        low, high = values["activation_min"], values["activation_max"]
        limited = (low, high) != _range(layer)
        result = f"clamp(sum, {low}, {high})" if limited else "sum"
        values |= {**_division(layer, op), "result": result, "squares": False}
        helpers = ("portable/helpers/clamp.c.j2",) if limited else ()
    return _lowering(layer, op, form, values, helpers)


def lower_l2(layer: Layer) -> Lowering:
    """Take the root of the mean square of what is inside."""
    op = layer.op
    assert isinstance(op, L2Pool2D)
    form = _row_form(layer, op, _SUM_BYTES)
    division = {**_real_division(layer, op), "squares": True}
    return _lowering(layer, op, form, _values(layer, form) | division)


def lower_max(layer: Layer) -> Lowering:
    """Take the largest value inside, or the smallest that the activation allows."""
    op = layer.op
    assert isinstance(op, MaxPool2D)
    form = _row_form(layer, op, layer.output.dtype.bits // 8)
    values = _values(layer, form)
    low, high = values["activation_min"], values["activation_max"]
    result = "largest"
    if high is not None and (is_real(layer) or high != _range(layer)[1]):
        result = f"(largest > {high} ? {high} : largest)"
    values |= {
        "smallest": _LOWEST_FLOAT if low is None else low,
        "result": result if is_real(layer) else f"({values['element']}){result}",
    }
    return _lowering(layer, op, form, values)


def _lowering(
    layer: Layer,
    op: Pool2D,
    form: RowForm,
    values: dict[str, Any],
    helpers: tuple[str, ...] = (),
) -> Lowering:
    return Lowering(
        values,
        overlaps=channel_overlap(layer, *axes(layer, op.window, op)),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
        helpers=helpers,
    )


def _range(layer: Layer) -> tuple[int, int]:
    """Return the smallest and the largest integer of the output's type."""
    half = 1 << (layer.output.dtype.bits - 1)
    return -half, half - 1


def _row_form(layer: Layer, op: Pool2D, kept_bytes: int) -> RowForm:
    """Return how a pool runs row by row: a single window down gathers its rows."""
    rows, _ = axes(layer, op.window, op)
    inside = rows.way.end(0) - rows.way.first(0)
    kept = kept_bytes * layer.output.size
    if rows.slides or kept >= inside * layer.inputs[0].row_bytes:
        return RowForm(window_row_needs(rows))
    return gathered_rows(inside, kept)


def _values(layer: Layer, form: RowForm) -> dict[str, Any]:
    op = layer.op
    assert isinstance(op, Pool2D)
    _, _, width, channels = layer.inputs[0].shape
    rows, columns = axes(layer, op.window, op)
    starts = row_starts(layer, rows, width * channels)
    gathers = layer.rings is not None and form.last_run is not None
    return {
        **image_values(layer),
        "rows": rows,
        "columns": columns,
        "starts": starts,
        "start": row_offset(layer, 0) if gathers else "",
        "last_run": form.last_run if gathers else None,
        "place": total(times(columns.position, channels), "channel"),
        "pixel": total(
            "" if gathers else starts.text, times(columns.place, channels), "channel"
        ),
        "element": layer.output.dtype.c_type,
        "real": is_real(layer),
        "number": "float" if is_real(layer) else "int32_t",
        **(real_limits(layer) if is_real(layer) else output_values(layer)),
    }


def _division(layer: Layer, op: AveragePool2D) -> dict[str, Any]:
    """Say what the sum begins with and what it is divided by.

    Where padding counts, its elements, all zero points, are part of both.
    """
    elements = op.window.height * op.window.width
    zero_point = layer.inputs[0].zero_point if op.count_padding else 0
    counts = [axis.count for axis in axes(layer, op.window, op)]
    if all(count.isdigit() for count in counts):
        inside = math.prod(map(int, counts))
        divisor = elements if op.count_padding else inside
        begin: str | int = (elements - inside) * zero_point
        return {"count": "", "begin": begin, "half": divisor // 2, "divisor": divisor}
    count = " * ".join(f"({c})" if "-" in c else c for c in counts)
    if not op.count_padding:
        return {"count": count, "begin": 0, "half": "count / 2", "divisor": "count"}
    begin = f"({elements} - count) * {zero_point}" if zero_point else 0
    return {
        "count": count if zero_point else "",
        "begin": begin,
        "half": elements // 2,
        "divisor": elements,
    }


def _real_division(layer: Layer, op: AveragePool2D | L2Pool2D) -> dict[str, Any]:
    """Say what a sum of floats begins with and what it is divided by."""
    counts = [axis.count for axis in axes(layer, op.window, op)]
    if isinstance(op, AveragePool2D) and op.count_padding:
        counts = [str(op.window.height), str(op.window.width)]
    if all(count.isdigit() for count in counts):
        divisor = float_constant(math.prod(map(int, counts)))
        return {"count": "", "begin": "0.0F", "divisor": divisor}
    count = " * ".join(f"({c})" if "-" in c else c for c in counts)
    return {"count": count, "begin": "0.0F", "divisor": "(float)count"}


def windows_are_moderate(layer: Layer) -> bool:
    """Each window has something of the image, and at most 2**23 elements.

    2**15 elements of int16.
    """
    op = layer.op
    assert isinstance(op, Pool2D)
    most = _MOST_ELEMENTS[layer.output.dtype]
    return op.window.height * op.window.width <= most and all(
        axis.way.first(position) < axis.way.end(position)
        for axis in axes(layer, op.window, op)
        for position in (0, axis.way.outputs - 1)
    )


_FLOAT_LIMITS = (
    limits.computed_input,
    limits.float_layer,
    limits.clamping,
    windows_are_moderate,
)
TYPES: Types = (
    (
        "",
        (
            limits.computed_input,
            limits.int8_layer,
            limits.same_quantization,
            limits.clamping,
            windows_are_moderate,
        ),
    ),
    (
        "_int16",
        (
            limits.computed_input,
            limits.int16_layer,
            limits.same_quantization,
            limits.clamping,
            windows_are_moderate,
        ),
    ),
    ("_float", _FLOAT_LIMITS),
)
KERNELS = (
    *typed_kernels(
        TYPES, "average_pool_2d", AveragePool2D, "average_pool_2d", lower_average
    ),
    *typed_kernels(TYPES, "max_pool_2d", MaxPool2D, "max_pool_2d", lower_max),
    Kernel(
        "l2_pool_2d",
        "portable",
        L2Pool2D,
        "portable/average_pool_2d.c.j2",
        lower_l2,
        _FLOAT_LIMITS,
    ),
)
