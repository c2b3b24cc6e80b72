"""Build ``.tflite`` files in memory, for tests.

>>> data = build_model(
...     [T("x", "int8", (1, 4), scale=0.5), T("y", "int8", (1, 4), scale=0.5)],
...     [Op("RELU", ["x"], ["y"])],
...     inputs=["x"], outputs=["y"],
... )
>>> data[4:8]
b'TFL3'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite
from flatbuffers import flexbuffers
from tflite_parts import G, Op, Reference, S, T

_OPTIONS = {
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "PADV2": "PadV2Options",
    "REDUCE_ALL": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "SUM": "ReducerOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}
"""The table of options of operators whose table has a name of its own."""
_ENUMS = {
    "padding": tflite.Padding,
    "fused_activation_function": tflite.ActivationFunctionType,
    "mode": tflite.MirrorPadMode,
    "weights_format": tflite.FullyConnectedOptionsWeightsFormat,
}


def build_model(
    tensors: Sequence[T],
    operators: Sequence[Op],
    inputs: Sequence[Reference],
    outputs: Sequence[Reference],
    *,
    subgraphs: Sequence[G] = (),
    **details: Any,
) -> bytes:
    """Return a file of this graph, then `subgraphs`; `details` are as in `Builder`."""
    main = G(tensors, operators, inputs, outputs)
    return Builder([main, *subgraphs], **details).build()


@dataclass
class Builder:
    """What the parts of a file share while they are written."""

    graphs: Sequence[G]
    signatures: Sequence[S] = ()
    metadata: Mapping[str, bytes] = field(default_factory=dict)
    description: str = ""
    version: int = 3
    code_fields: Sequence[str] = ("DeprecatedBuiltinCode", "BuiltinCode")
    """Where to write an operator's number; before 2020 there was only the first."""
    external_offset: int = 0
    """For each constant, an offset in the file instead of its data."""
    _b: flatbuffers.Builder = field(default_factory=lambda: flatbuffers.Builder(1024))
    _buffers: list[bytes] = field(default_factory=lambda: [b""])
    _codes: list[str] = field(default_factory=list)

    def build(self) -> bytes:
        graphs = self._vector([self._graph(graph) for graph in self.graphs])
        metadata = [self._metadata(*entry) for entry in self.metadata.items()]
        signatures = [self._signature(entry) for entry in self.signatures]
        model = self._table(
            "Model",
            Version=self.version,
            OperatorCodes=self._vector([self._code(name) for name in self._codes]),
            Subgraphs=graphs,
            Description=self._b.CreateString(self.description),
            Buffers=self._vector([self._buffer(data) for data in self._buffers]),
            Metadata=self._vector(metadata),
            SignatureDefs=self._vector(signatures),
        )
        self._b.Finish(model, b"TFL3")
        return bytes(self._b.Output())

    def _graph(self, graph: G) -> int:
        operators = [self._operator(operator, graph) for operator in graph.operators]
        return self._table(
            "SubGraph",
            Tensors=self._vector([self._tensor(tensor) for tensor in graph.tensors]),
            Inputs=self._numbers([graph.index(r) for r in graph.inputs]),
            Outputs=self._numbers([graph.index(r) for r in graph.outputs]),
            Operators=self._vector(operators),
            Name=self._b.CreateString(graph.name),
        )

    def _tensor(self, tensor: T) -> int:
        dtype, buffer = tensor.dtype, tensor.buffer
        if isinstance(dtype, str):
            dtype = getattr(tflite.TensorType, dtype.upper())
        if buffer is None:
            self._buffers.append(_packed(tensor))
            buffer = len(self._buffers) - 1
        fields = {
            "Shape": self._numbers(tensor.shape),
            "Type": dtype,
            "Buffer": buffer,
            "Name": self._b.CreateString(tensor.name),
            "IsVariable": tensor.is_variable,
        }
        if tensor.scale is not None or tensor.scales:
            fields["Quantization"] = self._quantization(tensor)
        if tensor.shape_signature is not None:
            fields["ShapeSignature"] = self._numbers(tensor.shape_signature)
        if tensor.is_sparse:
            fields["Sparsity"] = self._table("SparsityParameters")
        return self._table("Tensor", **fields)

    def _quantization(self, tensor: T) -> int:
        scales = tensor.scales or [tensor.scale]
        zero_points = tensor.zero_points
        if zero_points is None:
            zero_points = [tensor.zero_point] * len(scales)
        return self._table(
            "QuantizationParameters",
            Scale=self._numbers(scales, np.float32),
            ZeroPoint=self._numbers(zero_points, np.int64),
            QuantizedDimension=tensor.axis,
        )

    def _operator(self, op: Op, graph: G) -> int:
        if op.name not in self._codes:
            self._codes.append(op.name)
        fields = {
            "OpcodeIndex": self._codes.index(op.name),
            "Inputs": self._numbers([graph.index(r) for r in op.inputs]),
            "Outputs": self._numbers([graph.index(r) for r in op.outputs]),
        }
        kind = op.options_kind or _options_kind(op.name)
        if kind and op.options is not None:
            options = {_camel(k): self._option(k, v) for k, v in op.options.items()}
            fields["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, kind)
            fields["BuiltinOptions"] = self._table(kind, **options)
        if op.custom:
            fields["CustomOptions"] = self._numbers(_custom_bytes(op.custom), np.uint8)
        return self._table("Operator", **fields)

    def _option(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            named = name in _ENUMS
            return (
                getattr(_ENUMS[name], value) if named else self._b.CreateString(value)
            )
        return value if np.isscalar(value) else self._numbers(value)

    def _code(self, name: str) -> int:
        number = getattr(tflite.BuiltinOperator, name, tflite.BuiltinOperator.CUSTOM)
        fields = dict.fromkeys(self.code_fields, number)
        if "DeprecatedBuiltinCode" in fields:
            fields["DeprecatedBuiltinCode"] = min(number, 127)
        if number == tflite.BuiltinOperator.CUSTOM:
            fields["CustomCode"] = self._b.CreateString(name)
        return self._table("OperatorCode", **fields)

    def _metadata(self, name: str, data: bytes) -> int:
        self._buffers.append(data)
        number = len(self._buffers) - 1
        return self._table("Metadata", Name=self._b.CreateString(name), Buffer=number)

    def _signature(self, signature: S) -> int:
        graph = self.graphs[min(signature.graph, len(self.graphs) - 1)]

        def entry(name: str, tensor: Reference) -> int:
            text, index = self._b.CreateString(name), graph.index(tensor)
            return self._table("TensorMap", Name=text, TensorIndex=index)

        def maps(names: Mapping[str, Reference]) -> int:
            return self._vector([entry(*item) for item in names.items()])

        return self._table(
            "SignatureDef",
            Inputs=maps(signature.inputs),
            Outputs=maps(signature.outputs),
            SignatureKey=self._b.CreateString(signature.key),
            SubgraphIndex=signature.graph,
        )

    def _buffer(self, data: bytes) -> int:
        if not data:
            return self._table("Buffer")
        if self.external_offset:
            return self._table("Buffer", Offset=self.external_offset, Size=len(data))
        # The schema asks for data that is aligned to 16 bytes.
        self._b.StartVector(1, len(data), 16)
        self._b.head -= len(data)
        self._b.Bytes[self._b.head : self._b.head + len(data)] = data
        return self._table("Buffer", Data=self._b.EndVector())

    def _numbers(self, values: Sequence[Any], dtype: type = np.int32) -> int:
        return int(self._b.CreateNumpyVector(np.array(values, dtype)))

    def _vector(self, offsets: Sequence[int]) -> int:
        self._b.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._b.PrependUOffsetTRelative(offset)
        return int(self._b.EndVector())

    def _table(self, kind: str, **fields: Any) -> int:
        """Write a table with the schema's own functions, such as ``ModelStart``."""
        getattr(tflite, f"{kind}Start")(self._b)
        for name, value in fields.items():
            getattr(tflite, f"{kind}Add{name}")(self._b, value)
        return int(getattr(tflite, f"{kind}End")(self._b))


def _custom_bytes(custom: Mapping[str, Any] | bytes) -> list[int]:
    return list(custom if isinstance(custom, bytes) else flexbuffers.Dumps(custom))


def _packed(tensor: T) -> bytes:
    if tensor.data is None or isinstance(tensor.data, bytes):
        return tensor.data or b""
    if tensor.dtype == "int4":
        values = np.append(np.array(tensor.data, np.int8).ravel() & 15, [0])
        pairs = values[: values.size // 2 * 2].reshape(-1, 2)
        return (pairs[:, 0] | pairs[:, 1] << 4).astype(np.uint8).tobytes()
    return np.array(tensor.data, tensor.dtype).tobytes()


def _options_kind(operator: str) -> str | None:
    """Return the table of an operator's options; ``None`` if it has none."""
    kind = _OPTIONS.get(operator, f"{_camel(operator)}Options")
    return kind if hasattr(tflite.BuiltinOptions, kind) else None


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
