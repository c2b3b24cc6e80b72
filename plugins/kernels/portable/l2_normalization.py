"""L2_NORMALIZATION, as TF-Micro's two ``l2normalization.h``."""

from __future__ import annotations

from mcu_convert.c_text import float_constant
from mcu_convert.kernels import Layer, Lowering, OverInput
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.vector import L2Normalization
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.products import input_zero, is_real
from mcu_convert_plugins.kernels.portable.row_form import same_rows
from mcu_convert_plugins.kernels.portable.scaling import requantize_helpers
from mcu_convert_plugins.kernels.portable.terms import shifted
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels
from mcu_convert_plugins.kernels.portable.vectors import has_an_axis, vector_values

_LEAST_NORM = 1e-6
_MOST_ELEMENTS = ((1 << 31) - 1) // (255 * 255)


def lower(layer: Layer) -> Lowering:
    """Divide by the root of the sum of squares, or multiply by its reciprocal."""
    helpers = (
        *requantize_helpers(layer.rounding),
        "portable/helpers/high_mul.c.j2",
        "portable/helpers/reciprocal_root.c.j2",
    )
    return Lowering(
        values={
            **vector_values(layer),
            "real": is_real(layer),
            "least": float_constant(_LEAST_NORM),
            "value": shifted("input[i]", -input_zero(layer)),
        },
        overlaps=(OverInput(),),
        rows=same_rows(layer),
        helpers=() if is_real(layer) else helpers,
    )


def squares_fit(layer: Layer) -> bool:
    """The last axis has at most 33025 elements, so that their squares have a sum."""
    return layer.inputs[0].shape[-1] <= _MOST_ELEMENTS


def no_activation(layer: Layer) -> bool:
    """No activation is fused."""
    assert isinstance(layer.op, L2Normalization)
    return layer.op.activation is Activation.NONE


def unit_output(layer: Layer) -> bool:
    """The output has scale 1/128 and zero point 0."""
    return layer.output.scale == 1 / 128 and layer.output.zero_point == 0


TYPES: Types = (
    (
        "",
        (
            limits.computed_input,
            limits.int8_layer,
            has_an_axis,
            squares_fit,
            unit_output,
            no_activation,
        ),
    ),
    (
        "_float",
        (limits.computed_input, limits.float_layer, has_an_axis, no_activation),
    ),
)
KERNELS = typed_kernels(
    TYPES, "l2_normalization", L2Normalization, "l2_normalization", lower
)
