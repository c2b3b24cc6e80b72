"""Random small networks in C, streams and overlaps in them, against TF-Micro."""

from __future__ import annotations

import pytest
from host import (
    DSP,
    PORTABLE,
    VECTORS,
    assert_same_bytes,
    compiled,
    run_in_c,
    run_in_tf_micro,
)
from random_networks import network, one_column
from stream_all import StreamAll

from mcu_convert.program import Program

NETWORKS = 40
CASES = {
    **{f"network {number}": network(number) for number in range(NETWORKS)},
    **{
        f"network {number}, averaged": network(number, averaged=True)
        for number in range(0, NETWORKS, 2)
    },
    "one column": one_column(),
}


@pytest.fixture(
    scope="module",
    params=[
        *((None, PORTABLE), (StreamAll(), PORTABLE)),
        *((None, DSP), (StreamAll(), DSP)),
        *((None, VECTORS), (StreamAll(), VECTORS)),
    ],
    ids=[
        *("as usual", "streamed", "armv7e_m", "armv7e_m, streamed"),
        *("armv81m_mve", "armv81m_mve, streamed"),
    ],
)
def in_c(request, tmp_path_factory):
    planner, libraries = request.param
    folder = tmp_path_factory.mktemp("networks")
    return run_in_c(CASES, folder, planner=planner, libraries=libraries)


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, in_c):
    assert_same_bytes(in_c[name], run_in_tf_micro(CASES[name]))


def has_overlap(program: Program) -> bool:
    """Say whether an output lies over an input."""
    places = [
        (program.plan.offsets[b.name], b.size, b.lifetime)
        for b in program.problem.buffers
    ]
    return any(
        a < b + b_size and b < a + a_size and a_life.overlaps(b_life)
        for number, (a, a_size, a_life) in enumerate(places)
        for b, b_size, b_life in places[:number]
    )


def test_many_of_them_have_streams_and_overlaps():
    programs = [compiled(case.model)[0] for case in CASES.values()]
    streamed = [program for program in programs if program.streams]
    over = [program for program in programs if has_overlap(program)]
    rings = [
        rows
        for program in streamed
        for stream in program.streams
        for rows in stream.rings.values()
    ]
    assert len(streamed) >= NETWORKS // 2
    assert len(over) >= NETWORKS // 2
    assert len([program for program in streamed if has_overlap(program)]) >= 5
    assert {1, 3, 5} <= set(rings)


def test_a_single_column_streams():
    program, _ = compiled(CASES["one column"].model)
    assert [step.kernel.name for step in program.streams[0].steps][1] == (
        "depthwise_conv_2d"
    )
