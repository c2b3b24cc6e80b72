"""From boxes and scores to objects: as in TF-Micro, ties and all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from host import Case, compiled, run_in_tf_micro
from tflite_builder import build_model
from tflite_parts import Op, T

from mcu_convert.errors import ModelError, UnsupportedError

RNG = np.random.default_rng(11)
BOXES, CLASSES = 40, 3


def detecting(
    detections: int = 6, background: int = 1, boxes: int = BOXES, **changes: Any
) -> bytes:
    options = {
        "max_detections": detections,
        "max_classes_per_detection": 1,
        "nms_score_threshold": 0.3,
        "nms_iou_threshold": 0.5,
        "num_classes": CLASSES,
        "y_scale": 10.0,
        "x_scale": 10.0,
        "h_scale": 5.0,
        "w_scale": 5.0,
        **changes,
    }
    centres = RNG.uniform(0.2, 0.8, (boxes, 2))
    anchors = np.hstack([centres, RNG.uniform(0.2, 0.5, (boxes, 2))])
    real = [
        T("boxes", "float32", (1, boxes, 4)),
        T("scores", "float32", (1, boxes, CLASSES + background)),
        T("anchors", "float32", (boxes, 4), anchors.astype(np.float32)),
        T("where", "float32", (1, detections, 4)),
        T("what", "float32", (1, detections)),
        T("how sure", "float32", (1, detections)),
        T("how many", "float32", (1,)),
    ]
    names = [tensor.name for tensor in real]
    operator = Op("TFLite_Detection_PostProcess", names[:3], names[3:], custom=options)
    return build_model(real, [operator], names[:2], names[3:])


def case(
    boxes: int = BOXES, background: int = 1, steps: int = 12, **changes: Any
) -> Case:
    """Return inputs whose scores have few different values, so that many are equal."""
    shape = 1, boxes, CLASSES + background
    runs = [
        [
            RNG.normal(size=(1, boxes, 4)).astype(np.float32),
            (RNG.integers(0, steps, shape) / steps).astype(np.float32),
        ]
        for _ in range(3)
    ]
    return Case(detecting(boxes=boxes, background=background, **changes), runs)


CASES = {
    "boxes of any class": case(),
    "no background": case(background=0),
    "more room than boxes": case(boxes=5, detections=9),
    "nothing is sure": case(nms_score_threshold=2.0),
    "all overlaps": case(nms_iou_threshold=1.0, detections=30),
    "all scores differ": case(steps=1 << 20),
    "class by class": case(use_regular_nms=True),
    "few of a class": case(use_regular_nms=True, detections_per_class=2),
    "class by class, much room": case(use_regular_nms=True, detections=50),
    "class by class, without background": case(use_regular_nms=True, background=0),
}


def without_an_area() -> Case:
    found = case()
    found.runs[1][0][0, 3, 2] = -1e4
    return found


SOUND = tuple(CASES)
CASES["no area"] = without_an_area()


@pytest.mark.parametrize("name", SOUND)
def test_the_same_objects_as_in_tf_micro(outputs, name):
    wanted = run_in_tf_micro(CASES[name])
    for found, expected in zip(outputs[name], wanted, strict=True):
        count = int(expected[3][0])
        assert found[3][0] == count
        for ours, theirs in zip(found[:3], expected[:3], strict=True):
            np.testing.assert_array_equal(ours[:, :count], theirs[:, :count])
            assert not ours[:, count:].any()


def test_a_box_without_an_area_leaves_no_objects_where_tf_micro_fails(outputs):
    with pytest.raises(RuntimeError):
        run_in_tf_micro(CASES["no area"])
    found = outputs["no area"]
    assert [bool(run[3][0]) for run in found] == [True, False, True]
    assert not any(output.any() for output in found[1])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            detecting(max_classes_per_detection=2),
            "beyond its outputs; set `max_classes",
        ),
        (
            detecting(nms_iou_threshold=1.5),
            "'nms_iou_threshold' is 1.5; expected a numb",
        ),
        (detecting(num_classes=7), "has scores and an anchor of 4"),
        (detecting(h_scale=None), "'h_scale' is None"),
    ],
)
def test_other_detections_are_refused(model, message):
    with pytest.raises((ModelError, UnsupportedError)) as caught:
        compiled(model)
    assert message in str(caught.value)
