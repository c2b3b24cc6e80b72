"""The calls of a program: one for each step or stream, one for each row of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_convert import c_names, c_text
from mcu_convert.c_arena import address
from mcu_convert.c_brackets import bracket
from mcu_convert.c_ports import Array, ports, shape_text
from mcu_convert.c_streams import row_place, run_number
from mcu_convert.ir import DType, Tensor
from mcu_convert.ops.brackets import Bracket
from mcu_convert.ops.deliver_rows import DeliverRows
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.program import Program, Step, Stream


@dataclass(frozen=True, slots=True)
class Call:
    """One step: its title for the reader, and the statement."""

    title: str
    """Nothing for a bracket."""
    statement: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """What ``push_rows`` does before the stream that the rows are for."""

    title: str
    stream: str
    count: str
    """The variable that counts the rows which the caller has handed over."""
    rows: int
    height: int


def calls(
    program: Program,
    function_of: Mapping[int, str],
    arrays: Mapping[tuple[DType, bytes], Array],
) -> tuple[Call, ...]:
    """Write a call for each step alone and for each stream."""
    found = []
    for step in program.steps:
        stream = program.stream_of(step)
        if isinstance(step.layer.op, Bracket):
            found.append(Call("", bracket(program, step)))
        elif stream is None and program.is_done(step):
            continue
        elif stream is None:
            statement = _statement(program, step, function_of, arrays)
            found.append(Call(f"{step.number}: {step_title(step)}", statement))
        elif step is stream.steps[0] and step is not program.received:
            found.append(Call(_stream_title(stream), f"    stream_{step.number}();"))
    return tuple(found)


def _stream_title(stream: Stream) -> str:
    numbers = f"{stream.steps[0].number} to {stream.steps[-1].number}"
    return f"{numbers}: as one stream of rows, above"


def receiver(program: Program) -> Receiver | None:
    step = program.received
    if step is None:
        return None
    assert isinstance(step.layer.op, ReceiveRows)
    stream = program.stream_of(step)
    assert stream is not None
    return Receiver(
        title=_stream_title(stream),
        stream=f"stream_{step.number}",
        count=f"made_{step.number}",
        rows=step.layer.op.rows,
        height=step.layer.output.rows,
    )


def resets(program: Program) -> tuple[str, ...]:
    """Write how what the network remembers gets its first state.

    As TF-Micro's ``ResetVariableTensors``: the zero point in int8, else zeros.
    """
    tensors = [program.tensor(state.name) for state in program.states]
    return tuple(
        f"memset({address(program, DType.INT8, program.offset(tensor.name))},"
        f" {_first_value(tensor)}, {tensor.nbytes});"
        for tensor in tensors
    )


def _first_value(tensor: Tensor) -> int:
    if tensor.dtype is DType.INT8 and tensor.quantization is not None:
        return tensor.quantization.zero_point[0]
    return 0


def row_statement(
    program: Program,
    step: Step,
    function_of: Mapping[int, str],
    arrays: Mapping[tuple[DType, bytes], Array],
) -> str:
    """Write how a step makes its next row; nothing for what the caller makes."""
    if isinstance(step.layer.op, ReceiveRows):
        return ""
    if not isinstance(step.layer.op, DeliverRows):
        return _statement(program, step, function_of, arrays)
    [image] = step.layer.inputs
    ports_out = ports(program, "output", program.outputs, arrays)
    port = ports_out[program.outputs.index(image.name)]
    place = row_place(program, step, image)
    row = address(program, image.dtype, program.offset(image.name), place)
    return f"{port.accessor}_row({row}, made_{step.number});"


def _statement(
    program: Program,
    step: Step,
    function_of: Mapping[int, str],
    arrays: Mapping[tuple[DType, bytes], Array],
) -> str:
    layer, lowering = step.layer, step.lowering
    depth = 1 if layer.rings is None else 2 if lowering.runs_a_row == 1 else 3
    arguments = [
        *(address(program, t.dtype, program.offset(t.name)) for t in layer.activations),
        *(arrays[c.dtype, c.data].name for c in lowering.constants),
        *(address(program, t.dtype, program.offset(t.name)) for t in layer.states),
    ]
    if lowering.scratch:
        place = program.scratch_offset(step)
        arguments.append(address(program, DType.INT8, place))
    if keeps(step):
        arguments.append(address(program, DType.INT8, program.kept_offset(step)))
    arguments += [
        address(
            program,
            tensor.dtype,
            program.offset(tensor.name),
            "" if layer.rings is None else row_place(program, step, tensor),
        )
        for tensor in layer.outputs
    ]
    if layer.rings is not None:
        arguments.append(run_number(step))
    return c_text.wrap(f"{function_of[step.number]}(", arguments, ");", depth=depth)


def keeps(step: Step) -> bool:
    """Say whether a step's function gets bytes that are its own from run to run."""
    return step.layer.rings is not None and step.lowering.kept > 0


def step_title(step: Step) -> str:
    """Describe a step in a comment: operator, attributes, shapes.

    Only names that the program made itself and numbers appear in it.
    """
    layer = step.layer
    sources = ", ".join(map(shape_text, layer.activations))
    targets = ", ".join(map(shape_text, layer.outputs))
    shapes = f"  {sources} -> {targets}" if targets else f"  {sources}"
    text = f"{layer.op}{shapes}" if sources else f"{layer.op}"
    return c_names.comment(text, longest=120)
