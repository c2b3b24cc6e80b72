"""The block that all these networks are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InvertedBottleneck:
    """A convolution that widens, one for each channel, and one that narrows.

    Its input is added to its output where both have the same shape.  Source: M. Sandler
    and others, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018,
    https://arxiv.org/abs/1801.04381.
    """

    channels: int
    """Of the output."""
    kernel: int = 3
    """Height and width of the depthwise convolution's window."""
    expansion: int = 6
    """How many times as many channels the depthwise convolution has as the input.

    With 1 there is no convolution that widens.
    """
    stride: int = 1

    def hidden(self, input_channels: int) -> int:
        """Return the channels of the depthwise convolution."""
        return self.expansion * input_channels

    def is_residual(self, input_channels: int) -> bool:
        """Return whether the input is added to the output."""
        return self.stride == 1 and self.channels == input_channels
