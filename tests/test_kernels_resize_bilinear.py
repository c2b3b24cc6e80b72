"""RESIZE_BILINEAR in C gives the bytes of TF-Micro's."""

import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import RESIZES, case, int8, int32
from tflite_builder import T


def resize(size, to, align=False, half=False, batch=1, channels=3, zero_point=-7):
    options = {"align_corners": align, "half_pixel_centers": half}
    source = int8("x", batch, *size, channels, zero_point=zero_point)
    target = int8("y", batch, *to, channels, zero_point=zero_point)
    return case("RESIZE_BILINEAR", [source, int32("size", to)], target, options)


def resize_real(size, to, align=False, half=False, batch=1):
    options = {"align_corners": align, "half_pixel_centers": half}
    source = T("x", "float32", (batch, *size, 3))
    target = T("y", "float32", (batch, *to, 3))
    return case("RESIZE_BILINEAR", [source, int32("size", to)], target, options)


WAYS = {"": (False, False), ", aligned": (True, False), ", half": (False, True)}
CASES = {
    **{
        f"{name}{way}": resize(*sizes, *how)
        for name, sizes in RESIZES.items()
        for way, how in WAYS.items()
    },
    **{
        f"float, {name}{way}": resize_real(*sizes, *how)
        for name, sizes in RESIZES.items()
        for way, how in WAYS.items()
    },
    "a batch": resize((3, 4), (5, 6), batch=2),
    "a batch, float": resize_real((3, 4), (5, 6), batch=2),
    "one channel": resize((6, 5), (13, 7), half=True, channels=1),
    "up eight times": resize((4, 4), (32, 32), half=True),
    "seven to twenty": resize((7, 7), (20, 20), align=True, zero_point=127),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))
