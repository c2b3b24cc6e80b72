"""The lower bound, by example; that no plan beats it is tested with the planners."""

from __future__ import annotations

import pytest
from memory_networks import chain

from mcu_convert.memory import (
    Buffer,
    Lifetime,
    Mode,
    Overlap,
    Problem,
    Stage,
    lower_bound,
    step_bound,
)


@pytest.mark.parametrize(
    ("overlaps", "bytes"),
    [
        ([], 160),
        ([Overlap("t1", "t0", 0)], 100),
        ([Overlap("t1", "t0", 24)], 124),
        ([Overlap("t1", "t0", -24)], 100),
        ([Overlap("t1", "t0", 100)], 160),
        ([Overlap("t1", "t0", exact=True)], 100),
        ([Overlap("t1", "t0", 24), Overlap("t1", "t0", exact=True)], 100),
        ([Overlap("t1", "t0", 24), Overlap("t1", "t0", 24)], 124),
    ],
)
def test_60_bytes_made_from_100(overlaps, bytes):
    mode = Mode("m", overlaps=tuple(overlaps))
    assert step_bound(chain(100, 60, modes=[(mode,)]), 0, mode) == bytes


def join(*overlaps: Overlap) -> int:
    """Return the bound of a step that makes y, 20 bytes, from a and b, 12 each."""
    buffers = (
        Buffer("a", 12, Lifetime(0, 1)),
        Buffer("b", 12, Lifetime(0, 1)),
        Buffer("y", 20, Lifetime(0, 2)),
    )
    mode = Mode("m", overlaps=overlaps)
    return lower_bound(Problem(buffers, (Stage("s", (mode,)),)))


def test_output_over_both_inputs_takes_no_less_than_the_two():
    assert join() == 44
    assert join(Overlap("y", "a")) == 32
    assert join(Overlap("y", "a"), Overlap("y", "b")) == 24
    assert join(Overlap("y", "a", 8), Overlap("y", "b", 8)) == 32


def test_input_is_covered_by_one_of_two_outputs_only():
    buffers = (
        Buffer("x", 12, Lifetime(0, 1)),
        Buffer("y", 12, Lifetime(0, 2)),
        Buffer("z", 10, Lifetime(0, 2)),
    )
    mode = Mode("m", overlaps=(Overlap("y", "x"), Overlap("z", "x")))
    assert lower_bound(Problem(buffers, (Stage("s", (mode,)),))) == 22


def test_scratch_counts_and_the_smallest_mode_is_taken():
    modes = (Mode("fast", scratch=50), Mode("slow", scratch=10, cost=1))
    problem = chain(8, 8, modes=[modes])
    assert [step_bound(problem, 0, mode) for mode in modes] == [66, 26]
    assert lower_bound(problem) == 26


def test_alignment_counts_for_all_but_the_last_buffer():
    assert lower_bound(chain(5, 6)) == 13
    odd = tuple(Buffer(f"b{n}", 1, Lifetime(0, 1), 16) for n in range(3))
    assert lower_bound(Problem(odd, ())) == 33


def test_buffers_that_never_meet_share_without_any_stage():
    buffers = (Buffer("a", 8, Lifetime(0, 1)), Buffer("b", 4, Lifetime(1, 2)))
    assert lower_bound(Problem(buffers, ())) == 8
    assert lower_bound(Problem((), ())) == 0
