"""What a function calls the inputs of an operator that takes any of them constant."""

from __future__ import annotations

from mcu_convert.kernels import Constant, Layer


def operand_name(layer: Layer, number: int) -> str:
    """Return what the function calls an input; one that is read twice has one name."""
    tensor = layer.inputs[number]
    if tensor.is_constant:
        return f"constant_{number + 1}"
    return activation_name(layer, layer.activations.index(tensor))


def activation_name(layer: Layer, number: int) -> str:
    """Return what the function calls an activation."""
    return "input" if len(layer.activations) == 1 else f"input_{number + 1}"


def constant_operands(layer: Layer) -> tuple[Constant, ...]:
    """Return the inputs that are constant, under the names of `operand_name`."""
    return tuple(
        Constant.of(operand_name(layer, number), tensor.array)
        for number, tensor in enumerate(layer.inputs)
        if tensor.is_constant
    )
