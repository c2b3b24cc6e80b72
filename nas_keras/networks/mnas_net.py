"""MnasNet-B1: MnasNet without squeeze and excitation."""

from __future__ import annotations

from mcu_convert.ops.activation import Activation
from nas_keras.networks.block import InvertedBottleneck
from nas_keras.networks.network import Network, scaled

STAGES = (
    (3, 1, 16, 1, 1),
    (3, 3, 24, 3, 2),
    (5, 3, 40, 3, 2),
    (5, 6, 80, 3, 2),
    (3, 6, 96, 2, 1),
    (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
)
"""Of each stage the kernel, expansion, channels, blocks, and the first block's stride.

Source: M. Tan and others, "MnasNet: Platform-Aware Neural Architecture Search for
Mobile", CVPR 2019, https://arxiv.org/abs/1807.11626; ``torchvision/models/mnasnet.py``.
"""


def mnas_net_b1(width: float, resolution: int) -> Network:
    """Return the network with all channels scaled but those of the last convolution."""
    return Network(
        name=f"mnasnet_b1_w{width:g}_r{resolution}",
        resolution=resolution,
        stem=scaled(32, width),
        blocks=tuple(
            InvertedBottleneck(
                channels=scaled(channels, width),
                kernel=kernel,
                expansion=expansion,
                stride=stride if number == 0 else 1,
            )
            for kernel, expansion, channels, count, stride in STAGES
            for number in range(count)
        ),
        head=1280,
        activation=Activation.RELU,
    )
