"""RELU and its like become part of the operator before them."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import DType, Graph, Node
from mcu_convert.ops.relu import Relu
from mcu_convert_plugins.op_fusion.affine import is_per_tensor
from mcu_convert_plugins.op_fusion.fused_clamp import Clamped, both_clamps
from mcu_convert_plugins.op_fusion.rewiring import same_meaning


def fuse_activation(graph: Graph) -> Graph:
    """Let an operator apply the activation that follows it.

    1. One that applies none takes over the activation.
    2. One that applies another takes over both, if they are one together: RELU
       and RELU6 are RELU6.

    Only where nobody else reads what lies between, and input and output of the
    activation have the same quantization.  With other scales TF-Micro's RELU
    rounds once more; with equal ones it multiplies by exactly 1.
    """
    for relu in graph.nodes:
        if not isinstance(relu.op, Relu) or graph.use_counts[relu.inputs[0]] != 1:
            continue
        producer = graph.producers.get(relu.inputs[0])
        if producer is None or not _only_clamps(graph, relu):
            continue
        if (fused := _fused(producer, relu, relu.op)) is not None:
            return graph.substitute({producer: fused, relu: None})
    return graph


def _only_clamps(graph: Graph, relu: Node) -> bool:
    source, target = graph.inputs_of(relu)[0], graph.outputs_of(relu)[0]
    if not same_meaning(source, target):
        return False
    if source.dtype is DType.FLOAT32:
        return True
    return source.dtype in (DType.INT8, DType.INT16) and is_per_tensor(source)


def _fused(producer: Node, relu: Node, op: Relu) -> Node | None:
    if not isinstance(producer.op, Clamped):
        return None
    activation = both_clamps(producer.op.activation, op.activation)
    if activation is None:
        return None
    clamped = dataclasses.replace(producer.op, activation=activation)
    return dataclasses.replace(producer, op=clamped, outputs=relu.outputs)
