"""Operators that move elements: what TF-Micro does not know, and what is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from host import compiled
from movement_cases import constant, movement, tensor

from mcu_convert.errors import McuConvertError
from mcu_convert.tflite.reader import read_model
from mcu_convert_plugins.op_fusion.moved import moved

X = np.arange(24, dtype=np.int8).reshape(2, 3, 4)


def strided(begin, end, stride, to, **masks):
    limits = [constant(f"l{n}", v) for n, v in enumerate((begin, end, stride))]
    source, target = tensor("x", "int8", X.shape), tensor("y", "int8", to)
    return movement("STRIDED_SLICE", [source, *limits], [target], masks)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (strided([1], [2], [1], (1, 3, 4)), X[1:2]),
        (strided([0, 1], [0, 3], [1, 2], (2, 3, 1), ellipsis_mask=1), X[..., 1:3:2]),
        (
            strided([0, 0, 3], [2, 0, 0], [1, 1, -1], (2, 3, 3), ellipsis_mask=2),
            X[0:2, ..., 3:0:-1],
        ),
        (strided([0, 1], [0, 2], [1, 1], (1, 1, 3, 4), new_axis_mask=1), X[None, 1:2]),
        (
            strided(
                *([1, 0, 2], [2, 0, 3], [1, 1, 1], (3,)),
                ellipsis_mask=2,
                shrink_axis_mask=5,
            ),
            X[1, ..., 2],
        ),
    ],
    ids=[
        "fewer axes",
        "ellipsis",
        "ellipsis inside",
        "new axis",
        "ellipsis, less axes",
    ],
)
def test_masks_of_a_strided_slice_mean_what_they_do_in_tensorflow(case, wanted):
    graph = read_model(case.model, "net").main
    (node,) = graph.nodes
    (source,) = graph.inputs_of(node)
    source = dataclasses.replace(source, data=X.tobytes())
    (found,) = moved(node.op, [source], graph.outputs_of(node))
    assert np.array_equal(found, wanted)


def one(operator, shape, to, *numbers, dtype="int8", becomes="int8", **options):
    sources = [constant(f"n{n}", values) for n, values in enumerate(numbers)]
    sources = [tensor("x", dtype, shape), *sources]
    return movement(operator, sources, [tensor("y", becomes, to)], options, runs=[])


HUGE = 1 << 30
REFUSED = {
    "outside": (one("SLICE", (4,), (3,), [2], [3]), "leaves (4,)"),
    "a stride of 0": (one("STRIDED_SLICE", (4,), (4,), [0], [4], [0]), "stride is 0"),
    "nothing": (one("STRIDED_SLICE", (4,), (1,), [3], [1], [1]), "takes nothing"),
    "too many limits": (
        one("STRIDED_SLICE", (4,), (4,), [0, 0], [4, 1], [1, 1]),
        "a slice along 2 axes of (4,)",
    ),
    "no such axis": (one("REVERSE_V2", (4,), (4,), [1]), "1 is not an axis"),
    "no order": (one("TRANSPOSE", (2, 3), (3, 2), [1, 1]), "is no order of 2 axes"),
    "not to be repeated": (one("BROADCAST_TO", (3,), (4,), [4]), "to (4,)"),
    "too far to reflect": (
        one("MIRROR_PAD", (3,), (6,), [[3, 0]], mode="REFLECT"),
        "(3,) has no 3 and 0 to reflect",
    ),
    "a hostile reflection": (
        one("MIRROR_PAD", (HUGE,), (HUGE + 1,), [[1, 0]], mode="REFLECT"),
        "no table can have 1073741825 places",
    ),
    "hostile copies": (one("TILE", (4,), (4,), [HUGE]), "follows 4294967296"),
    "hostile blocks": (
        one("BATCH_TO_SPACE_ND", (2, HUGE >> 1, 1), (1, HUGE - 1, 1), [2], [[1, 0]]),
        "no table can have 1073741823 places",
    ),
    "no blocks": (
        one("SPACE_TO_DEPTH", (1, 3, 4, 1), (1, 1, 2, 4), block_size=2),
        "is not made of blocks of 2",
    ),
    "too few channels": (
        one("DEPTH_TO_SPACE", (1, 2, 2, 6), (1, 4, 4, 1), block_size=2),
        "6 channels make no blocks of 2",
    ),
    "another type": (
        one("TRANSPOSE", (2, 3), (3, 2), [1, 0], becomes="uint8"),
        "have the same type",
    ),
    "half of it": (
        movement(
            "SPLIT",
            [constant("axis", [0]), tensor("x", "int8", (4,))],
            [tensor("y0", "int8", (2,)), tensor("y1", "int8", (1,))],
            {"num_splits": 2},
        ),
        "(4,) is not (2, 1) long along axis 0",
    ),
    "other rows": (
        movement(
            "PACK",
            [tensor("a", "int8", (4,)), tensor("b", "int8", (3,))],
            [tensor("y", "int8", (2, 4))],
            {"values_count": 2},
        ),
        "cannot lie side by side",
    ),
    "a permutation that is computed": (
        movement(
            "TRANSPOSE",
            [tensor("x", "int8", (2, 3)), tensor("p", "int32", (2,))],
            [tensor("y", "int8", (3, 2))],
            {},
            runs=[],
        ),
        "the permutation must be constant",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name):
    case, reason = REFUSED[name]
    with pytest.raises(McuConvertError) as refusal:
        compiled(case.model)
    assert reason in str(refusal.value)
