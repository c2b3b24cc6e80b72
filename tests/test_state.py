"""What a network remembers from invoke to invoke, from the graph to the C."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

import jinja2
import numpy as np
import pytest
from graph_text import parse_graph

from mcu_convert.arena_map import Kind, arena_map
from mcu_convert.convert import compile_models
from mcu_convert.emit import emit_together
from mcu_convert.errors import ModelError, PluginError
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.ir import DType, Graph, Model, Node, Op, Quantization, Tensor
from mcu_convert.kernels import Kernel, Lowering, OverInput
from mcu_convert.memory import (
    Buffer,
    Lifetime,
    Mode,
    Overlap,
    Plan,
    Problem,
    Stage,
    check_plan,
)
from mcu_convert.options import Arena, Options
from mcu_convert.plugin_manager import load_plugins


@dataclass(frozen=True, slots=True)
class Count(Op):
    """Add the input to a sum that stays; return the sum."""


BODY = """\
for (int32_t i = 0; i < 3; ++i) {
state_1[i] = (int8_t)(state_1[i] + input[i]);
output[i] = (int8_t)(state_1[i] + state_2[0]++);
}
"""
COUNT = Kernel(
    "count",
    "portable",
    Count,
    "count/body",
    lambda _: Lowering({}, overlaps=(OverInput(),)),
)


@pytest.fixture
def plugins():
    plugins = load_plugins()
    plugins.kernels = (*plugins.kernels, COUNT)
    return plugins


def counting(name: str) -> Model:
    """Return a network that keeps a sum, at first its zero point, and a count."""
    at = Quantization((0.5,), (-3,))
    tensors = [
        *(Tensor(n, DType.INT8, (3,), at) for n in ("x", "between", "y")),
        Tensor("sum", DType.INT8, (3,), at, is_variable=True),
        Tensor("times", DType.INT16, (1,), is_variable=True),
    ]
    count = Node(Count(), ("x",), ("y",), 0, ("sum", "times"))
    graph = Graph("main", {t.name: t for t in tensors}, (count,), ("x",), ("y",))
    return Model(name, "0" * 64, "", (graph,), (), {})


def compiled(plugins, *models: Model, **options):
    host = plugins.board("host")
    found = compile_models(models, host, Options(**options), plugins)
    return tuple(on_board(program, host) for program in found)


def printed(plugins, programs) -> dict[str, str]:
    loaders = {**plugins.templates, "count": jinja2.DictLoader({"body": BODY})}
    return emit_together(programs, loaders)


def test_state_outlasts_every_step_and_nothing_lies_over_it(plugins):
    (program,) = compiled(plugins, counting("net"))
    always = Lifetime(0, len(program.steps) + 1)
    assert [(s.name, s.lifetime) for s in program.states] == [
        ("sum", always),
        ("times", always),
    ]
    assert program.state_bytes == 3 + 2
    kinds = {r.label: (r.kind, r.last - r.first) for r in arena_map(program).rectangles}
    assert kinds["sum"] == (Kind.STATE, len(program.steps))


def test_each_invoke_goes_on_where_the_one_before_ended(plugins, tmp_path):
    programs = compiled(plugins, counting("net"))
    firmware = build("net", printed(plugins, programs), programs[0].board, tmp_path)
    one = np.array([1, 2, 3], np.int8).tobytes()
    found = run(firmware, [[one], [one], [one]]).outputs
    assert [np.frombuffer(y, np.int8).tolist() for [y] in found] == [
        [-2, 0, 2],
        [2, 5, 8],
        [6, 10, 14],
    ]


MAIN = """
#include <stdio.h>
#include <string.h>
#include "net.h"

int main(void)
{
    static union { long long aligned; uint8_t bytes[NET_ARENA_BYTES]; } memory;
    void *const arena = memory.bytes + (16 - (uintptr_t)memory.bytes % 16) % 16;
    memset(&memory, 0x5a, sizeof memory);
    if (net_init(arena, NET_ARENA_BYTES) != 0) return 1;
    for (int run = 0; run < 4; ++run) {
        if (run == 2) net_reset();
        memset(net_input_x(), 1, 3);
        net_invoke();
        printf("%d ", net_output_y()[0]);
    }
    return 0;
}
""".replace("[NET_ARENA_BYTES];", "[NET_ARENA_BYTES + 16];")


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
def test_a_reset_forgets_and_so_does_init(plugins, tmp_path):
    files = printed(plugins, compiled(plugins, counting("net"), arena=Arena.CALLER))
    for name, text in {**files, "main.c": MAIN}.items():
        if "/" not in name:
            (tmp_path / name).write_text(text)
    sources = [path.name for path in tmp_path.glob("*.c")]
    strict = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror".split()
    subprocess.run(
        ["gcc", *strict, "-fsanitize=address,undefined", *sources, "-o", "main"],
        cwd=tmp_path,
        check=True,
    )
    done = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == ["-2", "2", "-2", "2"]


def test_networks_in_one_arena_keep_their_states_apart(plugins, tmp_path):
    programs = compiled(plugins, counting("front"), counting("rear"), name="both")
    firmware = build("both", printed(plugins, programs), programs[0].board, tmp_path)
    one, two = (np.full(3, n, np.int8).tobytes() for n in (1, 2))
    found = run(firmware, [[one, two]] * 2).outputs
    sums = [[np.frombuffer(y, np.int8)[0] for y in of_run] for of_run in found]
    assert sums == [[-2, -1], [2, 4]]


def test_the_memory_map_says_always_and_the_header_says_what_to_leave_alone(plugins):
    files = printed(plugins, compiled(plugins, counting("net")))
    assert re.search(r"^ \* +\d+ +3  always     sum$", files["net.c"], re.MULTILINE)
    assert "void net_reset(void);" in files["net.h"]
    assert "5 bytes of the arena are what" in files["net.h"]


def test_a_network_without_state_has_no_reset(plugins):
    graph = parse_graph("in x: int8[4] 0.5@0\ny: int8[4] 0.5@0 = relu of x\nout y\n")
    files = printed(
        plugins, compiled(plugins, Model("net", "0" * 64, "", (graph,), (), {}))
    )
    assert not any("reset" in files[name] for name in ("net.c", "net.h"))


def test_a_plan_that_lays_an_output_over_state_is_refused():
    overlap = Overlap("y", "kept")
    buffers = (
        Buffer("kept", 4, Lifetime(0, 1), is_state=True),
        Buffer("y", 4, Lifetime(0, 2)),
    )
    problem = Problem(buffers, (Stage("s", (Mode("m", overlaps=(overlap,)),)),))
    with pytest.raises(PluginError, match="'kept' and 'y' overlap while both live"):
        check_plan(problem, Plan((0,), {"kept": 0, "y": 0}, 4, 0))


def test_what_an_operator_keeps_must_be_a_variable():
    tensors = {name: Tensor(name, DType.INT8, (3,)) for name in ("x", "y", "s")}
    node = Node(Count(), ("x",), ("y",), 0, ("s",))
    graph = Graph("main", tensors, (node,), ("x",), ("y",))
    with pytest.raises(ModelError, match="'s' must be a variable"):
        graph.check()
