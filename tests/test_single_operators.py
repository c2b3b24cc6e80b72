"""Hundreds of single layers, cut out of real networks, with TF-Micro's outputs.

Those that can be converted are byte for byte right, on float32 too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host import BARE, Runs, run_programs
from real_models import FOLDER

from mcu_convert.convert import compile_model
from mcu_convert.errors import UnsupportedError
from mcu_convert.inputs import load_inputs
from mcu_convert.options import Options
from mcu_convert.plugin_manager import Plugins, load_plugins
from mcu_convert.program import Program
from mcu_convert.tflite.reader import load_model


def convertible(plugins: Plugins) -> tuple[dict[str, tuple[Program, Plugins]], dict]:
    """Convert what can be; return the programs and their inputs, by the file's path."""
    decided: dict[str, tuple[Program, Plugins]] = {}
    feeds: dict[str, Runs] = {}
    for number, path in enumerate(sorted((FOLDER / "single_ops").glob("*/*.tflite"))):
        model, options = load_model(path), Options(name=f"m{number}")
        try:
            program = compile_model(model, plugins.board("host"), options, plugins)
        except UnsupportedError:
            continue
        decided[str(path)] = program, plugins
        feeds[str(path)], _ = load_inputs(path.with_suffix(".npz"), model.main)
    return decided, feeds


@pytest.mark.parametrize("without", [(), BARE], ids=["all plugins", "bare"])
def test_outputs_are_those_of_tf_micro(without, tmp_path):
    if not (FOLDER / "single_ops").exists():
        pytest.skip(f"{FOLDER} is absent; set MCU_CONVERT_MODELS to the models' folder")
    decided, feeds = convertible(load_plugins(without))
    found = run_programs(decided, feeds, tmp_path)
    wrong = {}
    for name, runs in found.items():
        with np.load(Path(name).with_suffix(".npz")) as golden:
            wanted = [
                [golden[f"out{run}_{k}"].tobytes() for k in range(len(outputs))]
                for run, outputs in enumerate(runs)
            ]
        if [[output.tobytes() for output in outputs] for outputs in runs] != wanted:
            wrong[name] = wanted
    assert list(wrong) == []
    assert len(decided) >= 361
