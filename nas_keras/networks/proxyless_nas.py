"""ProxylessNAS for mobile processors, with any width and resolution."""

from __future__ import annotations

import dataclasses
import math

from nas_keras.networks.block import InvertedBottleneck as Block
from nas_keras.networks.network import Network

BLOCKS = (
    Block(16, kernel=3, expansion=1),
    Block(32, kernel=5, expansion=3, stride=2),
    Block(32, kernel=3, expansion=3),
    Block(40, kernel=7, expansion=3, stride=2),
    Block(40, kernel=3, expansion=3),
    Block(40, kernel=5, expansion=3),
    Block(40, kernel=5, expansion=3),
    Block(80, kernel=7, expansion=6, stride=2),
    Block(80, kernel=5, expansion=3),
    Block(80, kernel=5, expansion=3),
    Block(80, kernel=5, expansion=3),
    Block(96, kernel=5, expansion=6),
    Block(96, kernel=5, expansion=3),
    Block(96, kernel=5, expansion=3),
    Block(96, kernel=5, expansion=3),
    Block(192, kernel=7, expansion=6, stride=2),
    Block(192, kernel=7, expansion=6),
    Block(192, kernel=7, expansion=3),
    Block(192, kernel=7, expansion=3),
    Block(320, kernel=7, expansion=6),
)
"""Source: H. Cai, L. Zhu, S. Han, "ProxylessNAS", ICLR 2019,
https://arxiv.org/abs/1812.00332; ``mcunet/assets/configs/proxyless_mobile.json`` in the
history of https://github.com/mit-han-lab/tinyml, at commit e899b1b."""


def proxyless_nas(width: float, resolution: int) -> Network:
    """Return the network with all channels scaled, up to a multiple of 8.

    The scaled networks' configurations are not published.  Rounded so, the one of width
    0.3 and resolution 176 has the multiply-accumulates and the parameters that are.
    """

    def scaled_up(channels: int) -> int:
        return 8 * math.ceil(channels * width / 8)

    return Network(
        name=f"proxyless_w{width:g}_r{resolution}",
        resolution=resolution,
        stem=scaled_up(32),
        blocks=tuple(
            dataclasses.replace(block, channels=scaled_up(block.channels))
            for block in BLOCKS
        ),
        head=scaled_up(1280),
    )
