"""TFLite_Detection_PostProcess: from boxes and scores to the objects that are seen.

As TF-Micro's ``kernels/detection_postprocess.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcu_convert.c_text import float_constant
from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import DType, Op, Shape, Tensor
from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator

_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class DetectionPostprocess(Op):
    """Inputs: boxes, scores of classes, and anchors, to which boxes are relative.

    Outputs: the corners of at most `detections` boxes, their classes and scores, and
    how many they are.  A box that overlaps much with one of a higher score does not
    count: of its class if it is `by_class`, else of any.
    """

    detections: int
    classes: int
    by_class: bool
    per_class: int
    least_score: float
    most_overlap: float
    scales: tuple[float, float, float, float]
    """What y, x, height and width of boxes are divided by."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        count = self.detections
        return (1, count, 4), (1, count), (1, count), (1,)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(3, outputs=4)
    by_class = bool(raw.integer("use_regular_nms", 0, 1, default=0))
    if not by_class and raw.integer("max_classes_per_detection", 1, _MOST) > 1:
        raise UnsupportedError(
            f"{raw.title} gives several classes for a box, and TF-Micro writes them"
            " beyond its outputs; set `max_classes_per_detection` to 1"
        )
    y, x, height, width = (raw.real(f"{axis}_scale", 1e-6, 1e6) for axis in "yxhw")
    op = DetectionPostprocess(
        detections=raw.integer("max_detections", 1, _MOST),
        classes=raw.integer("num_classes", 1, _MOST),
        by_class=by_class,
        per_class=raw.integer("detections_per_class", 1, _MOST, default=100),
        least_score=raw.real("nms_score_threshold", -1e30, 1e30),
        most_overlap=raw.real("nms_iou_threshold", 1e-6, 1.0),
        scales=(y, x, height, width),
    )
    return Decoded(op)


def lower(layer: Layer) -> Lowering:
    """Keep the corners of all boxes, whether each still counts, and the best scores."""
    op, (boxes, scores, anchors) = layer.op, layer.inputs
    assert isinstance(op, DetectionPostprocess)
    assert anchors.data is not None
    count = boxes.shape[1]
    corners, best = 16 * count, 0 if op.by_class else 4 * count
    return Lowering(
        {
            "op": op,
            "bytes": 16 * op.detections,
            "row_bytes": 4 * op.detections,
            "boxes": count,
            "values": boxes.shape[2],
            "scores": scores.shape[2],
            "background": scores.shape[2] - op.classes,
            "least_score": _single(op.least_score),
            "most_overlap": _single(op.most_overlap),
            "scales": [repr(float(np.float32(scale))) for scale in op.scales],
            "selected": op.per_class if op.by_class else op.detections,
            "best": corners,
            "counts": corners + best,
        },
        (Constant("anchors", anchors.dtype, anchors.data, row=4),),
        scratch=corners + best + count,
        helpers=("custom_operators/overlap.c.j2",),
    )


def _single(value: float) -> str:
    return float_constant(float(np.float32(value)))


def float_boxes(layer: Layer) -> bool:
    """All is float32; boxes and scores are computed, the anchors constant."""
    tensors = *layer.inputs, *layer.outputs
    computed = len(layer.activations) == 2 and layer.inputs[2].is_constant
    return computed and all(tensor.dtype is DType.FLOAT32 for tensor in tensors)


def boxes_with_scores(layer: Layer) -> bool:
    """Each of the boxes, 1 x boxes x 4 or more, has scores and an anchor of 4."""
    op, (boxes, scores, anchors) = layer.op, layer.inputs
    assert isinstance(op, DetectionPostprocess)
    if (len(boxes.shape), len(scores.shape)) != (3, 3):
        return False
    return (
        boxes.shape[0] == scores.shape[0] == 1
        and boxes.shape[1] == scores.shape[1]
        and boxes.shape[2] >= 4
        and scores.shape[2] - op.classes in (0, 1)
        and anchors.shape == (boxes.shape[1], 4)
    )


OPERATORS = (Operator("TFLite_Detection_PostProcess", decode),)
KERNELS = (
    Kernel(
        "detection_postprocess",
        "portable",
        DetectionPostprocess,
        "custom_operators/detection_postprocess.c.j2",
        lower,
        (float_boxes, boxes_with_scores),
        LoopCost(input=20),
    ),
)
