"""PASTE: a rectangle into an image that others are pasted into, too."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.paste import Paste
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.row_form import row_offset
from mcu_convert_plugins.kernels.portable.terms import term


def lower(layer: Layer) -> Lowering:
    """Write the patch's rows, and leave the other pixels of the output alone."""
    op = layer.op
    assert isinstance(op, Paste)
    patch, image = layer.inputs[0].shape, layer.output.shape
    row, channels = image[2] * image[3], image[3]
    end = op.top + patch[1]
    one_row = layer.rings is not None
    first = op.left * channels + (0 if one_row else op.top * row)
    values = {
        "outside": _outside(op.top, end, image[1]) if one_row else "",
        "source": row_offset(layer, 0, f"y{term(-op.top)}"),
        "target": str(first or ""),
        "rows": 1 if one_row else patch[1],
        "source_row": patch[2] * channels,
        "target_row": row,
        "bytes": patch[2] * channels * layer.output.dtype.bits // 8,
    }
    reads = tuple(
        (y - op.top, y - op.top) if op.top <= y < end else _nothing(y < end, patch[1])
        for y in range(image[1])
    )
    return Lowering(values, rows=(reads,))


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


KERNELS = (
    Kernel(
        "paste",
        "portable",
        Paste,
        "portable/paste.c.j2",
        lower,
        (limits.computed_input, limits.plain_elements),
    ),
)
