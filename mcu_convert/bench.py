"""Measure generated code: instructions, stack and flash, exactly."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_convert.boards import Board
from mcu_convert.emit import emit
from mcu_convert.errors import ModelError
from mcu_convert.firmware.build import Firmware, build, on_board
from mcu_convert.firmware.call_sites import CallSite, call_sites
from mcu_convert.firmware.cortex_m4 import MODELLED_CORES
from mcu_convert.firmware.disassembly import Instruction, disassemble
from mcu_convert.firmware.elf import read_symbols
from mcu_convert.firmware.run import run
from mcu_convert.firmware.sizes import Sizes, model_sizes
from mcu_convert.inputs import feed, make_inputs
from mcu_convert.layer_figures import (
    FunctionFigures,
    LayerFigures,
    function_figures,
    layer_figures,
)
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one model needs on one board."""

    instructions: int
    """Of one invoke, after a first one."""
    stack_bytes: int | None
    sizes: Sizes
    """Of what the model adds to a firmware."""
    layers: tuple[LayerFigures, ...]
    functions: tuple[FunctionFigures, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """What another system needs for the same model; ``None`` where not known."""

    name: str
    instructions: int | None
    arena_bytes: int | None
    flash_bytes: int | None


def bench(program: Program, board: Board, plugins: Plugins) -> Measurement:
    """Build a program, run it on an emulated board, and measure it."""
    inputs = feed(program, make_inputs(program.model.main, runs=1)[0])
    with tempfile.TemporaryDirectory() as folder:
        files = emit(on_board(program, board), plugins.templates)
        flag = program.options.goal.compiler_flag
        firmware = build(
            program.name, files, board, Path(folder), optimize=flag, flags=("-g",)
        )
        code = disassemble(firmware.elf, board)
        sites = _kernel_calls(firmware, code, files[f"{program.name}.c"])
        result = run(firmware, [inputs, inputs], count=True, sites=sites)
        assert result.profiles is not None
        profile = result.profiles[-1]
        modelled = code if board.cpu in MODELLED_CORES else None
        return Measurement(
            profile.instructions,
            result.stack_bytes,
            model_sizes(firmware),
            layer_figures(program, profile, sites, modelled),
            function_figures(profile, read_symbols(firmware.elf)),
        )


def _kernel_calls(
    firmware: Firmware, code: Mapping[int, Instruction], main: str
) -> tuple[CallSite, ...]:
    """Find where the model's main file calls what its kernels' file defines."""
    name = f"{firmware.name}_kernels.c.o"
    kernels = next(o for o in firmware.model_objects if o.name == name)
    defined = (s.name for s in read_symbols(kernels) if s.is_function and s.is_global)
    return call_sites(code.values(), f"{firmware.name}.c", main, defined)


def load_peers(path: Path) -> Mapping[str, Mapping[str, object]]:
    """Read a file of peers' figures.  Raises `ModelError` where it is none."""
    try:
        models: Mapping[str, Mapping[str, object]] = json.loads(path.read_text())[
            "models"
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is no file of peers' figures: {error}") from None
    return models


def peers_of(
    models: Mapping[str, Mapping[str, object]], model: Path, cpu: str
) -> tuple[Peer, ...]:
    """Return the figures of each peer for a model, found by the end of its path."""
    core = cpu.replace("-", "_")
    path = model.with_suffix("").as_posix()
    names = [name for name in models if f"/{path}".endswith(f"/{name}")]
    if not names:
        return ()
    figures = models[names[0]]
    found = [
        ("TF-Micro, CMSIS-NN", _at(figures, "tf_micro")),
        *(
            (f"TinyEngine, {mode.replace('_', ' ')}", mode_figures)
            for mode, mode_figures in _table(_at(figures, "tinyengine")).items()
        ),
    ]
    return tuple(_peer(name, values, core) for name, values in found if values)


def _peer(name: str, figures: object, core: str) -> Peer:
    best = _at(figures, "instructions_best_build") or _at(figures, "instructions")
    return Peer(
        name,
        _number(best, core),
        _number(_at(figures, "arena_bytes"), core) or _number(figures, "ram_bytes"),
        _number(_at(figures, "flash_bytes"), core) or _number(figures, "flash_bytes"),
    )


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _at(value: object, key: str) -> object:
    return _table(value).get(key)


def _number(value: object, key: str) -> int | None:
    found = _at(value, key)
    return found if isinstance(found, int) else None
