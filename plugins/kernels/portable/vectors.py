"""Kernels that treat each vector along the last axis by itself."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Layer
from mcu_convert_plugins.kernels.portable.row_form import elements_at_once, row_offset


def vector_values(layer: Layer) -> dict[str, Any]:
    """Return how many vectors there are, how long, and where the first begins."""
    depth = layer.inputs[0].shape[-1]
    return {
        "vectors": elements_at_once(layer) // depth,
        "depth": depth,
        "start": row_offset(layer, 0),
    }


def has_an_axis(layer: Layer) -> bool:
    """The input has at least one dimension."""
    return len(layer.inputs[0].shape) > 0
