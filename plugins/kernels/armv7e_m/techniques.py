"""What makes these kernels fast, each thing to be left out for comparison."""

from __future__ import annotations

from mcu_convert.kernels import KernelTechnique, Layer

UNROLLING = KernelTechnique("unrolling", "innermost loops are written out")
PIXEL_BLOCKS = KernelTechnique("pixel_blocks", "several pixels share loads of weights")
REQUANTIZATION = KernelTechnique(
    "requantization", "sums become outputs in two instructions"
)
TECHNIQUES = (UNROLLING, PIXEL_BLOCKS, REQUANTIZATION)
"""In the order in which the ladder adds them."""


def at_once(layer: Layer, technique: KernelTechnique, most: int, least: int = 1) -> int:
    """Return how many things a kernel does at once: the least without the technique."""
    return most if layer.uses(technique) else least
