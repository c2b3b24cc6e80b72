"""Tensors taken apart and put together: SPLIT, UNPACK, PACK, CONCATENATION."""

import numpy as np
import pytest
from host import assert_same_bytes, compiled, run_in_tf_micro
from movement_cases import constant, movement, tensor
from real_programs import simulate
from tflite_builder import Op, build_model

from mcu_convert.emit import emit


def split(dtype, shape, axis, *sizes, operator="SPLIT_V"):
    """Return a split into parts of these sizes; a SPLIT has the axis first."""
    source, where = tensor("x", dtype, shape), constant("axis", [axis])
    targets = [
        tensor(f"y{n}", dtype, [*shape[:axis], size, *shape[axis:][1:]])
        for n, size in enumerate(sizes)
    ]
    sources = [where, source]
    if operator == "SPLIT_V":
        sources = [source, constant("sizes", sizes), where]
    options = {"num_splits": len(sizes)}
    return movement(operator, sources, targets, options)


def unpack(dtype, shape, axis):
    to = [length for n, length in enumerate(shape) if n != axis % len(shape)]
    targets = [tensor(f"y{n}", dtype, to) for n in range(shape[axis])]
    options = {"num": shape[axis], "axis": axis}
    return movement("UNPACK", [tensor("x", dtype, shape)], targets, options)


def pack(dtype, shape, axis, count, constants=()):
    sources = [
        constant(f"x{n}", np.full(shape, n + 1), dtype)
        if n in constants
        else tensor(f"x{n}", dtype, shape)
        for n in range(count)
    ]
    place = axis % (len(shape) + 1)
    target = tensor("y", dtype, [*shape[:place], count, *shape[place:]])
    options = {"axis": axis, "values_count": count}
    return movement("PACK", sources, [target], options)


def join(dtype, axis, *shapes):
    sources = [tensor(f"x{n}", dtype, shape) for n, shape in enumerate(shapes)]
    to = list(shapes[0])
    to[axis] = sum(shape[axis] for shape in shapes)
    target = tensor("y", dtype, to)
    return movement("CONCATENATION", sources, [target], {"axis": axis})


TYPES = ("int8", "int16", "int32", "float32")
CASES = {
    **{f"split of {t}": split(t, (2, 6), 1, 2, 2, 2, operator="SPLIT") for t in TYPES},
    **{f"split_v of {t}": split(t, (3, 7), 1, 4, 1, 2) for t in TYPES},
    **{f"split on axis {n}": split("int8", (3, 3, 3, 3), n, 2, 1) for n in range(4)},
    "split into one": split("int8", (3, 4), 0, 3, operator="SPLIT"),
    **{f"unpack of {t}": unpack(t, (2, 3, 4), 1) for t in TYPES},
    "unpack rows": unpack("int8", (3, 4), 0),
    "unpack elements": unpack("float32", (2, 3), -1),
    "unpack one": unpack("int8", (1, 4), 0),
    **{f"pack of {t}": pack(t, (2, 3), 1, 2) for t in (*TYPES, "int64")},
    "pack rows": pack("int8", (3,), 0, 3),
    "pack elements": pack("int32", (2, 2), -1, 2),
    "pack scalars and constants": pack("int32", (), 0, 4, constants=[0, 2]),
    "pack one": pack("float32", (3,), 0, 1),
    **{
        f"concatenation of {t}": join(t, 1, (2, 3), (2, 1), (2, 2))
        for t in (*TYPES, "int64", "bool")
    },
    "concatenation of 5 axes": join("int8", 3, (1, 2, 2, 1, 3), (1, 2, 2, 2, 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize(
    "case",
    [
        split("int8", (5, 8), 0, 2, 3),
        unpack("int8", (4, 8), 0),
        pack("int8", (8,), 0, 3),
    ],
)
def test_rows_stay_where_they_are(case):
    """What is taken apart or put together along the outermost axis needs no room."""
    program, _ = compiled(case.model)
    whole = max(program.tensor(n).nbytes for n in (*program.inputs, *program.outputs))
    assert program.plan.size == whole


def test_what_stays_is_not_copied():
    """Each part lies where it was in the input; the C sees that and goes on."""
    program, plugins = compiled(CASES["unpack rows"].model)
    (start,) = (program.offset(name) for name in program.inputs)
    assert [program.offset(name) - start for name in program.outputs] == [0, 4, 8]
    assert (
        "if (output_2 != input) {" in emit(program, plugins.templates)["net_kernels.c"]
    )


def test_plans_lose_no_byte():
    """Neither of one output nor of several."""
    for case in CASES.values():
        simulate(compiled(case.model)[0])


def test_int64_lies_on_multiples_of_8():
    """Though it is between 3 bytes before and 3 after that must stay."""
    pair, triple = tensor("a", "int8", (3,)), tensor("y", "int8", (3,))
    wide = [tensor(name, "int64", (1, 2)) for name in ("b", "z")]
    operators = [Op("RESHAPE", ["a"], ["y"]), Op("RESHAPE", ["b"], ["z"])]
    model = build_model([pair, triple, *wide], operators, ["a", "b"], ["y", "z"])
    program, _ = compiled(model, without=("op_fusion",))
    for name in ("b", "z"):
        assert program.offset(name) % 8 == 0
        assert program.problem.by_name[name].alignment == 8
