"""What the kernels of the signal library ask of a layer."""

from __future__ import annotations

from mcu_convert.ir import DType
from mcu_convert.kernels import Layer, Limit


def types(inputs: str, outputs: str) -> Limit:
    """Ask for the element types of inputs and outputs, in order."""
    wanted_inputs = tuple(map(DType, inputs.split()))
    wanted_outputs = tuple(map(DType, outputs.split()))

    def limit(layer: Layer) -> bool:
        found = tuple(tensor.dtype for tensor in layer.inputs)
        made = tuple(tensor.dtype for tensor in layer.outputs)
        return found == wanted_inputs and made == wanted_outputs

    read, made = inputs.replace(" ", ", "), outputs.replace(" ", ", ")
    limit.__doc__ = f"The inputs are {read}; the outputs are {made}."
    return limit


def computed_signal(layer: Layer) -> bool:
    """The signal is computed, and all else constant."""
    first, *others = layer.inputs
    return not first.is_constant and all(tensor.is_constant for tensor in others)


def computed_inputs(layer: Layer) -> bool:
    """The inputs are computed, each of them another tensor."""
    return len(layer.activations) == len(layer.inputs)


def as_long(layer: Layer) -> bool:
    """The input and the outputs that are no single values have as many elements."""
    size = layer.inputs[0].size
    return all(tensor.size in (size, 1) for tensor in layer.outputs)
