"""Streams of rows in the words of C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcu_convert import c_names
from mcu_convert.memory.streams import needed_rows
from mcu_convert.program import Program, Step, Stream


@dataclass(frozen=True, slots=True)
class Ring:
    """A line of the table of rings."""

    offset: int
    rows: int
    row_bytes: int
    name: str


@dataclass(frozen=True, slots=True)
class Maker:
    """The function that makes the rows of one step."""

    number: int
    title: str
    height: int
    needs: tuple[str, ...]
    """Statements that make the rows which the next row reads."""
    call: str


@dataclass(frozen=True, slots=True)
class CStream:
    """All that the template of a stream prints."""

    name: str
    first: int
    last: int
    rings: tuple[Ring, ...]
    makers: tuple[Maker, ...]
    wanted: tuple[int, ...]
    """Numbers of the steps whose outputs are needed whole, the last first."""


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
            program.offset(name),
            rows,
            program.tensor(name).nbytes // program.tensor(name).shape[1],
            c_names.comment(labels[name]),
        )
        for name, rows in stream.rings.items()
    )
    makers = tuple(
        Maker(
            number=step.number,
            title=title(step),
            height=step.layer.output.shape[1],
            needs=_needs(step, made_by),
            call=call(step),
        )
        for step in stream.steps
    )
    wanted = [s.number for s in stream.steps if s.layer.output.name not in stream.rings]
    return CStream(
        name=f"stream_{stream.steps[0].number}",
        first=stream.steps[0].number,
        last=stream.steps[-1].number,
        rings=rings,
        makers=makers,
        wanted=tuple(reversed(wanted)),
    )


def _needs(step: Step, made_by: dict[str, Step]) -> tuple[str, ...]:
    statements = []
    for tensor, rows in zip(step.layer.activations, step.lowering.rows, strict=True):
        if tensor.name in made_by:
            found = needed_rows(rows, tensor.shape[1])
            assert found is not None, "only such rows are offered to planners"
            wanted = _affine(f"made_{step.number}", *found)
            statements.append(f"make_rows_{made_by[tensor.name].number}({wanted});")
    return tuple(statements)


def _affine(counter: str, factor: int, offset: int) -> str:
    """Write a multiple of a counter plus a number.

    >>> _affine("made_2", 2, 3), _affine("made_2", 1, 1), _affine("made_2", 0, 4)
    ('made_2 * 2 + 3', 'made_2 + 1', '4')
    """
    if not factor:
        return str(offset)
    return f"{counter} * {factor} + {offset}" if factor > 1 else f"{counter} + {offset}"


def row_place(program: Program, step: Step) -> str:
    """Write where in the arena, in bytes, a step's next row goes, after its start.

    Nothing for a ring of one row.
    """
    output = step.layer.output
    stream = program.stream_of(step)
    assert stream is not None
    bytes_a_row = output.nbytes // output.shape[1]
    ring = stream.rings.get(output.name, output.shape[1])
    if ring == 1:
        return ""
    counter = f"made_{step.number}"
    whole = ring >= output.shape[1]
    return f"{counter if whole else f'{counter} % {ring}'} * {bytes_a_row}"
