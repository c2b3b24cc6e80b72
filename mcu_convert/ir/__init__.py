"""The intermediate representation: immutable values that passes rewrite."""

from mcu_convert.ir.footprint import POINTWISE, Footprint, Reach
from mcu_convert.ir.graph import ABSENT, Graph, Node
from mcu_convert.ir.model import Model, Signature
from mcu_convert.ir.op import Op, ShapeError, tflite_name
from mcu_convert.ir.tensor import DType, Quantization, Shape, Tensor

__all__ = [
    "ABSENT",
    "POINTWISE",
    "DType",
    "Footprint",
    "Graph",
    "Model",
    "Node",
    "Op",
    "Quantization",
    "Reach",
    "Shape",
    "ShapeError",
    "Signature",
    "Tensor",
    "tflite_name",
]
