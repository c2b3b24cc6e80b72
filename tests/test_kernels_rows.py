"""Kernels that make one row, in a stream after a pool, give the bytes of TF-Micro's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from host import (
    DSP,
    PORTABLE,
    VECTORS,
    Case,
    assert_same_bytes,
    compiled,
    run_in_c,
    run_in_tf_micro,
)
from single_operator import RUNS, generator, int8, int32, numbers
from stream_all import StreamAll
from tflite_builder import Op, T, build_model
from windows import sliding, steps

X = int8("x", 1, 7, 5, 4, zero_point=-7)
POOL = {**steps("SAME", (1, 1), "NONE"), "filter_height": 3, "filter_width": 3}


def after_pool(
    operator: str,
    source: T,
    target: T,
    options: Mapping[str, Any],
    constants: Sequence[T] = (),
) -> Case:
    """Build ``x``, a 3x3 pool, the operator, so that it reads rows of a ring."""
    pooled = int8("p", *source.shape, scale=source.scale, zero_point=source.zero_point)
    operators = [
        Op("MAX_POOL_2D", [source.name], ["p"], POOL),
        Op(operator, ["p", *(c.name for c in constants)], [target.name], options),
    ]
    tensors = [source, pooled, *constants, target]
    model = build_model(tensors, operators, [source.name], [target.name])
    random = generator(operator, *tensors)
    return Case(model, [[numbers(random, source)] for _ in range(RUNS)])


def mean(axes: Sequence[int], keep: bool, source: T = X, scale: float = 0.03) -> Case:
    shape = reduced(source.shape, axes, keep)
    target = int8("y", *shape, scale=scale, zero_point=9)
    axis = int32("axes", list(axes))
    return after_pool("MEAN", source, target, {"keep_dims": keep}, [axis])


def reduced(shape: Sequence[int], axes: Sequence[int], keep: bool) -> list[int]:
    if keep:
        return [1 if n in axes else size for n, size in enumerate(shape)]
    return [size for n, size in enumerate(shape) if n not in axes]


def two_means(first: int, second: int, keep: bool) -> Case:
    """Average over one axis, then over another, after a pool."""
    between = int8("m", *reduced(X.shape, [first], True), scale=0.02, zero_point=31)
    axes = [first, second]
    target = int8("y", *reduced(X.shape, axes, keep), scale=0.013, zero_point=5)
    tensors = [X, int8("p", *X.shape, zero_point=-7), between, target]
    tensors += [int32("first", [first]), int32("second", [second])]
    if not keep:
        kept = int8("k", *reduced(X.shape, axes, True), scale=0.013, zero_point=5)
        tensors += [kept, int32("shape", target.shape)]
    operators = [
        Op("MAX_POOL_2D", ["x"], ["p"], POOL),
        Op("MEAN", ["p", "first"], ["m"], {"keep_dims": True}),
        Op("MEAN", ["m", "second"], ["y" if keep else "k"], {"keep_dims": True}),
        *([] if keep else [Op("RESHAPE", ["k", "shape"], ["y"])]),
    ]
    model = build_model(tensors, operators, ["x"], ["y"])
    random = generator(first, second, keep)
    return Case(model, [[numbers(random, X)] for _ in range(RUNS)])


def pool(
    operator: str,
    window: Sequence[int],
    padding: str = "VALID",
    stride: Sequence[int] = (1, 1),
    source: T = X,
    activation: str = "NONE",
) -> Case:
    _, height, width, channels = source.shape
    shape = sliding((height, width), window, padding, stride)
    target = int8("y", 1, *shape, channels, zero_point=source.zero_point)
    options = steps(padding, stride, activation)
    options |= {"filter_height": window[0], "filter_width": window[1]}
    return after_pool(operator, source, target, options)


def pad(paddings: Sequence[tuple[int, int]], source: T = X) -> Case:
    sizes = zip(source.shape, paddings, strict=True)
    shape = [before + size + after for size, (before, after) in sizes]
    target = int8("y", *shape, zero_point=source.zero_point)
    return after_pool("PAD", source, target, {}, [int32("paddings", paddings)])


def resize(operator: str, size: Sequence[int], align: bool, half: bool) -> Case:
    options = {"align_corners": align, "half_pixel_centers": half}
    target = int8("y", 1, *size, 4, zero_point=-7)
    return after_pool(operator, X, target, options, [int32("size", size)])


def side_by_side(axis: int, *names: str) -> Case:
    """Put a pool's output ``p``, its input ``x`` and a constant ``c`` side by side."""
    data = generator(axis).integers(-128, 128, X.shape)
    pooled, constant = (
        int8("p", *X.shape, zero_point=-7),
        int8("c", *X.shape, zero_point=-7, data=data),
    )
    shape = [n * len(names) if a == axis else n for a, n in enumerate(X.shape)]
    target = int8("y", *shape, zero_point=-7)
    operators = [
        Op("MAX_POOL_2D", ["x"], ["p"], POOL),
        Op("CONCATENATION", names, ["y"], {"axis": axis}),
    ]
    model = build_model([X, pooled, constant, target], operators, ["x"], ["y"])
    random = generator(axis, names)
    return Case(model, [[numbers(random, X)] for _ in range(RUNS)])


MEANS = {
    f"mean over {axes}{', kept' * keep}": mean(axes, keep)
    for axes in ([1], [2], [3], [1, 2], [2, 3], [1, 3], [1, 2, 3], [0, 1, 2], [2, 1])
    for keep in (False, True)
} | {
    f"mean over {first}, then {second}{', kept' * keep}": two_means(first, second, keep)
    for first, second in ((1, 2), (2, 1), (1, 3), (3, 1), (2, 3))
    for keep in (False, True)
}
TALL, LOW = int8("x", 1, 40, 2, 3, zero_point=-7), int8("x", 1, 1, 6, 3)
POOLS = {
    "all": ((7, 5),),
    "all, same": ((7, 5), "SAME", (7, 5)),
    "larger than the image": ((15, 11), "SAME", (7, 5)),
    "all rows": ((7, 2),),
    "all rows, same": ((7, 3), "SAME", (7, 2)),
    "some rows once": ((5, 5), "VALID", (4, 4)),
    "rows one by one": ((3, 3), "SAME", (2, 2)),
    "two rows of two": ((2, 1), "VALID", (1, 1), int8("x", 1, 2, 3, 4)),
    "a row": ((1, 2), "VALID", (1, 1), LOW),
    "many rows": ((40, 2), "VALID", (1, 1), TALL),
    "relu": ((7, 5), "VALID", (1, 1), X, "RELU"),
}
SIZES = {
    "up": (11, 9),
    "twice": (14, 10),
    "down": (3, 2),
    "to one": (1, 1),
    "same": (7, 5),
    "three times": (21, 4),
}
CASES = {
    **MEANS,
    "mean of a tall image": mean([1, 2], False, TALL, 0.01),
    "mean of a row": mean([1, 2], False, LOW),
    **{
        f"{operator}, {name}": pool(f"{operator.upper()}_POOL_2D", *how)
        for operator in ("average", "max")
        for name, how in POOLS.items()
    },
}
PADS = {
    "rows above and below": [(0, 0), (2, 3), (0, 0), (0, 0)],
    "rows above": [(0, 0), (2, 0), (0, 0), (0, 0)],
    "rows below": [(0, 0), (0, 1), (0, 0), (0, 0)],
    "columns": [(0, 0), (0, 0), (1, 2), (0, 0)],
    "channels": [(0, 0), (0, 0), (0, 0), (3, 1)],
    "all": [(0, 0), (1, 1), (2, 1), (0, 2)],
    "nothing": [(0, 0)] * 4,
}
CASES |= {f"pad {name}": pad(paddings) for name, paddings in PADS.items()}
CASES |= {
    f"nearest, {name}, {align=}, {half=}": resize(
        "RESIZE_NEAREST_NEIGHBOR", size, align, half
    )
    for name, size in SIZES.items()
    for align in (False, True)
    for half in (False, True)
}
WAYS = {"": (False, False), ", aligned": (True, False), ", half": (False, True)}
CASES |= {
    f"bilinear, {name}{way}": resize("RESIZE_BILINEAR", size, *how)
    for name, size in SIZES.items()
    for way, how in WAYS.items()
}
CASES |= {
    f"side by side on axis {axis}: {', '.join(names)}": side_by_side(axis, *names)
    for axis in (1, 2, 3)
    for names in (
        ("p", "x"),
        ("x", "p"),
        ("p", "c"),
        ("c", "p"),
        ("p", "p"),
        ("x", "p", "c", "p"),
    )
}
WHOLE = {"mean over [2]", "mean over [2, 3]", "mean over [3]", "max, a row"}
"""What makes no image of its rows, or has only one of them anyway."""


@pytest.fixture(
    scope="module",
    params=[PORTABLE, DSP, VECTORS],
    ids=["portable", "armv7e_m", "armv81m_mve"],
)
def outputs(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    return run_in_c(CASES, folder, planner=StreamAll(), libraries=request.param)


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_the_operator_is_part_of_a_stream(name):
    program, _ = compiled(CASES[name].model, planner=StreamAll())
    assert len(program.steps) == 2
    assert bool(program.streams) == (name not in WHOLE)


def test_a_mean_needs_a_row_and_its_sums():
    program, _ = compiled(CASES["mean over [1, 2]"].model, planner=StreamAll())
    (stream,) = program.streams
    assert stream.rings == {"p": 1}
    assert program.problem.stages[0].modes[0].scratch == 20 + 16
