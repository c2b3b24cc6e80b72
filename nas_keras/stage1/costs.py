"""The costs of many architectures, found side by side in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from mcu_convert.plugin_manager import load_plugins
from nas_keras.search.candidate import Cost
from nas_keras.search.feasible import CostOf
from nas_keras.search.oracle import PlannerOracle
from nas_keras.space import Architecture, SearchSpace

_AT_ONCE = 4
"""Architectures that a process is given at once."""


@dataclass(frozen=True, slots=True)
class PlannerCosts:
    """How a process comes by a `PlannerOracle`: plugins cannot be sent to it."""

    space: SearchSpace
    classes: int
    board: str

    def __call__(self) -> CostOf:
        """Load the plugins and return the oracle."""
        plugins = load_plugins()
        board = plugins.board(self.board)
        return PlannerOracle(self.space, self.classes, board, plugins)


def costs(
    architectures: Sequence[Architecture], oracle: Callable[[], CostOf], jobs: int
) -> Iterator[Cost]:
    """Yield the cost of each architecture, in order, as soon as it is known.

    Args:
        architectures: Whose costs.
        oracle: Makes what says a cost, once in each process.
        jobs: How many processes; with 1 it is this one.
    """
    if jobs == 1 or len(architectures) < 2:
        yield from map(oracle(), architectures)
        return
    # A fork would copy the threads' locks of whoever shows the progress.
    executor = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), _start, (oracle,)
    )
    try:
        yield from executor.map(_cost, architectures, chunksize=_AT_ONCE)
    finally:
        executor.shutdown(cancel_futures=True)


_cost_of: CostOf
"""Of this process."""


def _start(oracle: Callable[[], CostOf]) -> None:
    global _cost_of
    _cost_of = oracle()


def _cost(architecture: Architecture) -> Cost:
    return _cost_of(architecture)
