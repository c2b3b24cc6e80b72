"""MobileNetV2, with any width and resolution."""

from __future__ import annotations

from nas_keras.networks.block import InvertedBottleneck
from nas_keras.networks.network import Network, scaled

STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Of each stage the expansion, channels, blocks, and the first block's stride.

Source: https://arxiv.org/abs/1801.04381, table 2.
"""


def mobile_net_v2(width: float, resolution: int) -> Network:
    """Return the network with all channels scaled, the last convolution's too.

    The paper does not scale that one below a width of 1; networks for microcontrollers
    do.  Source: ``mcunet/assets/configs/mbv2-*.json`` in the history of
    https://github.com/mit-han-lab/tinyml, at commit e899b1b.
    """
    return Network(
        name=f"mobilenet_v2_w{width:g}_r{resolution}",
        resolution=resolution,
        stem=scaled(32, width),
        blocks=tuple(
            InvertedBottleneck(
                channels=scaled(channels, width),
                expansion=expansion,
                stride=stride if number == 0 else 1,
            )
            for expansion, channels, count, stride in STAGES
            for number in range(count)
        ),
        head=scaled(1280, width),
    )
