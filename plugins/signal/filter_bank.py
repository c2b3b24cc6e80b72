"""SignalFilterBank: energies of channels.

As TF-Micro's ``signal/src/filter_bank.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits

_MOST_CHANNELS = 1 << 12


@dataclass(frozen=True, slots=True)
class SignalFilterBank(Op):
    """Inputs: energies; weights, and what they leave of 1; where each channel begins.

    A channel is a triangle over neighbouring frequencies: it adds up the weighted
    energies of a band, and what the weights of the band before left over.
    """

    channels: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return ((self.channels,),)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        return 2 * inputs[1].size


def decode(raw: RawOperator) -> Decoded:
    raw.expect(6)
    return Decoded(SignalFilterBank(raw.integer("num_channels", 1, _MOST_CHANNELS)))


def lower(layer: Layer) -> Lowering:
    """Band 0 only leaves over; each other one writes a channel."""
    op = layer.op
    assert isinstance(op, SignalFilterBank)
    names = "weights", "unweights", "frequencies", "places", "widths"
    return Lowering(
        {"bands": op.channels + 1},
        tuple(
            Constant(name, tensor.dtype, tensor.data or b"")
            for name, tensor in zip(names, layer.inputs[1:], strict=True)
        ),
    )


def bands_inside(layer: Layer) -> bool:
    """Each channel's band, and the one before, lies within energies and weights."""
    op = layer.op
    assert isinstance(op, SignalFilterBank)
    energies, weights, unweights = (tensor.size for tensor in layer.inputs[:3])
    frequencies, places, widths = map(_integers, layer.inputs[3:])
    bands = op.channels + 1
    if min(frequencies.size, places.size, widths.size) < bands:
        return False
    ends = np.maximum(widths[:bands], 0)
    return bool(
        np.all(frequencies[:bands] >= 0)
        and np.all(places[:bands] >= 0)
        and np.all(frequencies[:bands] + ends <= energies)
        and np.all(places[:bands] + ends <= min(weights, unweights))
    )


def _integers(tensor: Tensor) -> npt.NDArray[np.int64]:
    return tensor.array.astype(np.int64).ravel()


OPERATORS = (Operator("SignalFilterBank", decode),)
KERNELS = (
    Kernel(
        "signal_filter_bank",
        "portable",
        SignalFilterBank,
        "signal/filter_bank.c.j2",
        lower,
        (
            limits.types("uint32 int16 int16 int16 int16 int16", "uint64"),
            limits.computed_signal,
            bands_inside,
        ),
    ),
)
