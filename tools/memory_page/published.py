"""What others have published about the same networks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerByLayer:
    """Peak SRAM in KiB of systems that run one layer after the other."""

    network: str
    tiny_engine: int
    x_cube_ai: int | None = None
    note: str = ""
    """The mark of TinyEngine's footnote, where its figure is not from its README."""


LAYER_BY_LAYER = (
    LayerByLayer("mobilenet_v2_w0.3_r64", 61, 88),
    LayerByLayer("mobilenet_v2_w0.35_r144", 308, note="(1)"),
    LayerByLayer("mobilenet_v2_w1_r224", 1372, note="(2)"),
    LayerByLayer("proxyless_w0.3_r64", 35, 97),
    LayerByLayer("proxyless_w0.3_r176", 259, 221),
    LayerByLayer("mcunet_in0", 49, 69),
    LayerByLayer("mcunet_in1", 96, 106),
    LayerByLayer("mcunet_in2", 215, 238),
    LayerByLayer("mcunet_in3", 260, 243),
    LayerByLayer("mcunet_in4", 416, 342),
    LayerByLayer("mcunet_vww1", 92, 113),
    LayerByLayer("mcunet_vww2", 174, 201),
)
"""Source: the README of https://github.com/mit-han-lab/tinyengine, measured by its
authors on an STM32H743, with X-CUBE-AI 7.3.0; the footnotes are on the page."""


@dataclass(frozen=True, slots=True)
class InParts:
    """What a system needs that computes the first layers part by part."""

    network: str
    system: str
    memory: str
    """As it was published."""
    macs: str
    """Times those of the network."""


IN_PARTS = (
    InParts("mobilenet_v2_w1_r224", "MCUNetV2, 4x4 patches", "172 KB", "1.10"),
    InParts("mobilenet_v2_w0.35_r144", "MCUNetV2", "63 kB", ""),
    InParts("mobilenet_v2_w0.35_r144", "StreamNet-2D", "66 kB", ""),
    InParts("mobilenet_v2_w0.35_r144", "msf-CNN", "25,674 B", "1.25"),
    InParts("mobilenet_v2_w0.35_r144", "msf-CNN", "7,887 B", "1.68"),
    InParts("mcunet_vww1", "msf-CNN", "32,792 B", "at most 1.1"),
    InParts("mcunet_vww1", "msf-CNN", "13,376 B", "at most 1.4"),
    InParts("mcunet_in3", "msf-CNN", "190,096 B", "at most 1.1"),
    InParts("mcunet_in3", "msf-CNN", "94,184 B", "at most 1.5"),
)
"""Sources: MCUNetV2, NeurIPS 2021, https://arxiv.org/abs/2110.15352; msf-CNN, NeurIPS
2025, result files in its repository; for MobileNetV2 of width 0.35, MCUNetV2 and
StreamNet as msf-CNN's table 4 has them."""
