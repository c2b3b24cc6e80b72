"""Every operator that moves elements, in one firmware on an emulated Cortex-M7."""

from __future__ import annotations

import dataclasses

import numpy as np
from firmware_boards import STRICT, needs_arm
from host import Case, run_in_tf_micro
from movement_examples import MOVEMENT
from tflite_builder import Op, build_model

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.tflite.reader import read_model

OTHERWISE = {"SPACE_TO_BATCH_ND", "TILE"}
"""What TF-Micro pads with stray bytes, and what it lacks."""


def all_in_one() -> Case:
    """Put the examples side by side, each with an input and outputs of its own."""
    tensors, operators, inputs, outputs = [], [], [], []
    random = np.random.default_rng(1)
    run = []
    for name, (own, options, _) in MOVEMENT.items():
        if name in OTHERWISE:
            continue
        named = [dataclasses.replace(t, name=f"{name} {t.name}") for t in own]
        made = [t.name for t in named if t.name.split()[1].startswith("y")]
        read = [t.name for t in named if t.name not in made]
        operators.append(Op(name, read, made, options))
        (source,) = (t for t in named if t.name == f"{name} x")
        run.append(
            np.ones(source.shape, np.int32)
            if source.dtype == "int32"
            else random.integers(-128, 128, source.shape).astype(np.int8)
        )
        tensors += named
        inputs.append(source.name)
        outputs += made
    return Case(build_model(tensors, operators, inputs, outputs), [run])


@needs_arm
def test_bytes_are_those_of_tf_micro(plugins, tmp_path):
    case, board = all_in_one(), plugins.board("mps2-an500")
    model = read_model(case.model, "net")
    program = compile_model(model, board, Options(name="net"), plugins)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build("net", files, board, tmp_path, flags=STRICT)
    feeds = [[array.tobytes() for array in each] for each in case.runs]
    (found,) = run(firmware, feeds).outputs
    (wanted,) = run_in_tf_micro(case)
    names = [program.tensor(name).name for name in program.outputs]
    differing = [
        name
        for name, ours, theirs in zip(names, found, wanted, strict=True)
        if bytes(ours) != theirs.tobytes()
    ]
    assert differing == []
