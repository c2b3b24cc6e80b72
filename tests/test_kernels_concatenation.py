"""CONCATENATION in C gives the bytes of TF-Micro's, and copies no more than it must."""

import dataclasses

import numpy as np
import pytest
from host import assert_same_bytes, compiled, run_in_tf_micro
from single_operator import case, generator
from tflite_builder import T


def concatenation(axis, *shapes, dtype="int8", constant=(), twice=False):
    """Return inputs x0, x1 … of these shapes; those numbered `constant` are so."""
    how = {"scale": 0.05, "zero_point": -7} if dtype == "int8" else {}
    sources = [T(f"x{n}", dtype, shape, **how) for n, shape in enumerate(shapes)]
    for number in constant:
        data = generator(number, axis).integers(-128, 128, shapes[number])
        sources[number] = dataclasses.replace(sources[number], data=data)
    shape = list(shapes[0])
    shape[axis] = sum(each[axis] for each in shapes) * (2 if twice else 1)
    target = T("y", dtype, shape, **how)
    return case("CONCATENATION", sources, target, {"axis": axis}, twice)


CASES = {
    **{
        f"axis {axis}": concatenation(
            axis, *([2 if n == axis else 3 for n in range(4)], [3, 3, 3, 3])
        )
        for axis in (-4, -3, -2, -1, 0, 1, 2, 3)
    },
    "one": concatenation(1, (1, 3, 4, 2)),
    "three": concatenation(3, (1, 3, 4, 2), (1, 3, 4, 5), (1, 3, 4, 1)),
    "ten": concatenation(2, *[(1, 3, n + 1, 2) for n in range(10)]),
    "with a constant": concatenation(3, (1, 3, 4, 2), (1, 3, 4, 5), constant=[1]),
    "a constant first": concatenation(1, (1, 3, 4, 2), (1, 2, 4, 2), constant=[0]),
    "twice the same": concatenation(3, (1, 3, 4, 2), twice=True),
    "vectors": concatenation(0, (3,), (5,)),
    "matrices": concatenation(1, (2, 3), (2, 5)),
    "floats": concatenation(2, (1, 3, 4, 2), (1, 3, 1, 2), dtype="float32"),
    "32 bits": concatenation(-1, (3, 4), (3, 1), dtype="int32", constant=[1]),
    "16 bits": concatenation(-1, (3, 4), (3, 1), dtype="int16"),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


def test_inputs_may_lie_where_the_output_will():
    """Along the outermost axis nothing has to move, so that no more room is needed."""
    model = concatenation(1, (1, 4, 4, 2), (1, 8, 4, 2)).model
    program, _ = compiled(model)
    assert program.plan.size == np.prod(program.tensor("y").shape)
