"""What is hot: bytes moved by buffer, readings by constant, and where these go."""

from __future__ import annotations

import pytest

from mcu_convert.boards import Memory, Region
from mcu_convert.memory import scratch_name
from mcu_convert.traffic import readings, traffic
from mcu_convert.weights import place_constants


@pytest.fixture
def moved(program):
    return traffic(program.steps, program.streams, program.storages)


def test_an_input_is_read_once_for_each_multiply_accumulate(program, moved):
    (image,) = program.graph.inputs
    assert moved[image] == program.steps[0].macs == 9216


def test_a_buffer_is_written_once_and_read_by_each_of_its_readers(program, moved):
    (name,) = program.graph.outputs
    assert moved[name] == 10
    pooled = program.steps[14].layer.activations[0]
    assert moved[pooled.name] == pooled.nbytes + program.steps[14].macs


def test_rows_of_a_stream_count_for_its_scratch(program, moved):
    for stream in program.streams:
        assert not set(stream.rings) & set(moved)
        inside = sum(program.tensor(name).nbytes for name in stream.rings)
        macs = sum(step.macs for step in stream.steps[1:])
        assert moved[scratch_name(stream.stage)] >= inside + macs


def test_every_buffer_that_is_planned_has_traffic(program, moved):
    buffers = (
        *program.problem.buffers,
        *program.problem.scratch_buffers(program.plan.modes),
    )
    assert all(moved[buffer.name] > 0 for buffer in buffers)


def test_weights_of_a_convolution_are_read_for_each_pixel(program):
    often = readings(program.steps)
    pointwise, dense = program.steps[1], program.steps[14]
    assert often[pointwise.lowering.constants[0].data] == 49_152 // 1_200
    assert often[dense.lowering.constants[0].data] == 1


def flashes(*sizes: int) -> tuple[Region, ...]:
    return tuple(Region(f"f{n}", Memory(0, size)) for n, size in enumerate(sizes))


def test_the_constants_read_most_often_stay_in_the_first_flash():
    often = {b"cold" * 10: 1, b"hot" * 10: 99, b"warm": 9}
    places = place_constants(often, flashes(40, 100))
    assert {data[:3]: region.name for data, region in places.items()} == {
        b"hot": "f0",
        b"war": "f0",
        b"col": "f1",
    }


def test_a_small_constant_fills_a_gap_that_a_larger_one_leaves():
    often = {b"first" * 10: 9, b"second" * 10: 8, b"last": 1}
    places = place_constants(often, flashes(60, 100))
    assert [places[data].name for data in often] == ["f0", "f1", "f0"]


def test_what_no_flash_holds_is_in_the_last_where_the_check_finds_it():
    places = place_constants({b"too long": 1}, flashes(4, 6))
    assert places[b"too long"].name == "f1"
