"""AVERAGE_POOL_2D and MAX_POOL_2D on int8, as TF-Micro's ``pooling.cc``."""

from __future__ import annotations

import math
from typing import Any

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.pool_2d import AveragePool2D, MaxPool2D, Pool2D
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import channel_overlap
from mcu_convert_plugins.kernels.portable.row_form import (
    RowForm,
    gathered_rows,
    row_offset,
    row_starts,
    window_row_needs,
)
from mcu_convert_plugins.kernels.portable.scaling import output_values
from mcu_convert_plugins.kernels.portable.terms import times, total
from mcu_convert_plugins.kernels.portable.window import axes, image_values

_SUM_BYTES = 4
_MOST_ELEMENTS = 1 << 23
"""Of a window, so that their sum has 32 bits."""


def lower_average(layer: Layer) -> Lowering:
    """Divide the sum of what is inside, halves away from zero."""
    op = layer.op
    assert isinstance(op, AveragePool2D)
    form = _row_form(layer, op, _SUM_BYTES)
    values = _values(layer, form)
    low, high = values["activation_min"], values["activation_max"]
    limited = (low, high) != (-128, 127)
    result = f"clamp(sum, {low}, {high})" if limited else "sum"
    return Lowering(
        {**values, **_division(layer, op), "result": result},
        overlaps=channel_overlap(layer, *axes(layer, op.window, op)),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
        helpers=("portable/helpers/clamp.c.j2",) if limited else (),
    )


def lower_max(layer: Layer) -> Lowering:
    """Take the largest value inside, or the smallest that the activation allows."""
    op = layer.op
    assert isinstance(op, Pool2D)
    form = _row_form(layer, op, kept_bytes=1)
    values = _values(layer, form)
    high = values["activation_max"]
    result = "largest" if high == 127 else f"(largest > {high} ? {high} : largest)"
    return Lowering(
        {**values, "result": result},
        overlaps=channel_overlap(layer, *axes(layer, op.window, op)),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
    )


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
        **output_values(layer),
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


def windows_are_moderate(layer: Layer) -> bool:
    """Each window has something of the image, and at most 2**23 elements."""
    op = layer.op
    assert isinstance(op, Pool2D)
    return op.window.height * op.window.width <= _MOST_ELEMENTS and all(
        axis.way.first(position) < axis.way.end(position)
        for axis in axes(layer, op.window, op)
        for position in (0, axis.way.outputs - 1)
    )


LIMITS = (
    limits.computed_input,
    limits.int8_layer,
    limits.same_quantization,
    limits.clamping,
    windows_are_moderate,
)
KERNELS = (
    Kernel(
        "average_pool_2d",
        "portable",
        AveragePool2D,
        "portable/average_pool_2d.c.j2",
        lower_average,
        LIMITS,
    ),
    Kernel(
        "max_pool_2d",
        "portable",
        MaxPool2D,
        "portable/max_pool_2d.c.j2",
        lower_max,
        LIMITS,
    ),
)
