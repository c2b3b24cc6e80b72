"""About how many instructions the depthwise kernels take.

Fitted to what QEMU counts in each function on a Cortex-M7, with GCC 12 at -O2: in nine
published models, root mean square 2.6 % for planes and rows of them (67 layers), 1.7 %
for columns (15).  The assembly is counted, not estimated.
"""

from __future__ import annotations

from mcu_convert.kernels import Layer
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import channels_of
from mcu_convert_plugins.kernels.armv7e_m.column_walk import walk_of
from mcu_convert_plugins.kernels.armv7e_m.plane import Plane, plane_of
from mcu_convert_plugins.kernels.armv7e_m.row_products import (
    AT_ONCE,
    pairs_of,
    products_of,
    row_program,
)
from mcu_convert_plugins.kernels.gathering.window_rows import axes_of, hangs
from mcu_convert_plugins.kernels.portable.window import Movement

_TURNS = {1: 36, 2: 24}
"""Instructions for two columns, by the stride of the window."""


def plane_cost(layer: Layer) -> int:
    """Return the cost of a layer of which each channel is widened once."""
    rows, columns = axes_of(layer)
    plane = plane_of(rows, columns, whole=True)
    return round(_once(layer, plane, rows.way.outputs))


def window_cost(layer: Layer) -> int:
    """Return the cost of a layer that widens a window's rows each time."""
    rows, columns = axes_of(layer)
    plane = plane_of(rows, columns, whole=False)
    times = rows.way.outputs if layer.rings is None else 1
    return round(times * _once(layer, plane, 1))


def _once(layer: Layer, plane: Plane, rows: int) -> float:
    """Return what it costs to widen all channels, and to make some rows of outputs."""
    blocks = channels_of(layer)
    assert blocks is not None
    down, across = (axis.way for axis in axes_of(layer))
    channels = layer.output.shape[3]
    a_row = 0 if plane.narrow else 6 if plane.whole else 16
    an_element = 3.1 if plane.whole or plane.narrow else 4.6
    widened = plane.gathered_rows * (a_row + an_element * plane.gathered_columns)
    taps = 4.6 * down.taps * len(pairs_of(across.taps, across.stride))
    groups, rest = divmod(across.outputs, AT_ONCE)
    products = groups * (_products(down, across, AT_ONCE) + 10.6)
    products += _products(down, across, rest) + 3.1 if rest else 0
    general = sum(form.shift is None for form in blocks.forms) / len(blocks.forms)
    stored = across.outputs * (3 + 3 * general)
    padded = 2.2 * plane.size if plane.padded else 0
    return padded + channels * (21 + widened + taps + rows * (products + stored))


def _products(down: Movement, across: Movement, outputs: int) -> int:
    """Count the instructions that multiply for some neighbouring outputs."""
    pairs = len(pairs_of(across.taps, across.stride))
    program = row_program(products_of(across.taps, across.stride, outputs), pairs, 0, 0)
    return down.taps * len(program)


def column_cost(layer: Layer) -> int:
    """Return the cost of a layer that walks along three rows."""
    rows, columns = axes_of(layer)
    walk, stride = walk_of(columns.way), columns.way.stride
    times = rows.way.outputs if layer.rings is None else 1
    outside = 14 if hangs(rows) else 0
    edges = 8 * len(walk.first) + 6 * len(walk.last)
    a_channel = 50 + outside + edges + walk.turns * _TURNS[stride]
    return round(times * (210 + layer.output.shape[3] * a_channel))
