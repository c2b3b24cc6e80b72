"""CROP and PASTE: rectangles out of an image and into one."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.crop import Crop
from mcu_convert.ops.paste import Paste
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.row_form import ring_of
from mcu_convert_plugins.kernels.portable.terms import term, times, total


def lower_crop(layer: Layer) -> Lowering:
    """Copy row after row; a row may lie over what it is copied from."""
    op = layer.op
    assert isinstance(op, Crop)
    image, patch = layer.inputs[0].shape, layer.output.shape
    row, channels = image[2] * image[3], image[3]
    values = {
        **_values(layer, rows=patch[1], columns=patch[2]),
        "source": total(_source_row(layer, op, row), str(op.left * channels or "")),
        "source_row": row,
        "target_row": patch[2] * channels,
    }
    reads = tuple((op.top + y, op.top + y) for y in range(patch[1]))
    return Lowering(values, overlaps=(_crop_overlap(layer, op),), rows=(reads,))


def _source_row(layer: Layer, op: Crop, row: int) -> str:
    """Write where the rectangle's first row begins, or row ``y`` of it."""
    if layer.rings is None:
        return str(op.top * row or "")
    ring = ring_of(layer, 0)
    place = f"y{term(op.top)}"
    if ring is not None:
        place = f"({place}) % {ring}" if op.top else f"y % {ring}"
    return "" if ring == 1 else times(place, row)


def _crop_overlap(layer: Layer, op: Crop) -> OverInput:
    """Return how far the copies are behind what is still to be read."""
    image, patch = layer.inputs[0], layer.output
    unit = image.dtype.bits // 8 * image.shape[3]
    distances = [
        ((y + 1) * patch.shape[2] - (op.top + y + 1) * image.shape[2] - op.left) * unit
        for y in range(patch.shape[1] - 1)
    ]
    return OverInput(distance=max(distances, default=-image.nbytes))


def lower_paste(layer: Layer) -> Lowering:
    """Write the patch's rows, and leave the other pixels of the output alone."""
    op = layer.op
    assert isinstance(op, Paste)
    patch, image = layer.inputs[0].shape, layer.output.shape
    row, channels = image[2] * image[3], image[3]
    end = op.top + patch[1]
    values = {
        **_values(layer, rows=patch[1], columns=patch[2]),
        "source_row": patch[2] * channels,
        "target": str(op.top * row + op.left * channels or ""),
        "target_row": row,
    }
    if layer.rings is not None:
        values |= {
            "source": _patch_row(layer, op, patch[2] * channels),
            "target": str(op.left * channels or ""),
            "outside": _outside(op.top, end, image[1]),
        }
    reads = tuple(
        (y - op.top, y - op.top) if op.top <= y < end else _nothing(y < end, patch[1])
        for y in range(image[1])
    )
    return Lowering(values, rows=(reads,))


def _patch_row(layer: Layer, op: Paste, row: int) -> str:
    """Write where row ``y`` of the output begins in the patch."""
    ring = ring_of(layer, 0)
    place = f"y{term(-op.top)}"
    if ring is not None:
        place = f"({place}) % {ring}" if op.top else f"y % {ring}"
    return "" if ring == 1 else times(place, row)


def _outside(top: int, end: int, rows: int) -> str:
    """Write whether row ``y`` of the output is no row of the patch; nothing if all are.

    >>> _outside(2, 4, 6), _outside(0, 6, 6)
    ('y < 2 || y >= 4', '')
    """
    above = [f"y < {top}"] if top else []
    return " || ".join([*above, *([f"y >= {end}"] if end < rows else [])])


def _nothing(before: bool, rows: int) -> tuple[int, int]:
    """Return that no rows are needed, before the first or after the last."""
    return (0, -1) if before else (rows, rows - 1)


def _values(layer: Layer, rows: int, columns: int) -> dict[str, Any]:
    """Return what the copies have in common; one row, where the layer makes one."""
    tensor = layer.output
    return {
        "source": "",
        "target": "",
        "outside": "",
        "rows": 1 if layer.rings is not None else rows,
        "bytes": columns * tensor.shape[3] * tensor.dtype.bits // 8,
    }


KERNELS = (
    Kernel(
        "crop",
        "portable",
        Crop,
        "portable/rectangle.c.j2",
        lower_crop,
        (limits.computed_input, limits.plain_elements),
    ),
    Kernel(
        "paste",
        "portable",
        Paste,
        "portable/rectangle.c.j2",
        lower_paste,
        (limits.computed_input, limits.plain_elements),
    ),
)
