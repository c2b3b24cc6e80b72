"""Streams of rows in the words of C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcu_convert import c_names, c_text
from mcu_convert.ir import Tensor
from mcu_convert.memory.streams import Rows, needed_rows
from mcu_convert.program import Program, Step, Stream


@dataclass(frozen=True, slots=True)
class Ring:
    """A line of the table of rings."""

    region: str
    offset: int
    rows: int
    row_bytes: int
    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a kernel keeps from run to run."""

    region: str
    offset: int
    size: int
    number: int
    """That of its step."""


@dataclass(frozen=True, slots=True)
class Table:
    """How many rows of an input each run needs, where no sum says so."""

    name: str
    c_type: str
    lines: str


@dataclass(frozen=True, slots=True)
class Maker:
    """The function that makes the rows of one step."""

    number: int
    title: str
    height: int
    runs: str
    """How many runs it takes until the next row; nothing for one a row."""
    tables: tuple[Table, ...]
    needs: tuple[str, ...]
    """Calls that make the rows which the next run reads."""
    call: str
    """The statement that makes a row; nothing where the caller does."""


@dataclass(frozen=True, slots=True)
class CStream:
    """All that the template of a stream prints."""

    name: str
    first: int
    last: int
    rings: tuple[Ring, ...]
    kept: tuple[Kept, ...]
    makers: tuple[Maker, ...]
    wanted: tuple[int, ...]
    """Numbers of the steps whose outputs are needed whole, the last first."""
    receives: bool
    """Whether it goes only as far as the rows suffice that the caller handed over."""


def _kept(program: Program, stream: Stream) -> tuple[Kept, ...]:
    return tuple(
        Kept(
            program.part_of(program.kept_offset(step)).region.name,
            program.local(program.kept_offset(step)),
            step.lowering.kept,
            step.number,
        )
        for step in stream.steps
        if step.lowering.kept
    )


def c_stream(
    program: Program,
    stream: Stream,
    title: Callable[[Step], str],
    call: Callable[[Step], str],
) -> CStream:
    """Write a stream: who asks whom for which rows."""
    labels = c_names.labels(program.graph.tensors)
    made_by = {step.layer.output.name: step for step in stream.steps}
    rings = tuple(
        Ring(
            program.part_of(program.offset(name)).region.name,
            program.local(program.offset(name)),
            rows,
            program.tensor(name).row_bytes,
            c_names.comment(labels[name]),
        )
        for name, rows in stream.rings.items()
    )
    makers = tuple(
        _maker(step, made_by, title(step), call(step)) for step in stream.steps
    )
    wanted = [s.number for s in stream.steps if s.layer.output.name not in stream.rings]
    return CStream(
        name=f"stream_{stream.steps[0].number}",
        first=stream.steps[0].number,
        last=stream.steps[-1].number,
        rings=rings,
        kept=_kept(program, stream),
        makers=makers,
        wanted=tuple(reversed(wanted)),
        receives=program.received in stream.steps,
    )


def _maker(step: Step, made_by: dict[str, Step], title: str, call: str) -> Maker:
    found = [
        (made_by[tensor.name].number, *_need(step, tensor, rows))
        for tensor, rows in zip(step.layer.activations, step.lowering.rows, strict=True)
        if tensor.name in made_by
    ]
    return Maker(
        number=step.number,
        title=title,
        height=step.layer.output.rows,
        runs=_runs(step),
        tables=tuple(table for _, _, table in found if table is not None),
        needs=tuple(f"make_rows_{number}({rows})" for number, rows, _ in found),
        call=call,
    )


def _runs(step: Step) -> str:
    count = step.lowering.runs_a_row
    if count == 1:
        return ""
    if step.layer.output.rows == 1:
        return str(count)
    return f"(made_{step.number} + 1) * {count}"


def run_number(step: Step) -> str:
    """Write the number of a step's next run."""
    return f"{'made' if step.lowering.runs_a_row == 1 else 'run'}_{step.number}"


def _need(step: Step, tensor: Tensor, rows: Rows) -> tuple[str, Table | None]:
    """Write how many rows of an input the next run needs, with a table if it must."""
    found = needed_rows(rows, tensor.rows)
    if found is not None:
        return _affine(run_number(step), *found), None
    number = step.layer.activations.index(tensor) + 1
    name = f"rows_of_{step.number}_input_{number}"
    c_type = "int16_t" if tensor.rows < 1 << 15 else "int32_t"
    lines = c_text.fill(str(last + 1) for _, last in rows)
    return f"{name}[{run_number(step)}]", Table(name, c_type, lines)


def _affine(counter: str, factor: int, offset: int) -> str:
    """Write a multiple of a counter plus a number.

    >>> _affine("made_2", 2, -3), _affine("made_2", 1, 1), _affine("made_2", 0, 4)
    ('made_2 * 2 - 3', 'made_2 + 1', '4')
    """
    if not factor:
        return str(offset)
    multiple = f"{counter} * {factor}" if factor > 1 else counter
    if not offset:
        return multiple
    return f"{multiple} {'+' if offset > 0 else '-'} {abs(offset)}"


def row_place(program: Program, step: Step, tensor: Tensor) -> str:
    """Write how many bytes after its start a tensor's row lies.

    The one that has the number of the rows that the step has made.  Nothing for a
    ring of one row.
    """
    stream = program.stream_of(step)
    assert stream is not None
    ring = stream.rings.get(tensor.name, tensor.rows)
    if ring == 1:
        return ""
    counter = f"made_{step.number}"
    whole = ring >= tensor.rows
    return f"{counter if whole else f'{counter} % {ring}'} * {tensor.row_bytes}"
