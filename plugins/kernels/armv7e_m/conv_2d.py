"""CONV_2D with a window: gathered, two pixels and four channels at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.armv7e_m.block_weights import (
    GROUP,
    block_weights,
    groups_of,
    halves_fit,
)
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import blocks_of, has_blocks
from mcu_convert_plugins.kernels.armv7e_m.costs import gather_cost
from mcu_convert_plugins.kernels.armv7e_m.forms import GROUPS_UNROLLED, block_helpers
from mcu_convert_plugins.kernels.armv7e_m.pixel_pairs import (
    PAIR,
    block_values,
    multiplying,
    widening,
)
from mcu_convert_plugins.kernels.armv7e_m.techniques import (
    PIXEL_BLOCKS,
    TECHNIQUES,
    UNROLLING,
    at_once,
)
from mcu_convert_plugins.kernels.gathering.dense import is_dense, one_channel
from mcu_convert_plugins.kernels.gathering.pair_distances import window_pair_overlap
from mcu_convert_plugins.kernels.gathering.window_rows import (
    axes_of,
    hangs,
    window_values,
)
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs
from mcu_convert_plugins.kernels.portable.window import Axis
from mcu_convert_plugins.kernels.requantization.rescaling import Numbers


@dataclass(frozen=True, slots=True)
class Places:
    """Where in the scratch the parts of two patches lie, in bytes."""

    patch: int
    """Values of a patch, in whole groups."""
    row: int
    """Values of one of its rows."""
    whole: bool
    """Whether rows are whole groups, to be widened where they are."""
    edges: bool
    """Whether rows that hang over an edge need a place."""

    @property
    def bytes(self) -> int:
        """Of a patch that is put together before it is widened."""
        return 0 if self.whole else self.patch

    @property
    def first_edge(self) -> int:
        return 4 * self.patch + 2 * self.bytes

    @property
    def size(self) -> int:
        return self.first_edge + (2 * self.row if self.edges else 0)


def lower(layer: Layer) -> Lowering:
    """Widen what is under two windows, then multiply it with all weights.

    Padding is the zero point, which the bias makes up for.
    """
    blocks = blocks_of(layer)
    assert blocks is not None
    rows, columns = axes_of(layer)
    matrix = _matrix(layer)
    places = _places(matrix.shape[1], rows, columns)
    side = at_once(layer, PIXEL_BLOCKS, PAIR)
    odd = columns.way.outputs % side == 1
    edge = ("gathering/edge_row.c.j2",) if places.edges else ()
    memory = WorkingMemory(places.size)
    return Lowering(
        values={
            "memory": memory,
            **_values(layer, rows, columns, places),
            **block_values(blocks, side, odd),
        },
        constants=(block_weights(layer, blocks, matrix),),
        scratch=memory.scratch,
        overlaps=window_pair_overlap(layer, rows, columns, side),
        rows=window_row_needs(rows),
        helpers=(
            *edge,
            *widening(),
            *block_helpers(
                multiplying(side),
                blocks.forms,
                at_once(layer, UNROLLING, GROUPS_UNROLLED),
            ),
        ),
    )


def _matrix(layer: Layer) -> Numbers:
    """Return the weights as OI; depthwise ones of a single channel are IO."""
    weights = layer.inputs[1].array.astype(np.int64)
    outputs = layer.output.shape[-1]
    if isinstance(layer.op, DepthwiseConv2D):
        return weights.reshape(-1, outputs).T
    return weights.reshape(outputs, -1)


def _places(inputs: int, rows: Axis, columns: Axis) -> Places:
    row = inputs // rows.way.taps
    return Places(
        patch=groups_of(inputs) * GROUP,
        row=row,
        whole=row % GROUP == 0,
        edges=hangs(rows) or hangs(columns),
    )


def _values(layer: Layer, rows: Axis, columns: Axis, places: Places) -> dict[str, Any]:
    side = at_once(layer, PIXEL_BLOCKS, PAIR)
    odd = columns.way.outputs % side == 1
    step = (side - 1) * columns.way.stride * layer.inputs[0].shape[3]
    return {
        **window_values(layer, rows, columns),
        "places": places,
        "at_once": side,
        "odd": odd,
        "groups": groups_of(places.patch),
        "step": f"one * {step}" if odd else step,
        "hanging": _hanging(layer, rows, columns, places.row + step),
    }


def _hanging(layer: Layer, rows: Axis, columns: Axis, reach: int) -> str:
    """Write when the row under two windows is not all inside the image."""
    elements = layer.inputs[0].shape[2] * layer.inputs[0].shape[3]
    return " || ".join(
        [
            *(["row[r] == 0"] if hangs(rows) else []),
            *([f"left < 0 || left > {elements - reach}"] if hangs(columns) else []),
        ]
    )


KERNELS = (
    Kernel(
        "conv_2d",
        "armv7e_m",
        Conv2D,
        "armv7e_m/conv_2d.c.j2",
        lower,
        (*INT8_LIMITS, is_dense, halves_fit, has_blocks),
        gather_cost,
        TECHNIQUES,
        code=300,
        shared_code=1000,
    ),
    Kernel(
        "depthwise_conv_2d_one_channel",
        "armv7e_m",
        DepthwiseConv2D,
        "armv7e_m/conv_2d.c.j2",
        lower,
        (*INT8_LIMITS, one_channel, halves_fit, has_blocks),
        gather_cost,
        TECHNIQUES,
        code=300,
        shared_code=1000,
    ),
)
