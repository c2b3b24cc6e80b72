"""Chains of QUANTIZE and DEQUANTIZE become one table, or nothing."""

from __future__ import annotations

import dataclasses

import numpy as np

from mcu_convert.ir import DType, Graph, Node, Op
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.lookup import Lookup
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.relu import Relu
from mcu_convert.ops.view import View
from mcu_convert_plugins.op_fusion.affine import dequantize, is_per_tensor, quantize
from mcu_convert_plugins.op_fusion.element_table import (
    IDENTITY,
    Table,
    element_table,
)
from mcu_convert_plugins.op_fusion.rewiring import is_computed


def fuse_quantize(graph: Graph) -> Graph:
    """Make tables of operators that treat one int8 at a time.

    1. QUANTIZE of DEQUANTIZE, int8 at both ends, becomes a Lookup.
    2. QUANTIZE, LOGISTIC and other functions of one int8, one of another, become a
       Lookup.
    3. A Lookup takes in any of these, and RELU or RELU6, before or after it.
    4. Where the table changes nothing, such as for QUANTIZE to the quantization
       that its input has, there remains a View, which costs nothing.

    A table holds for every rounding; where the rounding would matter there is none.
    """
    # What does nothing goes first, or a table would take in its neighbours.
    for rewrite in (_no_change, _through_float, _two_tables):
        for node in graph.nodes:
            changes = rewrite(graph, node)
            if changes is not None:
                return graph.substitute(changes)
    return graph


Changes = dict[Node, Node | None]


def _through_float(graph: Graph, node: Node) -> Changes | None:
    """Skip the float tensor; whoever else reads it still can."""
    if not isinstance(node.op, Quantize):
        return None
    first = graph.producers.get(node.inputs[0])
    if first is None or not isinstance(first.op, Dequantize):
        return None
    source, target = graph.inputs_of(first)[0], graph.outputs_of(node)[0]
    ends = (source, target)
    if not all(end.dtype is DType.INT8 and is_per_tensor(end) for end in ends):
        return None
    if not is_computed(graph, source.name) or source.quantization is None:
        return None
    stored = np.arange(-128, 128, dtype=np.int8)
    table = quantize(dequantize(stored, source.quantization), target)
    if table is None:
        return None
    op = Lookup(tuple(table.tolist()))
    return {node: dataclasses.replace(node, op=op, inputs=first.inputs)}


def _two_tables(graph: Graph, node: Node) -> Changes | None:
    first = graph.producers.get(node.inputs[0]) if node.inputs else None
    if first is None or graph.use_counts[node.inputs[0]] != 1:
        return None
    if not _belong_together(first.op, node.op):
        return None
    inner, outer = _table(graph, first), _table(graph, node)
    if inner is None or outer is None:
        return None
    op = Lookup(tuple(outer[value + 128] for value in inner))
    return {first: None, node: dataclasses.replace(node, op=op, inputs=first.inputs)}


def _no_change(graph: Graph, node: Node) -> Changes | None:
    if not node.inputs or not is_computed(graph, node.inputs[0]):
        return None
    if _table(graph, node) != IDENTITY:
        return None
    view = View(graph.outputs_of(node)[0].shape)
    return {node: dataclasses.replace(node, op=view)}


def _table(graph: Graph, node: Node) -> Table | None:
    if len(node.inputs) != 1 or len(node.outputs) != 1:
        return None
    return element_table(node.op, graph.inputs_of(node)[0], graph.outputs_of(node)[0])


def _belong_together(first: Op, second: Op) -> bool:
    """RELU beside anything but a Lookup waits for `fuse_activation`."""
    both = (first, second)
    return any(isinstance(op, Lookup) for op in both) or not any(
        isinstance(op, Relu) for op in both
    )
