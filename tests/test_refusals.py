"""Why a layer takes no kernel of the library that its board wants most."""

from __future__ import annotations

import dataclasses
import json

from real_models import SAMPLE

from mcu_convert.ir import tflite_name
from mcu_convert.refusals import Refusal, refusals


def huge(layer):
    """The layer has a million elements.

    This paragraph is for who reads the code.
    """
    return layer.output.size >= 1_000_000


def computed(layer):
    """Some input is computed."""
    return len(layer.activations) > 0


def test_the_limit_that_a_layer_misses_is_told_for_each_kernel(program):
    step = program.steps[0]
    board = dataclasses.replace(program.board, libraries=("picky", "portable"))
    kernels = [
        dataclasses.replace(step.kernel, name=name, library=library, limits=limits)
        for name, library, limits in (
            ("wide", "picky", (computed, huge)),
            ("wide", "other", (huge,)),
            ("any", "picky", (huge,)),
        )
    ]
    limit = "The layer has a million elements."
    assert refusals(step, board, kernels) == (
        Refusal("picky/wide", limit),
        Refusal("picky/any", limit),
    )


def test_a_library_that_has_no_kernel_for_the_operator_says_so(program):
    step = program.steps[-1]
    board = dataclasses.replace(program.board, libraries=("picky", "portable"))
    (refusal,) = refusals(step, board, [program.steps[0].kernel])
    assert refusal.kernel == "picky"
    assert tflite_name(type(step.layer.op)) in refusal.limit


def test_a_kernel_of_the_first_library_is_not_excused(program, plugins):
    board = program.board
    assert {s.kernel.library for s in program.steps} == {board.libraries[0]}
    assert not any(refusals(s, board, plugins.kernels) for s in program.steps)


def test_analyze_lists_what_other_libraries_run(command):
    code, out, _ = command("analyze", SAMPLE, "-b", "mps2-an500", "--json")
    assert code == 0
    layers = json.loads(out)["layers"]
    others = [x for x in layers if not x["kernel"].startswith("armv7e_m/")]
    assert 0 < len(others) < len(layers)
    assert [x for x in layers if x["refused"]] == others
    _, out, _ = command("analyze", SAMPLE, "-b", "mps2-an500")
    assert "layers that take no kernel of armv7e_m" in out
    _, out, _ = command("analyze", SAMPLE)
    assert "layers that take no" not in out
