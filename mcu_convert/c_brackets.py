"""Brackets in the words of C: what begins a block, and what ends it."""

from __future__ import annotations

from mcu_convert.c_arena import address
from mcu_convert.ir import Tensor
from mcu_convert.ops.brackets import (
    BeginElse,
    BeginIf,
    BeginLoop,
    BeginOnce,
    LeaveInvoke,
    LeaveLoop,
)
from mcu_convert.program import Program, Step


def bracket(program: Program, step: Step) -> str:
    """Write the lines of a step that is a bracket."""
    layer = step.layer
    match layer.op:
        case BeginIf():
            return f"if ({_value(program, layer.inputs[0])} != 0) {{"
        case BeginElse():
            return "} else {"
        case BeginOnce():
            ran = _value(program, layer.states[0])
            return f"if ({ran} == 0) {{\n{ran} = 1;"
        case BeginLoop():
            return "for (;;) {"
        case LeaveLoop():
            return f"if ({_value(program, layer.inputs[0])} == 0) {{\nbreak;\n}}"
        case LeaveInvoke():
            counts = _value(program, layer.states[0])
            return f"if ({counts} != 0) {{\nreturn 0;\n}}"
    return "}"


def _value(program: Program, tensor: Tensor) -> str:
    return f"*{address(program, tensor.dtype, program.offset(tensor.name))}"
