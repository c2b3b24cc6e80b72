"""What the generated functions take and return: ``--io``."""

from __future__ import annotations

import dataclasses

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import DType, Graph, Node
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.quantize import Quantize
from mcu_convert.options import Interface


def with_interface(graph: Graph, io: Interface) -> Graph:
    """Return the graph with the wanted inputs and outputs.

    For `Interface.INT8`, a QUANTIZE that reads a float input and a DEQUANTIZE
    that writes a float output are dropped, and what is behind them becomes the
    input or output.  Raises `UnsupportedError` where a float input or output
    has none, and for ends of a type that C99 lacks.
    """
    changed = graph if io is Interface.MODEL else _with_int8_ends(graph)
    for name in (*changed.inputs, *changed.outputs):
        if not (dtype := changed.tensors[name].dtype).is_in_c:
            known = ", ".join(known.value for known in DType if known.is_in_c)
            raise UnsupportedError(
                f"{name!r} is {dtype.value}, which C99 lacks; the inputs and outputs"
                f" can be {known}"
            )
    return changed


def _with_int8_ends(graph: Graph) -> Graph:
    inputs, outputs = list(graph.inputs), list(graph.outputs)
    dropped: dict[Node, None] = {}
    for node in graph.nodes:
        if isinstance(node.op, Quantize):
            ends, old, new = inputs, node.inputs[0], node.outputs[0]
        elif isinstance(node.op, Dequantize) and node.inputs[0] in graph.producers:
            ends, old, new = outputs, node.outputs[0], node.inputs[0]
        else:
            continue
        # Both an input and an output, or an output twice, needs the node after all.
        if new not in (*inputs, *outputs) and _is_a_float_end(graph, old, ends):
            ends[ends.index(old)] = new
            dropped[node] = None
    for name in (*inputs, *outputs):
        if graph.tensors[name].dtype is DType.FLOAT32:
            raise UnsupportedError(
                f"--io int8: {name!r} is float32 and no QUANTIZE or DEQUANTIZE alone"
                " stands between it and the network; use --io model"
            )
    changed = dataclasses.replace(graph, inputs=tuple(inputs), outputs=tuple(outputs))
    return changed.substitute(dropped)


def _is_a_float_end(graph: Graph, name: str, ends: list[str]) -> bool:
    is_float = graph.tensors[name].dtype is DType.FLOAT32
    return is_float and name in ends and graph.use_counts[name] == 1
