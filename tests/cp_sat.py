"""The smallest arena as Google's CP-SAT finds it, from a problem's definition alone.

Shares nothing with the planner or with its bound.  Needs the extra ``ortools``.
"""

from __future__ import annotations

import itertools

import pytest

from mcu_convert.memory import Buffer, Lifetime, Problem

cp_model = pytest.importorskip(
    "ortools.sat.python.cp_model", reason="the extra `ortools` is missing"
)

SECONDS = 30
"""Far more than any problem here takes; without an answer by then a test fails."""


def optimum(problem: Problem) -> int:
    """Return the size of the smallest arena over all modes, and groups aside."""
    model = cp_model.CpModel()
    most = sum(b.size + b.alignment for b in problem.buffers)
    most += sum(max(m.scratch for m in s.modes) + 4 for s in problem.stages)
    size = model.new_int_var(0, most, "size")
    modes = _modes(model, problem)
    placed = [*_buffers(model, problem, most), *_scratch(model, problem, modes, most)]
    for buffer, offset, there in placed:
        model.add(offset + buffer.size <= size).only_enforce_if(*there)
    for a, b in itertools.combinations(placed, 2):
        if a[0].lifetime.overlaps(b[0].lifetime) and a[0].size and b[0].size:
            _separate(model, problem, modes, a, b)
    model.minimize(size)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    assert status == cp_model.OPTIMAL, solver.status_name(status)
    return round(solver.objective_value)


def _modes(model, problem):
    """Let every stage run in one of its modes; return a literal for each."""
    modes = [
        [model.new_bool_var(f"{step} {number}") for number in range(len(stage.modes))]
        for step, stage in enumerate(problem.stages)
    ]
    for literals in modes:
        model.add_exactly_one(literals)
    return modes


def _buffers(model, problem, most):
    """Give every buffer an aligned offset; each is always there."""
    for buffer in problem.buffers:
        yield buffer, _offset(model, buffer, most), ()


def _scratch(model, problem, modes, most):
    """Give the scratch of every mode an offset, to be there if the mode is taken."""
    for step, stage in enumerate(problem.stages):
        for number, mode in enumerate(stage.modes):
            name = f"scratch {step} {number}"
            buffer = Buffer(name, mode.scratch, Lifetime(step, step + 1))
            yield buffer, _offset(model, buffer, most), (modes[step][number],)


def _offset(model, buffer, most):
    units = model.new_int_var(0, most // buffer.alignment, buffer.name)
    return units * buffer.alignment


def _separate(model, problem, modes, a, b):
    """Let one of two lie before the other, or as a mode that is taken permits."""
    ways = [_before(model, a, b, a[0].size), _before(model, b, a, b[0].size)]
    for output, source in ((a, b), (b, a)):
        step = output[0].lifetime.first
        if not _may_overlap(problem, output[0], source[0]):
            continue
        for number, mode in enumerate(problem.stages[step].modes):
            for overlap in mode.overlaps:
                if (overlap.output, overlap.input) == (output[0].name, source[0].name):
                    way = _before(model, output, source, overlap.distance, overlap)
                    model.add_implication(way, modes[step][number])
                    ways.append(way)
    missing = [literal.negated() for literal in (*a[2], *b[2])]
    model.add_bool_or(*ways, *missing)


def _before(model, first, second, gap, overlap=None):
    """Return a literal for one beginning so many bytes before the other."""
    literal = model.new_bool_var("")
    if overlap is not None and overlap.exact:
        model.add(first[1] == second[1]).only_enforce_if(literal)
    else:
        model.add(first[1] + gap <= second[1]).only_enforce_if(literal)
    return literal


def _may_overlap(problem, output, source):
    """Say whether a step writes one while the other, there before, dies at it."""
    step = output.lifetime.first
    return (
        0 <= step < len(problem.stages)
        and source.lifetime.last == step + 1
        and (source.lifetime.first < step or step == 0)
    )
