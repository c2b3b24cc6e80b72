"""A program in the words of C: functions, arrays, calls and ports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import jinja2

from mcu_convert import c_names, c_text
from mcu_convert.c_arena import CArena, arenas
from mcu_convert.c_calls import (
    Call,
    Receiver,
    calls,
    keeps,
    receiver,
    resets,
    row_statement,
    step_title,
)
from mcu_convert.c_ports import Array, Port, ports, shape_text
from mcu_convert.c_streams import CStream, c_stream
from mcu_convert.c_weights import WeightMacro, weight_attribute, weight_macros
from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Constant, Helper
from mcu_convert.memory import Buffer
from mcu_convert.program import Program, Step


@dataclass(frozen=True, slots=True)
class Function:
    """A specialised kernel; steps that need the same code share one."""

    name: str
    title: str
    parameters: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the memory map."""

    region: str
    offset: int
    size: int
    steps: str
    name: str


@dataclass(frozen=True, slots=True)
class CProgram:
    """All that the model's templates print."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    arenas: tuple[CArena, ...]
    weight_macros: tuple[WeightMacro, ...]
    arrays: tuple[Array, ...]
    functions: tuple[Function, ...]
    helpers: tuple[str, ...]
    """The text of each helper function."""
    calls: tuple[Call, ...]
    streams: tuple[CStream, ...]
    receiver: Receiver | None
    may_wait: bool
    """Whether an invoke says that there are no outputs yet."""
    resets: tuple[str, ...]
    """Statements that put what the network remembers into its first state."""
    memory_map: tuple[Row, ...]

    @property
    def includes(self) -> tuple[str, ...]:
        """The headers of the C library that the kernels need."""
        text = "\n".join([*self.helpers, *(f.body for f in self.functions)])
        return tuple(name for name, call in _CALLS.items() if re.search(call, text))


_FLOAT_CALLS = (
    "ceil cos erfc exp expm1 fabs floor fmax fmin fmod log pow round sin sqrt tanh"
)
_CALLS = {
    "math.h": rf"\b({'|'.join(_FLOAT_CALLS.split())})f\(",
    "string.h": r"\bmem\w+\(",
}
"""The headers, and what is called of each."""


def c_program(program: Program, environment: jinja2.Environment) -> CProgram:
    """Name everything, render each kernel once, and write the calls."""
    arrays = _arrays(program)
    functions, function_of = _functions(program, environment)
    return CProgram(
        name=program.name,
        inputs=ports(program, "input", program.inputs, arrays),
        outputs=ports(program, "output", program.outputs, arrays),
        arenas=arenas(program),
        weight_macros=weight_macros(program),
        arrays=tuple(arrays.values()),
        functions=functions,
        helpers=_helpers(program, environment),
        calls=calls(program, function_of, arrays),
        streams=tuple(
            c_stream(
                program,
                stream,
                step_title,
                lambda step: row_statement(program, step, function_of, arrays),
            )
            for stream in program.streams
        ),
        receiver=receiver(program),
        may_wait=program.may_wait,
        resets=resets(program),
        memory_map=_memory_map(program),
    )


def _arrays(program: Program) -> dict[tuple[DType, bytes], Array]:
    """Give each different array a name, that of the first step that reads it.

    An output that is constant is an array too.
    """
    wanted: dict[str, tuple[Constant, str]] = {}
    labels = c_names.labels(program.graph.tensors)
    for name in program.outputs:
        tensor = program.tensor(name)
        if tensor.data is not None:
            constant = Constant("output", tensor.dtype, tensor.data)
            wanted[labels[name]] = constant, f"output  {shape_text(tensor)}"
    seen = {(constant.dtype, constant.data) for constant, _ in wanted.values()}
    for step in program.steps:
        for constant in step.lowering.constants:
            if (key := (constant.dtype, constant.data)) not in seen:
                seen.add(key)
                [reader, *_] = (labels[t.name] for t in step.layer.written)
                wanted[f"{reader} {constant.name}"] = constant, step_title(step)
    names = c_names.identifiers(wanted)
    return {
        (constant.dtype, constant.data): Array(
            f"{program.name}_{names[text]}",
            constant.dtype,
            constant.data,
            constant.row,
            title,
            weight_attribute(program, constant.data),
        )
        for text, (constant, title) in wanted.items()
    }


def _helpers(program: Program, environment: jinja2.Environment) -> tuple[str, ...]:
    """Render each different helper once, in the order in which kernels name them."""
    named = dict.fromkeys(
        helper if isinstance(helper, Helper) else Helper(helper)
        for step in program.steps
        for helper in step.lowering.helpers
    )
    return tuple(
        c_text.indent(environment.get_template(h.template).render(dict(h.values)))
        for h in named
    )


def _functions(
    program: Program, environment: jinja2.Environment
) -> tuple[tuple[Function, ...], dict[int, str]]:
    """Render each step's kernel; equal bodies become one function."""
    functions: dict[tuple[str, ...], Function] = {}
    function_of = {}
    for step in program.steps:
        if not step.kernel.template or program.is_done(step):
            continue
        template = environment.get_template(step.kernel.template)
        body = c_text.indent(template.render(step.lowering.values), depth=1)
        parameters = _parameters(step)
        body = "".join([*_unused(body, parameters), body])
        key = (step.kernel.name, body, *parameters)
        if key not in functions:
            name = f"{program.name}_{step.kernel.name}_{step.number}"
            functions[key] = Function(name, step_title(step), parameters, body)
        function_of[step.number] = functions[key].name
    return tuple(functions.values()), function_of


def _unused(body: str, parameters: tuple[str, ...]) -> Iterable[str]:
    """Write what keeps compilers quiet about parameters that a body does without."""
    names = [re.split(r"\W+", parameter)[-1] for parameter in parameters]
    return [
        f"    (void){name};\n" for name in names if not re.search(rf"\b{name}\b", body)
    ]


def _parameters(step: Step) -> tuple[str, ...]:
    activations, outputs = step.layer.activations, step.layer.outputs
    return (
        *(
            f"const {tensor.dtype.c_type} *{name}"
            for name, tensor in _named("input", activations)
        ),
        *(f"const {c.dtype.c_type} *{c.name}" for c in step.lowering.constants),
        *(
            f"{tensor.dtype.c_type} *{name}"
            for name, tensor in _named("state", step.layer.states)
        ),
        *(["int8_t *scratch"] if step.lowering.scratch else []),
        *(["int8_t *kept"] if keeps(step) else []),
        *(
            f"{tensor.dtype.c_type} *{name}"
            for name, tensor in _named("output", outputs)
        ),
        *(["int32_t y"] if step.layer.rings is not None else []),
    )


def _named(kind: str, tensors: tuple[Tensor, ...]) -> Iterable[tuple[str, Tensor]]:
    if len(tensors) == 1:
        return [(kind, tensors[0])]
    return [(f"{kind}_{i}", tensor) for i, tensor in enumerate(tensors, 1)]


def _memory_map(program: Program) -> tuple[Row, ...]:
    buffers: tuple[Buffer, ...] = (
        *program.problem.buffers,
        *program.problem.scratch_buffers(program.plan.modes),
    )
    labels = c_names.labels(program.graph.tensors)
    rows = [
        (
            buffer.lifetime.first,
            Row(
                region=program.part_of(program.plan.offsets[buffer.name]).region.name,
                offset=program.local(program.plan.offsets[buffer.name]),
                size=buffer.size,
                steps=_steps_text(buffer),
                name=c_names.comment(labels.get(buffer.name, buffer.name)),
            ),
        )
        for buffer in buffers
    ]
    rows.sort(key=lambda r: (r[0], r[1].region, r[1].offset, r[1].name))
    return tuple(row for _, row in rows)


def _steps_text(buffer: Buffer) -> str:
    if buffer.is_state:
        return "always"
    return f"{buffer.lifetime.first:4d}-{buffer.lifetime.last - 1}"
