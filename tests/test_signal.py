"""TF-Micro's signal library: every byte, run after run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import signal_models as signal
from host import Case, run_in_tf_micro
from tflite_parts import T

ENERGY = T("x", "int16", (20,)), T("y", "uint32", (10,))
LENGTHS = {"int16": (4, 8, 64, 128), "int32": (16, 64), "float32": (8, 64)}
"""Half of each is one of 2, 4, 2 * 4, 2 * 4 * 4 and 4 * 4 * 4."""
SCALED = T("x", "int16", (33,)), T("y", "int16", (33,)), T("bits", "int32")


def quiet() -> Case:
    """Return samples of ever fewer bits, and silence, and what has no absolute."""
    found = signal.case("SignalFftAutoScale", SCALED[:1], SCALED[1:], {})
    frames = [np.full(33, value, np.int16) for value in (0, 1, -1, 5, 300, -32768)]
    frames.append(np.array([-32768, *range(32)], np.int16))
    return dataclasses.replace(found, runs=[*found.runs, *([f] for f in frames)])


CASES = {
    "window": signal.window(3, 8, 12),
    "window without a shift": signal.window(1, 5, 0),
    "energy": signal.case(
        "SignalEnergy", ENERGY[:1], ENERGY[1:], {"start_index": 0, "end_index": 10}
    ),
    "auto scale": quiet(),
    **{
        f"{name} {dtype} {length}": signal.transform(name, dtype, length, frames=2)
        for name in ("SignalRfft", "SignalIrfft")
        for dtype, lengths in LENGTHS.items()
        for length in lengths
    },
    "padded": signal.transform("SignalRfft", "int16", 64, 2, samples=41),
    "filter bank": signal.filter_bank(9, 40),
    "square root": signal.square_root(),
    "spectral subtraction": signal.subtraction(),
    "clamped": signal.subtraction(clamping=True, smoothing=8000),
    "one smoothing": signal.subtraction(
        alternate_smoothing=409, alternate_one_minus_smoothing=15975
    ),
    "pcan": signal.pcan(6),
    "pcan without a shift": signal.pcan(0),
    "log": signal.logarithm(3, 64),
    "log of much": signal.logarithm(0, 65535),
    "short delay": signal.delay(2, 5, 3),
    "long delay": signal.delay(1, 4, 11),
    "no delay": signal.delay(3, 4, 0),
    "delay of a frame": signal.delay(2, 4, 4),
    "overlap add": signal.overlap_add("int16", 3, 8, 3),
    "overlap add of floats": signal.overlap_add("float32", 2, 6, 6),
}
SOMETIMES = {
    "framer": signal.framer(8, 6, 4, False),
    "framer of whole steps": signal.framer(6, 6, 2, False),
    "framer that begins with zeros": signal.framer(4, 6, 4, True),
    "framer of single steps": signal.framer(4, 4, 4, False),
    "stacker": signal.stacker(3, 1, 1, 2),
    "stacker that begins full": signal.stacker(2, 2, 0, 1),
    "stacker of all": signal.stacker(4, 1, 2, 4),
}
CASES |= SOMETIMES


@pytest.mark.parametrize("name", [n for n in CASES if n not in SOMETIMES])
def test_the_same_as_in_tf_micro(outputs, name):
    wanted = run_in_tf_micro(CASES[name])
    for found_run, wanted_run in zip(outputs[name], wanted, strict=True):
        for found, expected in zip(found_run, wanted_run, strict=True):
            assert found.dtype == expected.dtype
            if found.dtype == np.float32:
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
            else:
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", SOMETIMES)
def test_the_same_as_in_tf_micro_whenever_it_is_valid(outputs, name):
    wanted = run_in_tf_micro(CASES[name])
    validity = [bool(valid) for _, valid in wanted]
    assert [bool(valid) for _, valid in outputs[name]] == validity
    assert any(validity)
    for (found, _), (expected, valid) in zip(outputs[name], wanted, strict=True):
        if valid:
            np.testing.assert_array_equal(found, expected)
