"""Graphs that run others: IF, WHILE, CALL_ONCE, and variables that they share."""

from __future__ import annotations

import re

import numpy as np
import pytest
from control_flow_models import (
    branching,
    nesting,
    remembering,
    returning_inputs,
    sliding,
    turning,
)
from host import Case, assert_same_bytes, compiled, run_in_tf_micro

from mcu_convert.emit import emit
from mcu_convert.refusals import refusals
from mcu_convert.report import layer_rows

RNG = np.random.default_rng(1)


def some(*shape: int) -> np.ndarray:
    return RNG.integers(-128, 128, shape or (1, 4)).astype(np.int8)


BOTH = [[np.array([value]), some()] for value in (True, False, True, False)]
ROWS = [[True, True, True], [True, True, False], [True, False, True], [False] * 3]
CASES = {
    "branching": Case(branching(), BOTH),
    "returning inputs": Case(returning_inputs(), BOTH),
    "turning": Case(
        turning(), [[*(np.array([f]) for f in row), some(), some()] for row in ROWS]
    ),
    "nesting": Case(
        nesting(), [[*(np.array([f]) for f in row), some()] for row in ROWS]
    ),
    "sliding": Case(sliding(), [[some(1, 1, 1, 3)] for _ in range(4)]),
    "remembering": Case(remembering(), BOTH),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_bytes_as_in_tf_micro_run_after_run(outputs, name):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


def test_the_c_has_brackets_and_no_copies_of_bytes_that_are_there_already():
    program, plugins = compiled(nesting())
    text = emit(program, plugins.templates)["net.c"]
    body = text.partition("void net_invoke(void)\n")[2].partition("\n}\n")[0]
    assert body.count("for (;;) {") == 1
    assert body.count("break;") == 1
    assert body.count("} else {") == 2
    for source, target in re.findall(r"net_copy_\d+\((.*), (.*)\);", body):
        assert source != target


def test_a_graph_that_runs_twice_has_its_kernels_once():
    program, plugins = compiled(nesting())
    text = emit(program, plugins.templates)["net_kernels.c"]
    assert text.count("void net_add_") == 2


def test_variables_of_that_name_are_one_and_begin_anew_after_a_reset():
    program, plugins = compiled(remembering())
    assert {s.name for s in program.states} == {"sum", "operator 0 (CALL_ONCE) state 1"}
    assert "memset(arena" in emit(program, plugins.templates)["net.c"]


def test_variables_are_read_and_made_where_they_lie():
    program, _ = compiled(sliding())
    ran = [step.layer.op.name for step in program.steps if step.kernel.template]
    assert ran == ["ASSIGN_VARIABLE", "CONCATENATION", "STRIDED_SLICE", "ADD"]
    copying, _ = compiled(sliding(), without=["op_fusion"])
    assert program.plan.size < copying.plan.size


def test_brackets_are_steps_without_a_kernel_to_miss():
    program, plugins = compiled(nesting())
    brackets = [step for step in program.steps if not step.kernel.template]
    assert [step.layer.op.name for step in brackets] == [
        *("BEGIN_LOOP", "LEAVE_LOOP", "BEGIN_IF", "BEGIN_ELSE", "END_BLOCK"),
        *("END_BLOCK", "BEGIN_IF", "BEGIN_ELSE", "END_BLOCK"),
    ]
    for step in brackets:
        assert not refusals(step, program.board, plugins.kernels)
    rows = layer_rows(program)
    assert rows[0].index is None
    assert {row.index for row in rows if row.operator == "add"} == {None}
