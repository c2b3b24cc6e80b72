"""A model that cannot be converted is told of once, with all that it lacks."""

import pytest
from host import compiled
from operator_examples import int8
from tflite_builder import Op, build_model

from mcu_convert.errors import UnsupportedError

TENSORS = [int8(name, 1, 4) for name in "abcdxy"]
OPERATORS = [
    Op("LSH_PROJECTION", ["x"], ["a"]),
    Op("RELU", ["a"], ["b"]),
    Op("LSH_PROJECTION", ["b"], ["c"]),
    Op("HASHTABLE_LOOKUP", ["c"], ["d"]),
    Op("LSH_PROJECTION", ["d"], ["y"]),
]


def test_all_operators_that_lack_a_kernel_are_told_equal_ones_together():
    with pytest.raises(UnsupportedError) as refusal:
        compiled(build_model(TENSORS, OPERATORS, ["x"], ["y"]))
    first, second, advice = str(refusal.value).splitlines()
    assert first == (
        "operator 0 (LSH_PROJECTION) of int8[1,4], int8[1,4]: no kernel;"
        " `mcu-convert ops` lists those there are; likewise 2 more: 2, 4"
    )
    assert second.startswith("operator 3 (HASHTABLE_LOOKUP)")
    assert "docs/writing_an_operator.md" in advice
