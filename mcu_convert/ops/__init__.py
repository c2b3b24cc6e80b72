"""TFLite's operators: one file each, with attributes, shapes and decoding."""

from __future__ import annotations

from collections.abc import Mapping

from mcu_convert.ops import (
    add,
    concatenation,
    conv_2d,
    depthwise_conv_2d,
    dequantize,
    fully_connected,
    mean,
    mul,
    pad,
    pool_2d,
    quantize,
    relu,
    reshape,
    resize_bilinear,
    resize_nearest_neighbor,
    softmax,
    transpose,
)
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoder

DECODERS: Mapping[str, Decoder] = {
    "ADD": add.decode,
    "AVERAGE_POOL_2D": pool_2d.decode_average_pool,
    "CONCATENATION": concatenation.decode,
    "CONV_2D": conv_2d.decode,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d.decode,
    "DEQUANTIZE": dequantize.decode,
    "EXPAND_DIMS": reshape.decode_expand_dims,
    "FULLY_CONNECTED": fully_connected.decode,
    "MAX_POOL_2D": pool_2d.decode_max_pool,
    "MEAN": mean.decode,
    "MUL": mul.decode,
    "PAD": pad.decode,
    "PADV2": pad.decode,
    "QUANTIZE": quantize.decode,
    "RELU": relu.decoder(Activation.RELU),
    "RELU6": relu.decoder(Activation.RELU6),
    "RELU_0_TO_1": relu.decoder(Activation.RELU_0_TO_1),
    "RELU_N1_TO_1": relu.decoder(Activation.RELU_N1_TO_1),
    "RESHAPE": reshape.decode_reshape,
    "RESIZE_BILINEAR": resize_bilinear.decode,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor.decode,
    "SOFTMAX": softmax.decode,
    "SQUEEZE": reshape.decode_squeeze,
    "TRANSPOSE": transpose.decode,
}
"""How to decode each builtin operator, by its name in the schema."""
