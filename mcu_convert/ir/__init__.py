"""The intermediate representation: immutable values that passes rewrite."""

from mcu_convert.ir.graph import ABSENT, Graph, Node
from mcu_convert.ir.model import Model, Signature
from mcu_convert.ir.op import Op, ShapeError, tflite_name
from mcu_convert.ir.tensor import DType, Quantization, Shape, Tensor

__all__ = [
    "ABSENT",
    "DType",
    "Graph",
    "Model",
    "Node",
    "Op",
    "Quantization",
    "Shape",
    "ShapeError",
    "Signature",
    "Tensor",
    "tflite_name",
]
