"""Patches in C against TF-Micro, byte by byte: single operators, random networks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import pytest
import test_kernels_conv_2d
import test_kernels_depthwise_conv_2d
import test_kernels_elementwise
import test_kernels_pool_2d
from host import Case, assert_same_bytes, compiled, run_in_c, run_in_tf_micro
from random_networks import network
from single_operator import generator

from mcu_convert.errors import UnsupportedError
from mcu_convert.interface import with_interface
from mcu_convert.ops.crop import Crop
from mcu_convert.options import Interface, Patches
from mcu_convert.passes import run_passes
from mcu_convert.patches import splits
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.program import Program
from mcu_convert.tflite.reader import read_model

NETWORKS = 36
GRIDS = (Patches(1, 2), Patches(2, 1), Patches(2, 2), Patches(3, 2), Patches(1, 3))
OPERATORS = (
    test_kernels_conv_2d,
    test_kernels_depthwise_conv_2d,
    test_kernels_elementwise,
    test_kernels_pool_2d,
)


def possible(model: bytes, grid: Patches) -> tuple[Patches, ...]:
    """Return after which layers a model can be cut, if after any."""
    graph = with_interface(read_model(model, "net").main, Interface.MODEL)
    try:
        return splits(run_passes(graph, load_plugins().passes), grid)
    except UnsupportedError:
        return ()


def cut(cases: Mapping[str, Case]) -> Iterator[tuple[str, Case]]:
    """Yield each case cut in some grid after some layer, where it can be."""
    for name, case in cases.items():
        chance = generator("patches", name)
        grid = GRIDS[int(chance.integers(len(GRIDS)))]
        if found := possible(case.model, grid):
            patches = found[int(chance.integers(len(found)))]
            options = dataclasses.replace(case.options, patches=patches)
            yield f"{name}, {patches}", dataclasses.replace(case, options=options)


SINGLE = {
    f"{module.__name__}: {name}": case
    for module in OPERATORS
    for name, case in cut(module.CASES)
}
RANDOM = dict(cut({f"network {n}": network(n) for n in range(NETWORKS)}))
CASES = SINGLE | RANDOM


@pytest.fixture(scope="module")
def in_c(tmp_path_factory):
    return run_in_c(CASES, tmp_path_factory.mktemp("patches"))


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, in_c):
    assert_same_bytes(in_c[name], run_in_tf_micro(CASES[name]))


def test_most_can_be_cut():
    assert len(SINGLE) >= 60
    assert len(RANDOM) >= 30


def streamed_crops(program: Program) -> list[str]:
    """Return the crops that run row by row."""
    return [
        step.layer.output.name
        for stream in program.streams
        for step in stream.steps
        if isinstance(step.layer.op, Crop)
    ]


def test_many_have_streams_in_their_patches_and_recompute_something():
    programs = [compiled(c.model, options=c.options)[0] for c in RANDOM.values()]
    assert len([p for p in programs if streamed_crops(p)]) >= 15
    assert len([p for p in programs if p.recomputed_macs]) >= 10
