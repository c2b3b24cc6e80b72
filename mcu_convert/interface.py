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
    has none.
    """
    if io is Interface.MODEL:
        return graph
    inputs = {node.inputs[0]: node for node in graph.nodes if _is_entry(graph, node)}
    outputs = {node.outputs[0]: node for node in graph.nodes if _is_exit(graph, node)}
    changed = dataclasses.replace(
        graph,
        inputs=tuple(inputs[n].outputs[0] if n in inputs else n for n in graph.inputs),
        outputs=tuple(
            outputs[n].inputs[0] if n in outputs else n for n in graph.outputs
        ),
    )
    for name in (*changed.inputs, *changed.outputs):
        if changed.tensors[name].dtype is DType.FLOAT32:
            raise UnsupportedError(
                f"--io int8: {name!r} is float32 and no QUANTIZE or DEQUANTIZE alone"
                " stands between it and the network; use --io model"
            )
    return changed.substitute(dict.fromkeys((*inputs.values(), *outputs.values())))


def _is_entry(graph: Graph, node: Node) -> bool:
    return (
        isinstance(node.op, Quantize)
        and node.inputs[0] in graph.inputs
        and graph.tensors[node.inputs[0]].dtype is DType.FLOAT32
        and graph.use_counts[node.inputs[0]] == 1
    )


def _is_exit(graph: Graph, node: Node) -> bool:
    return (
        isinstance(node.op, Dequantize)
        and node.outputs[0] in graph.outputs
        and graph.tensors[node.outputs[0]].dtype is DType.FLOAT32
        and graph.use_counts[node.outputs[0]] == 1
    )
