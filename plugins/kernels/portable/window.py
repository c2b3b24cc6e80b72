"""What the templates of sliding windows print."""

from __future__ import annotations

from typing import Any, Protocol

from mcu_convert.kernels import Layer
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.portable.scaling import shape_nhwc


class Windowed(Protocol):
    """An operator with a window."""

    @property
    def stride(self) -> Size: ...

    @property
    def padding(self) -> Padding: ...


def window_values(layer: Layer, kernel: Size, op: Windowed) -> dict[str, Any]:
    """Return the shapes and the two axes of a window."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    _, output_height, output_width, output_channels = shape_nhwc(layer.output)
    dilation = getattr(op, "dilation", Size(1, 1))
    padding = op.padding
    return {
        "batches": batches,
        "input_size": height * width * channels,
        "input_width": width,
        "input_channels": channels,
        "output_channels": output_channels,
        "rows": axis_values(
            height, output_height, kernel.height, op.stride.height, padding.top,
            dilation.height,
        ),
        "columns": axis_values(
            width, output_width, kernel.width, op.stride.width, padding.left,
            dilation.width,
        ),
    }  # fmt: skip


def axis_values(
    size: int, outputs: int, kernel: int, stride: int, before: int, dilation: int
) -> dict[str, int | bool]:
    """Describe a window's movement along one axis."""
    reach = (outputs - 1) * stride - before + (kernel - 1) * dilation + 1
    return {
        "size": size,
        "outputs": outputs,
        "kernel": kernel,
        "stride": stride,
        "before": before,
        "dilation": dilation,
        "round_up": dilation - 1,
        "starts_outside": before > 0,
        "ends_outside": reach > size,
    }
